//! A user as it is shown, by both faces alike.
//!
//! Invariant: what is stored stays in here. The password's digest and the private metadata have no way out of this module but
//! [`super::private_metadata`], which asks who wants to see them.

use crate::{app::App, verification::VerificationState};
use entity::{
    UnixMilliseconds,
    id::{IdentificationId, UserId},
    identification,
    kind::IdentificationKind,
};
use kernel::{caller::Caller, error::Result};
use serde_json::Value;
use std::{collections::HashMap, fmt, sync::Arc};
use store::user::StoredUser;

/// A user and its identifications, as they stand at some time.
#[derive(Clone)]
pub struct UserState {
    /// Shared with whoever else reads the user now, so that showing it copies nothing.
    stored: Arc<StoredUser>,
    /// As of when it is shown.
    now: UnixMilliseconds,
    /// Seconds until the account opens again, when it is locked for clients that never signed in to it.
    pub lockout_expires_in_seconds: Option<i64>,
    /// Until when it is locked for them.
    pub lockout_expires_at: Option<UnixMilliseconds>,
    /// Wrong attempts of such clients that are left before it is locked, when lockout is on.
    pub verification_attempts_remaining: Option<u32>,
}

/// An identification of a user, as it stands at some time.
#[derive(Clone, Copy, Debug)]
pub struct IdentificationState<'a> {
    /// Its identifier.
    pub id: &'a IdentificationId,
    /// What it is.
    pub kind: IdentificationKind,
    /// As the person wrote it.
    pub display: &'a str,
    /// Whether its owner has proven it; usernames need no proof.
    pub verified: bool,
    /// How the latest proof that was asked for stands.
    pub verification: Option<VerificationState>,
    /// When it was given.
    pub created_at: UnixMilliseconds,
    /// When it last changed.
    pub updated_at: UnixMilliseconds,
}

impl fmt::Debug for UserState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UserState")
            .field("id", self.id())
            .finish_non_exhaustive()
    }
}

impl<'a> IdentificationState<'a> {
    fn of(stored: &'a store::identification::IdentificationState, now: UnixMilliseconds) -> Self {
        let (row, challenge) = (&stored.row, stored.verification.as_ref());
        Self {
            id: &row.id,
            kind: row.kind,
            display: &row.display,
            verified: row.verified,
            verification: challenge.map(|challenge| VerificationState::of(challenge, now)),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl UserState {
    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.stored.row.id
    }

    /// The application's own identifier of this person.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.stored.row.external_id.as_deref()
    }

    /// The given name.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        self.stored.row.first_name.as_deref()
    }

    /// The family name.
    #[must_use]
    pub fn last_name(&self) -> Option<&str> {
        self.stored.row.last_name.as_deref()
    }

    /// The identifications, oldest first.
    fn identifications(&self) -> impl Iterator<Item = IdentificationState<'_>> {
        let stored = self.stored.identifications.iter();
        stored.map(|identification| IdentificationState::of(identification, self.now))
    }

    /// The identifications of a kind, oldest first.
    pub fn identifications_of(&self, kind: IdentificationKind) -> impl Iterator<Item = IdentificationState<'_>> {
        self.identifications()
            .filter(move |identification| identification.kind == kind)
    }

    /// The username, as written.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        let mut usernames = self.identifications_of(IdentificationKind::Username);
        usernames.next().map(|username| username.display)
    }

    /// What names the user to people: the primary e-mail address, else any identification.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        naming(&self.stored.row, &self.stored.identifications)
    }

    /// The e-mail address that mail goes to.
    #[must_use]
    pub fn primary_email_address_id(&self) -> Option<&IdentificationId> {
        self.stored.row.primary_email_address_id.as_ref()
    }

    /// Whether there is a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.stored.row.password_digest.is_some()
    }

    /// When the password was last set.
    #[must_use]
    pub fn password_updated_at(&self) -> Option<UnixMilliseconds> {
        self.stored.row.password_updated_at
    }

    /// Whether the person has shown that an authenticator app works.
    #[must_use]
    pub fn totp_enabled(&self) -> bool {
        self.stored.row.totp_enabled_at.is_some()
    }

    /// Whether there are codes that stand in for a second proof.
    #[must_use]
    pub fn backup_code_enabled(&self) -> bool {
        self.stored.row.backup_code_enabled_at.is_some()
    }

    /// Whether the person has a second proof.
    #[must_use]
    pub fn two_factor_enabled(&self) -> bool {
        self.mfa_enabled_at().is_some()
    }

    /// Since when the person has a second proof.
    #[must_use]
    pub fn mfa_enabled_at(&self) -> Option<UnixMilliseconds> {
        self.stored.row.mfa_enabled_at
    }

    /// When the last second proof was removed.
    #[must_use]
    pub fn mfa_disabled_at(&self) -> Option<UnixMilliseconds> {
        self.stored.row.mfa_disabled_at
    }

    /// What the application lets everybody read who may read the user.
    #[must_use]
    pub fn public_metadata(&self) -> &Value {
        &self.stored.row.public_metadata
    }

    /// What the person may change, so that nothing in it is to be trusted.
    #[must_use]
    pub fn unsafe_metadata(&self) -> &Value {
        &self.stored.row.unsafe_metadata
    }

    /// What the application keeps for itself: to be handed on to nobody who was not asked for a secret key.
    pub(super) fn private_metadata(&self) -> &Value {
        &self.stored.row.private_metadata
    }

    /// Whether the person may not sign in.
    #[must_use]
    pub fn is_banned(&self) -> bool {
        self.stored.row.banned
    }

    /// Whether the account is locked after too many wrong attempts.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        self.lockout_expires_in_seconds.is_some()
    }

    /// When a session was last begun.
    #[must_use]
    pub fn last_sign_in_at(&self) -> Option<UnixMilliseconds> {
        self.stored.row.last_sign_in_at
    }

    /// When a session was last used.
    #[must_use]
    pub fn last_active_at(&self) -> Option<UnixMilliseconds> {
        self.stored.row.last_active_at
    }

    /// When the account was made.
    #[must_use]
    pub fn created_at(&self) -> UnixMilliseconds {
        self.stored.row.created_at
    }

    /// When the account last changed.
    #[must_use]
    pub fn updated_at(&self) -> UnixMilliseconds {
        self.stored.row.updated_at
    }
}

/// What names a user to people, of what they are known by, as it was written.
pub(super) fn naming<'a>(
    user: &entity::user::Model,
    known_by: &'a [store::identification::IdentificationState],
) -> Option<&'a str> {
    let primary = user.primary_email_address_id.as_ref();
    known_by
        .iter()
        .find(|identification| Some(&identification.row.id) == primary)
        .or_else(|| known_by.first())
        .map(|identification| identification.row.display.as_str())
}

/// Users by identifier, in two statements at most, however many they are.
///
/// # Errors
/// When they cannot be read.
pub async fn states(app: &App, caller: &Caller, ids: &[UserId]) -> Result<HashMap<UserId, UserState>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let now = app.now();
    let policy = &caller.settings().attack_protection.user_lockout;
    let stored = app.users(&caller.instance.id).list(ids).await?;
    let shown = stored.into_iter().map(|(id, stored)| {
        let state = UserState {
            lockout_expires_in_seconds: stored.failures.expires_in_seconds(policy, now),
            lockout_expires_at: stored.failures.told_locked_until(policy, now),
            verification_attempts_remaining: stored.failures.attempts_remaining(policy, now),
            stored,
            now,
        };
        (id, state)
    });
    Ok(shown.collect())
}

/// Whose identifications are, of those that are somebody's. One statement.
///
/// # Errors
/// When they cannot be read.
pub(crate) async fn owners(
    app: &App,
    caller: &Caller,
    ids: &[IdentificationId],
) -> Result<HashMap<IdentificationId, UserId>> {
    let scope = app.reader(&caller.instance.id);
    let rows = scope
        .list::<identification::Entity>(identification::Column::Id, ids)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, row.user_id?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{StoredUser, UserState};
    use domain::{lockout::Counter, proof::Challenge};
    use entity::{
        id::{ID_ENTROPY_BYTES, TypedId},
        identification,
        kind::{IdentificationKind, Strategy, VerificationPurpose, VerificationStatus},
        user,
    };
    use serde_json::json;
    use std::sync::Arc;

    const EXPIRE_AT: i64 = 1_795_000_000_000;

    fn id<T: TypedId>(number: u8) -> T {
        T::generate(EXPIRE_AT, [number; ID_ENTROPY_BYTES])
    }

    fn row() -> user::Model {
        user::Model {
            id: id(1),
            instance_id: id(2),
            external_id: None,
            first_name: Some("Ada".to_owned()),
            last_name: None,
            password_digest: Some("$argon2id$digest".to_owned()),
            password_updated_at: None,
            primary_email_address_id: Some(id(4)),
            public_metadata: json!({}),
            private_metadata: json!({ "internal": "kept back" }),
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
            created_at: 0,
            updated_at: 0,
        }
    }

    fn identification(number: u8, kind: IdentificationKind, display: &str) -> identification::Model {
        identification::Model {
            id: id(number),
            instance_id: id(2),
            kind,
            value: display.to_lowercase(),
            display: display.to_owned(),
            user_id: Some(id(1)),
            sign_up_id: None,
            claimed: true,
            verified: false,
            created_at: 0,
            updated_at: 0,
        }
    }

    fn shown_at(now: i64) -> UserState {
        let challenge = Challenge {
            id: id(5),
            purpose: VerificationPurpose::SignUp,
            strategy: Strategy::EmailCode,
            target: Some(id(4)),
            status: VerificationStatus::Unverified,
            attempts: 1,
            serial: 1,
            expire_at: EXPIRE_AT,
        };
        let given = [
            (identification(3, IdentificationKind::Username, "Ada"), None),
            (
                identification(4, IdentificationKind::EmailAddress, "Ada@example.com"),
                Some(challenge),
            ),
        ];
        let identifications = given
            .into_iter()
            .map(|(row, verification)| store::identification::IdentificationState { row, verification });
        let stored = StoredUser {
            row: row(),
            identifications: identifications.collect(),
            failures: Counter::default(),
        };
        UserState {
            stored: Arc::new(stored),
            now,
            lockout_expires_in_seconds: None,
            lockout_expires_at: None,
            verification_attempts_remaining: None,
        }
    }

    #[test]
    fn a_proof_is_shown_as_it_stands_when_its_owner_is_shown() {
        let status = |now| {
            let user = shown_at(now);
            let mut addresses = user.identifications_of(IdentificationKind::EmailAddress);
            addresses.next().unwrap().verification.unwrap().status
        };
        assert_eq!(status(EXPIRE_AT - 1), VerificationStatus::Unverified);
        assert_eq!(status(EXPIRE_AT), VerificationStatus::Expired);
    }

    #[test]
    fn a_user_is_named_by_the_primary_address_before_what_is_older() {
        let mut user = shown_at(0);
        assert_eq!(user.identifier(), Some("Ada@example.com"));
        assert_eq!(user.username(), Some("Ada"));
        Arc::make_mut(&mut user.stored).row.primary_email_address_id = None;
        assert_eq!(user.identifier(), Some("Ada"));
    }

    #[test]
    fn what_is_written_of_a_user_for_debugging_holds_nothing_secret() {
        let user = shown_at(0);
        assert!(user.has_password());
        let written = format!("{user:?}");
        assert!(written.contains(&user.id().to_string()), "{written}");
        for secret in ["argon2id", "kept back", "Ada"] {
            assert!(!written.contains(secret), "{written}");
        }
    }
}
