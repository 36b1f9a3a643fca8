//! When an account is locked for guessing, and when it opens again.
//!
//! One counter for all proofs of a person, on every path. Invariant: a lock ends by time alone (or by an operator);
//! a right proof during the lock neither passes nor ends it.

use crate::settings::attack_protection::UserLockoutSettings;

/// What is remembered about failed attempts of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lockout {
    /// Failed attempts since the last success or unlock.
    pub failed_attempts: i32,
    /// Until when the account is locked, in Unix milliseconds.
    pub locked_until: Option<i64>,
}

impl Lockout {
    /// What is left of it at `now`: a lock whose time has passed takes its failed attempts with it.
    #[must_use]
    pub fn at(self, now: i64) -> Self {
        match self.locked_until {
            Some(until) if until <= now => Self::default(),
            _ => self,
        }
    }

    /// Whether the account is locked. Switching lockout off opens all locks.
    #[must_use]
    pub fn is_locked(self, policy: &UserLockoutSettings, now: i64) -> bool {
        policy.enabled && self.at(now).locked_until.is_some()
    }

    /// Counts a failed attempt; while the account is locked or lockout is off, it does not count.
    #[must_use]
    pub fn on_failure(self, policy: &UserLockoutSettings, now: i64) -> Self {
        let current = self.at(now);
        if !policy.enabled || current.locked_until.is_some() {
            return current;
        }
        let failed_attempts = current.failed_attempts.saturating_add(1);
        let locked_until = (i64::from(failed_attempts) >= i64::from(policy.max_attempts))
            .then(|| now.saturating_add(i64::from(policy.duration_in_minutes) * 60_000));
        Self {
            failed_attempts,
            locked_until,
        }
    }

    /// Forgets failed attempts after a success, which a locked account cannot have.
    #[must_use]
    pub fn on_success(self, policy: &UserLockoutSettings, now: i64) -> Self {
        if self.is_locked(policy, now) {
            self
        } else {
            Self::default()
        }
    }

    /// How long the account stays locked, in whole seconds, rounded up; `None` when it is open.
    #[must_use]
    pub fn expires_in_seconds(self, policy: &UserLockoutSettings, now: i64) -> Option<i64> {
        let until = self.locked_until.filter(|_| self.is_locked(policy, now))?;
        Some(until.saturating_sub(now).saturating_add(999) / 1000)
    }

    /// How many attempts are left before the account is locked; `None` when lockout is off.
    #[must_use]
    pub fn attempts_remaining(self, policy: &UserLockoutSettings, now: i64) -> Option<u32> {
        if self.is_locked(policy, now) {
            return Some(0);
        }
        let failed_attempts = u32::try_from(self.at(now).failed_attempts).unwrap_or(0);
        policy
            .enabled
            .then(|| policy.max_attempts.saturating_sub(failed_attempts))
    }
}

#[cfg(test)]
mod tests {
    use super::Lockout;
    use crate::settings::attack_protection::UserLockoutSettings;

    const NOW: i64 = 1_795_000_000_000;
    const POLICY: UserLockoutSettings = UserLockoutSettings {
        enabled: true,
        max_attempts: 3,
        duration_in_minutes: 2,
    };
    const OFF: UserLockoutSettings = UserLockoutSettings {
        enabled: false,
        max_attempts: 3,
        duration_in_minutes: 2,
    };
    const UNTIL: i64 = NOW + 120_000;

    const fn failed(failed_attempts: i32) -> Lockout {
        Lockout {
            failed_attempts,
            locked_until: None,
        }
    }

    const LOCKED: Lockout = Lockout {
        failed_attempts: 3,
        locked_until: Some(UNTIL),
    };

    #[test]
    fn the_last_allowed_failure_locks() {
        for (before, after) in [
            (failed(0), failed(1)),
            (failed(1), failed(2)),
            (failed(2), LOCKED),
            (LOCKED, LOCKED),
        ] {
            assert_eq!(before.on_failure(&POLICY, NOW), after);
        }
        let more = Lockout {
            failed_attempts: 8,
            locked_until: Some(UNTIL),
        };
        assert_eq!(
            failed(7).on_failure(&POLICY, NOW),
            more,
            "a limit that was lowered locks at the next failure"
        );
    }

    #[test]
    fn a_lock_ends_at_its_time_and_takes_the_counter_with_it() {
        for (now, locked) in [(NOW, true), (UNTIL - 1, true), (UNTIL, false), (UNTIL + 1, false)] {
            assert_eq!(LOCKED.is_locked(&POLICY, now), locked, "{now}");
            assert_eq!(
                LOCKED.at(now),
                if locked { LOCKED } else { Lockout::default() },
                "{now}"
            );
        }
        assert_eq!(LOCKED.on_failure(&POLICY, UNTIL), failed(1));
        assert!(!failed(2).is_locked(&POLICY, NOW));
        assert_eq!(failed(2).at(NOW), failed(2));
    }

    #[test]
    fn success_forgets_failures_but_opens_no_lock() {
        assert_eq!(failed(2).on_success(&POLICY, NOW), Lockout::default());
        assert_eq!(LOCKED.on_success(&POLICY, NOW), LOCKED);
        assert_eq!(LOCKED.on_success(&POLICY, UNTIL), Lockout::default());
        assert_eq!(LOCKED.on_success(&OFF, NOW), Lockout::default());
    }

    #[test]
    fn nothing_is_locked_or_counted_while_lockout_is_off() {
        assert!(!LOCKED.is_locked(&OFF, NOW));
        assert_eq!(failed(2).on_failure(&OFF, NOW), failed(2));
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
    }

    #[test]
    fn the_attempts_left_are_counted_down_to_none() {
        for (lockout, now, left) in [
            (failed(0), NOW, 3),
            (failed(1), NOW, 2),
            (failed(2), NOW, 1),
            (failed(9), NOW, 0),
            (LOCKED, NOW, 0),
            (LOCKED, UNTIL, 3),
        ] {
            assert_eq!(lockout.attempts_remaining(&POLICY, now), Some(left), "{lockout:?}");
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
}
