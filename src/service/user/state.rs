//! A user as it is shown.

use crate::app::App;
use entity::{id::UserId, kind::IdentificationKind};
use kernel::{caller::Caller, error::Result};
use std::{collections::HashMap, ops::Deref, sync::Arc};
use store::{identification::IdentificationState, user::StoredUser};

/// A user and its identifications, as they are shown at some time.
#[derive(Clone, Debug)]
pub struct UserState {
    stored: Arc<StoredUser>,
    /// Seconds until the account opens again, when it is locked for clients that never signed in to it.
    pub lockout_expires_in_seconds: Option<i64>,
    /// Wrong attempts of such clients that are left before it is locked, when lockout is on.
    pub verification_attempts_remaining: Option<u32>,
}

impl Deref for UserState {
    type Target = StoredUser;

    fn deref(&self) -> &StoredUser {
        &self.stored
    }
}

impl UserState {
    /// The identifications of a kind, oldest first.
    pub fn of_kind(&self, kind: IdentificationKind) -> impl Iterator<Item = &IdentificationState> {
        self.identifications
            .iter()
            .filter(move |identification| identification.row.kind == kind)
    }

    /// The username, as written.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.of_kind(IdentificationKind::Username)
            .next()
            .map(|username| username.row.display.as_str())
    }

    /// What names the user to people: the primary e-mail address, else any identification.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        let primary = self.row.primary_email_address_id.as_ref();
        self.identifications
            .iter()
            .find(|identification| Some(&identification.row.id) == primary)
            .or_else(|| self.identifications.first())
            .map(|identification| identification.row.display.as_str())
    }
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
            verification_attempts_remaining: stored.failures.attempts_remaining(policy, now),
            stored,
        };
        (id, state)
    });
    Ok(shown.collect())
}
