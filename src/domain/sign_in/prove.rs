//! What becomes of a sign-in when a proof of it was accepted.
//!
//! Invariant: one that names nobody never goes on, and one whose account asks for a second proof has no session before it.

use super::{Named, SignIn, SignInRejection, Stage};
use crate::proof::Proof;
use entity::id::SessionId;

impl SignIn {
    /// Takes the missing proof. `needs_second` says whether the account asks for a second one after the first; without that,
    /// `session_id` names the session that is to be created, in the same transaction.
    ///
    /// # Errors
    /// `WrongStage` when no proof is missing, `NamesNobody`.
    pub fn on_proof(
        self,
        proof: Proof,
        needs_second: bool,
        session_id: SessionId,
        now: i64,
    ) -> Result<Self, SignInRejection> {
        let status = self.status_at(now);
        let is_open = now < self.abandon_at;
        let stage = match self.stage {
            Stage::NeedsFirstFactor(Named { user_id: None, .. }) if is_open => {
                return Err(SignInRejection::NamesNobody);
            }
            Stage::NeedsFirstFactor(Named {
                identifier,
                user_id: Some(user_id),
            }) if is_open && needs_second => Stage::NeedsSecondFactor {
                identifier,
                user_id,
                first: proof,
            },
            Stage::NeedsFirstFactor(Named {
                identifier,
                user_id: Some(user_id),
            }) if is_open => Stage::Complete {
                identifier,
                user_id,
                session_id,
                first: proof,
                second: None,
            },
            Stage::NeedsSecondFactor {
                identifier,
                user_id,
                first,
            } if is_open => Stage::Complete {
                identifier,
                user_id,
                session_id,
                first,
                second: Some(proof),
            },
            _ => return Err(SignInRejection::WrongStage(status)),
        };
        Ok(Self {
            stage,
            updated_at: now,
            ..self
        })
    }
}
