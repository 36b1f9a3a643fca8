//! Users, as they are shown: the row, its identifications and what proved them.

use crate::{app::App, authorise, authorise_on, session};
use domain::permission::{Action, Owned};
use entity::{
    id::{IdentificationId, UserId},
    kind::IdentificationKind,
    user,
};
use kernel::{
    caller::Caller,
    error::{Code, Result},
    outbox::{Event, UserPayload},
};
use serde_json::Value;
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
    let acting = match caller.actor.is_secret_key() {
        true => None,
        false => Some(session::acting(app, caller).await?.user_id),
    };
    let acting = acting.as_ref();
    authorise_on(caller, Action::ReadUser, Owned::User { id, acting })?;
    let mut states = states(app, caller, std::slice::from_ref(id)).await?;
    states.remove(id).ok_or_else(|| Code::ResourceNotFound.into())
}

/// What the application keeps of a user for itself.
///
/// # Errors
/// `authorization_invalid` without a secret key.
pub fn private_metadata<'a>(caller: &Caller, user: &'a UserState) -> Result<&'a Value> {
    authorise(caller, Action::ReadPrivateMetadata)?;
    Ok(&user.row.private_metadata)
}

/// An identification of a user that the caller may see.
///
/// # Errors
/// `resource_not_found` when there is none that belongs to such a user.
pub async fn read_identification(app: &App, caller: &Caller, id: &IdentificationId) -> Result<IdentificationState> {
    authorise(caller, Action::ReadUser)?;
    let row = store::identification::find(app.reader(&caller.instance.id), id).await?;
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
    let given = user.identifications.iter().map(|state| &state.row);
    let known_by: Vec<_> = given.map(|row| (row.kind, row.display.as_str())).collect();
    tx.emit(&Event::UserUpdated(payload(&user.row, &known_by)))?;
    Ok(())
}

/// A user as the outbox is told, known by these identifications as they were written.
pub(crate) fn payload(row: &user::Model, known_by: &[(IdentificationKind, &str)]) -> UserPayload {
    let of_kind = |of: IdentificationKind| {
        let known_by = known_by.iter().filter(move |(kind, _)| *kind == of);
        known_by.map(|(_, display)| (*display).to_owned())
    };
    UserPayload {
        id: row.id.clone(),
        first_name: row.first_name.clone(),
        last_name: row.last_name.clone(),
        username: of_kind(IdentificationKind::Username).next(),
        email_addresses: of_kind(IdentificationKind::EmailAddress).collect(),
        created_at: row.created_at,
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
    let (scope, now) = (app.reader(&caller.instance.id), app.now());
    let policy = &caller.settings().attack_protection.user_lockout;
    let stored = app.caches().rows.users(scope, ids, now).await?;
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
