//! Wire shapes, one file per resource. Every field that an SDK of any generation reads is there; what has no value is
//! `null` and never absent.
//!
//! Invariant: a view decides nothing. It shows states of the services and domain values as they stand at [`Viewing::now`], and holds no
//! secret: no digest and no private metadata pass through here.

pub mod backup_code;
pub mod client;
pub mod deleted;
pub mod environment;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod token;
pub mod totp;
pub mod user;
pub mod verification;

pub use backup_code::BackupCodeView;
pub use client::ClientView;
pub use deleted::DeletedView;
pub use session::SessionView;
pub use sign_in::SignInView;
pub use sign_up::SignUpView;
pub use token::TokenView;
pub use totp::TotpView;
pub use user::UserView;
pub use verification::VerificationView;

use entity::{UnixMilliseconds, id::UserId};
use kernel::caller::Instance;

/// Whose things are shown, and as of when.
#[derive(Clone, Copy, Debug)]
pub struct Viewing<'a> {
    /// The instance.
    pub instance: &'a Instance,
    /// The time at which statuses are told, in Unix milliseconds.
    pub now: UnixMilliseconds,
}

impl Viewing<'_> {
    /// The absolute URL of the picture of somebody who has not set one.
    fn image_url(&self, user: &UserId) -> String {
        self.instance.avatar_url(user)
    }
}

#[cfg(test)]
mod tests;
