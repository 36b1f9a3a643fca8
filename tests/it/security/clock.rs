//! A clock that was ahead and is put right leaves nobody waiting until the time that it showed: budgets, locks, leases, jobs
//! and what is remembered in memory.

use crate::support::{Face, TestClient, TestServer, face::PASSWORD, for_each_face};
use serde_json::json;
use std::time::Duration;
use vestibule::{outbound::mail::Mailer, worker::Worker};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong wrong wrong";
const PROXY: [(&str, &str); 1] = [("VESTIBULE_HTTP_TRUSTED_PROXIES", "127.0.0.0/8, ::1/128")];
const TEN_DAYS: Duration = Duration::from_secs(10 * 86_400);

/// Does something while the clock is ten days ahead.
async fn ahead<T>(server: &TestServer, what: impl AsyncFnOnce() -> T) -> T {
    let now = server.now();
    server.advance(TEN_DAYS);
    let done = what().await;
    server.clock.set(now);
    done
}

fn from(server: &TestServer, address: &str) -> TestClient {
    server.anonymous().with_header("x-forwarded-for", address)
}

async fn code(face: Face, client: &TestClient, password: &str) -> String {
    let fields = [("identifier", ADA), ("strategy", "password"), ("password", password)];
    face.sign_in_create(client, &fields).await.codes.join(",")
}

#[tokio::test]
async fn locks_of_accounts_and_networks_that_were_set_ahead_are_over() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&PROXY).await;
        face.sign_up(&server, &from(&server, "192.0.2.1"), ADA).await;
        let lockout = json!({ "max_attempts": 4, "max_attempts_per_network": 2 });
        server
            .settings(json!({ "attack_protection": { "user_lockout": lockout } }))
            .await;
        ahead(&server, async || {
            for address in ["192.0.2.2", "192.0.2.2", "192.0.2.3", "192.0.2.3"] {
                // The second guess of a network has to wait for a second.
                server.advance(Duration::from_secs(1));
                assert_eq!(
                    code(face, &from(&server, address), WRONG).await,
                    "form_password_incorrect"
                );
            }
            for (address, told) in [("192.0.2.2", "too_many_requests"), ("192.0.2.4", "user_locked")] {
                server.advance(Duration::from_secs(60));
                assert_eq!(code(face, &from(&server, address), PASSWORD).await, told);
            }
        })
        .await;
        // One more failure counts as the first, and the right password is right, in any network.
        assert_eq!(
            code(face, &from(&server, "192.0.2.2"), WRONG).await,
            "form_password_incorrect"
        );
        let of_account = "SELECT failures FROM lockout WHERE subject LIKE 'user_%' AND subject NOT LIKE '%@%'";
        assert_eq!(server.count(of_account).await, 1);
        assert_eq!(code(face, &from(&server, "192.0.2.3"), PASSWORD).await, "");
        let locks = "SELECT count(*) FROM lockout WHERE locked_until IS NOT NULL";
        assert_eq!(server.count(locks).await, 0);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nodes_whose_clocks_are_minutes_apart_lock_an_account_together() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&PROXY).await;
        face.sign_up(&server, &from(&server, "192.0.2.1"), ADA).await;
        let lockout = json!({ "max_attempts": 4, "max_attempts_per_network": 2 });
        server
            .settings(json!({ "attack_protection": { "user_lockout": lockout } }))
            .await;
        let now = server.now();
        // One node is right and the other one five minutes behind: what the first one wrote is no reason to forget it there.
        for (address, offset) in [
            ("192.0.2.2", 300_000),
            ("192.0.2.3", 0),
            ("192.0.2.4", 300_000),
            ("192.0.2.5", 0),
        ] {
            server.clock.set(now + offset);
            let client = from(&server, address);
            assert_eq!(code(face, &client, WRONG).await, "form_password_incorrect");
        }
        for (address, offset) in [("192.0.2.6", 0), ("192.0.2.7", 300_000), ("192.0.2.8", 0)] {
            server.clock.set(now + offset);
            let client = from(&server, address);
            assert_eq!(code(face, &client, PASSWORD).await, "user_locked", "{address}");
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn counters_that_were_written_ahead_go_with_the_next_tidying_up_and_never_lock_later() {
    let server = TestServer::start_with(&PROXY).await;
    Face::Rest.sign_up(&server, &from(&server, "192.0.2.1"), ADA).await;
    server
        .settings(json!({ "attack_protection": { "user_lockout": { "max_attempts": 1 } } }))
        .await;
    let client = from(&server, "192.0.2.2");
    ahead(&server, async || {
        assert_eq!(code(Face::Rest, &client, WRONG).await, "form_password_incorrect");
        let fields = [("email_address", "grace@example.com"), ("strategy", "email_code")];
        Face::Rest.sign_up_create(&client, &fields).await.ok();
    })
    .await;
    let budgets = format!("SELECT count(*) FROM budget WHERE window_started_at > {}", server.now());
    assert!(server.count(&budgets).await > 0);
    server.run_jobs().await;
    assert_eq!(
        server
            .count("SELECT count(*) FROM lockout WHERE locked_until IS NOT NULL")
            .await,
        0
    );
    assert_eq!(server.count(&budgets).await, 0);
    server.advance(TEN_DAYS);
    assert_eq!(code(Face::Rest, &client, PASSWORD).await, "");
    server.finish().await;
}

#[tokio::test]
async fn budgets_that_were_spent_ahead_are_full_again_in_the_database_and_in_memory() {
    let server = TestServer::start().await;
    let limits = json!({ "code_send_per_identifier": 2, "code_send_per_mailbox": 2, "sign_up_create_per_network": 3 });
    server.settings(json!({ "limit": limits })).await;
    let sign_up = async || {
        let fields = [("email_address", ADA), ("strategy", "email_code")];
        Face::Rest.sign_up_create(&server.anonymous(), &fields).await
    };
    let refused = ahead(&server, async || {
        for _ in 0..2 {
            sign_up().await.ok();
        }
        assert_eq!(sign_up().await.code(), "verification_code_too_many_requests");
        sign_up().await
    })
    .await;
    assert_eq!(refused.code(), "too_many_requests");
    for _ in 0..2 {
        sign_up().await.ok();
    }
    assert_eq!(
        sign_up().await.code(),
        "verification_code_too_many_requests",
        "the same budget as ever"
    );
    let refused = sign_up().await;
    assert_eq!(refused.code(), "too_many_requests");
    let seconds: u64 = refused.reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    server.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_a_little_ahead_elsewhere_spends_the_same_budget() {
    let server = TestServer::start().await;
    let limits = json!({ "code_send_per_identifier": 2, "code_send_per_mailbox": 2 });
    server.settings(json!({ "limit": limits })).await;
    let fields = [("email_address", ADA), ("strategy", "email_code")];
    let now = server.now();
    for (offset, expected) in [
        (30_000, None),
        (0, None),
        (30_000, Some("verification_code_too_many_requests")),
    ] {
        server.clock.set(now + offset);
        let outcome = Face::Rest.sign_up_create(&server.anonymous(), &fields).await;
        assert_eq!(outcome.codes.first().map(String::as_str), expected);
    }
    server.finish().await;
}

#[tokio::test]
async fn jobs_made_leased_or_put_off_ahead_are_due() {
    let server = TestServer::start().await;
    let fields = |address| [("email_address", address), ("strategy", "email_code")];
    let jobs = async |condition: &str| {
        server
            .count(&format!("SELECT count(*) FROM job WHERE {condition}"))
            .await
    };
    ahead(&server, async || {
        for address in ["ada@example.com", "grace@example.com", "mary@example.com"] {
            Face::Rest
                .sign_up_create(&server.anonymous(), &fields(address))
                .await
                .ok();
        }
        // One is put off, one is held by somebody who died, one was never looked at.
        for (what, which) in [
            ("attempts = 1, run_at = run_at + 3600000", "min(id)"),
            ("attempts = 1, lease = 'gone', run_at = run_at + 60000", "max(id)"),
        ] {
            server
                .execute(&format!("UPDATE job SET {what} WHERE id = (SELECT {which} FROM job)"))
                .await;
        }
        assert_eq!(jobs("attempts = 1").await, 2);
    })
    .await;
    assert_eq!(jobs("1 = 1").await, 3);
    assert_eq!(server.run_jobs().await, 3);
    assert_eq!(jobs("1 = 1").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn a_job_that_waits_for_its_time_is_not_due_before_it() {
    let server = TestServer::start().await;
    let fields = [("email_address", ADA), ("strategy", "email_code")];
    Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    for run_at in ["attempts = 1, run_at = run_at + 3600000", "run_at = run_at + 60000"] {
        server.execute(&format!("UPDATE job SET {run_at}")).await;
        assert_eq!(server.run_jobs().await, 0, "{run_at}");
    }
    server.advance(Duration::from_secs(3_660));
    assert_eq!(server.run_jobs().await, 1);
    server.finish().await;
}

#[tokio::test]
async fn a_worker_tidies_up_though_its_clock_was_put_back() {
    let server = TestServer::start().await;
    let worker = Worker::new(server.app.clone(), Mailer::memory().0);
    ahead(&server, async || worker.run_until_idle().await.unwrap()).await;
    server
        .execute(
            "INSERT INTO dev_message (id, instance_id, channel, recipient, sealed_body, created_at) \
             SELECT 'msg_000000000000000000000000000', id, 'email', 'a', 'b', 1 FROM instance WHERE host <> ''",
        )
        .await;
    worker.run_until_idle().await.unwrap();
    assert_eq!(server.count("SELECT count(*) FROM dev_message").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn activity_is_written_down_again_after_the_clock_was_put_back() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let session = ahead(&server, async || Face::Rest.sign_up(&server, &client, ADA).await.1).await;
    Face::Rest.token(&client, &session).await.unwrap();
    assert_eq!(
        server.count("SELECT last_active_at FROM session").await,
        server.now(),
        "and with it, when it is abandoned"
    );
    server.finish().await;
}
