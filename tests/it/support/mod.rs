//! What every test stands on: a server of its own with a turned clock, and clients that speak both faces.

pub mod client;
pub mod database;
pub mod face;
pub mod queries;
pub mod server;

pub use client::TestClient;
pub use face::{Face, for_each_face};
pub use server::TestServer;
