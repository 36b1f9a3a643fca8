//! Making a user and a session of a sign-up, in the request that gives or proves the last field.

use super::{refuse, rules};
use crate::{
    attempt::Attempt,
    session::{self, NewSession},
    user::payload,
};
use domain::sign_up::Field;
use entity::{
    id::{SessionId, UserId},
    user,
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
    outbox::Event,
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
    attempt.flow.sign_up = sign_up.complete(attributes, user_id, session_id, now).map_err(refuse)?;
    let user = new_user(&attempt.tx, &user_id, &attempt.flow);
    let pending = attempt.flow.sign_up.identifications.iter();
    let known_by: Vec<_> = pending.map(|one| (one.given.kind(), one.given.display())).collect();
    let created = payload(&user, &known_by);
    store::user::insert(&mut attempt.tx, user).await?;
    // The digest has moved to the user; a copy would only be one more thing to leak.
    attempt.flow.password_digest = None;
    attempt.store_flow().await?;
    claim_identifications(&mut attempt.tx, &user_id, &attempt.flow).await?;
    attempt.tx.emit(&Event::UserCreated(created))?;
    let session = NewSession {
        id: session_id,
        strategy: attempt.flow.sign_up.let_in_by(),
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
    rules::refuse_unadmitted(caller, &kept.sign_up)?;
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
    for pending in &stored.sign_up.identifications {
        let given = &pending.given;
        if store::identification::is_claimed(tx.scope(), given.kind(), given.as_str()).await? {
            return Ok(Some(pending.field));
        }
    }
    Ok(None)
}

fn new_user(tx: &Tx, id: &UserId, stored: &StoredSignUp) -> user::Model {
    let sign_up = &stored.sign_up;
    let mut user = user::Model {
        first_name: sign_up.first_name.clone(),
        last_name: sign_up.last_name.clone(),
        password_digest: stored.password_digest.clone(),
        password_updated_at: stored.password_digest.is_some().then(|| tx.now()),
        unsafe_metadata: Value::Object(sign_up.unsafe_metadata.clone()),
        ..store::user::blank(tx, id)
    };
    for pending in &sign_up.identifications {
        store::user::make_primary(&mut user, pending.given.kind(), &pending.id);
    }
    user
}

async fn claim_identifications(tx: &mut Tx, user: &UserId, stored: &StoredSignUp) -> Result<()> {
    for pending in &stored.sign_up.identifications {
        let is_verified = pending.counts_as_verified();
        if store::identification::claim(tx, &pending.id, user, is_verified)
            .await?
            .is_err()
        {
            // Somebody was faster by less than this transaction. PostgreSQL has aborted it; nothing was stored.
            let field = pending.field.as_str();
            return Err(Error::from(Problem::of(Code::FormIdentifierExists, field)));
        }
    }
    Ok(())
}
