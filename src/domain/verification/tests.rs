use super::{AttemptOutcome, NextAction, PrepareRejection, Transition, Verification};
use entity::{
    id::{ID_ENTROPY_BYTES, TypedId as _, VerificationId},
    kind::{Strategy, VerificationPurpose, VerificationStatus},
};

const NOW: i64 = 1_795_000_000_000;
const EXPIRY: i64 = NOW + 600_000;

fn begun() -> Verification {
    let id = VerificationId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    Verification::begin(id, VerificationPurpose::SignUp, Strategy::EmailCode, NOW)
}

fn standing(status: VerificationStatus, attempts: i32) -> Verification {
    Verification {
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
        Verification {
            id: VerificationId::generate(NOW, [1; ID_ENTROPY_BYTES]),
            purpose: VerificationPurpose::SignUp,
            strategy: Strategy::EmailCode,
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
fn every_attempt_leads_where_it_must() {
    use AttemptOutcome::{AlreadyVerified as Already, Expired as Late, Failed as Spent, Incorrect, Verified as Proven};
    use VerificationStatus::{Expired, Failed, Unverified, Verified};
    let wrong = |remaining| Incorrect { remaining };
    for (status, attempts, matches, now, next_status, next_attempts, outcome) in [
        (Unverified, 0, true, NOW, Verified, 1, Proven),
        (Unverified, 0, false, NOW, Unverified, 1, wrong(2)),
        (Unverified, 1, false, NOW, Unverified, 2, wrong(1)),
        (Unverified, 2, false, NOW, Failed, 3, wrong(0)),
        (Unverified, 2, true, NOW, Verified, 3, Proven),
        (Unverified, 3, true, NOW, Failed, 3, Spent),
        (Unverified, 4, true, NOW, Failed, 4, Spent),
        (Unverified, 0, true, EXPIRY - 1, Verified, 1, Proven),
        (Unverified, 0, true, EXPIRY, Expired, 0, Late),
        (Unverified, 1, false, EXPIRY, Expired, 1, Late),
        (Expired, 1, true, NOW, Expired, 1, Late),
        (Failed, 3, true, NOW, Failed, 3, Spent),
        (Failed, 3, false, EXPIRY, Failed, 3, Spent),
        (Verified, 1, true, NOW, Verified, 1, Already),
        (Verified, 1, false, EXPIRY, Verified, 1, Already),
    ] {
        let before = standing(status, attempts);
        let expected = Transition {
            next: Verification {
                status: next_status,
                attempts: next_attempts,
                ..before.clone()
            },
            outcome,
        };
        assert_eq!(
            before.attempt(matches, now),
            expected,
            "{status} {attempts} {matches} {now}"
        );
    }
}

#[test]
fn asking_again_makes_a_new_code_with_fresh_attempts() {
    use VerificationStatus::{Expired, Failed, Unverified};
    for status in [Unverified, Failed, Expired] {
        let later = NOW + 5;
        let again = standing(status, 3).restart(later);
        let expected = Verification {
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
    assert_eq!(proven.restart(NOW), Err(PrepareRejection::AlreadyVerified));
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
