//! Clients: what they show, how they begin and end, and how callers carry them.

mod delete;
mod dev_browser;
mod missing_cookie;
mod read;
mod replace;
mod transport;

use crate::support::{Face, Reply, TestClient};
use serde_json::{Value, json};

/// Carries out a mutation of the client and gives the identifier of the client that the answer shows, if any.
async fn change(face: Face, client: &TestClient, name: &str, method: &str, path: &str) -> (Reply, Option<String>) {
    let id = |value: &Value| value["id"].as_str().map(str::to_owned);
    match face {
        Face::Graphql => {
            let input = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
            let query = format!(
                "mutation($input: {input}!) {{ {name}(input: $input) {{ client {{ id sessions {{ id }} }} \
                 userErrors {{ code }} }} }}"
            );
            let reply = client.graphql(&query, json!({ "input": {} })).await;
            let shown = id(&reply.body["data"][name]["client"]);
            (reply, shown)
        }
        Face::Rest => {
            let reply = client.form(method, path, &[]).await;
            let shown = id(&reply.body["response"]);
            (reply, shown)
        }
    }
}

async fn replace(face: Face, client: &TestClient) -> (Reply, Option<String>) {
    change(face, client, "clientReplace", "PUT", "/v1/client").await
}

async fn delete(face: Face, client: &TestClient) -> (Reply, Option<String>) {
    change(face, client, "clientDelete", "DELETE", "/v1/client").await
}

async fn remove_sessions(face: Face, client: &TestClient) -> (Reply, Option<String>) {
    change(face, client, "clientSessionsRemove", "DELETE", "/v1/client/sessions").await
}

/// The identifier of the client that the caller holds, as the server sees it.
async fn held(client: &TestClient) -> Option<String> {
    let reply = client.get("/v1/client").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["response"]["id"].as_str().map(str::to_owned)
}
