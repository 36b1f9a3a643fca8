use crate::support::{Face, TestServer};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn rows(server: &TestServer, table: &str) -> i64 {
    server.count(&format!("SELECT COUNT(*) FROM {table}")).await
}

#[tokio::test]
async fn attempts_messages_and_old_sessions_go_when_their_time_is_over() {
    let server = TestServer::start().await;
    let face = Face::Rest;
    face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
    let client = server.anonymous();
    face.sign_in_create(&client, &[("identifier", "ada@example.com")])
        .await
        .ok();
    face.sign_up_create(&client, &[("email_address", "grace@example.com")])
        .await
        .ok();
    server.run_jobs().await;
    assert_eq!(rows(&server, "dev_message").await, 1);
    server.advance(DAY * 8);
    server.run_jobs().await;
    assert_eq!(rows(&server, "dev_message").await, 0, "messages are kept for a week");
    assert_eq!((rows(&server, "sign_in").await, rows(&server, "sign_up").await), (1, 2));
    server.advance(DAY * 24);
    server.run_jobs().await;
    assert_eq!(
        (rows(&server, "sign_in").await, rows(&server, "sign_up").await),
        (0, 0),
        "attempts for a month"
    );
    assert_eq!(
        server
            .count("SELECT COUNT(*) FROM identification WHERE value <> ''")
            .await,
        1,
        "nobody's address went with its sign-up"
    );
    assert_eq!(rows(&server, "session").await, 1);
    server.advance(DAY * 70);
    server.run_jobs().await;
    assert_eq!(
        rows(&server, "session").await,
        0,
        "sessions for three months after their end"
    );
    assert_eq!(rows(&server, "\"user\" WHERE created_at > 0").await, 1, "people stay");
    face.sign_in(&server.anonymous(), "ada@example.com").await;
    server.finish().await;
}

#[tokio::test]
async fn deleted_clients_go_after_three_months() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    assert_eq!(client.form("DELETE", "/v1/client", &[]).await.status, 200);
    server.advance(DAY * 89);
    server.run_jobs().await;
    assert_eq!(rows(&server, "client").await, 1);
    server.advance(DAY * 2);
    server.run_jobs().await;
    assert_eq!(rows(&server, "client").await, 0);
    server.finish().await;
}
