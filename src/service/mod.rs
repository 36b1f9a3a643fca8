//! Use cases: authorise, load, decide, persist, announce. One public function per verb, the same for GraphQL and REST.
//!
//! A verb that writes opens one transaction; slow work (hashing) is done before it is opened; a wrong proof is committed
//! first and becomes an error after the commit. Verbs take parsed types and return domain values, or states: what is shown
//! of a thing at some time. Which rows are behind it, and how they are stored, stays in here.

pub mod app;
mod attempt;
pub mod backup_code;
pub mod client;
pub mod dev_inbox;
mod factor;
pub mod federation;
pub mod guess_delay;
pub mod instance;
pub(crate) mod known_client;
pub mod loader;
pub mod network;
mod one_time_code;
mod password;
pub mod rate_limit;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod signing_key;
pub mod standing;
pub mod totp;
pub mod trusted_document;
pub mod user;
pub mod verification;

use domain::permission::{Action, Actor, Decision, Denial, Owned, decide, decide_on};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};

/// Lets the caller through or says why not. Every verb asks before it reads or hashes anything; faces only call verbs.
///
/// # Errors
/// `authentication_invalid` for somebody unknown, `authorization_invalid` for somebody who may not.
pub(crate) fn authorise(caller: &Caller, action: Action) -> Result<()> {
    judged(caller, decide(&caller.actor, action))
}

/// The same where what is acted upon has been read.
///
/// # Errors
/// As [`authorise`], and `resource_not_found` for what is somebody else's: to the caller there is no such thing.
pub(crate) fn authorise_on(caller: &Caller, action: Action, thing: Owned<'_>) -> Result<()> {
    // What was begun is theirs who have the token that its beginning gave out.
    let is_former = caller.token().is_some_and(|token| token.is_former);
    match thing {
        Owned::FlowOf(_) if is_former => Err(Code::ResourceNotFound.into()),
        _ => judged(caller, decide_on(&caller.actor, action, thing)),
    }
}

fn judged(caller: &Caller, decision: Decision) -> Result<()> {
    let Decision::Denied(denial) = decision else {
        return Ok(());
    };
    let sentence = match denial {
        Denial::NotTheirs => return Err(Code::ResourceNotFound.into()),
        Denial::SignedOut => Code::AuthenticationInvalid.message(),
        Denial::NeedsClient => "This is for a person's own client, and no client token was shown that is valid.",
        Denial::NeedsSecretKey => "This is for the application itself, which shows its secret key.",
        Denial::ReadOnlyToken => "A session token changes nothing: this takes the client token.",
    };
    let code = match caller.actor {
        Actor::Anonymous => Code::AuthenticationInvalid,
        Actor::Client { .. } | Actor::SessionToken(_) | Actor::SecretKey { .. } => Code::AuthorizationInvalid,
    };
    Err(Problem::new(code).saying(sentence).into())
}

/// A failure of sealing, signing or the like: never the caller's fault.
pub(crate) fn internal<E: Into<anyhow::Error>>(error: E) -> Error {
    Error::internal(error)
}
