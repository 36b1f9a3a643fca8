//! How long a network has to wait before it guesses again at what it typed. Counted in memory, by each process for itself:
//! what must be exact is counted in the database.
//!
//! Invariant: somebody and nobody are counted alike, by what was typed.

use crate::network::network_of;
use domain::{
    identifier::counted_as,
    lockout::{Streak, next_guess_at, seconds_until},
    settings::attack_protection::UserLockoutSettings,
};
use entity::{UnixMilliseconds, id::InstanceId};
use kernel::{caller::Caller, crypto::keyring::Keyring};
use moka::{ops::compute::Op, sync::Cache};
use std::{net::IpAddr, time::Duration};

/// Entries at most; whoever fills them all gives others a shorter wait, and nobody a longer one.
const CAPACITY: u64 = 100_000;
/// Failures are forgotten so long after the last one, in milliseconds.
const IDLE: i64 = 3_600_000;
/// How far this process's own clock may be put back without a word, in milliseconds.
pub(crate) const STEP: i64 = 1_000;

/// Failures of networks at identifiers.
#[derive(Debug)]
pub struct GuessDelays {
    failures: Cache<Guesser, Streak>,
}

/// A network and what it typed, as a keyed hash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Guesser {
    instance: InstanceId,
    network: IpAddr,
    typed: String,
}

impl Guesser {
    /// Who guesses at the normalised identifier.
    pub(crate) fn of(keyring: &Keyring, caller: &Caller, identifier: &str) -> Self {
        Self {
            instance: caller.instance.id,
            network: network_of(caller.request.address),
            typed: keyring.lookup_digest("guess_delay", &counted_as(identifier)),
        }
    }
}

impl Default for GuessDelays {
    fn default() -> Self {
        let failures = Cache::builder()
            .max_capacity(CAPACITY)
            // By the system's clock, to give memory back; what an entry still means is said by the injected one.
            .time_to_idle(Duration::from_millis(IDLE.unsigned_abs()))
            .build();
        Self { failures }
    }
}

impl GuessDelays {
    /// The seconds until the next guess is taken; nothing when it may come now.
    pub(crate) fn wait(&self, guesser: &Guesser, policy: &UserLockoutSettings, now: UnixMilliseconds) -> Option<u64> {
        let streak = self.failures.get(guesser).filter(|_| policy.enabled)?;
        let until = next_guess_at(policy, remembered(streak, now)?);
        u64::try_from(seconds_until(until, now))
            .ok()
            .filter(|seconds| *seconds > 0)
    }

    /// Counts a failure.
    pub(crate) fn count(&self, guesser: &Guesser, now: UnixMilliseconds) {
        self.failures.entry_by_ref(guesser).and_compute_with(|entry| {
            let before = entry.and_then(|entry| remembered(entry.into_value(), now));
            Op::Put(Streak {
                failures: before.map_or(0, |before| before.failures).saturating_add(1),
                first_at: before.map_or(now, |before| before.first_at),
                last_at: now,
            })
        });
    }

    /// Forgets the failures.
    pub(crate) fn forget(&self, guesser: &Guesser) {
        self.failures.invalidate(guesser);
    }
}

/// What a streak is at `now`, if it is not forgotten. A clock that was put back must not make anybody wait until then.
fn remembered(streak: Streak, now: UnixMilliseconds) -> Option<Streak> {
    let is_recent = (-STEP..IDLE).contains(&now.saturating_sub(streak.last_at));
    is_recent.then_some(Streak {
        first_at: streak.first_at.min(now),
        last_at: streak.last_at.min(now),
        ..streak
    })
}

#[cfg(test)]
mod tests {
    use super::{GuessDelays, Guesser, IDLE};
    use domain::settings::attack_protection::UserLockoutSettings;
    use entity::id::TypedId as _;

    const NOW: i64 = 1_795_000_000_000;

    fn guesser(network: &str, typed: &str) -> Guesser {
        Guesser {
            instance: entity::id::InstanceId::generate(0, [0; entity::id::ID_ENTROPY_BYTES]),
            network: network.parse().unwrap(),
            typed: typed.to_owned(),
        }
    }

    #[test]
    fn the_wait_grows_for_one_network_at_one_identifier_until_it_is_forgotten() {
        let (delays, policy) = (GuessDelays::default(), UserLockoutSettings::default());
        let one = guesser("192.0.2.1", "ada");
        let mut waits = Vec::new();
        for _ in 0..8 {
            waits.push(delays.wait(&one, &policy, NOW));
            delays.count(&one, NOW);
        }
        assert_eq!(waits, [None, None, None, None, None, Some(1), Some(2), Some(4)]);
        assert_eq!(delays.wait(&one, &policy, NOW + 7_001), Some(1));
        assert_eq!(delays.wait(&one, &policy, NOW + 8_000), None, "the wait is over");
        for other in [guesser("192.0.2.2", "ada"), guesser("192.0.2.1", "grace")] {
            assert_eq!(delays.wait(&other, &policy, NOW), None);
        }
        delays.count(&one, NOW + IDLE);
        assert_eq!(
            delays.wait(&one, &policy, NOW + IDLE),
            None,
            "an hour later it begins anew"
        );
        for _ in 0..9 {
            delays.count(&one, NOW + IDLE + 2_000);
        }
        assert_eq!(
            delays.wait(&one, &policy, NOW + IDLE + 3_000),
            Some(3_597),
            "the tenth puts it out for an hour from the first one"
        );
        delays.forget(&one);
        assert_eq!(delays.wait(&one, &policy, NOW + IDLE), None);
    }

    #[test]
    fn a_clock_that_was_ahead_makes_nobody_wait_longer() {
        let (delays, policy) = (GuessDelays::default(), UserLockoutSettings::default());
        let one = guesser("192.0.2.1", "ada");
        for _ in 0..8 {
            delays.count(&one, NOW);
        }
        assert_eq!(delays.wait(&one, &policy, NOW - 1_000), Some(8), "no longer than it is");
        assert_eq!(delays.wait(&one, &policy, NOW - 1_001), None, "it was put back");
        delays.count(&one, NOW - 1_001);
        assert_eq!(delays.wait(&one, &policy, NOW - 1_001), None, "it begins anew");
    }
}
