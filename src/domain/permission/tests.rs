use super::{ActingSession, Action, Actor, Decision, Denial, may};
use entity::id::{ID_ENTROPY_BYTES, TypedId};

const NOW: i64 = 1_795_000_000_000;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

fn acting() -> ActingSession {
    ActingSession {
        session_id: id(1),
        token_expires_at: 1_795_000_060_000,
        user_id: id(2),
    }
}

fn client() -> Actor {
    Actor::Client { client_id: id(3) }
}

fn secret_key() -> Actor {
    Actor::SecretKey { secret_key_id: id(4) }
}

#[test]
fn the_truth_table_holds() {
    const YES: Decision = Decision::Allowed;
    const OUT: Decision = Decision::Denied(Denial::SignedOut);
    const CLIENT: Decision = Decision::Denied(Denial::NeedsClient);
    const KEY: Decision = Decision::Denied(Denial::NeedsSecretKey);
    const READ: Decision = Decision::Denied(Denial::ReadOnlyToken);
    let actors = [Actor::Anonymous, client(), Actor::SessionToken(acting()), secret_key()];
    let table = [
        (Action::ReadEnvironment, [YES, YES, YES, YES]),
        (Action::UpdateEnvironment, [YES, YES, READ, CLIENT]),
        (Action::ReadDevInbox, [YES, YES, READ, YES]),
        (Action::CreateClient, [YES, YES, READ, CLIENT]),
        (Action::ReadClient, [YES, YES, CLIENT, CLIENT]),
        (Action::ManageClient, [CLIENT, YES, READ, CLIENT]),
        (Action::ManageSignUp, [YES, YES, READ, CLIENT]),
        (Action::ManageSignIn, [YES, YES, READ, CLIENT]),
        (Action::ReadSession, [OUT, YES, YES, YES]),
        (Action::ManageSession, [OUT, YES, READ, CLIENT]),
        (Action::MintToken, [OUT, YES, READ, CLIENT]),
        (Action::ReadUser, [OUT, YES, YES, YES]),
        (Action::ManageUser, [OUT, YES, READ, CLIENT]),
        (Action::Subscribe, [OUT, YES, YES, CLIENT]),
        (Action::ReadInstanceSettings, [KEY, KEY, KEY, YES]),
        (Action::UpdateInstanceSettings, [KEY, KEY, KEY, YES]),
    ];
    assert_eq!(
        table.map(|(action, _)| action),
        Action::ALL,
        "every action has its line"
    );
    for (action, decisions) in table {
        for (actor, decision) in actors.iter().zip(decisions) {
            assert_eq!(may(actor, action), decision, "{action:?} by {actor:?}");
        }
    }
}

#[test]
fn only_a_client_has_a_client_id_and_only_a_key_is_a_key() {
    assert_eq!(client().client_id(), Some(&id(3)));
    for actor in [Actor::Anonymous, Actor::SessionToken(acting()), secret_key()] {
        assert_eq!(actor.client_id(), None, "{actor:?}");
    }
    for (actor, is_key) in [
        (Actor::Anonymous, false),
        (client(), false),
        (Actor::SessionToken(acting()), false),
        (secret_key(), true),
    ] {
        assert_eq!(actor.is_secret_key(), is_key, "{actor:?}");
    }
}

#[test]
fn a_decision_becomes_a_result() {
    assert_eq!(Decision::Allowed.into_result(), Ok(()));
    assert_eq!(
        Decision::Denied(Denial::SignedOut).into_result(),
        Err(Denial::SignedOut)
    );
}
