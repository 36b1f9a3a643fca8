//! CVE-2026-45364 (better-auth: the text of `X-Forwarded-For` was the key of a limit), CVE-2023-36456 (authentik:
//! believed without a trusted proxy) and CVE-2026-47203 (Authelia: each spelling had a counter of its own).

use crate::support::{Face, TestServer, for_each_face};
use serde_json::json;

const TRUSTED: [(&str, &str); 1] = [("VESTIBULE_HTTP_TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")];

/// The status of beginning a sign-in from what `X-Forwarded-For` says.
async fn begin(server: &TestServer, forwarded: &[&str]) -> u16 {
    let mut client = server.anonymous();
    for value in forwarded {
        let octets = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        client.headers.append("x-forwarded-for", octets);
    }
    client.post("/v1/client/sign_ins", &[]).await.status
}

#[tokio::test]
async fn every_spelling_of_a_network_behind_a_trusted_proxy_has_one_budget() {
    let server = TestServer::start_with(&TRUSTED).await;
    server
        .settings(json!({ "limit": { "sign_in_create_per_network": 1 } }))
        .await;
    for (first, same) in [
        (
            &["2001:db8:1:2::1"][..],
            &[
                &["2001:db8:1:2:ffff:ffff:ffff:ffff"][..],
                &["2001:DB8:1:2::1"],
                &["2001:0db8:0001:0002:0000:0000:0000:0001"],
                &["203.0.113.9, 2001:db8:1:2::77"],
                &["203.0.113.10", "2001:db8:1:2::78"],
                &["2001:db8:1:2::79, 10.1.2.3"],
                &["2001:db8:1:2::79", "10.1.2.3, 127.0.0.9"],
                &["[2001:db8:1:2::80]"],
                &["[2001:db8:1:2::81]:51000, [::ffff:10.1.2.3]:80"],
            ][..],
        ),
        (
            &["192.0.2.7"],
            &[
                &["::ffff:192.0.2.7"],
                &["::FFFF:c000:207"],
                &[" 192.0.2.7 "],
                &["8.8.8.8, 192.0.2.7"],
                // Whatever octets the caller wrote, what the proxy added counts.
                &["Köln, 192.0.2.7"],
                &["Köln", "192.0.2.7"],
                &["192.0.2.7:51000"],
                &["8.8.8.8, 192.0.2.7:51001"],
            ],
        ),
        // What cannot be read names nobody, and what was written before it is the caller's own invention.
        (
            &["unknown"],
            &[
                &["203.0.113.20, unknown"],
                &["203.0.113.21, 192.0.2.300"],
                &["203.0.113.22, fe80::1%"],
                &["203.0.113.22, [2001:db8:1:2::1"],
                &["203.0.113.23, 0300.0.0.1"],
                &["203.0.113.24,"],
                &[""],
                &[],
            ],
        ),
    ] {
        assert_eq!(begin(&server, first).await, 200, "{first:?}");
        for spelling in same {
            assert_eq!(begin(&server, spelling).await, 429, "{spelling:?}");
        }
    }
    for other in ["2001:db8:1:3::1", "192.0.2.8", "2001:db9:1:2::1"] {
        assert_eq!(begin(&server, &[other]).await, 200, "{other}");
    }
    server.finish().await;
}

#[tokio::test]
async fn forwarded_is_read_like_the_older_header_and_cannot_be_forged_past_a_proxy_that_writes_that() {
    let server = TestServer::start_with(&TRUSTED).await;
    server
        .settings(json!({ "limit": { "sign_in_create_per_network": 1 } }))
        .await;
    let begin = async |headers: &[(&str, &str)]| {
        let mut client = server.anonymous();
        for (name, value) in headers {
            client = client.with_header(name, value);
        }
        client.post("/v1/client/sign_ins", &[]).await.status
    };
    let first = [("forwarded", "for=\"[2001:db8:1:2::1]:4711\";proto=https")];
    assert_eq!(begin(&first).await, 200);
    for same in [
        "for=203.0.113.1, for=\"[2001:db8:1:2::2]\"",
        "For=\"[2001:db8:1:2::3]\";host=\"a,b\", for=10.1.2.3;by=127.0.0.1",
    ] {
        assert_eq!(begin(&[("forwarded", same)]).await, 429, "{same}");
    }
    assert_eq!(begin(&[("x-forwarded-for", "2001:db8:1:2::4")]).await, 429);
    // Callers behind a proxy that writes one of the two write the other themselves: they are all the proxy, once.
    let forged = |number: u8| {
        let address = format!("203.0.113.{number}");
        [format!("for={address}"), address]
    };
    let mut statuses = Vec::new();
    for number in 10..14 {
        let [element, address] = forged(number);
        statuses.push(begin(&[("x-forwarded-for", "192.0.2.7"), ("forwarded", &element)]).await);
        statuses.push(begin(&[("forwarded", "for=192.0.2.7"), ("x-forwarded-for", &address)]).await);
    }
    assert_eq!(statuses, [200, 429, 429, 429, 429, 429, 429, 429]);
    server.finish().await;
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_chooses_their_budget() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "limit": { "sign_in_create_per_network": 1 } }))
        .await;
    assert_eq!(begin(&server, &["192.0.2.1"]).await, 200);
    for forwarded in ["192.0.2.2", "2001:db8::1", "127.0.0.1"] {
        assert_eq!(begin(&server, &[forwarded]).await, 429, "{forwarded}");
    }
    for name in [
        "forwarded",
        "x-real-ip",
        "cf-connecting-ip",
        "true-client-ip",
        "x-client-ip",
    ] {
        let client = server.anonymous().with_header(name, "192.0.2.3");
        assert_eq!(client.post("/v1/client/sign_ins", &[]).await.status, 429, "{name}");
    }
    server.finish().await;
}

/// Spellings of `ada@example.com`.
const ADA: [&str; 6] = [
    "ada@example.com",
    "ADA@EXAMPLE.COM",
    "Ada@Example.Com",
    "\u{ff41}\u{ff44}\u{ff41}@example.com",
    "ada@\u{ff45}xample.com",
    "\u{ff21}da@Example.com",
];

#[tokio::test]
async fn every_spelling_of_an_address_has_one_budget_of_codes() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "limit": { "code_send_per_identifier": 3 } }))
            .await;
        let mut outcomes = Vec::new();
        for spelling in ADA {
            let fields = [("email_address", spelling), ("strategy", "email_code")];
            let outcome = face.sign_up_create(&server.anonymous(), &fields).await;
            outcomes.push(outcome.codes.join(","));
        }
        let spent = "verification_code_too_many_requests";
        assert_eq!(outcomes, ["", "", "", spent, spent, spent]);
        server.finish().await;
    })
    .await;
}

/// How many of so many codes to addresses of one person are sent, and how many mails there are by then.
async fn codes_to(
    (face, asked): (Face, usize),
    server: &TestServer,
    address: impl Fn(usize) -> String,
) -> (usize, i64) {
    let mut sent = 0;
    for number in 1..=asked {
        let fields = [("email_address", &*address(number)), ("strategy", "email_code")];
        let outcome = face.sign_up_create(&server.anonymous(), &fields).await;
        match outcome.codes.as_slice() {
            [] => sent += 1,
            codes => {
                assert_eq!(codes, ["verification_code_too_many_requests"]);
                if face == Face::Rest {
                    assert_eq!(outcome.reply.status, 429);
                }
            }
        }
    }
    server.run_jobs().await;
    (sent, server.count("SELECT COUNT(*) FROM dev_message").await)
}

#[tokio::test]
async fn every_subaddress_of_a_mailbox_has_one_budget_of_codes() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "limit": { "code_send_per_mailbox": null } }))
            .await;
        let (sent, mails) = codes_to((face, 40), &server, |number| format!("victim+{number}@example.com")).await;
        assert_eq!((sent, mails), (20, 20), "of forty");
        let dotted = |number: usize| {
            let (head, tail) = "victimperson".split_at(number % 11 + 1);
            let domain = ["gmail.com", "GoogleMail.com"][number % 2];
            format!("{head}.{tail}+{number}@{domain}")
        };
        let (sent, mails) = codes_to((face, 22), &server, dotted).await;
        assert_eq!((sent, mails), (20, 40), "of 22 more");
        let idn = |number: usize| {
            format!(
                "victim+{number}@{}",
                ["b\u{fc}cher.example", "xn--bcher-kva.example"][number % 2]
            )
        };
        let (sent, mails) = codes_to((face, 22), &server, idn).await;
        assert_eq!((sent, mails), (20, 60), "of 22 more");
        // The mailbox next door has its own, and so has this one an hour later.
        let next = [("email_address", "victor@example.com"), ("strategy", "email_code")];
        face.sign_up_create(&server.anonymous(), &next).await.ok();
        server.advance(std::time::Duration::from_secs(3_600));
        let later = [("email_address", "victim+99@example.com"), ("strategy", "email_code")];
        face.sign_up_create(&server.anonymous(), &later).await.ok();
        let kept = "SELECT COUNT(*) FROM identification WHERE value = 'victim+99@example.com'";
        assert_eq!(server.count(kept).await, 1, "the identifier stays what it is");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn addresses_of_tests_send_nothing_and_spend_nothing_of_a_mailbox() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "limit": { "code_send_per_mailbox": 1 } }))
        .await;
    for number in 0..3 {
        let address = format!("ada+clerk_test_{number}@example.com");
        let fields = [("email_address", &*address), ("strategy", "email_code")];
        Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    }
    server.finish().await;
}

#[tokio::test]
async fn every_spelling_of_an_identifier_counts_towards_one_lock() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server
            .settings(json!({ "attack_protection": { "user_lockout": { "max_attempts": 3 } } }))
            .await;
        let mut outcomes = Vec::new();
        for spelling in ADA {
            let fields = [
                ("identifier", spelling),
                ("strategy", "password"),
                ("password", "wrong"),
            ];
            outcomes.push(face.sign_in_create(&server.anonymous(), &fields).await.codes.join(","));
        }
        let (wrong, locked) = ("form_password_incorrect", "user_locked");
        assert_eq!(outcomes, [wrong, wrong, wrong, locked, locked, locked]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn both_faces_spend_one_budget() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "limit": { "sign_in_create_per_network": 2 } }))
        .await;
    let mut outcomes = Vec::new();
    for face in [Face::Rest, Face::Graphql, Face::Rest, Face::Graphql] {
        outcomes.push(face.sign_in_create(&server.anonymous(), &[]).await.codes.join(","));
    }
    assert_eq!(outcomes, ["", "", "too_many_requests", "too_many_requests"]);
    server.finish().await;
}
