//! Who is refused for guessing at an account, and for how long.
//!
//! Strangers are counted twice: by network, and all together. A client that signed in as the person before has a counter of
//! its own, so that nobody else's guesses refuse it. Every proof on every path counts towards the same counters.
//! Invariant: a lock ends by time alone; neither a failure nor a right proof during it prolongs, passes or ends it. One that
//! ends later than a lock can end that began by now was set by a clock that was ahead, or by settings that were stricter, and
//! is over.

use crate::{clock::can_end, settings::attack_protection::UserLockoutSettings};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// How long failures of strangers together, and those of a known client, are remembered after the last one.
const KEPT: i64 = 30 * DAY;
/// How long it is remembered that somebody guessed at nobody.
const KEPT_FOR_NOBODY: i64 = DAY;
/// The longest that a network has to wait between two guesses before it is out.
const LONGEST_DELAY: i64 = MINUTE;

/// When a counter locks, and how long it is kept. Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// This many failures lock.
    pub maximum: i32,
    /// How long a lock lasts; nothing where it lasts as long as the window.
    pub lock: Option<i64>,
    /// How long the window is: from the last failure where a lock has a length of its own, else from the first one.
    pub window: i64,
}

impl Rule {
    /// Of the failures of strangers together, and of those of a known client.
    #[must_use]
    pub fn of_account(policy: &UserLockoutSettings) -> Self {
        let lock = duration(policy);
        Self {
            maximum: i32::try_from(policy.max_attempts).unwrap_or(i32::MAX),
            lock: Some(lock),
            window: lock.max(KEPT),
        }
    }

    /// Of the failures of one network: it is out until the window ends that its first failure began.
    #[must_use]
    pub fn of_network(policy: &UserLockoutSettings) -> Self {
        Self {
            maximum: i32::try_from(policy.max_attempts_per_network).unwrap_or(i32::MAX),
            lock: None,
            window: duration(policy),
        }
    }

    /// How long a lock can last, in milliseconds.
    #[must_use]
    pub fn longest_lock(&self) -> i64 {
        self.lock.unwrap_or(self.window)
    }

    /// Of those at nobody, who is never locked.
    #[must_use]
    pub const fn of_nobody() -> Self {
        Self {
            maximum: i32::MAX,
            lock: None,
            window: KEPT_FOR_NOBODY,
        }
    }
}

fn duration(policy: &UserLockoutSettings) -> i64 {
    i64::from(policy.duration_in_minutes) * MINUTE
}

/// What is remembered about failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Failures since the window began.
    pub failures: i32,
    /// Until when the counter refuses, in Unix milliseconds.
    pub locked_until: Option<i64>,
    /// When the window ends, in Unix milliseconds.
    pub expire_at: i64,
}

impl Counter {
    /// What is left of it at `now`: a window or a lock whose time has passed takes its failures with it.
    #[must_use]
    pub fn at(self, now: i64) -> Self {
        match self.locked_until {
            _ if self.expire_at <= now => Self::default(),
            Some(until) if until <= now => Self::default(),
            _ => self,
        }
    }

    /// The same, where also a lock is over that cannot have begun by now under that rule, and a window that a lock would last
    /// as long as. Another window delays nobody, and the failures in it go on counting.
    #[must_use]
    pub fn under(self, rule: &Rule, now: i64) -> Self {
        let can_be = (rule.lock.is_some() || can_end(self.expire_at, rule.window, now))
            && self
                .locked_until
                .is_none_or(|until| can_end(until, rule.longest_lock(), now));
        if can_be { self.at(now) } else { Self::default() }
    }

    /// What it means to somebody who asks at `now`: as [`Counter::under`], with a lock that is told to last no longer than one
    /// does.
    #[must_use]
    pub fn as_told(self, rule: &Rule, now: i64) -> Self {
        let counter = self.under(rule, now);
        let latest = now.saturating_add(rule.longest_lock());
        Self {
            locked_until: counter.locked_until.map(|until| until.min(latest)),
            ..counter
        }
    }

    /// Until when it refuses, if it does at `now`.
    #[must_use]
    pub fn locked_until(self, now: i64) -> Option<i64> {
        self.at(now).locked_until
    }

    /// Counts a failure, or, with `counts` false, only begins or keeps the window. While it refuses, nothing changes.
    ///
    /// The store does the same in one statement, so that no failure is lost between two processes.
    #[must_use]
    pub fn on_failure(self, rule: &Rule, counts: bool, now: i64) -> Self {
        let current = self.under(rule, now);
        if current.locked_until.is_some() {
            return current;
        }
        let is_new = current.expire_at == 0;
        let failures = current.failures.saturating_add(i32::from(counts));
        let expire_at = if is_new || rule.lock.is_some() {
            now.saturating_add(rule.window)
        } else {
            current.expire_at
        };
        let until = rule.lock.map_or(expire_at, |lock| now.saturating_add(lock));
        Self {
            failures,
            locked_until: (failures >= rule.maximum).then_some(until),
            expire_at,
        }
    }

    /// How long the account stays locked, in whole seconds, rounded up; `None` when it is open. Switching lockout off opens
    /// all locks.
    #[must_use]
    pub fn expires_in_seconds(self, policy: &UserLockoutSettings, now: i64) -> Option<i64> {
        let until = self.told_locked_until(policy, now)?;
        Some(seconds_until(until, now))
    }

    /// Until when the account is locked; `None` when it is open. Switching lockout off opens all locks.
    #[must_use]
    pub fn told_locked_until(self, policy: &UserLockoutSettings, now: i64) -> Option<i64> {
        let counter = self.as_told(&Rule::of_account(policy), now);
        counter.locked_until.filter(|_| policy.enabled)
    }

    /// How many attempts of strangers are left before the account is locked; `None` when lockout is off.
    #[must_use]
    pub fn attempts_remaining(self, policy: &UserLockoutSettings, now: i64) -> Option<u32> {
        let current = self.under(&Rule::of_account(policy), now);
        let failures = u32::try_from(current.failures).unwrap_or(0);
        let left = match current.locked_until {
            Some(_) => 0,
            None => policy.max_attempts.saturating_sub(failures),
        };
        policy.enabled.then_some(left)
    }
}

/// Whole seconds from `now` to `until`, rounded up.
#[must_use]
pub const fn seconds_until(until: i64, now: i64) -> i64 {
    until.saturating_sub(now).saturating_add(SECOND - 1) / SECOND
}

/// The counters that an attempt at an account has to pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Of strangers together.
    pub account: Counter,
    /// Of the network that the attempt comes from.
    pub network: Counter,
    /// Of the client that makes it.
    pub client: Counter,
}

/// Why an attempt is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account is locked for strangers, or the known client is.
    Locked {
        /// In Unix milliseconds.
        until: i64,
    },
    /// The network has guessed too often at this account.
    NetworkOut {
        /// In Unix milliseconds.
        until: i64,
    },
}

impl Counters {
    /// Whether an attempt is refused at `now`. A client that signed in as the person before (`is_known`) is refused for its
    /// own failures alone.
    #[must_use]
    pub fn refusal(&self, is_known: bool, now: i64) -> Option<Refusal> {
        let locked = |counter: Counter| counter.locked_until(now).map(|until| Refusal::Locked { until });
        if is_known {
            return locked(self.client);
        }
        let out = |until| Refusal::NetworkOut { until };
        locked(self.account).or_else(|| self.network.locked_until(now).map(out))
    }
}

/// Failures of one network in a row at what it typed, as far as they are remembered. Times in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streak {
    /// How many.
    pub failures: u32,
    /// When the first one was.
    pub first_at: i64,
    /// When the last one was.
    pub last_at: i64,
}

/// From when on a network may guess again at what it typed: at once for the first half of the failures that put it out, then
/// twice as late each time, and once they have put it out not before the window ends that the first one began.
#[must_use]
pub fn next_guess_at(policy: &UserLockoutSettings, streak: Streak) -> i64 {
    let maximum = policy.max_attempts_per_network.max(1);
    let Some(doublings) = streak.failures.checked_sub(maximum.div_ceil(2)) else {
        return streak.last_at;
    };
    let delay = SECOND.checked_shl(doublings.min(16)).unwrap_or(LONGEST_DELAY);
    let next = streak.last_at.saturating_add(delay.min(LONGEST_DELAY));
    match streak.failures >= maximum {
        true => next.max(streak.first_at.saturating_add(duration(policy))),
        false => next,
    }
}

#[cfg(test)]
mod tests;
