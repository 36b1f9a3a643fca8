use super::{Factor, Factors, Finding, Outcome, Proof, Refusal};
use crate::proof::Challenge;
use entity::{
    id::{ID_ENTROPY_BYTES, TypedId},
    kind::{Strategy, VerificationPurpose, VerificationStatus},
};

const NOW: i64 = 1_795_000_000_000;
const LATER: i64 = NOW + 5;
const EXPIRY: i64 = NOW + 600_000;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

fn code_to(number: u8) -> Factor {
    Factor {
        identification_id: Some(id(number)),
        ..Factor::of(Strategy::EmailCode)
    }
}

/// A password and codes to the addresses 11 and 12.
fn fresh() -> Factors {
    let offered = vec![Factor::of(Strategy::Password), code_to(11), code_to(12)];
    Factors::new(VerificationPurpose::SignInFirstFactor, offered, Vec::new())
}

fn prepared() -> Factors {
    prepare(fresh(), 4, Some(11), NOW).unwrap().0
}

fn prepare(factors: Factors, new: u8, target: Option<u8>, now: i64) -> Result<(Factors, Challenge), Refusal> {
    let target = target.map(id);
    factors.prepare(id(new), Strategy::EmailCode, target.as_ref(), now)
}

fn standing(status: VerificationStatus, attempts: i32) -> Factors {
    let challenge = prepared().into_challenges().remove(0);
    let challenge = Challenge {
        status,
        attempts,
        ..challenge
    };
    Factors {
        challenges: vec![challenge],
        ..fresh()
    }
}

fn attempt(factors: Factors, strategy: Strategy, finding: Finding) -> (Factors, Outcome) {
    let admitted = factors.admit(strategy, LATER).unwrap();
    assert_eq!(admitted.strategy(), strategy);
    assert_eq!(
        admitted.challenge(),
        factors.challenges.first().filter(|asked| asked.strategy == strategy)
    );
    factors.attempt(admitted, finding, LATER)
}

#[test]
fn an_offer_is_found_by_its_strategy_and_identification() {
    let factors = fresh();
    assert_eq!(factors.offer(Strategy::EmailCode, None), Some(&code_to(11)));
    assert_eq!(factors.offer(Strategy::EmailCode, Some(&id(12))), Some(&code_to(12)));
    assert_eq!(factors.offer(Strategy::EmailCode, Some(&id(13))), None);
    assert_eq!(factors.offer(Strategy::Password, Some(&id(11))), None);
    assert_eq!(
        factors.offer(Strategy::Password, None),
        Some(&Factor::of(Strategy::Password))
    );
}

#[test]
fn a_code_is_asked_for_at_an_address_on_offer() {
    for (asked, address) in [(None, 11), (Some(11), 11), (Some(12), 12)] {
        let (factors, challenge) = prepare(fresh(), 4, asked, NOW).unwrap();
        assert_eq!(challenge.id, id(4));
        assert_eq!(challenge.purpose, VerificationPurpose::SignInFirstFactor);
        assert_eq!((challenge.target, challenge.serial), (Some(id(address)), 1));
        assert_eq!(challenge.expire_at, EXPIRY);
        assert_eq!(factors.into_challenges(), [challenge]);
    }
    assert_eq!(prepare(fresh(), 4, Some(13), NOW), Err(Refusal::NotOffered));
    let password = fresh().prepare(id(4), Strategy::Password, None, NOW);
    assert_eq!(password, Err(Refusal::NothingToPrepare));
    let proven = standing(VerificationStatus::Verified, 1);
    assert_eq!(prepare(proven, 9, Some(11), NOW), Err(Refusal::AlreadyVerified));
}

#[test]
fn asking_again_restarts_and_asking_for_another_address_kills_the_first_code() {
    let (_, again) = prepare(prepared(), 9, Some(11), LATER).unwrap();
    assert_eq!((again.id, again.serial, again.attempts), (id(4), 2, 0));
    let (factors, other) = prepare(prepared(), 9, Some(12), LATER).unwrap();
    assert_eq!((other.id, other.serial), (id(9), 1));
    assert_eq!(factors.into_challenges(), [other]);
}

#[test]
fn only_what_can_be_given_now_is_admitted() {
    use VerificationStatus::{Expired, Failed, Unverified, Verified};
    let withdrawn = Factors {
        offered: vec![code_to(12)],
        ..prepared()
    };
    for (factors, strategy, now, refusal) in [
        (fresh(), Strategy::Password, NOW, None),
        (prepared(), Strategy::EmailCode, EXPIRY - 1, None),
        (standing(Unverified, 2), Strategy::EmailCode, NOW, None),
        (fresh(), Strategy::EmailCode, NOW, Some(Refusal::NotPrepared)),
        (withdrawn.clone(), Strategy::EmailCode, NOW, Some(Refusal::NotOffered)),
        (withdrawn, Strategy::Password, NOW, Some(Refusal::NotOffered)),
        (prepared(), Strategy::EmailCode, EXPIRY, Some(Refusal::Expired)),
        (standing(Expired, 0), Strategy::EmailCode, NOW, Some(Refusal::Expired)),
        (
            standing(Failed, 3),
            Strategy::EmailCode,
            NOW,
            Some(Refusal::AttemptsSpent),
        ),
        (
            standing(Failed, 3),
            Strategy::EmailCode,
            EXPIRY,
            Some(Refusal::AttemptsSpent),
        ),
        (
            standing(Unverified, 3),
            Strategy::EmailCode,
            NOW,
            Some(Refusal::AttemptsSpent),
        ),
        (
            standing(Unverified, 4),
            Strategy::EmailCode,
            NOW,
            Some(Refusal::AttemptsSpent),
        ),
        (
            standing(Verified, 1),
            Strategy::EmailCode,
            NOW,
            Some(Refusal::AlreadyVerified),
        ),
    ] {
        assert_eq!(factors.admit(strategy, now).err(), refusal, "{strategy} {now}");
    }
}

#[test]
fn a_right_proof_proves_and_spends_what_was_asked_for() {
    let proof = |strategy, verification_id| Proof {
        strategy,
        verification_id,
        at: LATER,
    };
    let (after, outcome) = attempt(fresh(), Strategy::Password, Finding::Matches);
    assert_eq!(outcome, Outcome::Proven(proof(Strategy::Password, None)));
    assert_eq!(after, fresh());
    let (after, outcome) = attempt(prepared(), Strategy::EmailCode, Finding::Matches);
    assert_eq!(outcome, Outcome::Proven(proof(Strategy::EmailCode, Some(id(4)))));
    assert_eq!(after, standing(VerificationStatus::Verified, 1));
}

#[test]
fn wrong_proofs_count_until_the_attempts_are_spent() {
    let incorrect = |remaining| Outcome::Rejected(Refusal::Incorrect { remaining });
    let (after, outcome) = attempt(fresh(), Strategy::Password, Finding::Mismatch);
    assert_eq!((after, outcome), (fresh(), incorrect(None)));
    let mut factors = prepared();
    for (remaining, status) in [
        (2, VerificationStatus::Unverified),
        (1, VerificationStatus::Unverified),
        (0, VerificationStatus::Failed),
    ] {
        let (next, outcome) = attempt(factors, Strategy::EmailCode, Finding::Mismatch);
        assert_eq!(outcome, incorrect(Some(remaining)));
        assert_eq!(next, standing(status, 3 - remaining));
        factors = next;
    }
    assert_eq!(factors.admit(Strategy::EmailCode, NOW), Err(Refusal::AttemptsSpent));
    let (again, _) = prepare(factors, 9, Some(11), NOW).unwrap();
    let (_, outcome) = attempt(again, Strategy::EmailCode, Finding::Matches);
    assert!(matches!(outcome, Outcome::Proven(_)));
}

#[test]
fn only_wrong_proofs_are_guesses() {
    for (refusal, is_guess) in [
        (Refusal::Incorrect { remaining: None }, true),
        (Refusal::Incorrect { remaining: Some(0) }, true),
        (Refusal::NotOffered, false),
        (Refusal::NothingToPrepare, false),
        (Refusal::NotPrepared, false),
        (Refusal::AttemptsSpent, false),
        (Refusal::Expired, false),
        (Refusal::AlreadyVerified, false),
    ] {
        assert_eq!(refusal.is_guess(), is_guess, "{refusal:?}");
    }
}
