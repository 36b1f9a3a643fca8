//! How the token that somebody shows stands with the client that it names.
//!
//! A token can be planted in a person's browser by whoever wants to be there when they sign in. So beginning to sign in or up
//! gives out a new one, and what was begun is theirs alone who have that: the former ones show no flow and take no step of it.
//! They stay good for everything else, since requests with them may be on their way, the answer with a new one may be lost, and
//! of two answers the older one may come last. All of them die when a session begins, so none is older than a session that it
//! opens.

use entity::client;
use kernel::{caller::Caller, crypto::digest::constant_time_eq};

/// Which of a client's tokens it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// The one that it has now.
    Present,
    /// One before, for all but flows.
    Former,
}

/// How many former ones are kept: as often may a page begin at once.
const MOST_FORMER: usize = 8;

/// Which token of the client has this digest; nothing if neither does.
pub(super) fn hold(row: &client::Model, digest: &str) -> Option<Hold> {
    if constant_time_eq(&row.rotating_digest, digest) {
        return Some(Hold::Present);
    }
    let mut former = row.former_digests.iter().flat_map(|digests| digests.split(' '));
    former
        .any(|former| constant_time_eq(former, digest))
        .then_some(Hold::Former)
}

/// Gives the client a new token, by the digest of its rotating part; the present one is a former one from then on. Of too many
/// former ones the oldest goes, but the one that was just shown stays: it is the one that somebody has.
pub(super) fn succeed(row: &mut client::Model, digest: String, shown: Option<&str>) {
    let present = std::mem::replace(&mut row.rotating_digest, digest);
    let mut former: Vec<&str> = row
        .former_digests
        .iter()
        .flat_map(|digests| digests.split(' '))
        .collect();
    former.push(&present);
    if let Some(place) = former.iter().position(|former| Some(*former) == shown) {
        let shown = former.remove(place);
        former.push(shown);
    }
    let kept = former.split_off(former.len().saturating_sub(MOST_FORMER));
    row.former_digests = Some(kept.join(" "));
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
pub(crate) fn sees_flows(caller: &Caller, row: &client::Model) -> bool {
    caller
        .token()
        .is_none_or(|token| hold(row, &token.digest) == Some(Hold::Present))
}

#[cfg(test)]
mod tests {
    use super::{Hold, MOST_FORMER, hold, succeed};
    use entity::{client, id::TypedId as _, kind::ClientStatus};

    fn client() -> client::Model {
        client::Model {
            id: entity::id::ClientId::generate(0, [0; 15]),
            instance_id: entity::id::InstanceId::generate(0, [0; 15]),
            status: ClientStatus::Active,
            rotating_digest: "0".to_owned(),
            former_digests: None,
            sign_in_id: None,
            sign_up_id: None,
            last_active_session_id: None,
            last_authentication_strategy: None,
            created_at: 0,
            updated_at: 0,
        }
    }

    #[test]
    fn a_token_is_the_present_one_or_a_former_one_or_none() {
        let mut row = client();
        assert_eq!(hold(&row, "0"), Some(Hold::Present));
        assert_eq!((hold(&row, "1"), hold(&row, "")), (None, None));
        succeed(&mut row, "1".to_owned(), Some("0"));
        succeed(&mut row, "2".to_owned(), None);
        assert_eq!(hold(&row, "2"), Some(Hold::Present));
        assert_eq!(
            (hold(&row, "1"), hold(&row, "0")),
            (Some(Hold::Former), Some(Hold::Former))
        );
        assert_eq!((hold(&row, "3"), hold(&row, ""), hold(&row, "0 1")), (None, None, None));
    }

    #[test]
    fn only_so_many_former_tokens_are_kept() {
        let mut row = client();
        for next in 1..=MOST_FORMER + 1 {
            succeed(&mut row, next.to_string(), None);
        }
        assert_eq!(hold(&row, "0"), None);
        for former in 1..=MOST_FORMER {
            assert_eq!(hold(&row, &former.to_string()), Some(Hold::Former));
        }
    }

    #[test]
    fn the_token_that_is_shown_again_and_again_is_kept() {
        let mut row = client();
        for next in 1..=3 * MOST_FORMER {
            succeed(&mut row, next.to_string(), Some("0"));
            assert_eq!(hold(&row, "0"), Some(Hold::Former), "{next}");
        }
        assert_eq!(
            row.former_digests.map(|digests| digests.split(' ').count()),
            Some(MOST_FORMER)
        );
    }
}
