//! Who may do what.
//!
//! One table says what each action requires ([`requirement`]), and who meets that ([`decide`]); [`decide_on`] also asks whose
//! the thing is that is acted upon, where that was read. Services alone ask. Invariant: every action has its line, and who
//! meets a requirement depends on nothing but the requirement.

use crate::session::Session;
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
    /// Read what the application keeps of a user for itself.
    ReadPrivateMetadata,
    /// Read what a gateway asks of its subgraph.
    ReadEntities,
    /// Read the settings of the instance.
    ReadInstanceSettings,
    /// Change the settings of the instance.
    UpdateInstanceSettings,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 18] = [
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
        Self::ReadPrivateMetadata,
        Self::ReadEntities,
        Self::ReadInstanceSettings,
        Self::UpdateInstanceSettings,
    ];
}

/// What an action takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// Nothing.
    Anyone,
    /// Not to come by a session token: applications hand those to all their backends.
    NoSessionToken,
    /// To be a client, or nobody, who has nothing to show.
    OwnClient,
    /// To be a client or somebody who becomes one: a browser or a device.
    Visitor,
    /// To be a client.
    Client,
    /// To be signed in on the client that calls. Which of its sessions acts, and whether one does, is for the verb to find out.
    SignedIn,
    /// To be signed in, by a session token too.
    Follower,
    /// To be signed in, by a session token too, or to be the application.
    Reader,
    /// To be the application.
    SecretKey,
}

/// What an action takes of whoever does it.
#[must_use]
pub const fn requirement(action: Action) -> Requirement {
    match action {
        Action::ReadEnvironment => Requirement::Anyone,
        Action::ReadDevInbox => Requirement::NoSessionToken,
        Action::ReadClient => Requirement::OwnClient,
        Action::UpdateEnvironment | Action::CreateClient | Action::ManageSignUp | Action::ManageSignIn => {
            Requirement::Visitor
        }
        Action::ManageClient => Requirement::Client,
        Action::ManageSession | Action::MintToken | Action::ManageUser => Requirement::SignedIn,
        Action::Subscribe => Requirement::Follower,
        Action::ReadSession | Action::ReadUser => Requirement::Reader,
        Action::ReadPrivateMetadata
        | Action::ReadEntities
        | Action::ReadInstanceSettings
        | Action::UpdateInstanceSettings => Requirement::SecretKey,
    }
}

/// What is acted upon, by what tells whose it is.
#[derive(Clone, Copy, Debug)]
pub enum Owned<'a> {
    /// A user.
    User {
        /// The user.
        id: &'a UserId,
        /// As whom the caller acts, if it acts as a user.
        acting: Option<&'a UserId>,
    },
    /// A session.
    Session(&'a Session),
    /// What a client goes through step by step: a sign-up or a sign-in.
    FlowOf(&'a ClientId),
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
    /// What is acted upon is somebody else's.
    NotTheirs,
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
pub const fn decide(actor: &Actor, action: Action) -> Decision {
    let row = row(requirement(action));
    match actor {
        Actor::Anonymous => row.anonymous,
        Actor::Client { .. } => row.client,
        Actor::SessionToken(_) => row.session_token,
        Actor::SecretKey { .. } => row.secret_key,
    }
}

/// Whether `actor` may do `action` to `thing`.
pub fn decide_on(actor: &Actor, action: Action, thing: Owned<'_>) -> Decision {
    match decide(actor, action) {
        Decision::Allowed if !is_theirs(actor, thing) => Decision::Denied(Denial::NotTheirs),
        decision => decision,
    }
}

/// What a requirement comes to for each kind of caller.
struct Row {
    anonymous: Decision,
    client: Decision,
    session_token: Decision,
    secret_key: Decision,
}

const fn row(requirement: Requirement) -> Row {
    const YES: Decision = Decision::Allowed;
    const OUT: Decision = Decision::Denied(Denial::SignedOut);
    const CLIENT: Decision = Decision::Denied(Denial::NeedsClient);
    const KEY: Decision = Decision::Denied(Denial::NeedsSecretKey);
    const READ: Decision = Decision::Denied(Denial::ReadOnlyToken);
    let [anonymous, client, session_token, secret_key] = match requirement {
        Requirement::Anyone => [YES, YES, YES, YES],
        Requirement::NoSessionToken => [YES, YES, READ, YES],
        Requirement::OwnClient => [YES, YES, CLIENT, CLIENT],
        Requirement::Visitor => [YES, YES, READ, CLIENT],
        Requirement::Client => [CLIENT, YES, READ, CLIENT],
        Requirement::SignedIn => [OUT, YES, READ, CLIENT],
        Requirement::Follower => [OUT, YES, YES, CLIENT],
        Requirement::Reader => [OUT, YES, YES, YES],
        Requirement::SecretKey => [KEY, KEY, KEY, YES],
    };
    Row {
        anonymous,
        client,
        session_token,
        secret_key,
    }
}

/// Whether what is acted upon belongs to the caller. To the application everything of its instance does, but for what only a
/// client can go through.
fn is_theirs(actor: &Actor, thing: Owned<'_>) -> bool {
    match (actor, thing) {
        (Actor::SecretKey { .. }, Owned::User { .. } | Owned::Session(_)) => true,
        (Actor::Client { .. } | Actor::SessionToken(_), Owned::User { id, acting }) => acting == Some(id),
        (Actor::Client { client_id }, Owned::Session(session)) => session.client_id == *client_id,
        (Actor::SessionToken(acting), Owned::Session(session)) => session.id == acting.session_id,
        (Actor::Client { client_id }, Owned::FlowOf(owner)) => owner == client_id,
        (Actor::SessionToken(_) | Actor::SecretKey { .. }, Owned::FlowOf(_)) | (Actor::Anonymous, _) => false,
    }
}

#[cfg(test)]
mod tests;
