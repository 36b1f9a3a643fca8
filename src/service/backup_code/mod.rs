//! The codes that stand in for a second proof: given out at once, each good once.
//!
//! Invariant: somebody has codes only beside another second proof, and sees them once.

mod create;

pub(crate) use create::create_in;
pub use create::{BackupCodesState, create};

use crate::app::App;
use domain::factor::backup_code::BackupCode;
use entity::id::UserId;

/// By what a code of a user may be known.
pub(crate) fn digests(app: &App, user: &UserId, code: &BackupCode) -> Vec<String> {
    app.keyring().lookup_digests(DIGEST, &subject(user, code))
}

/// By what a new code of a user is known.
fn digest(app: &App, user: &UserId, code: &BackupCode) -> String {
    app.keyring().lookup_digest(DIGEST, &subject(user, code))
}

/// What keeps these hashes apart from others.
const DIGEST: &str = "backup_code";

fn subject(user: &UserId, code: &BackupCode) -> String {
    format!("{user} {}", code.as_str())
}
