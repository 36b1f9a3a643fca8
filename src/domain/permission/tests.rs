use super::{ActingSession, Action, Actor, Decision, Denial, Owned, Requirement, decide, decide_on, requirement};
use crate::{
    session::{Lifetimes, Session},
    settings::session::SessionSettings,
};
use entity::id::{ClientId, ID_ENTROPY_BYTES, SessionId, TypedId, UserId};

const NOW: i64 = 1_795_000_000_000;

const YES: Decision = Decision::Allowed;
const OUT: Decision = Decision::Denied(Denial::SignedOut);
const CLIENT: Decision = Decision::Denied(Denial::NeedsClient);
const KEY: Decision = Decision::Denied(Denial::NeedsSecretKey);
const READ: Decision = Decision::Denied(Denial::ReadOnlyToken);

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
        (Action::ReadPrivateMetadata, [KEY, KEY, KEY, YES]),
        (Action::ReadEntities, [KEY, KEY, KEY, YES]),
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
            assert_eq!(decide(actor, action), decision, "{action:?} by {actor:?}");
        }
    }
}

#[test]
fn each_action_has_its_requirement() {
    let table = [
        (Action::ReadEnvironment, Requirement::Anyone),
        (Action::UpdateEnvironment, Requirement::Visitor),
        (Action::ReadDevInbox, Requirement::NoSessionToken),
        (Action::CreateClient, Requirement::Visitor),
        (Action::ReadClient, Requirement::OwnClient),
        (Action::ManageClient, Requirement::Client),
        (Action::ManageSignUp, Requirement::Visitor),
        (Action::ManageSignIn, Requirement::Visitor),
        (Action::ReadSession, Requirement::Reader),
        (Action::ManageSession, Requirement::SignedIn),
        (Action::MintToken, Requirement::SignedIn),
        (Action::ReadUser, Requirement::Reader),
        (Action::ManageUser, Requirement::SignedIn),
        (Action::Subscribe, Requirement::Follower),
        (Action::ReadPrivateMetadata, Requirement::SecretKey),
        (Action::ReadEntities, Requirement::SecretKey),
        (Action::ReadInstanceSettings, Requirement::SecretKey),
        (Action::UpdateInstanceSettings, Requirement::SecretKey),
    ];
    assert_eq!(table.map(|(action, _)| action), Action::ALL);
    for (action, expected) in table {
        assert_eq!(requirement(action), expected, "{action:?}");
    }
}

fn session(session_id: SessionId, client_id: ClientId, user_id: UserId) -> Session {
    let lifetimes = Lifetimes::of(&SessionSettings::default());
    Session::begin(session_id, client_id, user_id, &lifetimes, NOW)
}

#[test]
fn whose_it_is_decides_where_that_is_known() {
    const NOT: Decision = Decision::Denied(Denial::NotTheirs);
    let (own, other): (UserId, UserId) = (id(2), id(12));
    let (client_id, other_client): (ClientId, ClientId) = (id(3), id(13));
    let sessions = [
        session(id(1), id(3), id(2)),
        session(id(5), id(3), id(2)),
        session(id(6), id(13), id(12)),
    ];
    let [of_token, beside_it, of_others] = [0, 1, 2].map(|number| Owned::Session(&sessions[number]));
    let user = |id, acting| Owned::User { id, acting };
    let (me, them, not_me) = (user(&own, Some(&own)), user(&other, Some(&own)), user(&own, None));
    let (mine, theirs) = (Owned::FlowOf(&client_id), Owned::FlowOf(&other_client));
    let actors = [Actor::Anonymous, client(), Actor::SessionToken(acting()), secret_key()];
    let table = [
        (Action::ReadUser, me, [OUT, YES, YES, YES]),
        (Action::ReadUser, them, [OUT, NOT, NOT, YES]),
        (Action::ReadUser, not_me, [OUT, NOT, NOT, YES]),
        (Action::ReadSession, of_token, [OUT, YES, YES, YES]),
        (Action::ReadSession, beside_it, [OUT, YES, NOT, YES]),
        (Action::ReadSession, of_others, [OUT, NOT, NOT, YES]),
        (Action::ManageSession, of_token, [OUT, YES, READ, CLIENT]),
        (Action::ManageSession, of_others, [OUT, NOT, READ, CLIENT]),
        (Action::MintToken, of_token, [OUT, YES, READ, CLIENT]),
        (Action::MintToken, of_others, [OUT, NOT, READ, CLIENT]),
        (Action::ManageSignIn, mine, [NOT, YES, READ, CLIENT]),
        (Action::ManageSignIn, theirs, [NOT, NOT, READ, CLIENT]),
        (Action::ManageSignUp, mine, [NOT, YES, READ, CLIENT]),
        (Action::ManageSignUp, theirs, [NOT, NOT, READ, CLIENT]),
    ];
    for (action, thing, decisions) in table {
        for (actor, decision) in actors.iter().zip(decisions) {
            let told = format!("{action:?} by {actor:?} to {thing:?}");
            assert_eq!(decide_on(actor, action, thing), decision, "{told}");
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
