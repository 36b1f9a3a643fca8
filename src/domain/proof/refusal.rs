//! Why a proof is not asked for, or does not prove.

/// Why nothing is asked for, or nothing is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The proof is not on offer.
    NotOffered,
    /// The proof needs no preparation.
    NothingToPrepare,
    /// Nothing was asked for.
    NotPrepared,
    /// Wrong.
    Incorrect {
        /// Attempts that are left, where they are counted; with none left the verification has failed.
        remaining: Option<i32>,
    },
    /// The attempts were spent before.
    AttemptsSpent,
    /// Too late.
    Expired,
    /// It was proven before.
    AlreadyVerified,
}

impl Refusal {
    /// Whether somebody guessed wrong, which the lockout counts.
    #[must_use]
    pub const fn is_guess(self) -> bool {
        matches!(self, Self::Incorrect { .. })
    }
}
