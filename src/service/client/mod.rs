//! Clients: who holds one, what it shows, and how it begins and ends.

mod authenticate;
mod create;
mod delete;
mod dev_browser;
mod listing;
mod read;
mod replace;
mod token;

pub use authenticate::{Admitted, Presented, authenticate, is_outdated};
pub use create::Credential;
pub use delete::{delete, remove_sessions};
pub use dev_browser::create_dev_browser;
pub use listing::{ClientListing, listing};
pub use read::{ClientState, SessionState, read};
pub use replace::replace;

pub(crate) use authenticate::held;
pub(crate) use create::ClientHandle;
pub(crate) use token::{holds, holds_as_before, sees_flows};

use kernel::caller::Caller;

/// What a verb that may change the client gives back.
#[derive(Debug)]
pub struct Changed<T> {
    /// The verb's own result.
    pub value: T,
    /// Who the caller is from now on.
    pub caller: Caller,
    /// What the caller must keep from now on.
    pub credential: Credential,
    /// What has become of the client's sessions.
    pub sessions: Sessions,
}

/// What becomes of the sessions of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// Whoever was signed in still is.
    Unchanged,
    /// Others are signed in, another session acts, or the client is new. Backends are told.
    Changed,
    /// So they have, and one has begun.
    Begun,
}

impl<T> Changed<T> {
    /// The result, and the change without it.
    pub fn split(self) -> (T, Changed<()>) {
        let changed = Changed {
            value: (),
            caller: self.caller,
            credential: self.credential,
            sessions: self.sessions,
        };
        (self.value, changed)
    }

    /// The same change with another result.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Changed<U> {
        let (value, changed) = self.split();
        Changed {
            value: convert(value),
            caller: changed.caller,
            credential: changed.credential,
            sessions: changed.sessions,
        }
    }
}
