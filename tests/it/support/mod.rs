//! What every test stands on: a server of its own with a turned clock, and clients that speak both faces.

pub mod authenticator;
pub mod client;
pub mod database;
pub mod endurance;
pub mod face;
pub mod hostile;
pub mod introspection;
pub mod jwt;
pub mod mutation_code;
pub mod process;
pub mod queries;
pub mod record;
pub mod route;
pub mod sentence;
pub mod server;
pub mod settings;
pub mod statements;
pub mod streaming;
pub mod top_level;
pub mod transport;

pub use authenticator::Authenticator;
pub use client::{Reply, TestClient};
pub use face::{Face, for_each_face};
pub use hostile::Hostile;
pub use introspection::SchemaView;
pub use server::{SECRET_KEY, TestServer};
pub use streaming::{TestEvents, TestSocket};

/// The text behind unpadded base64.
pub fn decoded(text: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    String::from_utf8(STANDARD_NO_PAD.decode(text).unwrap()).unwrap()
}
