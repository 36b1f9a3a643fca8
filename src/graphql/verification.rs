//! How proofs stand that were asked for or given.

use super::{
    error::ErrorCode,
    scalar::{DateTime, Strategy, VerificationStatus},
};
use async_graphql::{Interface, SimpleObject};
use domain::proof::{Parameter, Rules};
use kernel::error::Code;
use service::verification::VerificationState;

/// Defines the kinds of verification, which all have what the interface has.
macro_rules! verifications {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// One proof, asked for or given. What else there is to know of it depends on its kind; there may be more kinds one day.
        #[derive(Clone, Debug, Interface)]
        #[graphql(
            field(name = "status", ty = "&VerificationStatus", desc = "Where it stands."),
            field(name = "strategy", ty = "&Strategy", desc = "How the proof is given."),
            field(
                name = "attempts",
                ty = "&Option<i32>",
                desc = "Attempts at what was asked for last, the right one included; null for a proof that nothing was asked for."
            ),
            field(
                name = "expires_at",
                ty = "&Option<DateTime>",
                desc = "When what was asked for expires; null for a proof that nothing was asked for."
            ),
            field(
                name = "error",
                ty = "&Option<VerificationError>",
                desc = "Why it cannot come to anything any more; null while it can, and when it has."
            )
        )]
        pub enum Verification {
            $($(#[$doc])* $name($name),)+
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Debug, SimpleObject)]
            pub struct $name {
                /// Where it stands.
                pub status: VerificationStatus,
                /// How the proof is given.
                pub strategy: Strategy,
                /// Attempts at what was asked for last, the right one included; null for a proof that nothing was asked for.
                pub attempts: Option<i32>,
                /// When what was asked for expires; null for a proof that nothing was asked for.
                pub expires_at: Option<DateTime>,
                /// Why it cannot come to anything any more; null while it can, and when it has.
                pub error: Option<VerificationError>,
            }

            impl From<VerificationState> for $name {
                fn from(state: VerificationState) -> Self {
                    Self {
                        status: state.status.into(),
                        strategy: state.strategy.into(),
                        attempts: state.attempts,
                        expires_at: state.expire_at.map(DateTime),
                        error: VerificationError::of(&state),
                    }
                }
            }
        )+
    };
}

verifications! {
    /// A code: one that was sent, that an authenticator app shows, or that stands in for it.
    CodeVerification,
    /// A password.
    PasswordVerification,
}

impl From<VerificationState> for Verification {
    fn from(state: VerificationState) -> Self {
        match Rules::of(state.strategy).parameter {
            Parameter::Code => CodeVerification::from(state).into(),
            Parameter::Password => PasswordVerification::from(state).into(),
        }
    }
}

/// Why a verification cannot come to anything any more.
#[derive(Clone, Debug, SimpleObject)]
pub struct VerificationError {
    /// What has happened, for machines.
    pub code: ErrorCode,
    /// What has happened, in words for the person.
    pub message: String,
}

impl VerificationError {
    fn of(state: &VerificationState) -> Option<Self> {
        let code = match state.status {
            entity::kind::VerificationStatus::Failed => Code::VerificationFailed,
            entity::kind::VerificationStatus::Expired => Code::VerificationExpired,
            entity::kind::VerificationStatus::Unverified | entity::kind::VerificationStatus::Verified => return None,
        };
        Some(Self {
            code: code.into(),
            message: code.message().to_owned(),
        })
    }
}
