use super::{Counter, Counters, DAY, KEPT, MINUTE, Refusal, Rule, Streak, next_guess_at, seconds_until};
use crate::settings::attack_protection::UserLockoutSettings;

const NOW: i64 = 1_795_000_000_000;
const POLICY: UserLockoutSettings = UserLockoutSettings {
    enabled: true,
    max_attempts: 3,
    duration_in_minutes: 2,
    max_attempts_per_network: 2,
};
const OFF: UserLockoutSettings = UserLockoutSettings {
    enabled: false,
    ..POLICY
};
const UNTIL: i64 = NOW + 120_000;

const fn counter(failures: i32, locked_until: Option<i64>, expire_at: i64) -> Counter {
    Counter {
        failures,
        locked_until,
        expire_at,
    }
}

const fn failed(failures: i32) -> Counter {
    counter(failures, None, NOW + KEPT)
}

const LOCKED: Counter = counter(3, Some(UNTIL), NOW + KEPT);

#[test]
fn the_rules_follow_the_settings() {
    let account = Rule::of_account(&POLICY);
    assert_eq!(
        (account.maximum, account.lock, account.window),
        (3, Some(120_000), 30 * 86_400_000)
    );
    let year = UserLockoutSettings {
        duration_in_minutes: 525_600,
        ..POLICY
    };
    let account = Rule::of_account(&year);
    assert_eq!(account.lock, Some(account.window), "a lock outlives no row");
    let network = Rule::of_network(&POLICY);
    assert_eq!((network.maximum, network.lock, network.window), (2, None, 120_000));
    let nobody = Rule::of_nobody();
    assert_eq!(
        (nobody.maximum, nobody.lock, nobody.window),
        (i32::MAX, None, 86_400_000)
    );
}

#[test]
fn the_last_allowed_failure_locks_an_account_for_its_time() {
    let rule = Rule::of_account(&POLICY);
    for (before, after) in [
        (Counter::default(), failed(1)),
        (failed(1), failed(2)),
        (failed(2), LOCKED),
        (LOCKED, LOCKED),
        // A limit that was lowered locks at the next failure.
        (failed(7), counter(8, Some(UNTIL), NOW + KEPT)),
        // What was counted a month ago counts no more, and each failure keeps the others for another month.
        (counter(2, None, NOW), failed(1)),
        (counter(1, None, NOW + 1), failed(2)),
    ] {
        assert_eq!(before.on_failure(&rule, true, NOW), after, "{before:?}");
    }
}

#[test]
fn a_network_is_out_until_the_window_ends_that_its_first_failure_began() {
    let rule = Rule::of_network(&POLICY);
    let first = Counter::default().on_failure(&rule, true, NOW);
    assert_eq!(first, counter(1, None, UNTIL));
    let second = first.on_failure(&rule, true, NOW + 50_000);
    assert_eq!(second, counter(2, Some(UNTIL), UNTIL));
    assert_eq!(second.on_failure(&rule, true, UNTIL - 1), second);
    assert_eq!(second.on_failure(&rule, true, UNTIL), counter(1, None, UNTIL + 120_000));
    assert_eq!(first.on_failure(&rule, true, UNTIL), counter(1, None, UNTIL + 120_000));
}

#[test]
fn what_does_not_count_writes_what_was_there() {
    for rule in [Rule::of_account(&POLICY), Rule::of_network(&POLICY), Rule::of_nobody()] {
        let blank = Counter::default().on_failure(&rule, false, NOW);
        assert_eq!(blank, counter(0, None, NOW + rule.window));
        let locked = counter(3, Some(UNTIL), UNTIL);
        assert_eq!(locked.on_failure(&rule, false, NOW), locked);
        assert_eq!(counter(1, None, UNTIL).on_failure(&rule, false, NOW).failures, 1);
    }
}

#[test]
fn nobody_is_never_locked() {
    let rule = Rule::of_nobody();
    let counted = counter(1_000_000, None, NOW + DAY).on_failure(&rule, true, NOW);
    assert_eq!(counted, counter(1_000_001, None, NOW + DAY));
}

#[test]
fn a_lock_ends_at_its_time_and_takes_the_counter_with_it() {
    for (now, locked) in [(NOW, true), (UNTIL - 1, true), (UNTIL, false), (UNTIL + 1, false)] {
        assert_eq!(LOCKED.locked_until(now), locked.then_some(UNTIL), "{now}");
        assert_eq!(
            LOCKED.at(now),
            if locked { LOCKED } else { Counter::default() },
            "{now}"
        );
    }
    assert_eq!(failed(2).locked_until(NOW), None);
    assert_eq!(failed(2).at(NOW + KEPT - 1), failed(2));
    assert_eq!(failed(2).at(NOW + KEPT), Counter::default());
}

#[test]
fn what_cannot_have_begun_yet_is_over() {
    // As long again as a lock lasts.
    const TOLERANCE: i64 = 120_000;
    let rule = Rule::of_account(&POLICY);
    for (before, is_over) in [
        (LOCKED, false),
        (counter(3, Some(UNTIL + TOLERANCE), NOW + KEPT + TOLERANCE), false),
        (counter(3, Some(UNTIL + TOLERANCE + 1), NOW + KEPT), true),
        // These windows delay nobody, and what was counted in them is not forgotten.
        (counter(2, None, NOW + 3 * KEPT), false),
        (counter(3, Some(UNTIL), NOW + 3 * KEPT), false),
    ] {
        let left = if is_over { Counter::default() } else { before };
        assert_eq!(before.under(&rule, NOW), left, "{before:?}");
        if is_over {
            assert_eq!(before.on_failure(&rule, true, NOW), failed(1), "{before:?}");
            assert_eq!(before.expires_in_seconds(&POLICY, NOW), None);
            assert_eq!(before.attempts_remaining(&POLICY, NOW), Some(3));
        }
    }
    let network = Rule::of_network(&POLICY);
    let late = UNTIL + TOLERANCE + 1;
    assert_eq!(counter(2, Some(late), late).under(&network, NOW), Counter::default());
    assert_eq!(
        counter(2, Some(late - 1), late - 1).under(&network, NOW).locked_until,
        Some(late - 1)
    );
}

#[test]
fn nobody_is_told_to_wait_longer_than_a_lock_lasts() {
    let rule = Rule::of_account(&POLICY);
    let ahead = counter(3, Some(UNTIL + 50_000), NOW + KEPT);
    assert_eq!(ahead.as_told(&rule, NOW), LOCKED);
    assert_eq!(ahead.expires_in_seconds(&POLICY, NOW), Some(120));
    assert_eq!(LOCKED.as_told(&rule, NOW + 1), LOCKED);
    assert_eq!(LOCKED.as_told(&rule, UNTIL), Counter::default());
}

#[test]
fn strangers_are_refused_for_strangers_and_a_known_client_for_itself() {
    let out = counter(2, Some(UNTIL + 1), UNTIL + 1);
    let own = counter(3, Some(UNTIL + 2), NOW + KEPT);
    let none = Counter::default();
    let locked = |until| Some(Refusal::Locked { until });
    for (account, network, client, stranger, known) in [
        (none, none, none, None, None),
        (failed(2), counter(1, None, UNTIL), failed(2), None, None),
        (LOCKED, none, none, locked(UNTIL), None),
        (none, out, none, Some(Refusal::NetworkOut { until: UNTIL + 1 }), None),
        (LOCKED, out, none, locked(UNTIL), None),
        (none, none, own, None, locked(UNTIL + 2)),
        (LOCKED, out, own, locked(UNTIL), locked(UNTIL + 2)),
    ] {
        let counters = Counters {
            account,
            network,
            client,
        };
        assert_eq!(counters.refusal(false, NOW), stranger, "{counters:?}");
        assert_eq!(counters.refusal(true, NOW), known, "{counters:?}");
        assert_eq!(counters.refusal(false, UNTIL + 2), None, "every lock ends");
        assert_eq!(counters.refusal(true, UNTIL + 2), None, "every lock ends");
    }
}

#[test]
fn nothing_is_shown_as_locked_while_lockout_is_off() {
    assert_eq!(LOCKED.expires_in_seconds(&OFF, NOW), None);
    assert_eq!(failed(2).attempts_remaining(&OFF, NOW), None);
    assert_eq!(LOCKED.attempts_remaining(&OFF, NOW), None);
}

#[test]
fn the_time_left_is_rounded_up_to_seconds() {
    for (now, seconds) in [
        (NOW, Some(120)),
        (NOW + 1, Some(120)),
        (NOW + 1000, Some(119)),
        (UNTIL - 1, Some(1)),
        (UNTIL, None),
    ] {
        assert_eq!(LOCKED.expires_in_seconds(&POLICY, now), seconds, "{now}");
    }
    assert_eq!(failed(2).expires_in_seconds(&POLICY, NOW), None);
    assert_eq!((seconds_until(NOW + 1_001, NOW), seconds_until(NOW, NOW)), (2, 0));
}

#[test]
fn the_attempts_left_are_counted_down_to_none() {
    for (counter, now, left) in [
        (Counter::default(), NOW, 3),
        (failed(1), NOW, 2),
        (failed(2), NOW, 1),
        (failed(9), NOW, 0),
        (LOCKED, NOW, 0),
        (LOCKED, UNTIL, 3),
        (failed(2), NOW + KEPT, 3),
    ] {
        assert_eq!(counter.attempts_remaining(&POLICY, now), Some(left), "{counter:?}");
    }
    let raised = UserLockoutSettings {
        max_attempts: 10,
        ..POLICY
    };
    assert_eq!(
        LOCKED.attempts_remaining(&raised, NOW),
        Some(0),
        "locked is locked, whatever the limit is now"
    );
}

#[test]
fn the_delay_grows_once_half_the_guesses_of_a_network_are_spent_and_ends_with_its_window_once_all_are() {
    const OUT: i64 = -1;
    let of = |maximum| UserLockoutSettings {
        max_attempts_per_network: maximum,
        ..POLICY
    };
    let (first_at, last_at) = (NOW, NOW + 10_000);
    for (maximum, delays) in [
        (10, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, OUT, OUT, OUT]),
        (9, [0, 0, 0, 0, 0, 1, 2, 4, 8, OUT, OUT, OUT, OUT]),
        (20, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4]),
        (2, [0, 1, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT]),
        (1, [0, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT]),
        (10_000, [0; 13]),
    ] {
        let seen: Vec<_> = (0..13)
            .map(|failures| {
                next_guess_at(
                    &of(maximum),
                    Streak {
                        failures,
                        first_at,
                        last_at,
                    },
                )
            })
            .collect();
        let expected = delays.map(|seconds| match seconds {
            OUT => UNTIL,
            seconds => last_at + seconds * 1_000,
        });
        assert_eq!(seen, expected, "{maximum}");
    }
    let late = |failures| {
        let last_at = UNTIL + 1;
        next_guess_at(
            &of(30),
            Streak {
                failures,
                first_at,
                last_at,
            },
        ) - last_at
    };
    assert_eq!(
        [15, 20, 21, 29, 30, u32::MAX].map(late),
        [1_000, 32_000, MINUTE, MINUTE, MINUTE, MINUTE],
        "behind the window it is no shorter, and never longer than a minute"
    );
}
