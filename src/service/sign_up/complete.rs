//! Making a user and a session of a sign-up, in the request that gives or proves the last field.

use super::{refuse, rules};
use crate::{
    attempt::Attempt,
    session::{self, NewSession},
};
use domain::{
    identifier::Username,
    sign_up::{Field, SignUp},
};
use entity::{
    id::{SessionId, UserId},
    kind::{IdentificationKind, Strategy},
    user,
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
    outbox::{Event, UserPayload},
};
use serde_json::Value;
use store::{Tx, sign_up::StoredSignUp};

/// Makes a user and a session of a sign-up if nothing is missing or unverified any more. Whether somebody else has taken an
/// identifier is for the caller to ask first.
///
/// # Errors
/// `form_identifier_exists` when somebody else is faster by less than this transaction; nothing is stored then.
pub(super) async fn advance(attempt: &mut Attempt<'_, StoredSignUp>) -> Result<()> {
    let (caller, now) = (attempt.caller, attempt.now());
    let attributes = &caller.settings().attribute;
    attempt.flow = rules::kept(&attempt.flow, attributes);
    if !attempt.flow.sign_up.is_ready(attributes) {
        return Ok(());
    }
    // A sign-up needs its client to be stored; the session of a complete one saves it again.
    if attempt.client.is_new() {
        attempt.client.save(&mut attempt.tx, caller).await?;
    }
    let (user_id, session_id): (UserId, SessionId) = (attempt.tx.id(), attempt.tx.id());
    let sign_up = attempt.flow.sign_up.clone();
    attempt.flow.sign_up = sign_up
        .complete(attributes, user_id.clone(), session_id.clone(), now)
        .map_err(refuse)?;
    let user = new_user(&attempt.tx, &user_id, &attempt.flow);
    store::user::insert(&mut attempt.tx, user).await?;
    // The digest has moved to the user; a copy would only be one more thing to leak.
    attempt.flow.password_digest = None;
    attempt.store_flow().await?;
    claim_identifications(&mut attempt.tx, &user_id, &attempt.flow).await?;
    let created = payload(&user_id, &attempt.flow.sign_up, now);
    attempt.tx.emit(&Event::UserCreated(created))?;
    let session = NewSession {
        id: session_id,
        strategy: attempt.flow.sign_up.proven_by().unwrap_or(Strategy::Password),
        user_id,
        second_at: None,
    };
    session::create_in(&mut attempt.tx, caller, &mut attempt.client, session).await?;
    Ok(())
}

/// Refuses a sign-up that could be complete but for what others have taken, or the instance has forbidden, since it was
/// given.
///
/// # Errors
/// `not_allowed_access`, and those of [`obstacle`].
pub(super) async fn refuse_obstacle(tx: &Tx, caller: &Caller, stored: &StoredSignUp) -> Result<()> {
    let attributes = &caller.settings().attribute;
    let kept = rules::kept(stored, attributes);
    if !kept.sign_up.is_ready(attributes) {
        return Ok(());
    }
    rules::refuse_address(caller, &kept.sign_up)?;
    match obstacle(tx, caller, stored).await? {
        Some(problem) => Err(problem.into()),
        None => Ok(()),
    }
}

/// What keeps a sign-up from being completed that misses nothing: `form_identifier_exists`, a username that new rules
/// refuse, `form_param_missing` for a password that new rules have not judged.
pub(super) async fn obstacle(tx: &Tx, caller: &Caller, stored: &StoredSignUp) -> Result<Option<Problem>> {
    let kept = rules::kept(stored, &caller.settings().attribute);
    if let Some(problem) = rules::problem(caller, &kept) {
        return Ok(Some(problem));
    }
    let taken = taken_field(tx, &kept).await?;
    Ok(taken.map(|field| Problem::of(Code::FormIdentifierExists, field.as_str())))
}

/// The identifier that somebody else has taken since it was given.
async fn taken_field(tx: &Tx, stored: &StoredSignUp) -> Result<Option<Field>> {
    let email = stored
        .sign_up
        .email_address
        .as_ref()
        .map(|email| email.address.as_str());
    let username = stored.sign_up.username.as_ref().map(Username::as_str);
    for (field, kind, value) in [
        (Field::EmailAddress, IdentificationKind::EmailAddress, email),
        (Field::Username, IdentificationKind::Username, username),
    ] {
        if let Some(value) = value
            && store::identification::is_claimed(tx.scope(), kind, value).await?
        {
            return Ok(Some(field));
        }
    }
    Ok(None)
}

fn new_user(tx: &Tx, id: &UserId, stored: &StoredSignUp) -> user::Model {
    let sign_up = &stored.sign_up;
    user::Model {
        first_name: sign_up.first_name.clone(),
        last_name: sign_up.last_name.clone(),
        password_digest: stored.password_digest.clone(),
        password_updated_at: stored.password_digest.is_some().then(|| tx.now()),
        primary_email_address_id: sign_up
            .email_address
            .as_ref()
            .map(|email| email.identification_id.clone()),
        unsafe_metadata: Value::Object(sign_up.unsafe_metadata.clone()),
        ..store::user::blank(tx, id)
    }
}

async fn claim_identifications(tx: &mut Tx, user: &UserId, stored: &StoredSignUp) -> Result<()> {
    let email = stored
        .sign_up
        .email_address
        .as_ref()
        .map(|email| (Field::EmailAddress, &email.identification_id, email.is_verified()));
    let username = stored.username_id.as_ref().map(|id| (Field::Username, id, true));
    for (field, id, is_verified) in email.into_iter().chain(username) {
        if store::identification::claim(tx, id, user, is_verified).await?.is_err() {
            // Somebody was faster by less than this transaction. PostgreSQL has aborted it; nothing was stored.
            return Err(Error::from(Problem::of(Code::FormIdentifierExists, field.as_str())));
        }
    }
    Ok(())
}

fn payload(id: &UserId, sign_up: &SignUp, now: i64) -> UserPayload {
    UserPayload {
        id: id.clone(),
        first_name: sign_up.first_name.clone(),
        last_name: sign_up.last_name.clone(),
        username: sign_up.username.as_ref().map(|username| username.display().to_owned()),
        email_addresses: sign_up
            .email_address
            .iter()
            .map(|email| email.address.display().to_owned())
            .collect(),
        created_at: now,
    }
}
