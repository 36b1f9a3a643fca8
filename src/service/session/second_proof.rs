//! The second proof of a session, which whoever changes the second proofs of a person must have given.

use domain::session::Session;
use entity::user;
use kernel::error::{Code, Result};
use store::Tx;

/// Refuses to a session that has given no second proof what only its person may do, where the person has one: a session from
/// before, or one that was stolen, must not remove or replace it.
///
/// # Errors
/// `session_reverification_required`.
pub(crate) fn check_second_proof(acting: &Session, user: &user::Model) -> Result<()> {
    match user.mfa_enabled_at.is_some() && acting.second_factor_verified_at.is_none() {
        true => Err(Code::SessionReverificationRequired.into()),
        false => Ok(()),
    }
}

/// Records that a second proof was given in a session: the one that was just set up, shown to work.
///
/// # Errors
/// `authentication_invalid` when the session has ended meanwhile.
pub(crate) async fn gives_second_proof(tx: &mut Tx, acting: &Session) -> Result<()> {
    match store::session::update_second_factor(tx, acting).await? {
        true => Ok(()),
        false => Err(Code::AuthenticationInvalid.into()),
    }
}
