use super::short;
use crate::worker::double::Double;
use entity::kind::{JobStatus, VerificationStatus};
use kernel::{crypto::one_time_code::one_time_code, outbox::SendVerificationEmail};
use outbound::mail::Mailer;
use serde_json::json;
use std::time::Duration;

async fn enqueue(double: &Double, job: &SendVerificationEmail) {
    let mut tx = double.app.begin(&double.instance).await.unwrap();
    tx.enqueue(job).await.unwrap();
    tx.commit().await.unwrap();
}

#[test]
fn a_name_in_a_subject_is_one_short_line() {
    assert_eq!(short("A\nB"), "A B");
    assert_eq!(short(&"é".repeat(500)).chars().count(), 100);
}

#[tokio::test]
async fn without_a_mail_server_a_development_instance_keeps_the_code() {
    let double = Double::start().await;
    let job = double.prepare("Ada@Example.com").await;
    enqueue(&double, &job).await;
    assert_eq!(double.worker.run_until_idle().await.unwrap(), 1);
    let messages = double.inbox().await;
    let code = one_time_code(double.app.keyring(), &job.verification_id, job.serial);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].to, "Ada@Example.com");
    assert_eq!(messages[0].body.code.as_deref(), Some(code.as_str()));
    assert!(
        messages[0].subject.starts_with(code.as_str()),
        "{}",
        messages[0].subject
    );
    assert!(double.jobs().await.is_empty());
}

#[tokio::test]
async fn the_mail_says_the_code_and_escapes_the_name_of_the_application() {
    let (mailer, sent) = Mailer::memory();
    let double = Double::with_mailer(mailer).await;
    double
        .change_settings(json!({"application_name": "A & <b>B</b>", "email": {"from_name": "Shop"}}))
        .await;
    let job = double.prepare("ada@example.com").await;
    enqueue(&double, &job).await;
    double.worker.run_until_idle().await.unwrap();
    let code = one_time_code(double.app.keyring(), &job.verification_id, job.serial);
    let sent = sent.lock().unwrap();
    let mail = &sent[0].mail;
    assert_eq!(mail.to.to_string(), "ada@example.com");
    assert_eq!(mail.from.name.as_deref(), Some("Shop"));
    assert!(
        mail.text.contains(code.as_str()) && mail.text.contains("A & <b>B</b>"),
        "{}",
        mail.text
    );
    assert!(
        mail.html.contains(code.as_str()) && !mail.html.contains("<b>"),
        "{}",
        mail.html
    );
    assert!(mail.text.contains("10 minutes"), "{}", mail.text);
}

#[tokio::test]
async fn a_code_of_no_more_use_is_dropped() {
    let double = Double::start().await;
    let replaced = double.prepare("a@example.com").await;
    let older = SendVerificationEmail {
        serial: replaced.serial - 1,
        ..replaced
    };
    enqueue(&double, &older).await;
    for status in [VerificationStatus::Verified, VerificationStatus::Failed] {
        let job = double.prepare("b@example.com").await;
        double.set_status(&job.verification_id, status).await;
        enqueue(&double, &job).await;
    }
    let expired = double.prepare("c@example.com").await;
    enqueue(&double, &expired).await;
    double.clock.advance(Duration::from_secs(600));
    assert_eq!(double.worker.run_until_idle().await.unwrap(), 4);
    assert!(double.inbox().await.is_empty());
    assert!(double.jobs().await.is_empty());
}

#[tokio::test]
async fn an_address_that_cannot_be_written_is_given_up_at_once_and_not_named() {
    let (mailer, sent) = Mailer::memory();
    let double = Double::with_mailer(mailer).await;
    let job = double.prepare("ada@example.com\r\nBcc: eve@example.com").await;
    enqueue(&double, &job).await;
    assert_eq!(double.worker.run_until_idle().await.unwrap(), 1);
    let jobs = double.jobs().await;
    assert_eq!((jobs[0].status, jobs[0].attempts), (JobStatus::Dead, 1));
    assert!(!jobs[0].last_error.as_deref().unwrap().contains("ada"));
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_production_instance_without_a_mail_server_tries_again() {
    let double = Double::start().await;
    double.make_production().await;
    let job = double.prepare("ada@example.com").await;
    enqueue(&double, &job).await;
    double.worker.run_until_idle().await.unwrap();
    let jobs = double.jobs().await;
    assert_eq!(jobs[0].status, JobStatus::Pending);
    assert_eq!(jobs[0].last_error.as_deref(), Some("no mail server is configured"));
    let kept = double
        .app
        .reader(&double.instance)
        .select::<entity::dev_message::Entity>();
    assert!(kept.all(double.app.pool()).await.unwrap().is_empty());
}
