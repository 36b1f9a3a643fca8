//! What every test stands on: a server of its own with a turned clock, and clients that speak both faces.

pub mod client;
pub mod database;
pub mod face;
pub mod introspection;
pub mod queries;
pub mod server;
pub mod statements;
pub mod streaming;

pub use client::{Reply, TestClient};
pub use face::{Face, for_each_face};
pub use introspection::SchemaView;
pub use server::{SECRET_KEY, TestServer};
pub use streaming::{TestEvents, TestSocket};
