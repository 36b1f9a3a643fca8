//! Authenticator apps: set up, shown to work, removed.

mod attempt_verification;
mod create;
mod delete;

use crate::support::{Face, TestClient, TestServer};
use serde_json::json;

/// A server that takes authenticator apps, and a client on which Ada has just signed up.
pub async fn signed_up(face: Face) -> (TestServer, TestClient) {
    let server = TestServer::start().await;
    server
        .settings(json!({ "attribute": { "authenticator_app": { "enabled": true } } }))
        .await;
    let client = server.anonymous();
    face.sign_up(&server, &client, "ada@example.com").await;
    (server, client)
}
