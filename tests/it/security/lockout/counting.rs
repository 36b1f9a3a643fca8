use super::{
    ADA, WRONG, ada, at, by_password, failures, guess, in_and_out, lockout_settings, network, retry_after, rows, scene,
    server, stranger,
};
use crate::support::{
    Face, TestServer,
    database::TestDatabase,
    face::{PASSWORD, milliseconds},
    for_each_face,
};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::json;
use std::time::Duration;
use vestibule::{
    domain::lockout::{Counter, Rule},
    store,
};

/// In milliseconds.
const DAY: i64 = 86_400_000;
const HOUR: Duration = Duration::from_secs(3_600);

/// Each network in six ways.
const SPELLINGS: [[&str; 6]; 2] = [
    [
        "2001:db8:1:2::1",
        "2001:DB8:1:2:ffff:ffff:ffff:ffff",
        "2001:0db8:0001:0002:0000:0000:0000:0001",
        "198.51.100.9, 2001:db8:1:2::77",
        "2001:db8:1:2::79, 127.0.0.9",
        " 2001:db8:1:2::5 ",
    ],
    [
        "192.0.2.7",
        "::ffff:192.0.2.7",
        "::FFFF:c000:207",
        "8.8.8.8, 192.0.2.7",
        "192.0.2.7:51000",
        "8.8.8.8, ::ffff:c000:207",
    ],
];

#[tokio::test]
async fn rule_11_every_spelling_of_a_network_and_of_an_identifier_has_one_counter() {
    for_each_face(async |face| {
        let server = server().await;
        server
            .settings(json!({ "attribute": { "username": { "enabled": true } } }))
            .await;
        let client = stranger(&server, "198.51.100.1");
        let fields = [
            ("email_address", "Ada@Example.com"),
            ("username", "Ada_Lovelace"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        let code = server.last_code("Ada@Example.com").await;
        let user = face
            .sign_up_attempt(&client, &id, &code)
            .await
            .ok()
            .text("created_user_id");
        let identifiers = [
            "ada@example.com",
            "ADA@EXAMPLE.COM",
            "\u{ff41}\u{ff44}\u{ff41}@example.com",
            "ada@\u{ff45}xample.com",
            "ada_lovelace",
            "ADA_LOVELACE",
        ];
        for spellings in SPELLINGS {
            let before = rows(&server, &format!("{user}@%")).await;
            for (spelling, identifier) in spellings.iter().zip(identifiers) {
                let refused = by_password(face, &stranger(&server, spelling), identifier, WRONG).await;
                assert_eq!(refused.code(), "form_password_incorrect", "{spelling} {identifier}");
            }
            assert_eq!(rows(&server, &format!("{user}@%")).await, before + 1, "{spellings:?}");
        }
        assert_eq!(failures(&server, &format!("{user}@%")).await, 12);
        assert_eq!(failures(&server, &user).await, 12);
        assert_eq!(guess(face, &server, "2001:db8:1:3::1").await, "form_password_incorrect");
        assert_eq!(
            rows(&server, &format!("{user}@%")).await,
            3,
            "the /64 beside it is another network"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_network_that_guessed_ten_times_is_out_for_that_account_until_its_window_ends() {
    for_each_face(async |face| {
        let (server, _, user) = scene(face, json!({})).await;
        face.sign_up(&server, &server.anonymous(), "grace@example.com").await;
        lockout_settings(&server, json!({ "max_attempts_per_network": 10 })).await;
        for number in 0..10 {
            assert_eq!(
                guess(face, &server, "192.0.2.1").await,
                "form_password_incorrect",
                "{number}"
            );
            // No guess has to wait for the one before.
            server.advance(Duration::from_secs(61));
        }
        let right = by_password(face, &stranger(&server, "192.0.2.1"), ADA, PASSWORD).await;
        assert_eq!(right.code(), "too_many_requests");
        assert_eq!(
            retry_after(&right),
            3_600 - 610,
            "the window began with the first guess"
        );
        assert_eq!(failures(&server, &user).await, 10, "who is out is not counted");
        let at_grace = stranger(&server, "192.0.2.1");
        by_password(face, &at_grace, "grace@example.com", PASSWORD).await.ok();
        assert_eq!(
            guess(face, &server, "192.0.2.2").await,
            "form_password_incorrect",
            "others are in"
        );
        server.advance(Duration::from_secs(3_600 - 610));
        in_and_out(face, &stranger(&server, "192.0.2.1")).await;
        assert_eq!(
            rows(&server, "%").await,
            1,
            "but for the other network, all is forgotten"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn after_five_wrong_guesses_a_network_waits_longer_each_time_and_waiting_is_not_counted() {
    for_each_face(async |face| {
        let (server, known, user) = scene(face, json!({ "max_attempts_per_network": 10 })).await;
        for _ in 0..5 {
            assert_eq!(guess(face, &server, "192.0.2.1").await, "form_password_incorrect");
        }
        for (guesses, seconds) in [(5, 1), (6, 2), (7, 4), (8, 8)] {
            for spelling in [ADA, "ADA@example.com"] {
                let refused = by_password(face, &stranger(&server, "192.0.2.1"), spelling, PASSWORD).await;
                assert_eq!((refused.code(), retry_after(&refused)), ("too_many_requests", seconds));
            }
            assert_eq!(failures(&server, &user).await, guesses, "nothing was looked at");
            assert_eq!(
                guess(face, &server, "192.0.2.1").await,
                "too_many_requests",
                "and not prolonged"
            );
            server.advance(Duration::from_secs(seconds));
            assert_eq!(guess(face, &server, "192.0.2.1").await, "form_password_incorrect");
        }
        in_and_out(face, &at(known, "192.0.2.1")).await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn rule_12_neither_a_new_code_nor_a_new_sign_in_nor_a_second_client_nor_a_restart_resets_a_counter() {
    for_each_face(async |face| {
        let mut server = server().await;
        let (_, user) = ada(face, &server).await;
        lockout_settings(&server, json!({ "max_attempts": 8 })).await;
        let client = stranger(&server, "192.0.2.1");
        let wrong_password = [("strategy", "password"), ("password", WRONG)];
        let first = face.sign_in_create(&client, &[("identifier", ADA)]).await.ok().id();
        face.sign_in_attempt(&client, &first, &wrong_password).await;
        let second = face.sign_in_create(&client, &[("identifier", ADA)]).await.ok().id();
        face.sign_in_attempt(&client, &second, &wrong_password).await;
        for _ in 0..2 {
            server.advance(Duration::from_secs(1));
            face.sign_in_prepare(&client, &second, &[("strategy", "email_code")])
                .await
                .ok();
            let code = server.last_code(ADA).await;
            let wrong = if code == "000000" { "000001" } else { "000000" };
            let fields = [("strategy", "email_code"), ("code", wrong)];
            let refused = face.sign_in_attempt(&client, &second, &fields).await;
            assert_eq!(refused.code(), "form_code_incorrect");
        }
        assert_eq!(guess(face, &server, "192.0.2.1").await, "form_password_incorrect");
        server.restart().await;
        let client = stranger(&server, "2001:db8::7");
        client.form("PUT", "/v1/client", &[]).await;
        by_password(face, &client, ADA, WRONG).await;
        assert_eq!(failures(&server, &user).await, 6, "each by whatever way");
        assert_eq!(failures(&server, &format!("{user}@%")).await, 6);
        for _ in 0..2 {
            guess(face, &server, "192.0.2.9").await;
        }
        assert_eq!(guess(face, &server, "192.0.2.9").await, "user_locked");
        server.restart().await;
        assert_eq!(guess(face, &server, "192.0.2.77").await, "user_locked");
        server.finish().await;
    })
    .await;
}

/// Rules that differ in all that counting depends on.
fn rules() -> [Rule; 5] {
    [
        Rule {
            maximum: 3,
            lock: Some(60_000),
            window: 90_000,
        },
        Rule {
            maximum: 3,
            lock: None,
            window: 60_000,
        },
        Rule {
            maximum: 1,
            lock: Some(60_000),
            window: 60_000,
        },
        Rule {
            maximum: 1,
            lock: None,
            window: 60_000,
        },
        Rule::of_nobody(),
    ]
}

#[tokio::test]
async fn counting_in_the_database_is_the_rule_of_the_domain() {
    let server = TestServer::start().await;
    let instance = vestibule::service::instance::all(&server.app).await.unwrap().instances[0].id;
    let now = server.now();
    let mut number = 0;
    for rule in rules() {
        let mut tx = server.app.begin(&instance).await.unwrap();
        for failures in [0, 1, 2, 3, 7] {
            for locked_until in [
                None,
                Some(now - 1),
                Some(now),
                Some(now + 1),
                Some(now + 60_000),
                Some(now + 40 * DAY),
            ] {
                for expire_at in [now - 1, now, now + 1, now + 90_000, now + 40 * DAY] {
                    for counts in [true, false] {
                        let before = Counter {
                            failures,
                            locked_until,
                            expire_at,
                        };
                        let subject = format!("user_{number}");
                        number += 1;
                        let until = locked_until.map_or("NULL".to_owned(), |until| until.to_string());
                        tx.scope()
                            .connection()
                            .execute_unprepared(&format!(
                                "INSERT INTO lockout (instance_id, subject, failures, window_started_at, locked_until, \
                                 expire_at) VALUES ('{instance}', '{subject}', {failures}, 1, {until}, {expire_at})"
                            ))
                            .await
                            .unwrap();
                        let counted = store::lockout::count(&mut tx, &subject, None, &rule, counts)
                            .await
                            .unwrap();
                        let expected = before.on_failure(&rule, counts, now);
                        assert_eq!(counted, expected, "{before:?} {rule:?} {counts}");
                        let listed = store::lockout::list(tx.scope(), &[&subject]).await.unwrap();
                        assert_eq!(listed.get(&subject), Some(&expected));
                    }
                }
            }
        }
        let first = store::lockout::count(&mut tx, "user_new", None, &rule, true)
            .await
            .unwrap();
        assert_eq!(first, Counter::default().on_failure(&rule, true, now), "{rule:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn counters_go_when_they_mean_nothing_any_more() {
    let face = Face::Rest;
    let (server, known, user) = scene(face, json!({})).await;
    for number in 0..600 {
        if number < 20 {
            assert_eq!(guess(face, &server, &network(number)).await, "form_password_incorrect");
        } else {
            server
                .execute(&format!(
                    "INSERT INTO lockout (instance_id, subject, failures, window_started_at, expire_at) \
                     SELECT instance_id, 'user_x@{number}', 1, 0, {} FROM \"user\" WHERE id = '{user}'",
                    server.now() + 3_600_000
                ))
                .await;
        }
    }
    by_password(face, &known, ADA, WRONG).await;
    server
        .settings(json!({ "attack_protection": { "enumeration_protection": true } }))
        .await;
    by_password(face, &stranger(&server, "192.0.2.1"), "nobody@example.com", WRONG).await;
    assert_eq!((rows(&server, "%@%").await, rows(&server, "nobody_%").await), (600, 2));
    server.advance(HOUR * 2);
    server.run_jobs().await;
    assert_eq!(rows(&server, "%@%").await, 0, "those of networks with their window");
    server.advance(HOUR * 23);
    server.run_jobs().await;
    assert_eq!(rows(&server, "nobody_%").await, 0, "those of nobody after a day");
    assert_eq!(
        (failures(&server, &user).await, failures(&server, "%/%").await),
        (20, 1)
    );
    server.advance(HOUR * 24 * 29);
    server.run_jobs().await;
    assert_eq!(rows(&server, "%").await, 0, "those of people after thirty");
    server.finish().await;
}

#[tokio::test]
async fn what_is_shown_of_a_user_follows_what_strangers_do() {
    for_each_face(async |face| {
        let server = server().await;
        let client = stranger(&server, "198.51.100.1");
        face.sign_up(&server, &client, ADA).await;
        lockout_settings(&server, json!({ "max_attempts": 3, "duration_in_minutes": 5 })).await;
        let shown = async || {
            let me = client.get("/v1/me").await;
            let viewer = "{ viewer { locked lockoutExpiresAt } }";
            let viewer = client.graphql(viewer, json!({})).await;
            let (rest, graphql) = (&me.body["response"], &viewer.body["data"]["viewer"]);
            assert_eq!(rest["locked"], graphql["locked"]);
            let until = graphql["lockoutExpiresAt"].as_str();
            let until = until.map(|until| (milliseconds(until) - server.now() + 999) / 1_000);
            assert_eq!(rest["lockout_expires_in_seconds"], json!(until));
            (
                rest["locked"].clone(),
                rest["lockout_expires_in_seconds"].clone(),
                rest["verification_attempts_remaining"].clone(),
            )
        };
        assert_eq!(shown().await, (json!(false), json!(null), json!(3)));
        guess(face, &server, "192.0.2.1").await;
        assert_eq!(shown().await, (json!(false), json!(null), json!(2)));
        guess(face, &server, "192.0.2.2").await;
        guess(face, &server, "192.0.2.3").await;
        assert_eq!(shown().await, (json!(true), json!(300), json!(0)));
        server.advance(Duration::from_secs(300));
        assert_eq!(shown().await, (json!(false), json!(null), json!(3)));
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn without_lockout_nobody_is_counted_delayed_or_out() {
    for_each_face(async |face| {
        let (server, known, _) = scene(face, json!({})).await;
        lockout_settings(
            &server,
            json!({ "enabled": false, "max_attempts": 2, "max_attempts_per_network": 1 }),
        )
        .await;
        for client in [stranger(&server, "192.0.2.1"), known] {
            for _ in 0..5 {
                let refused = by_password(face, &client, ADA, WRONG).await;
                assert_eq!(refused.code(), "form_password_incorrect");
            }
            in_and_out(face, &client).await;
        }
        assert_eq!(rows(&server, "%").await, 0);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn counters_of_the_version_before_are_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_empty(directory.path()).await;
    let connection = Database::connect(database.url()).await.unwrap();
    Migrator::up(&connection, Some(6)).await.unwrap();
    for row in [
        "INSERT INTO application (id, name, created_at, updated_at) VALUES ('app_1', 'a', 0, 0)",
        "INSERT INTO instance (id, application_id, slug, environment, origin, host, publishable_key, settings, \
         settings_version, created_at, updated_at) VALUES ('ins_1', 'app_1', 's', 'development', 'o', 'h', 'p', '{}', 1, 0, 0)",
    ] {
        connection.execute_unprepared(row).await.unwrap();
    }
    for (user, failed, until) in [
        ("user_1", 0, "NULL"),
        ("user_2", 7, "NULL"),
        ("user_3", 100, "9000000000000"),
    ] {
        connection
            .execute_unprepared(&format!(
                "INSERT INTO \"user\" (id, instance_id, public_metadata, private_metadata, unsafe_metadata, banned, \
                 failed_attempts, locked_until, created_at, updated_at) \
                 VALUES ('{user}', 'ins_1', '{{}}', '{{}}', '{{}}', FALSE, {failed}, {until}, 5, 5)"
            ))
            .await
            .unwrap();
    }
    Migrator::up(&connection, None).await.unwrap();
    let backend = connection.get_database_backend();
    let statement = Statement::from_string(
        backend,
        "SELECT subject, failures, locked_until, expire_at FROM lockout ORDER BY subject",
    );
    let found: Vec<(String, i32, Option<i64>, i64)> = connection
        .query_all_raw(statement)
        .await
        .unwrap()
        .iter()
        .map(|row| {
            (
                row.try_get_by_index(0).unwrap(),
                row.try_get_by_index(1).unwrap(),
                row.try_get_by_index(2).unwrap(),
                row.try_get_by_index(3).unwrap(),
            )
        })
        .collect();
    let kept = 5 + 30 * 86_400_000;
    assert_eq!(
        found,
        [
            ("user_2".to_owned(), 7, None, kept),
            ("user_3".to_owned(), 100, Some(9_000_000_000_000), 9_000_000_000_000),
        ]
    );
    connection.close().await.unwrap();
    database.remove().await;
}
