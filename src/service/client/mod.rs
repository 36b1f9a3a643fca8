//! Clients: who holds one, what it shows, and how it begins and ends.

mod authenticate;
mod create;
mod delete;
mod dev_browser;
mod listing;
mod read;
mod replace;

pub use authenticate::{Admitted, Presented, authenticate};
pub use create::Credential;
pub use delete::{delete, remove_sessions};
pub use dev_browser::create_dev_browser;
pub use listing::{ClientListing, listing};
pub use read::{ClientState, SessionState, read};
pub use replace::replace;

pub(crate) use authenticate::held;
pub(crate) use create::ClientHandle;

use authenticate::shown;
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
}

impl<T> Changed<T> {
    /// Whether it has begun a session: it gave out a new token, and some session acts.
    #[must_use]
    pub fn begins_session(&self) -> bool {
        let client = self.caller.client.as_ref();
        matches!(self.credential, Credential::Issue { .. })
            && client.is_some_and(|client| client.last_active_session_id.is_some())
    }

    /// The same change with another result.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Changed<U> {
        Changed {
            value: convert(self.value),
            caller: self.caller,
            credential: self.credential,
        }
    }
}
