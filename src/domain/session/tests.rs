use super::{Lifetimes, MAXIMUM_LISTED, NotActive, Session, SessionEnd, TOUCH_INTERVAL_MS, in_excess, is_touch_due};
use crate::settings::session::SessionSettings;
use entity::{
    id::{ID_ENTROPY_BYTES, SessionId, TypedId},
    kind::SessionStatus,
};

const NOW: i64 = 1_795_000_000_000;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

const LIFETIMES: Lifetimes = Lifetimes {
    maximum_ms: Some(1_000_000),
    inactivity_ms: Some(300_000),
    abandon_after_ms: 400_000,
};

fn begun() -> Session {
    Session::begin(id(1), id(2), id(3), &LIFETIMES, NOW)
}

#[test]
fn the_settings_become_limits() {
    let settings = |maximum_lifetime_enabled, inactivity_timeout_enabled| SessionSettings {
        maximum_lifetime_enabled,
        maximum_lifetime_seconds: 100,
        inactivity_timeout_enabled,
        inactivity_timeout_seconds: 70,
        abandon_after_seconds: 200,
        ..SessionSettings::default()
    };
    for (maximum, inactivity, maximum_ms, inactivity_ms) in [
        (true, true, Some(100_000), Some(70_000)),
        (true, false, Some(100_000), None),
        (false, true, None, Some(70_000)),
        (false, false, Some(100_000), None),
    ] {
        let expected = Lifetimes {
            maximum_ms,
            inactivity_ms,
            abandon_after_ms: 200_000,
        };
        assert_eq!(Lifetimes::of(&settings(maximum, inactivity)), expected);
    }
}

#[test]
fn a_session_expires_by_the_earliest_limit_that_is_on() {
    for (maximum_ms, inactivity_ms, last_active_at, expected) in [
        (Some(100), Some(70), 0, 70),
        (Some(100), Some(70), 20, 90),
        (Some(100), Some(70), 30, 100),
        (Some(100), Some(70), 40, 100),
        (Some(100), None, 40, 100),
        (None, Some(70), 40, 110),
        (None, None, 40, 0),
    ] {
        let lifetimes = Lifetimes {
            maximum_ms,
            inactivity_ms,
            abandon_after_ms: 1,
        };
        assert_eq!(lifetimes.expire_at(0, last_active_at), expected, "{lifetimes:?}");
    }
    assert_eq!(LIFETIMES.abandon_at(NOW), NOW + 400_000);
}

#[test]
fn a_new_session_is_active_from_now_on() {
    let expected = Session {
        id: id(1),
        client_id: id(2),
        user_id: id(3),
        status: SessionStatus::Active,
        expire_at: NOW + 300_000,
        abandon_at: NOW + 400_000,
        last_active_at: NOW,
        first_factor_verified_at: NOW,
        second_factor_verified_at: None,
        created_at: NOW,
        updated_at: NOW,
    };
    assert_eq!(begun(), expected);
}

#[test]
fn the_earlier_of_two_times_tells_how_a_session_ended() {
    use SessionStatus::{Abandoned, Active, Expired};
    for (expire_at, abandon_at, now, status) in [
        (NOW + 10, NOW + 20, NOW + 9, Active),
        (NOW + 10, NOW + 20, NOW + 10, Expired),
        (NOW + 10, NOW + 20, NOW + 25, Expired),
        (NOW + 20, NOW + 10, NOW + 9, Active),
        (NOW + 20, NOW + 10, NOW + 10, Abandoned),
        (NOW + 20, NOW + 10, NOW + 25, Abandoned),
        (NOW + 10, NOW + 10, NOW + 10, Expired),
    ] {
        let session = Session {
            expire_at,
            abandon_at,
            ..begun()
        };
        assert_eq!(session.status_at(now), status, "{expire_at} {abandon_at} {now}");
        assert_eq!(session.is_active(now), status == Active);
    }
}

#[test]
fn an_end_is_final() {
    for status in SessionStatus::ALL
        .iter()
        .copied()
        .filter(|status| *status != SessionStatus::Active)
    {
        let session = Session { status, ..begun() };
        let over = NotActive { status };
        for now in [NOW, NOW + 10_000_000] {
            assert_eq!(session.status_at(now), status);
            assert!(!session.is_active(now));
            assert_eq!(session.touch(&LIFETIMES, now), Err(over));
            assert_eq!(session.clone().finish(SessionEnd::End, now), Err(over));
        }
    }
}

#[test]
fn each_way_to_end_has_its_status() {
    for (end, status) in [
        (SessionEnd::End, SessionStatus::Ended),
        (SessionEnd::Remove, SessionStatus::Removed),
        (SessionEnd::Replace, SessionStatus::Replaced),
        (SessionEnd::Revoke, SessionStatus::Revoked),
    ] {
        assert_eq!(
            begun().finish(end, NOW + 7),
            Ok(Session {
                status,
                updated_at: NOW + 7,
                ..begun()
            })
        );
    }
    let over = NotActive {
        status: SessionStatus::Expired,
    };
    assert_eq!(begun().finish(SessionEnd::End, NOW + 300_000), Err(over));
}

#[test]
fn activity_is_written_once_a_minute_and_moves_only_what_depends_on_it() {
    assert_eq!(TOUCH_INTERVAL_MS, 60_000);
    for (now, due) in [
        (NOW, false),
        (NOW + 59_999, false),
        (NOW + 60_000, true),
        (NOW - 1, false),
        // The clock was put back.
        (NOW - 60_000, true),
    ] {
        assert_eq!(is_touch_due(NOW, now), due, "{now}");
        assert_eq!(begun().touch(&LIFETIMES, now).unwrap().is_some(), due, "{now}");
    }
    let now = NOW + 60_000;
    let expected = Session {
        expire_at: now + 300_000,
        abandon_at: now + 400_000,
        last_active_at: now,
        updated_at: now,
        ..begun()
    };
    assert_eq!(begun().touch(&LIFETIMES, now), Ok(Some(expected)));
    let over = NotActive {
        status: SessionStatus::Expired,
    };
    assert_eq!(begun().touch(&LIFETIMES, NOW + 300_000), Err(over));
}

#[test]
fn the_age_of_the_first_factor_is_counted_in_whole_minutes() {
    for (now, minutes) in [
        (NOW, 0),
        (NOW + 59_999, 0),
        (NOW + 60_000, 1),
        (NOW + 150_000, 2),
        (NOW - 90_000, 0),
    ] {
        assert_eq!(begun().factor_verification_age(now), [minutes, -1], "{now}");
        let twice = Session {
            first_factor_verified_at: NOW - 600_000,
            second_factor_verified_at: Some(NOW),
            ..begun()
        };
        let [first, second] = twice.factor_verification_age(now);
        assert_eq!(second, minutes, "{now}");
        assert!(first >= 8, "{now}");
    }
}

#[test]
fn what_is_over_makes_room_before_what_is_used() {
    let session = |number: usize, status| Session {
        id: id(u8::try_from(number).unwrap()),
        status,
        last_active_at: NOW + i64::try_from(number).unwrap(),
        ..begun()
    };
    let listed = |ended: &[usize], count: usize| -> Vec<Session> {
        let status = |number| {
            if ended.contains(&number) {
                SessionStatus::Ended
            } else {
                SessionStatus::Active
            }
        };
        (0..count).map(|number| session(number, status(number))).collect()
    };
    for (ended, count, going) in [
        (&[][..], 0, &[][..]),
        (&[], MAXIMUM_LISTED - 1, &[]),
        (&[], MAXIMUM_LISTED, &[0]),
        (&[7, 9], MAXIMUM_LISTED, &[7]),
        (&[7, 9], MAXIMUM_LISTED + 3, &[7, 9, 0, 1]),
    ] {
        let listed = listed(ended, count);
        let expected: Vec<SessionId> = going.iter().map(|number| id(u8::try_from(*number).unwrap())).collect();
        let found: Vec<SessionId> = in_excess(&listed, NOW).into_iter().map(|session| session.id).collect();
        assert_eq!(found, expected, "{count}");
    }
    let expired = listed(&[], MAXIMUM_LISTED);
    assert_eq!(in_excess(&expired, NOW + 10_000_000).len(), 1);
}
