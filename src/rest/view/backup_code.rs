//! Codes that stand in for a second proof, as they are sent.

use entity::{UnixMilliseconds, id::BackupCodesId};
use serde::Serialize;
use service::backup_code::BackupCodesState;

/// Codes that were just given out.
#[derive(Serialize)]
pub struct BackupCodeView<'a> {
    object: &'static str,
    id: &'a BackupCodesId,
    codes: &'a [String],
    created_at: UnixMilliseconds,
    updated_at: UnixMilliseconds,
}

impl<'a> BackupCodeView<'a> {
    /// The codes.
    #[must_use]
    pub fn of(state: &'a BackupCodesState) -> Self {
        Self {
            object: "backup_code",
            id: &state.id,
            codes: &state.codes,
            created_at: state.created_at,
            updated_at: state.created_at,
        }
    }
}
