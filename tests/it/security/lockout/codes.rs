//! What strangers use up is theirs: the codes of a mailbox, and the budget of an instance.

use super::{ADA, at, scene, server, sign_out, stranger};
use crate::support::for_each_face;
use serde_json::json;
use std::time::Duration;

const SPENT: &str = "verification_code_too_many_requests";

#[tokio::test]
async fn strangers_who_use_up_the_codes_of_an_address_leave_those_of_its_owners_client() {
    for_each_face(async |face| {
        let (server, known, _) = scene(face, json!({})).await;
        for is_concealed in [false, true] {
            server
                .settings(json!({
                    "limit": { "code_send_per_identifier": 3 },
                    "attack_protection": { "enumeration_protection": is_concealed },
                }))
                .await;
            server.advance(Duration::from_secs(3_600));
            let fields = [("identifier", ADA), ("strategy", "email_code")];
            for number in 0..3 {
                let client = stranger(&server, &format!("192.0.2.{number}"));
                face.sign_in_create(&client, &fields).await.ok();
            }
            let late = stranger(&server, "192.0.2.9");
            assert_eq!(face.sign_in_create(&late, &fields).await.code(), SPENT);
            let begun = face.sign_in_create(&late, &[("identifier", ADA)]).await.ok().id();
            let again = [("strategy", "email_code")];
            assert_eq!(face.sign_in_prepare(&late, &begun, &again).await.code(), SPENT);
            server.advance(Duration::from_secs(1));
            let id = face.sign_in_create(&known, &fields).await.ok().id();
            let code = server.last_code(ADA).await;
            for _ in 0..2 {
                face.sign_in_prepare(&known, &id, &again).await.ok();
            }
            assert_eq!(
                face.sign_in_prepare(&known, &id, &again).await.code(),
                SPENT,
                "it has a budget of its own"
            );
            assert_eq!(
                face.sign_in_create(&late, &fields).await.code(),
                SPENT,
                "and has given nobody any"
            );
            server.advance(Duration::from_secs(3_600));
            let id = face.sign_in_create(&known, &fields).await.ok().id();
            assert_ne!(server.last_code(ADA).await, code);
            let code = server.last_code(ADA).await;
            let proof = [("strategy", "email_code"), ("code", &*code)];
            face.sign_in_attempt(&known, &id, &proof).await.ok();
            sign_out(&known).await;
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn rule_11_every_spelling_of_a_mailbox_has_one_budget_of_codes() {
    for_each_face(async |face| {
        let server = server().await;
        server
            .settings(json!({ "limit": { "code_send_per_mailbox": 3 } }))
            .await;
        let mut outcomes = Vec::new();
        for spelling in [
            "ada@gmail.com",
            "ada+1@gmail.com",
            "a.d.a@gmail.com",
            "A.DA+x@gmail.com",
            "ad.a+2@GoogleMail.com",
        ] {
            let fields = [("email_address", spelling), ("strategy", "email_code")];
            outcomes.push(face.sign_up_create(&server.anonymous(), &fields).await.codes.join(","));
        }
        assert_eq!(outcomes, ["", "", "", SPENT, SPENT]);
        let fields = [("email_address", "ada@example.org"), ("strategy", "email_code")];
        face.sign_up_create(&server.anonymous(), &fields).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn neither_one_network_nor_one_holder_of_many_uses_up_what_an_instance_has() {
    for_each_face(async |face| {
        let server = server().await;
        server
            .settings(json!({ "limit": { "sign_in_create_per_network": 2, "sign_in_create_per_instance": 68 } }))
            .await;
        let blank = server.anonymous();
        let begin = async |address: &str| {
            let begun = face.sign_in_create(&at(blank.forked(), address), &[]).await;
            begun.codes.is_empty()
        };
        let mut let_through = 0;
        for _ in 0..100 {
            let_through += u32::from(begin("192.0.2.1").await);
        }
        assert_eq!(let_through, 2, "one network");
        let_through = 0;
        for number in 0..100 {
            let_through += u32::from(begin(&format!("2001:db8:1:{number:x}::1")).await);
        }
        assert_eq!(let_through, 16, "one /48");
        let_through = 0;
        for number in 0..100 {
            let_through += u32::from(begin(&format!("2001:db8:{number:x}::1")).await);
        }
        assert_eq!(let_through, 48, "one /32, the /48 included");
        assert!(
            begin("192.0.2.2").await && begin("2001:db9::1").await,
            "others get theirs"
        );
        assert!(
            !begin("192.0.2.3").await,
            "and all together no more than the instance has"
        );
        server.finish().await;
    })
    .await;
}
