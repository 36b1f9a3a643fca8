//! Events: what happened, in the past tense, with a public payload. `docs/events.md` is generated from [`EventType`].

use entity::{
    UnixMilliseconds,
    id::{ClientId, InstanceId, SessionId, UserId},
    kind::SessionStatus,
};
use serde::Serialize;

macro_rules! event_types {
    ($($variant:ident $text:literal $payload:literal $doc:literal;)+) => {
        /// The kind of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventType {$(
            #[doc = $doc]
            $variant,
        )+}

        impl EventType {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name that is stored and delivered.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What the event means, for the documentation.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }

            /// The name of the payload's shape, for the documentation.
            #[must_use]
            pub const fn payload(self) -> &'static str {
                match self { $(Self::$variant => $payload,)+ }
            }
        }
    };
}

event_types! {
    InstanceUpdated "instance.updated" "instance" "The settings of the instance changed.";
    DocumentManifestUpdated "document_manifest.updated" "manifest" "The documents that the instance trusts changed.";
    UserCreated "user.created" "user" "A user was created.";
    UserUpdated "user.updated" "user" "A user changed.";
    SessionCreated "session.created" "session" "Somebody signed in or up.";
    SessionEnded "session.ended" "session" "A session was signed out and stays listed.";
    SessionRemoved "session.removed" "session" "A session was signed out and is no longer listed.";
    SessionReplaced "session.replaced" "session" "Another session or client took the place of this one.";
}

/// A fact to be appended to the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// See [`EventType::InstanceUpdated`].
    InstanceUpdated(InstancePayload),
    /// See [`EventType::DocumentManifestUpdated`].
    DocumentManifestUpdated(ManifestPayload),
    /// See [`EventType::UserCreated`].
    UserCreated(UserPayload),
    /// See [`EventType::UserUpdated`].
    UserUpdated(UserPayload),
    /// A session changed; the kind follows from its status.
    Session(SessionPayload),
}

impl Event {
    /// The kind of this event.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::InstanceUpdated(_) => EventType::InstanceUpdated,
            Self::DocumentManifestUpdated(_) => EventType::DocumentManifestUpdated,
            Self::UserCreated(_) => EventType::UserCreated,
            Self::UserUpdated(_) => EventType::UserUpdated,
            Self::Session(session) => match session.status {
                SessionStatus::Active => EventType::SessionCreated,
                SessionStatus::Removed => EventType::SessionRemoved,
                SessionStatus::Replaced => EventType::SessionReplaced,
                SessionStatus::Ended | SessionStatus::Expired | SessionStatus::Revoked | SessionStatus::Abandoned => {
                    EventType::SessionEnded
                }
            },
        }
    }

    /// The payload as JSON.
    ///
    /// # Errors
    /// When a value has no JSON form, which these shapes never are.
    pub fn payload(&self) -> Result<serde_json::Value, serde_json::Error> {
        match self {
            Self::InstanceUpdated(payload) => serde_json::to_value(payload),
            Self::DocumentManifestUpdated(payload) => serde_json::to_value(payload),
            Self::UserCreated(payload) | Self::UserUpdated(payload) => serde_json::to_value(payload),
            Self::Session(payload) => serde_json::to_value(payload),
        }
    }
}

/// An instance, as events show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstancePayload {
    /// The instance.
    pub id: InstanceId,
    /// The version that its settings have now.
    pub settings_version: i64,
}

/// The documents that an instance trusts, as events show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManifestPayload {
    /// The instance.
    pub instance_id: InstanceId,
    /// How many documents it trusts now.
    pub document_count: i32,
}

/// A user, as events show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserPayload {
    /// The user.
    pub id: UserId,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Username, as written.
    pub username: Option<String>,
    /// E-mail addresses, as written.
    pub email_addresses: Vec<String>,
    /// When the account was created.
    pub created_at: UnixMilliseconds,
}

/// A session, as events show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionPayload {
    /// The session.
    pub id: SessionId,
    /// The client it lives on.
    pub client_id: ClientId,
    /// Whose it is.
    pub user_id: UserId,
    /// Where it stands now.
    pub status: SessionStatus,
    /// When it expires.
    pub expire_at: UnixMilliseconds,
    /// When it was created.
    pub created_at: UnixMilliseconds,
}

#[cfg(test)]
mod tests {
    use super::{Event, EventType, SessionPayload};
    use entity::{
        id::{ClientId, SessionId, TypedId as _, UserId},
        kind::SessionStatus,
    };

    fn session(status: SessionStatus) -> Event {
        Event::Session(SessionPayload {
            id: SessionId::generate(1_795_000_000_000, [0; 15]),
            client_id: ClientId::generate(1_795_000_000_000, [0; 15]),
            user_id: UserId::generate(1_795_000_000_000, [0; 15]),
            status,
            expire_at: 2,
            created_at: 1,
        })
    }

    #[test]
    fn the_kind_of_a_session_event_follows_its_status() {
        for (status, expected) in [
            (SessionStatus::Active, EventType::SessionCreated),
            (SessionStatus::Ended, EventType::SessionEnded),
            (SessionStatus::Removed, EventType::SessionRemoved),
            (SessionStatus::Replaced, EventType::SessionReplaced),
        ] {
            assert_eq!(session(status).event_type(), expected);
        }
    }

    #[test]
    fn names_are_resource_dot_past_tense() {
        for kind in EventType::ALL {
            let (resource, verb) = kind.as_str().split_once('.').unwrap();
            assert!(!resource.is_empty() && verb.ends_with("ed"), "{}", kind.as_str());
        }
    }
}
