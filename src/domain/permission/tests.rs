use super::{ActingSession, Action, Actor, Decision, Denial, may};
use entity::id::{ID_ENTROPY_BYTES, TypedId};

const NOW: i64 = 1_795_000_000_000;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

fn acting() -> ActingSession {
    ActingSession {
        session_id: id(1),
        user_id: id(2),
    }
}

fn signed_out() -> Actor {
    Actor::Client {
        client_id: id(3),
        acting: None,
    }
}

fn signed_in() -> Actor {
    Actor::Client {
        client_id: id(3),
        acting: Some(acting()),
    }
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
    let actors = [
        Actor::Anonymous,
        signed_out(),
        signed_in(),
        Actor::SessionToken(acting()),
        secret_key(),
    ];
    let table = [
        (Action::ReadEnvironment, [YES, YES, YES, YES, YES]),
        (Action::ReadDevInbox, [YES, YES, YES, READ, YES]),
        (Action::CreateClient, [YES, YES, YES, READ, CLIENT]),
        (Action::ReadClient, [YES, YES, YES, CLIENT, CLIENT]),
        (Action::ManageClient, [CLIENT, YES, YES, READ, CLIENT]),
        (Action::ManageSignUp, [YES, YES, YES, READ, CLIENT]),
        (Action::ManageSignIn, [YES, YES, YES, READ, CLIENT]),
        (Action::ReadSession, [OUT, OUT, YES, YES, YES]),
        (Action::ManageSession, [OUT, OUT, YES, READ, YES]),
        (Action::MintToken, [OUT, OUT, YES, READ, CLIENT]),
        (Action::ReadUser, [OUT, OUT, YES, YES, YES]),
        (Action::Subscribe, [OUT, YES, YES, YES, CLIENT]),
        (Action::ReadInstanceSettings, [KEY, KEY, KEY, KEY, YES]),
        (Action::UpdateInstanceSettings, [KEY, KEY, KEY, KEY, YES]),
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
fn an_actor_knows_the_session_that_it_acts_in() {
    assert_eq!(signed_in().acting(), Some(&acting()));
    assert_eq!(Actor::SessionToken(acting()).acting(), Some(&acting()));
    for actor in [Actor::Anonymous, signed_out(), secret_key()] {
        assert_eq!(actor.acting(), None, "{actor:?}");
    }
}

#[test]
fn only_a_client_has_a_client_id_and_only_a_key_is_a_key() {
    assert_eq!(signed_in().client_id(), Some(&id(3)));
    assert_eq!(signed_out().client_id(), Some(&id(3)));
    for actor in [Actor::Anonymous, Actor::SessionToken(acting()), secret_key()] {
        assert_eq!(actor.client_id(), None, "{actor:?}");
    }
    for (actor, is_key) in [
        (Actor::Anonymous, false),
        (signed_in(), false),
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
