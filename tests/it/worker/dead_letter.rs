use crate::support::{Face, TestServer};
use std::time::Duration;
use vestibule::outbound::mail::Mailer;
use vestibule::worker::Worker;

/// A server whose mail server refuses every connection.
async fn without_mail_server() -> (TestServer, Worker) {
    // Bound and let go: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("smtp://127.0.0.1:{port}");
    let server = TestServer::start_with(&[("VESTIBULE_SMTP_URL", &url)]).await;
    let mailer = Mailer::from_config(&server.app.config().mail, None).unwrap();
    let worker = Worker::new(server.app.clone(), mailer);
    (server, worker)
}

async fn mails(server: &TestServer, condition: &str) -> i64 {
    let name = "send_verification_email";
    server
        .count(&format!(
            "SELECT COUNT(*) FROM job WHERE name = '{name}' AND {condition}"
        ))
        .await
}

#[tokio::test]
async fn mail_that_cannot_leave_is_tried_again_later_and_then_sends_the_same_code() {
    let (server, worker) = without_mail_server().await;
    let client = server.anonymous();
    let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
    let sign_up = Face::Rest.sign_up_create(&client, &fields).await.ok();
    worker.run_until_idle().await.unwrap();
    assert_eq!(mails(&server, "attempts = 1 AND status = 'pending'").await, 1);
    worker.run_until_idle().await.unwrap();
    assert_eq!(mails(&server, "attempts = 1").await, 1, "not before its time");
    server.advance(Duration::from_secs(5));
    let (mailer, sent) = Mailer::memory();
    Worker::new(server.app.clone(), mailer).run_until_idle().await.unwrap();
    assert_eq!(mails(&server, "1 = 1").await, 0);
    let code = {
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].mail.to.to_string(), "ada@example.com");
        sent[0].mail.subject[..6].to_owned()
    };
    assert_eq!(
        Face::Rest
            .sign_up_attempt(&client, &sign_up.id(), &code)
            .await
            .ok()
            .status(),
        "missing_requirements"
    );
    server.finish().await;
}

#[tokio::test]
async fn after_the_last_attempt_a_job_is_kept_for_an_operator_and_names_nobody() {
    let (server, worker) = without_mail_server().await;
    let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
    Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    // The last of its attempts, while the code is still good.
    server
        .execute("UPDATE job SET attempts = 7 WHERE name = 'send_verification_email'")
        .await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(mails(&server, "status = 'dead' AND attempts = 8").await, 1);
    assert_eq!(mails(&server, "last_error LIKE '%ada%'").await, 0);
    assert_eq!(mails(&server, "last_error IS NOT NULL").await, 1);
    server.advance(Duration::from_secs(24 * 3_600));
    worker.run_until_idle().await.unwrap();
    assert_eq!(
        mails(&server, "status = 'dead' AND attempts = 8").await,
        1,
        "it is not run again"
    );
    server.execute("DELETE FROM job WHERE status = 'dead'").await;
    server.finish().await;
}

#[tokio::test]
async fn a_job_that_cannot_be_read_is_given_up_and_stops_no_other() {
    let server = TestServer::start().await;
    let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
    Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    server
        .execute("UPDATE job SET payload = '{}' WHERE name = 'send_verification_email'")
        .await;
    Face::Rest
        .sign_up_create(
            &server.anonymous(),
            &[("email_address", "grace@example.com"), fields[1]],
        )
        .await
        .ok();
    server.last_code("grace@example.com").await;
    assert_eq!(mails(&server, "status = 'dead'").await, 1);
    server.execute("DELETE FROM job WHERE status = 'dead'").await;
    server.finish().await;
}
