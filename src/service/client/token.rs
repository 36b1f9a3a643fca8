//! How the token that somebody shows stands with the client that it names.
//!
//! A token can be planted in a person's browser by whoever wants to be there when they sign in. So beginning to sign in or up
//! gives out a new one, and what was begun is theirs alone who have that: the former one shows and changes no flow. It stays
//! good for everything else, since requests with it may be on their way, and the answer with the new one may be lost. The next
//! step of the flow shows that it was not: then the former one dies. It dies too when a session begins.

use entity::client;
use kernel::{caller::Caller, crypto::digest::constant_time_eq};

/// Which of a client's tokens it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// The one that it has now.
    Present,
    /// The one before, for all but flows.
    Former,
}

/// Which token of the client has this digest; nothing if neither does.
pub(super) fn hold(row: &client::Model, digest: &str) -> Option<Hold> {
    let is_former = |former: &String| constant_time_eq(former, digest);
    if constant_time_eq(&row.rotating_digest, digest) {
        Some(Hold::Present)
    } else {
        row.former_digest
            .as_ref()
            .is_some_and(is_former)
            .then_some(Hold::Former)
    }
}

/// Whether the caller still holds a token of the client. Who showed none has none that could have died.
pub(crate) fn holds(caller: &Caller, row: &client::Model) -> bool {
    caller.token().is_none_or(|token| hold(row, &token.digest).is_some())
}

/// Whether the caller holds as much as when it was let in: its token has neither died nor become the former one.
pub(crate) fn holds_as_before(caller: &Caller, row: &client::Model) -> bool {
    caller.token().is_none_or(|token| match hold(row, &token.digest) {
        Some(Hold::Present) => true,
        Some(Hold::Former) => token.is_former,
        None => false,
    })
}

/// Whether the caller may see what was begun on the client.
pub(super) fn sees_flows(caller: &Caller, row: &client::Model) -> bool {
    caller
        .token()
        .is_none_or(|token| hold(row, &token.digest) == Some(Hold::Present))
}

#[cfg(test)]
mod tests {
    use super::{Hold, hold};
    use entity::{client, id::TypedId as _, kind::ClientStatus};

    #[test]
    fn a_token_is_the_present_one_or_the_former_one_or_none() {
        let mut row = client::Model {
            id: entity::id::ClientId::generate(0, [0; 15]),
            instance_id: entity::id::InstanceId::generate(0, [0; 15]),
            status: ClientStatus::Active,
            rotating_digest: "present".to_owned(),
            former_digest: Some("former".to_owned()),
            sign_in_id: None,
            sign_up_id: None,
            last_active_session_id: None,
            last_authentication_strategy: None,
            created_at: 0,
            updated_at: 0,
        };
        assert_eq!(hold(&row, "present"), Some(Hold::Present));
        assert_eq!(hold(&row, "former"), Some(Hold::Former));
        assert_eq!(hold(&row, "planted"), None);
        row.former_digest = None;
        assert_eq!(hold(&row, "former"), None);
        assert_eq!(hold(&row, ""), None);
    }
}
