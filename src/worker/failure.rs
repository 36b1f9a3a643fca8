//! Why a run failed, in words that may be stored.
//!
//! Invariant: a reason is fixed text or a bare status code. Causes may name people and go to the log alone.

use kernel::error::Error;
use outbound::mail::MailError;
use sea_orm::DbErr;
use std::borrow::Cow;

/// A run that failed.
#[derive(Debug)]
pub struct Failure {
    /// Whether another run would fail as well.
    pub is_permanent: bool,
    /// What operators read.
    pub reason: Cow<'static, str>,
    /// What went wrong inside.
    pub cause: Option<anyhow::Error>,
}

impl Failure {
    /// A failure that may pass.
    #[must_use]
    pub fn temporary(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            is_permanent: false,
            reason: reason.into(),
            cause: None,
        }
    }

    /// A failure that stays.
    #[must_use]
    pub fn permanent(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            is_permanent: true,
            ..Self::temporary(reason)
        }
    }

    /// The same failure with its cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::temporary("the database refused or could not be reached").because(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::temporary(error.code().wire()).because(error)
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        Self {
            is_permanent: error.is_permanent(),
            ..Self::temporary(error.to_string())
        }
    }
}
