#![expect(
    clippy::disallowed_methods,
    reason = "what the tests of the worker prepare and look at"
)]

use super::DAY;
use crate::worker::double::Double;
use entity::{
    client, dev_message,
    id::ClientId,
    identification,
    kind::{ClientStatus, SessionStatus, SignInStatus, SignUpStatus},
    session, sign_in, sign_up, user, verification,
};
use sea_orm::{ConnectionTrait as _, EntityTrait, IntoActiveModel as _, PaginatorTrait as _};
use serde_json::json;
use std::time::Duration;

/// Rows of the stand-in for nobody among users and identifications.
const STAND_INS: u64 = 1;

async fn count<E: EntityTrait<Model: Sync>>(double: &Double) -> u64 {
    E::find().count(double.app.pool()).await.unwrap()
}

async fn insert_client(double: &Double, status: ClientStatus) -> ClientId {
    let now = double.app.now();
    let row = client::Model {
        id: double.app.entropy().id(now),
        instance_id: double.instance,
        status,
        rotating_digest: String::new(),
        former_digests: None,
        sign_in_id: None,
        sign_up_id: None,
        last_active_session_id: None,
        last_authentication_strategy: None,
        created_at: now,
        updated_at: now,
    };
    let id = row.id;
    insert::<client::Entity>(double, row).await;
    id
}

async fn insert<E: EntityTrait>(double: &Double, row: E::Model)
where
    E::Model: sea_orm::IntoActiveModel<E::ActiveModel>,
{
    E::insert(row.into_active_model())
        .exec_without_returning(double.app.pool())
        .await
        .unwrap();
}

/// A sign-in and a sign-up that are given up in a day, the latter with an address and its verification.
async fn insert_attempts(double: &Double, client_id: &ClientId) {
    let (now, entropy) = (double.app.now(), double.app.entropy());
    let sign_in = sign_in::Model {
        id: entropy.id(now),
        instance_id: double.instance,
        client_id: *client_id,
        status: SignInStatus::NeedsIdentifier,
        identifier: None,
        identification_id: None,
        user_id: None,
        first_strategy: None,
        first_verification_id: None,
        first_at: None,
        second_strategy: None,
        second_verification_id: None,
        second_at: None,
        created_session_id: None,
        abandon_at: now + DAY,
        created_at: now,
        updated_at: now,
    };
    insert::<sign_in::Entity>(double, sign_in).await;
    let sign_up = sign_up::Model {
        id: entropy.id(now),
        instance_id: double.instance,
        client_id: *client_id,
        status: SignUpStatus::MissingRequirements,
        password_digest: None,
        password_rules: None,
        first_name: None,
        last_name: None,
        unsafe_metadata: json!({}),
        created_user_id: None,
        created_session_id: None,
        abandon_at: now + DAY,
        created_at: now,
        updated_at: now,
    };
    let sign_up_id = sign_up.id;
    insert::<sign_up::Entity>(double, sign_up).await;
    double.prepare("ada@example.com").await;
    double
        .app
        .pool()
        .execute_unprepared(&format!("UPDATE identification SET sign_up_id = '{sign_up_id}'"))
        .await
        .unwrap();
}

async fn insert_session(double: &Double, client_id: &ClientId, status: SessionStatus) {
    let (now, entropy) = (double.app.now(), double.app.entropy());
    let user = user::Model {
        id: entropy.id(now),
        instance_id: double.instance,
        external_id: None,
        first_name: None,
        last_name: None,
        password_digest: None,
        password_updated_at: None,
        primary_email_address_id: None,
        public_metadata: json!({}),
        private_metadata: json!({}),
        unsafe_metadata: json!({}),
        totp_enabled_at: None,
        backup_code_enabled_at: None,
        mfa_enabled_at: None,
        mfa_disabled_at: None,
        banned: false,
        failed_attempts: 0,
        locked_until: None,
        last_sign_in_at: None,
        last_active_at: None,
        created_at: now,
        updated_at: now,
    };
    let row = session::Model {
        id: entropy.id(now),
        instance_id: double.instance,
        client_id: *client_id,
        user_id: user.id,
        status,
        expire_at: now + 1_000 * DAY,
        abandon_at: now + 1_000 * DAY,
        last_active_at: now,
        first_factor_verified_at: now,
        second_factor_verified_at: None,
        created_at: now,
        updated_at: now,
    };
    insert::<user::Entity>(double, user).await;
    insert::<session::Entity>(double, row).await;
}

async fn after_days(double: &Double, days: u64) {
    double.clock.advance(Duration::from_secs(days * 86_400));
    double.worker.run_until_idle().await.unwrap();
}

#[tokio::test]
async fn attempts_go_thirty_days_after_they_were_given_up() {
    let double = Double::start().await;
    let client = insert_client(&double, ClientStatus::Active).await;
    insert_attempts(&double, &client).await;
    after_days(&double, 30).await;
    for expected in [1, 0] {
        assert_eq!(count::<sign_in::Entity>(&double).await, expected);
        assert_eq!(count::<sign_up::Entity>(&double).await, expected);
        assert_eq!(count::<identification::Entity>(&double).await, expected + STAND_INS);
        after_days(&double, 2).await;
    }
    assert_eq!(count::<verification::Entity>(&double).await, 0);
    assert_eq!(count::<client::Entity>(&double).await, 1, "the client is in use");
}

#[tokio::test]
async fn what_a_user_took_over_stays() {
    let double = Double::start().await;
    let client = insert_client(&double, ClientStatus::Active).await;
    insert_attempts(&double, &client).await;
    insert_session(&double, &client, SessionStatus::Active).await;
    double
        .app
        .pool()
        .execute_unprepared(&format!(
            "UPDATE identification SET claimed = TRUE, user_id = (SELECT u.id FROM \"user\" u WHERE u.instance_id = \
             identification.instance_id) WHERE instance_id = '{}'",
            double.instance
        ))
        .await
        .unwrap();
    after_days(&double, 365).await;
    assert_eq!(count::<sign_up::Entity>(&double).await, 0);
    assert_eq!(count::<identification::Entity>(&double).await, 1 + STAND_INS);
    assert_eq!(count::<verification::Entity>(&double).await, 1, "the address shows it");
    assert_eq!(count::<session::Entity>(&double).await, 1, "it is active");
}

#[tokio::test]
async fn ended_sessions_and_dead_clients_go_after_ninety_days() {
    let double = Double::start().await;
    let alive = insert_client(&double, ClientStatus::Active).await;
    let dead = insert_client(&double, ClientStatus::Replaced).await;
    insert_session(&double, &alive, SessionStatus::Active).await;
    insert_session(&double, &alive, SessionStatus::Ended).await;
    insert_session(&double, &dead, SessionStatus::Replaced).await;
    insert_attempts(&double, &dead).await;
    after_days(&double, 89).await;
    assert_eq!(
        (
            count::<session::Entity>(&double).await,
            count::<client::Entity>(&double).await
        ),
        (3, 2)
    );
    after_days(&double, 2).await;
    assert_eq!(
        (
            count::<session::Entity>(&double).await,
            count::<client::Entity>(&double).await
        ),
        (1, 1)
    );
    assert_eq!(
        count::<user::Entity>(&double).await,
        3 + STAND_INS,
        "users are nobody's to tidy up"
    );
}

#[tokio::test]
async fn a_session_that_time_has_ended_goes_as_well() {
    let double = Double::start().await;
    let client = insert_client(&double, ClientStatus::Active).await;
    insert_session(&double, &client, SessionStatus::Active).await;
    after_days(&double, 1_089).await;
    assert_eq!(count::<session::Entity>(&double).await, 1);
    after_days(&double, 2).await;
    assert_eq!(count::<session::Entity>(&double).await, 0);
}

#[tokio::test]
async fn more_rows_than_a_batch_go_in_one_round() {
    let double = Double::start().await;
    for number in 0..1_203 {
        let now = double.app.now();
        let row = dev_message::Model {
            id: double.app.entropy().id(now),
            instance_id: double.instance,
            channel: "email".to_owned(),
            recipient: format!("{number}@example.com"),
            sealed_body: String::new(),
            created_at: now,
        };
        insert::<dev_message::Entity>(&double, row).await;
    }
    after_days(&double, 6).await;
    assert_eq!(count::<dev_message::Entity>(&double).await, 1_203);
    after_days(&double, 2).await;
    assert_eq!(count::<dev_message::Entity>(&double).await, 0);
}

#[tokio::test]
async fn budgets_go_when_their_window_is_long_over() {
    let double = Double::start().await;
    let tx = double.app.begin(&double.instance).await.unwrap();
    store::budget::spend(&tx, "subject", 3_600_000).await.unwrap();
    tx.commit().await.unwrap();
    double.clock.advance(Duration::from_secs(3_600 * 23));
    double.worker.run_until_idle().await.unwrap();
    assert_eq!(count::<entity::budget::Entity>(&double).await, 1);
    double.clock.advance(Duration::from_secs(3_600 * 2));
    double.worker.run_until_idle().await.unwrap();
    assert_eq!(count::<entity::budget::Entity>(&double).await, 0);
}
