//! Users, as they are shown: the row, its identifications and what proved them.

use crate::{app::App, authorise, session};
use domain::permission::{Action, Actor};
use entity::{
    id::{IdentificationId, UserId},
    kind::IdentificationKind,
};
use kernel::{
    caller::Caller,
    error::{Code, Result},
    outbox::{Event, UserPayload},
};
use std::{collections::HashMap, ops::Deref, sync::Arc};
use store::{Tx, user::StoredUser};

pub use store::identification::IdentificationState;

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

/// The user that the caller acts as.
///
/// # Errors
/// `authentication_invalid` when nobody is signed in.
pub async fn viewer(app: &App, caller: &Caller) -> Result<UserState> {
    authorise(caller, Action::ReadUser)?;
    let acting = session::acting(app, caller).await?;
    let mut states = states(app, caller, std::slice::from_ref(&acting.user_id)).await?;
    states
        .remove(&acting.user_id)
        .ok_or_else(|| Code::AuthenticationInvalid.into())
}

/// A user by identifier: oneself, or any with a secret key.
///
/// # Errors
/// `resource_not_found` when there is none that the caller may see.
pub async fn read(app: &App, caller: &Caller, id: &UserId) -> Result<UserState> {
    authorise(caller, Action::ReadUser)?;
    if !matches!(caller.actor, Actor::SecretKey { .. }) && session::acting(app, caller).await?.user_id != *id {
        return Err(Code::ResourceNotFound.into());
    }
    let mut states = states(app, caller, std::slice::from_ref(id)).await?;
    states.remove(id).ok_or_else(|| Code::ResourceNotFound.into())
}

/// An identification of a user that the caller may see.
///
/// # Errors
/// `resource_not_found` when there is none that belongs to such a user.
pub async fn read_identification(app: &App, caller: &Caller, id: &IdentificationId) -> Result<IdentificationState> {
    authorise(caller, Action::ReadUser)?;
    let row = app
        .reader(&caller.instance.id)
        .find::<entity::identification::Entity>(id)
        .await?;
    let owner = row.and_then(|row| row.user_id).ok_or(Code::ResourceNotFound)?;
    let owner = read(app, caller, &owner).await?;
    let mut given = owner.identifications.iter();
    given
        .find(|identification| identification.row.id == *id)
        .cloned()
        .ok_or_else(|| Code::ResourceNotFound.into())
}

/// Tells the outbox what the user is by now.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn updated(tx: &mut Tx, id: &UserId) -> Result<()> {
    let stored = store::user::stored_by_ids(tx.scope(), std::slice::from_ref(id)).await?;
    let Some(user) = stored.get(id) else { return Ok(()) };
    let of_kind = |kind| {
        let given = user.identifications.iter().filter(move |given| given.row.kind == kind);
        given.map(|given| given.row.display.clone())
    };
    tx.emit(&Event::UserUpdated(UserPayload {
        id: id.clone(),
        first_name: user.row.first_name.clone(),
        last_name: user.row.last_name.clone(),
        username: of_kind(IdentificationKind::Username).next(),
        email_addresses: of_kind(IdentificationKind::EmailAddress).collect(),
        created_at: user.row.created_at,
    }))?;
    Ok(())
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
