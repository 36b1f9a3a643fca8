//! Who may do what.
//!
//! Whether the thing acted upon belongs to the actor is for queries to say, which all start from an instance and an
//! owner; here stands what kind of caller an action takes at all. Invariant: what is not listed as allowed is denied.

use entity::id::{ClientId, SecretKeyId, SessionId, UserId};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known.
    Anonymous,
    /// A client, by its client token.
    Client {
        /// The client. Which of its sessions acts, and whether one does, is for the verb to find out.
        client_id: ClientId,
    },
    /// Whoever holds a session token. Applications hand it to every backend, so it opens very little.
    SessionToken(ActingSession),
    /// The application itself.
    SecretKey {
        /// The key.
        secret_key_id: SecretKeyId,
    },
}

/// A session and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingSession {
    /// The session.
    pub session_id: SessionId,
    /// Its user.
    pub user_id: UserId,
    /// When the token expires, in Unix milliseconds.
    pub token_expires_at: i64,
}

impl Actor {
    /// The client that calls.
    #[must_use]
    pub const fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Client { client_id, .. } => Some(client_id),
            Self::Anonymous | Self::SessionToken(_) | Self::SecretKey { .. } => None,
        }
    }

    /// Whether the application itself calls.
    #[must_use]
    pub const fn is_secret_key(&self) -> bool {
        matches!(self, Self::SecretKey { .. })
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read what pages need to know about the instance.
    ReadEnvironment,
    /// Tell a development instance where its application runs.
    UpdateEnvironment,
    /// Read the mail of a development instance. Other instances have none.
    ReadDevInbox,
    /// Make a client or a development browser.
    CreateClient,
    /// Read one's client.
    ReadClient,
    /// Change or delete one's client.
    ManageClient,
    /// Begin and continue a sign-up.
    ManageSignUp,
    /// Begin and continue a sign-in.
    ManageSignIn,
    /// Read a session.
    ReadSession,
    /// Touch, end, remove or revoke a session.
    ManageSession,
    /// Make a session token.
    MintToken,
    /// Read a user.
    ReadUser,
    /// Change what one signs in with.
    ManageUser,
    /// Follow one's client and sessions.
    Subscribe,
    /// Read the settings of the instance.
    ReadInstanceSettings,
    /// Change the settings of the instance.
    UpdateInstanceSettings,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 16] = [
        Self::ReadEnvironment,
        Self::UpdateEnvironment,
        Self::ReadDevInbox,
        Self::CreateClient,
        Self::ReadClient,
        Self::ManageClient,
        Self::ManageSignUp,
        Self::ManageSignIn,
        Self::ReadSession,
        Self::ManageSession,
        Self::MintToken,
        Self::ReadUser,
        Self::ManageUser,
        Self::Subscribe,
        Self::ReadInstanceSettings,
        Self::UpdateInstanceSettings,
    ];
}

/// Whether it may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// It may.
    Allowed,
    /// It may not.
    Denied(Denial),
}

/// Why something may not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Somebody would have to be signed in.
    SignedOut,
    /// It takes a client token, which the caller has not shown.
    NeedsClient,
    /// It takes a secret key.
    NeedsSecretKey,
    /// A session token reads and subscribes, and does nothing else.
    ReadOnlyToken,
}

impl Decision {
    /// The decision as a result.
    ///
    /// # Errors
    /// The [`Denial`].
    pub const fn into_result(self) -> Result<(), Denial> {
        match self {
            Self::Allowed => Ok(()),
            Self::Denied(denial) => Err(denial),
        }
    }
}

/// Whether `actor` may do `action` at all.
pub const fn may(actor: &Actor, action: Action) -> Decision {
    match actor {
        Actor::Anonymous => anonymous_may(action),
        Actor::Client { .. } => client_may(action),
        Actor::SessionToken(_) => session_token_may(action),
        Actor::SecretKey { .. } => secret_key_may(action),
    }
}

const fn anonymous_may(action: Action) -> Decision {
    match action {
        Action::ReadEnvironment
        | Action::UpdateEnvironment
        | Action::ReadDevInbox
        | Action::CreateClient
        | Action::ReadClient
        | Action::ManageSignUp
        | Action::ManageSignIn => Decision::Allowed,
        Action::ManageClient => Decision::Denied(Denial::NeedsClient),
        Action::ReadSession
        | Action::ManageSession
        | Action::MintToken
        | Action::ReadUser
        | Action::ManageUser
        | Action::Subscribe => Decision::Denied(Denial::SignedOut),
        Action::ReadInstanceSettings | Action::UpdateInstanceSettings => Decision::Denied(Denial::NeedsSecretKey),
    }
}

const fn client_may(action: Action) -> Decision {
    match action {
        Action::ReadEnvironment
        | Action::UpdateEnvironment
        | Action::ReadDevInbox
        | Action::CreateClient
        | Action::ReadClient
        | Action::ManageClient
        | Action::ManageSignUp
        | Action::ManageSignIn
        | Action::ReadSession
        | Action::ManageSession
        | Action::MintToken
        | Action::ReadUser
        | Action::ManageUser
        | Action::Subscribe => Decision::Allowed,
        Action::ReadInstanceSettings | Action::UpdateInstanceSettings => Decision::Denied(Denial::NeedsSecretKey),
    }
}

const fn session_token_may(action: Action) -> Decision {
    match action {
        Action::ReadEnvironment | Action::ReadSession | Action::ReadUser | Action::Subscribe => Decision::Allowed,
        Action::ReadClient => Decision::Denied(Denial::NeedsClient),
        Action::UpdateEnvironment
        | Action::ReadDevInbox
        | Action::CreateClient
        | Action::ManageClient
        | Action::ManageSignUp
        | Action::ManageSignIn
        | Action::ManageSession
        | Action::ManageUser
        | Action::MintToken => Decision::Denied(Denial::ReadOnlyToken),
        Action::ReadInstanceSettings | Action::UpdateInstanceSettings => Decision::Denied(Denial::NeedsSecretKey),
    }
}

const fn secret_key_may(action: Action) -> Decision {
    match action {
        Action::ReadEnvironment
        | Action::ReadDevInbox
        | Action::ReadSession
        | Action::ReadUser
        | Action::ReadInstanceSettings
        | Action::UpdateInstanceSettings => Decision::Allowed,
        Action::UpdateEnvironment
        | Action::ManageSession
        | Action::CreateClient
        | Action::ReadClient
        | Action::ManageClient
        | Action::ManageSignUp
        | Action::ManageSignIn
        | Action::ManageUser
        | Action::MintToken
        | Action::Subscribe => Decision::Denied(Denial::NeedsClient),
    }
}

#[cfg(test)]
mod tests;
