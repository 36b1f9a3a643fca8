//! A proof being asked for, as it is sent.
//!
//! Invariant: the status is the one of now, so a code that time has killed never looks usable.

use entity::{
    UnixMilliseconds,
    kind::{Strategy, VerificationStatus},
};
use serde::Serialize;
use service::verification::VerificationState;

/// A verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerificationView {
    object: &'static str,
    status: VerificationStatus,
    strategy: Strategy,
    attempts: Option<i32>,
    expire_at: Option<UnixMilliseconds>,
}

impl From<VerificationState> for VerificationView {
    fn from(state: VerificationState) -> Self {
        Self {
            object: state.object(),
            status: state.status,
            strategy: state.strategy,
            attempts: state.attempts,
            expire_at: state.expire_at,
        }
    }
}
