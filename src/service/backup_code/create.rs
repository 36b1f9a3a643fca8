//! Giving out codes.

use super::digest;
use crate::{
    app::App,
    user::{self, Own},
};
use domain::factor::backup_code::{BackupCode, COUNT};
use entity::{
    UnixMilliseconds,
    id::{BackupCodesId, UserId},
};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use std::fmt;
use store::Tx;

/// Codes that were just given out.
#[derive(Clone)]
pub struct BackupCodesState {
    /// Its identifier.
    pub id: BackupCodesId,
    /// The codes. They are shown this once.
    pub codes: Vec<String>,
    /// When they were made.
    pub created_at: UnixMilliseconds,
}

impl fmt::Debug for BackupCodesState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BackupCodesState")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Gives the person new codes; those that they had are void.
///
/// # Errors
/// `authentication_invalid` when nobody is signed in, `feature_not_enabled`, `backup_codes_not_available` without another
/// second proof, `session_reverification_required` when the session that acts has not given it, `too_many_requests`.
pub async fn create(app: &App, caller: &Caller) -> Result<BackupCodesState> {
    let mut own = Own::begin(app, caller).await?;
    if !caller.settings().attribute.backup_code.enabled {
        return Err(Code::FeatureNotEnabled.into());
    }
    if own.user().mfa_enabled_at.is_none() {
        return Err(Code::BackupCodesNotAvailable.into());
    }
    own.check_second_proof()?;
    let user = own.user().id.clone();
    let made = create_in(app, &mut own.tx, &user).await?;
    user::updated(&mut own.tx, &user).await?;
    own.tx.commit().await?;
    Ok(made)
}

/// The same in an open transaction, for a user whose row is locked.
pub(crate) async fn create_in(app: &App, tx: &mut Tx, user: &UserId) -> Result<BackupCodesState> {
    let number = || u64::from_le_bytes(tx.entropy().bytes());
    let codes: Vec<_> = (0..COUNT).map(|_| BackupCode::from_number(number())).collect();
    let digests = codes.iter().map(|code| digest(app, user, code)).collect();
    store::backup_code::replace(tx, user, digests).await?;
    store::user::update_backup_codes(tx, user, true).await?;
    Ok(BackupCodesState {
        id: tx.id(),
        codes: codes.iter().map(|code| code.as_str().to_owned()).collect(),
        created_at: tx.now(),
    })
}
