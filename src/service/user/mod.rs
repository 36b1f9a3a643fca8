//! Users, as they are shown: the row, its identifications and what proved them.

use crate::{
    app::App,
    caller::Caller,
    domain::{
        lockout::Lockout,
        permission::{Action, Actor},
        verification::Verification,
    },
    error::{Code, Result},
    service::{authorise, session},
    store::{self, identification::verification_of},
};
use entity::{
    id::{IdentificationId, UserId},
    identification,
    kind::IdentificationKind,
    user,
};
use std::collections::HashMap;

/// A user and its identifications.
#[derive(Clone, Debug)]
pub struct UserState {
    /// The row.
    pub row: user::Model,
    /// E-mail addresses, usernames and so on, oldest first.
    pub identifications: Vec<IdentificationState>,
    /// Seconds until the account opens again, when it is locked.
    pub lockout_expires_in_seconds: Option<i64>,
    /// Wrong attempts that are left before the account is locked, when lockout is on.
    pub verification_attempts_remaining: Option<u32>,
}

/// An identification and its latest proof.
#[derive(Clone, Debug)]
pub struct IdentificationState {
    /// The row.
    pub row: identification::Model,
    /// The latest proof asked for it.
    pub verification: Option<Verification>,
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
    let row = store::identification::find(app.reader(&caller.instance.id), id).await?;
    let owner = row.and_then(|row| row.user_id).ok_or(Code::ResourceNotFound)?;
    let owner = read(app, caller, &owner).await?;
    owner
        .identifications
        .into_iter()
        .find(|identification| identification.row.id == *id)
        .ok_or_else(|| Code::ResourceNotFound.into())
}

/// Users by identifier, in three statements, however many they are.
///
/// # Errors
/// When they cannot be read.
pub async fn states(app: &App, caller: &Caller, ids: &[UserId]) -> Result<HashMap<UserId, UserState>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let scope = app.reader(&caller.instance.id);
    let users = store::user::by_ids(scope, ids).await?;
    let given = store::identification::list_of_users(scope, ids).await?;
    let proofs: Vec<_> = given
        .iter()
        .filter_map(|identification| identification.verification_id.clone())
        .collect();
    let verifications = match proofs.as_slice() {
        [] => Vec::new(),
        proofs => store::identification::verifications_by_ids(scope, proofs).await?,
    };
    let mut verifications: HashMap<_, _> = verifications
        .into_iter()
        .map(|row| (row.id.clone(), verification_of(row)))
        .collect();
    let policy = &caller.settings().attack_protection.user_lockout;
    let mut states: HashMap<_, _> = users
        .into_iter()
        .map(|row| {
            let lockout = Lockout {
                failed_attempts: row.failed_attempts,
                locked_until: row.locked_until,
            };
            let state = UserState {
                lockout_expires_in_seconds: lockout.expires_in_seconds(policy, app.now()),
                verification_attempts_remaining: lockout.attempts_remaining(policy, app.now()),
                identifications: Vec::new(),
                row,
            };
            (state.row.id.clone(), state)
        })
        .collect();
    for row in given {
        let owner = row.user_id.as_ref().and_then(|owner| states.get_mut(owner));
        let verification = row.verification_id.as_ref().and_then(|id| verifications.remove(id));
        if let Some(owner) = owner {
            owner.identifications.push(IdentificationState { row, verification });
        }
    }
    Ok(states)
}
