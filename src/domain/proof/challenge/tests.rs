use super::{super::ChallengeRules, Challenge, NextAction};
use crate::proof::{Factor, Refusal};
use entity::{
    id::{ID_ENTROPY_BYTES, IdentificationId, TypedId as _, VerificationId},
    kind::{Strategy, VerificationPurpose, VerificationStatus},
};

const NOW: i64 = 1_795_000_000_000;
const EXPIRY: i64 = NOW + 600_000;

const RULES: ChallengeRules = ChallengeRules {
    lifetime_ms: 600_000,
    maximum_attempts: 3,
};

fn target() -> IdentificationId {
    IdentificationId::generate(NOW, [2; ID_ENTROPY_BYTES])
}

fn begun() -> Challenge {
    let id = VerificationId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    let factor = Factor {
        identification_id: Some(target()),
        ..Factor::of(Strategy::EmailCode)
    };
    Challenge::begin(id, VerificationPurpose::SignUp, &factor, &RULES, NOW)
}

fn standing(status: VerificationStatus, attempts: i32) -> Challenge {
    Challenge {
        status,
        attempts,
        ..begun()
    }
}

#[test]
fn a_new_verification_waits_for_its_first_code_for_ten_minutes() {
    let verification = begun();
    assert_eq!(
        verification,
        Challenge {
            id: VerificationId::generate(NOW, [1; ID_ENTROPY_BYTES]),
            purpose: VerificationPurpose::SignUp,
            strategy: Strategy::EmailCode,
            target: Some(target()),
            status: VerificationStatus::Unverified,
            attempts: 0,
            serial: 1,
            expire_at: EXPIRY,
        }
    );
}

#[test]
fn it_expires_at_the_end_of_its_time_and_not_before() {
    use VerificationStatus::{Expired, Failed, Unverified, Verified};
    for (status, now, expected) in [
        (Unverified, NOW, Unverified),
        (Unverified, EXPIRY - 1, Unverified),
        (Unverified, EXPIRY, Expired),
        (Unverified, EXPIRY + 1, Expired),
        (Verified, EXPIRY, Verified),
        (Failed, EXPIRY, Failed),
        (Expired, NOW, Expired),
    ] {
        assert_eq!(standing(status, 0).status_at(now), expected, "{status} at {now}");
    }
}

#[test]
fn every_attempt_counts_and_the_last_wrong_one_spends_it() {
    use VerificationStatus::{Failed, Unverified, Verified};
    for (attempts, matches, next_status, remaining) in [
        (0, true, Verified, 2),
        (0, false, Unverified, 2),
        (1, false, Unverified, 1),
        (2, false, Failed, 0),
        (2, true, Verified, 0),
        (3, false, Failed, -1),
        (i32::MAX, false, Failed, 3 - i32::MAX),
    ] {
        let next = standing(next_status, attempts.saturating_add(1));
        let before = standing(Unverified, attempts);
        assert_eq!(
            before.attempt(&RULES, matches),
            (next, remaining),
            "{attempts} {matches}"
        );
    }
}

#[test]
fn asking_again_makes_a_new_code_with_fresh_attempts() {
    use VerificationStatus::{Expired, Failed, Unverified};
    for status in [Unverified, Failed, Expired] {
        let later = NOW + 5;
        let again = standing(status, 3).restart(&RULES, later);
        let expected = Challenge {
            serial: 2,
            expire_at: later + 600_000,
            ..standing(Unverified, 0)
        };
        assert_eq!(again, Ok(expected), "{status}");
    }
}

#[test]
fn what_is_proven_is_not_asked_for_again() {
    let proven = standing(VerificationStatus::Verified, 1);
    assert_eq!(proven.restart(&RULES, NOW), Err(Refusal::AlreadyVerified));
}

#[test]
fn it_tells_whether_it_is_proven() {
    for status in VerificationStatus::ALL {
        assert_eq!(
            standing(*status, 0).is_verified(),
            *status == VerificationStatus::Verified,
            "{status}"
        );
    }
}

#[test]
fn it_tells_what_is_to_be_done() {
    use VerificationStatus::{Expired, Failed, Unverified, Verified};
    for (status, now, action, word) in [
        (Unverified, NOW, NextAction::NeedsAttempt, "needs_attempt"),
        (Unverified, EXPIRY, NextAction::NeedsPrepare, "needs_prepare"),
        (Expired, NOW, NextAction::NeedsPrepare, "needs_prepare"),
        (Failed, NOW, NextAction::NeedsPrepare, "needs_prepare"),
        (Verified, EXPIRY, NextAction::Nothing, ""),
    ] {
        assert_eq!(standing(status, 0).next_action(now), action, "{status}");
        assert_eq!(action.as_str(), word);
    }
}
