use super::{Named, SignIn, SignInRejection, Stage, supported_identifiers};
use crate::{
    proof::{Factor, Finding, Level, Outcome, Proof, Refusal},
    settings::attribute::AttributeSettings,
};
use entity::{
    id::{ID_ENTROPY_BYTES, SessionId, TypedId, UserId},
    kind::{IdentificationKind, SignInStatus, Strategy},
};

const NOW: i64 = 1_795_000_000_000;
const LATER: i64 = NOW + 5;
const DAY: i64 = 86_400_000;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

fn begun() -> SignIn {
    SignIn::begin(id(1), id(2), NOW)
}

fn named(user_id: Option<UserId>) -> Named {
    Named {
        identifier: "ada".to_owned(),
        user_id,
    }
}

fn identified() -> SignIn {
    begun().identify(named(Some(id(3))), NOW).unwrap()
}

fn proof(strategy: Strategy) -> Proof {
    Proof {
        strategy,
        verification_id: None,
        at: LATER,
    }
}

fn half() -> SignIn {
    let first = proof(Strategy::Password);
    identified().on_proof(first, true, id(5), LATER).unwrap()
}

fn complete() -> SignIn {
    let first = proof(Strategy::Password);
    identified().on_proof(first, false, id(5), LATER).unwrap()
}

fn offered() -> Vec<Factor> {
    let code = Factor {
        identification_id: Some(id(11)),
        ..Factor::of(Strategy::EmailCode)
    };
    vec![Factor::of(Strategy::Password), code]
}

fn prepared() -> SignIn {
    let factors = identified().factors(Level::First, offered(), NOW).unwrap();
    let (factors, _) = factors.prepare(id(4), Strategy::EmailCode, None, NOW).unwrap();
    identified().with_factors(Level::First, factors, NOW)
}

#[test]
fn people_sign_in_with_what_the_settings_say() {
    use IdentificationKind::{EmailAddress, Username};
    for (email_address, username, kinds) in [
        (true, true, vec![EmailAddress, Username]),
        (true, false, vec![EmailAddress]),
        (false, true, vec![Username]),
        (false, false, vec![]),
    ] {
        let mut attributes = AttributeSettings::default();
        attributes.email_address.enabled = email_address;
        attributes.username.enabled = username;
        assert_eq!(supported_identifiers(&attributes), kinds);
    }
}

#[test]
fn a_new_one_names_nobody_and_waits_for_a_day() {
    let expected = SignIn {
        id: id(1),
        client_id: id(2),
        stage: Stage::NeedsIdentifier,
        challenges: Vec::new(),
        abandon_at: NOW + DAY,
        created_at: NOW,
        updated_at: NOW,
    };
    assert_eq!(begun(), expected);
    assert_eq!(begun().identifier(), None);
    assert_eq!(begun().user_id(), None);
    assert_eq!(begun().created_session_id(), None);
}

#[test]
fn it_is_abandoned_when_its_day_is_over_unless_it_is_complete() {
    use SignInStatus::{Abandoned, Complete, NeedsFirstFactor, NeedsIdentifier, NeedsSecondFactor};
    let abandoned = SignIn {
        stage: Stage::Abandoned,
        ..begun()
    };
    for (now, is_over) in [
        (NOW, false),
        (NOW + DAY - 1, false),
        (NOW + DAY, true),
        (NOW + DAY + 1, true),
    ] {
        for (sign_in, status) in [
            (begun(), NeedsIdentifier),
            (identified(), NeedsFirstFactor),
            (half(), NeedsSecondFactor),
        ] {
            let expected = if is_over { Abandoned } else { status };
            assert_eq!(sign_in.status_at(now), expected, "{now}");
        }
        assert_eq!(complete().status_at(now), Complete, "{now}");
        assert_eq!(abandoned.status_at(now), Abandoned, "{now}");
    }
    assert_eq!(abandoned.identifier(), None);
    assert_eq!(abandoned.user_id(), None);
    assert_eq!(abandoned.created_session_id(), None);
}

#[test]
fn somebody_is_named_once() {
    let sign_in = begun().identify(named(Some(id(3))), LATER).unwrap();
    let expected = SignIn {
        stage: Stage::NeedsFirstFactor(named(Some(id(3)))),
        updated_at: LATER,
        ..begun()
    };
    assert_eq!(sign_in, expected);
    assert_eq!(sign_in.identifier(), Some("ada"));
    assert_eq!(sign_in.user_id(), Some(&id(3)));
    assert_eq!(sign_in.created_session_id(), None);
    for (sign_in, now, status) in [
        (identified(), NOW, SignInStatus::NeedsFirstFactor),
        (half(), NOW, SignInStatus::NeedsSecondFactor),
        (complete(), NOW, SignInStatus::Complete),
        (begun(), NOW + DAY, SignInStatus::Abandoned),
    ] {
        let refused = sign_in.identify(named(None), now);
        assert_eq!(refused, Err(SignInRejection::WrongStage(status)));
    }
}

#[test]
fn each_level_takes_proofs_only_while_its_proof_is_missing() {
    use SignInStatus::{Abandoned, Complete, NeedsFirstFactor, NeedsIdentifier, NeedsSecondFactor};
    for (sign_in, now, status, missing) in [
        (begun(), NOW, NeedsIdentifier, None),
        (identified(), NOW, NeedsFirstFactor, Some(Level::First)),
        (half(), NOW, NeedsSecondFactor, Some(Level::Second)),
        (complete(), NOW, Complete, None),
        (identified(), NOW + DAY, Abandoned, None),
        (half(), NOW + DAY, Abandoned, None),
    ] {
        for level in [Level::First, Level::Second] {
            let factors = sign_in.factors(level, offered(), now);
            match missing == Some(level) {
                true => assert!(factors.is_ok(), "{status} {level:?}"),
                false => assert_eq!(factors, Err(SignInRejection::WrongStage(status)), "{level:?}"),
            }
        }
    }
}

#[test]
fn what_was_asked_for_is_kept_by_level() {
    let sign_in = prepared();
    assert_eq!(sign_in.updated_at, NOW);
    assert_eq!(sign_in.challenges.len(), 1);
    let asked = sign_in.challenge(Level::First).unwrap();
    assert_eq!((asked.id, asked.target), (id(4), Some(id(11))));
    assert_eq!(sign_in.challenge(Level::Second), None);
    let factors = sign_in.factors(Level::First, offered(), NOW).unwrap();
    let admitted = factors.admit(Strategy::EmailCode, NOW).unwrap();
    let (factors, outcome) = factors.attempt(admitted, Finding::Matches, LATER);
    let Outcome::Proven(proof) = outcome else {
        panic!("a right code proves")
    };
    let sign_in = sign_in.with_factors(Level::First, factors, LATER);
    assert_eq!((sign_in.updated_at, sign_in.challenges.len()), (LATER, 1));
    let half = sign_in.on_proof(proof.clone(), true, id(5), LATER).unwrap();
    assert_eq!(half.challenge(Level::First).map(|asked| &asked.id), Some(&id(4)));
    assert_eq!(
        half.challenge(Level::Second),
        None,
        "what was asked for at first serves nothing else"
    );
    assert_eq!(half.proof(Level::First), Some(&proof));
    let second = half.factors(Level::Second, offered(), NOW).unwrap();
    assert_eq!(second.admit(Strategy::EmailCode, NOW), Err(Refusal::NotPrepared));
    let kept = half.clone().with_factors(Level::Second, second, LATER);
    assert_eq!(kept.challenge(Level::First).map(|asked| &asked.id), Some(&id(4)));
}

#[test]
fn what_was_asked_for_beside_a_password_proved_nothing() {
    let first = proof(Strategy::Password);
    let done = prepared().on_proof(first.clone(), false, id(5), LATER).unwrap();
    assert_eq!(done.proof(Level::First), Some(&first));
    assert_eq!(done.challenge(Level::First), None);
}

#[test]
fn a_right_proof_completes_where_no_second_one_is_needed() {
    let done = complete();
    let stage = Stage::Complete {
        identifier: "ada".to_owned(),
        user_id: id(3),
        session_id: id(5),
        first: proof(Strategy::Password),
        second: None,
    };
    let expected = SignIn {
        stage,
        updated_at: LATER,
        ..identified()
    };
    assert_eq!(done, expected);
    assert_eq!(done.identifier(), Some("ada"));
    assert_eq!(done.user_id(), Some(&id(3)));
    assert_eq!(done.created_session_id(), Some(&id::<SessionId>(5)));
    assert_eq!(done.proof(Level::Second), None);
}

#[test]
fn a_second_proof_is_asked_for_before_there_is_a_session() {
    let half = half();
    let stage = Stage::NeedsSecondFactor {
        identifier: "ada".to_owned(),
        user_id: id(3),
        first: proof(Strategy::Password),
    };
    let expected = SignIn {
        stage,
        updated_at: LATER,
        ..identified()
    };
    assert_eq!(half, expected);
    assert_eq!((half.identifier(), half.user_id()), (Some("ada"), Some(&id(3))));
    assert_eq!(half.created_session_id(), None);
    assert_eq!(half.proof(Level::First), Some(&proof(Strategy::Password)));
    assert_eq!(half.proof(Level::Second), None);
    let second = proof(Strategy::EmailCode);
    for needs_second in [false, true] {
        let done = half
            .clone()
            .on_proof(second.clone(), needs_second, id(6), LATER + 1)
            .unwrap();
        assert_eq!(done.status_at(LATER), SignInStatus::Complete);
        assert_eq!(done.created_session_id(), Some(&id(6)));
        assert_eq!(done.proof(Level::First), Some(&proof(Strategy::Password)));
        assert_eq!(done.proof(Level::Second), Some(&second));
        assert_eq!(done.updated_at, LATER + 1);
    }
}

#[test]
fn a_proof_leads_nowhere_for_nobody_and_where_none_is_missing() {
    use SignInStatus::{Abandoned, Complete, NeedsIdentifier};
    let nobody = begun().identify(named(None), NOW).unwrap();
    let wrong = SignInRejection::WrongStage;
    for (sign_in, now, rejection) in [
        (nobody, NOW, SignInRejection::NamesNobody),
        (begun(), NOW, wrong(NeedsIdentifier)),
        (complete(), NOW, wrong(Complete)),
        (identified(), NOW + DAY, wrong(Abandoned)),
        (half(), NOW + DAY, wrong(Abandoned)),
    ] {
        for needs_second in [false, true] {
            let refused = sign_in
                .clone()
                .on_proof(proof(Strategy::Password), needs_second, id(5), now);
            assert_eq!(refused, Err(rejection));
        }
    }
    let last = half().on_proof(proof(Strategy::Password), false, id(5), NOW + DAY - 1);
    assert!(last.is_ok());
}
