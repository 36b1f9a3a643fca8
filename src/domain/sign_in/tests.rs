use super::{
    Factor, FactorVerdict, FirstFactorOutcome, FirstFactorRejection as No, Identified, PreparedFactor, SignIn,
    SignInRejection, Stage,
};
use crate::verification::Verification;
use entity::{
    id::{ID_ENTROPY_BYTES, SessionId, TypedId, UserId},
    kind::{SignInStatus, Strategy, VerificationPurpose, VerificationStatus},
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

fn code_to(number: u8) -> Factor {
    Factor {
        strategy: Strategy::EmailCode,
        identification_id: Some(id(number)),
        safe_identifier: Some(format!("{number}@example.com")),
        primary: false,
    }
}

/// Somebody with a password and the addresses 11 and 12.
fn somebody(user_id: Option<UserId>) -> Identified {
    let password = Factor {
        strategy: Strategy::Password,
        identification_id: None,
        safe_identifier: None,
        primary: false,
    };
    Identified {
        identifier: "ada".to_owned(),
        user_id,
        factors: vec![password, code_to(11), code_to(12)],
    }
}

fn identified() -> SignIn {
    begun().identify(somebody(Some(id(3))), NOW).unwrap()
}

fn prepared() -> SignIn {
    identified()
        .prepare_first_factor(id(4), Strategy::EmailCode, Some(&id(11)), NOW)
        .unwrap()
}

fn verification_of(sign_in: &SignIn) -> Option<Verification> {
    match &sign_in.stage {
        Stage::NeedsFirstFactor { prepared, .. } => prepared.as_ref().map(|prepared| prepared.verification.clone()),
        Stage::Complete { verification, .. } => verification.clone(),
        Stage::NeedsIdentifier | Stage::Abandoned => None,
    }
}

fn attempted(sign_in: SignIn, verdict: FactorVerdict, now: i64) -> (SignIn, FirstFactorOutcome) {
    let transition = sign_in.on_first_factor(verdict, id(5), now);
    (transition.next, transition.outcome)
}

fn complete() -> SignIn {
    attempted(identified(), FactorVerdict::Password { matches: true }, NOW).0
}

const RIGHT_PASSWORD: FactorVerdict = FactorVerdict::Password { matches: true };
const WRONG_PASSWORD: FactorVerdict = FactorVerdict::Password { matches: false };
const RIGHT_CODE: FactorVerdict = FactorVerdict::Code { matches: true };
const WRONG_CODE: FactorVerdict = FactorVerdict::Code { matches: false };

#[test]
fn a_new_one_names_nobody_and_waits_for_a_day() {
    let expected = SignIn {
        id: id(1),
        client_id: id(2),
        stage: Stage::NeedsIdentifier,
        abandon_at: NOW + DAY,
        created_at: NOW,
        updated_at: NOW,
    };
    assert_eq!(begun(), expected);
    assert_eq!(begun().identifier(), None);
    assert_eq!(begun().created_session_id(), None);
}

#[test]
fn it_is_abandoned_when_its_day_is_over_unless_it_is_complete() {
    use SignInStatus::{Abandoned, Complete, NeedsFirstFactor, NeedsIdentifier};
    for (now, is_over) in [
        (NOW, false),
        (NOW + DAY - 1, false),
        (NOW + DAY, true),
        (NOW + DAY + 1, true),
    ] {
        assert_eq!(
            begun().status_at(now),
            if is_over { Abandoned } else { NeedsIdentifier },
            "{now}"
        );
        assert_eq!(
            identified().status_at(now),
            if is_over { Abandoned } else { NeedsFirstFactor },
            "{now}"
        );
        assert_eq!(complete().status_at(now), Complete, "{now}");
        assert_eq!(
            SignIn {
                stage: Stage::Abandoned,
                ..begun()
            }
            .status_at(now),
            Abandoned,
            "{now}"
        );
    }
    assert_eq!(
        SignIn {
            stage: Stage::Abandoned,
            ..begun()
        }
        .identifier(),
        None
    );
}

#[test]
fn somebody_is_named_once() {
    let stage = Stage::NeedsFirstFactor {
        identified: somebody(Some(id(3))),
        prepared: None,
    };
    let named = begun().identify(somebody(Some(id(3))), LATER).unwrap();
    assert_eq!(
        named,
        SignIn {
            stage,
            updated_at: LATER,
            ..begun()
        }
    );
    assert_eq!(named.identifier(), Some("ada"));
    assert_eq!(named.created_session_id(), None);
    for (sign_in, now, status) in [
        (identified(), NOW, SignInStatus::NeedsFirstFactor),
        (complete(), NOW, SignInStatus::Complete),
        (begun(), NOW + DAY, SignInStatus::Abandoned),
    ] {
        assert_eq!(
            sign_in.identify(somebody(None), now),
            Err(SignInRejection::WrongStage(status))
        );
    }
}

#[test]
fn an_offer_is_found_by_its_strategy_and_identification() {
    let somebody = somebody(None);
    assert_eq!(somebody.offer(Strategy::EmailCode, None), Some(&code_to(11)));
    assert_eq!(somebody.offer(Strategy::EmailCode, Some(&id(12))), Some(&code_to(12)));
    assert_eq!(somebody.offer(Strategy::EmailCode, Some(&id(13))), None);
    assert_eq!(somebody.offer(Strategy::Password, Some(&id(11))), None);
    assert_eq!(somebody.offer(Strategy::Password, None), somebody.factors.first());
}

#[test]
fn a_code_is_asked_for_at_an_address_on_offer() {
    let first = Verification::begin(
        id(4),
        VerificationPurpose::SignInFirstFactor,
        Strategy::EmailCode,
        LATER,
    );
    for (asked, address) in [(None, 11), (Some(id(11)), 11), (Some(id(12)), 12)] {
        let sign_in = identified()
            .prepare_first_factor(id(4), Strategy::EmailCode, asked.as_ref(), LATER)
            .unwrap();
        let prepared = Some(PreparedFactor {
            identification_id: id(address),
            verification: first.clone(),
        });
        let stage = Stage::NeedsFirstFactor {
            identified: somebody(Some(id(3))),
            prepared,
        };
        assert_eq!(
            sign_in,
            SignIn {
                stage,
                updated_at: LATER,
                ..identified()
            }
        );
    }
}

#[test]
fn asking_again_restarts_and_asking_for_another_address_begins_anew() {
    let first = verification_of(&prepared()).unwrap();
    let again = prepared()
        .prepare_first_factor(id(9), Strategy::EmailCode, Some(&id(11)), LATER)
        .unwrap();
    assert_eq!(verification_of(&again), Some(first.restart(LATER).unwrap()));
    let other = prepared()
        .prepare_first_factor(id(9), Strategy::EmailCode, Some(&id(12)), LATER)
        .unwrap();
    let anew = Verification::begin(
        id(9),
        VerificationPurpose::SignInFirstFactor,
        Strategy::EmailCode,
        LATER,
    );
    assert_eq!(verification_of(&other), Some(anew));
}

#[test]
fn a_code_is_asked_for_only_where_that_makes_sense() {
    let ask = |sign_in: SignIn, strategy, address: Option<u8>, now| {
        let address = address.map(id);
        sign_in
            .prepare_first_factor(id(9), strategy, address.as_ref(), now)
            .err()
    };
    let wrong = |status| Some(SignInRejection::WrongStage(status));
    for (sign_in, strategy, address, now, rejection) in [
        (
            identified(),
            Strategy::EmailCode,
            Some(13),
            NOW,
            Some(SignInRejection::NotOffered),
        ),
        (
            identified(),
            Strategy::Password,
            None,
            NOW,
            Some(SignInRejection::NothingToPrepare),
        ),
        (
            begun(),
            Strategy::EmailCode,
            None,
            NOW,
            wrong(SignInStatus::NeedsIdentifier),
        ),
        (
            complete(),
            Strategy::EmailCode,
            None,
            NOW,
            wrong(SignInStatus::Complete),
        ),
        (
            identified(),
            Strategy::EmailCode,
            None,
            NOW + DAY,
            wrong(SignInStatus::Abandoned),
        ),
        (identified(), Strategy::EmailCode, None, NOW + DAY - 1, None),
    ] {
        assert_eq!(ask(sign_in, strategy, address, now), rejection);
    }
}

#[test]
fn a_right_password_completes() {
    let (next, outcome) = attempted(identified(), RIGHT_PASSWORD, LATER);
    assert_eq!(
        outcome,
        FirstFactorOutcome::Complete {
            user_id: id(3),
            session_id: id(5)
        }
    );
    let stage = Stage::Complete {
        identifier: "ada".to_owned(),
        user_id: id(3),
        session_id: id(5),
        verification: None,
    };
    assert_eq!(
        next,
        SignIn {
            stage,
            updated_at: LATER,
            ..identified()
        }
    );
    assert_eq!(next.identifier(), Some("ada"));
    assert_eq!(next.created_session_id(), Some(&id::<SessionId>(5)));
}

#[test]
fn a_right_code_completes_and_is_spent() {
    let (next, outcome) = attempted(prepared(), RIGHT_CODE, LATER);
    assert_eq!(
        outcome,
        FirstFactorOutcome::Complete {
            user_id: id(3),
            session_id: id(5)
        }
    );
    assert_eq!(next.status_at(LATER), SignInStatus::Complete);
    assert_eq!(next.updated_at, LATER);
    let verification = verification_of(&next).unwrap();
    assert_eq!(
        (verification.status, verification.attempts),
        (VerificationStatus::Verified, 1)
    );
}

#[test]
fn wrong_codes_count_until_the_attempts_are_spent() {
    let mut sign_in = prepared();
    for (remaining, status) in [
        (2, VerificationStatus::Unverified),
        (1, VerificationStatus::Unverified),
        (0, VerificationStatus::Failed),
    ] {
        let (next, outcome) = attempted(sign_in, WRONG_CODE, LATER);
        assert_eq!(outcome, FirstFactorOutcome::Rejected(No::CodeIncorrect { remaining }));
        assert_eq!(verification_of(&next).unwrap().status, status);
        assert_eq!(next.updated_at, LATER);
        assert_eq!(next.status_at(LATER), SignInStatus::NeedsFirstFactor);
        sign_in = next;
    }
    assert_eq!(
        attempted(sign_in.clone(), RIGHT_CODE, NOW).1,
        FirstFactorOutcome::Rejected(No::AttemptsSpent)
    );
    let again = sign_in
        .prepare_first_factor(id(9), Strategy::EmailCode, Some(&id(11)), NOW)
        .unwrap();
    assert!(matches!(
        attempted(again, RIGHT_CODE, NOW).1,
        FirstFactorOutcome::Complete { .. }
    ));
}

#[test]
fn every_other_proof_is_rejected_with_its_reason() {
    let without_password = {
        let mut identified = somebody(Some(id(3)));
        identified.factors.remove(0);
        begun().identify(identified, NOW).unwrap()
    };
    let proven = {
        let mut verification = verification_of(&prepared()).unwrap();
        verification.status = VerificationStatus::Verified;
        let prepared = Some(PreparedFactor {
            identification_id: id(11),
            verification,
        });
        SignIn {
            stage: Stage::NeedsFirstFactor {
                identified: somebody(Some(id(3))),
                prepared,
            },
            ..begun()
        }
    };
    for (sign_in, verdict, now, rejection) in [
        (identified(), WRONG_PASSWORD, NOW, No::PasswordIncorrect),
        (without_password, RIGHT_PASSWORD, NOW, No::NotOffered),
        (identified(), RIGHT_CODE, NOW, No::NotPrepared),
        (prepared(), RIGHT_CODE, NOW + 600_000, No::CodeExpired),
        (proven, RIGHT_CODE, NOW, No::AlreadyVerified),
        (prepared(), FactorVerdict::Locked, NOW, No::Locked),
        (
            begun(),
            RIGHT_PASSWORD,
            NOW,
            No::WrongStage(SignInStatus::NeedsIdentifier),
        ),
        (complete(), RIGHT_PASSWORD, NOW, No::WrongStage(SignInStatus::Complete)),
        (
            identified(),
            RIGHT_PASSWORD,
            NOW + DAY,
            No::WrongStage(SignInStatus::Abandoned),
        ),
        (
            identified(),
            FactorVerdict::Locked,
            NOW + DAY,
            No::WrongStage(SignInStatus::Abandoned),
        ),
    ] {
        let before = sign_in.clone();
        let (next, outcome) = attempted(sign_in, verdict, now);
        assert_eq!(outcome, FirstFactorOutcome::Rejected(rejection), "{verdict:?}");
        if rejection != No::CodeExpired && rejection != No::AlreadyVerified {
            assert_eq!(next, before, "{rejection:?} changes nothing");
        }
    }
}

#[test]
fn nobody_never_signs_in_but_looks_like_somebody() {
    let nobody = || begun().identify(somebody(None), NOW).unwrap();
    assert_eq!(
        attempted(nobody(), RIGHT_PASSWORD, NOW).1,
        FirstFactorOutcome::Rejected(No::PasswordIncorrect)
    );
    let mut sign_in = nobody()
        .prepare_first_factor(id(4), Strategy::EmailCode, None, NOW)
        .unwrap();
    for remaining in [2, 1, 0] {
        let (next, outcome) = attempted(sign_in, RIGHT_CODE, NOW);
        assert_eq!(outcome, FirstFactorOutcome::Rejected(No::CodeIncorrect { remaining }));
        sign_in = next;
    }
    assert_eq!(
        attempted(sign_in, RIGHT_CODE, NOW).1,
        FirstFactorOutcome::Rejected(No::AttemptsSpent)
    );
}

#[test]
fn only_wrong_guesses_count_towards_a_lock() {
    for (rejection, counts) in [
        (No::PasswordIncorrect, true),
        (No::CodeIncorrect { remaining: 0 }, true),
        (No::CodeIncorrect { remaining: 2 }, true),
        (No::WrongStage(SignInStatus::Complete), false),
        (No::NotOffered, false),
        (No::NotPrepared, false),
        (No::AttemptsSpent, false),
        (No::CodeExpired, false),
        (No::AlreadyVerified, false),
        (No::Locked, false),
    ] {
        assert_eq!(rejection.is_wrong_guess(), counts, "{rejection:?}");
    }
}
