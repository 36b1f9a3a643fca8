//! Budgets by network and by instance, counted in memory by the generic cell rate algorithm (the `governor` crate).
//!
//! These slow a flood down on each node. Budgets that must be exact (attempts at a code, the lockout counter, codes sent
//! to an address) are counted in the transaction that spends them instead.

use crate::{
    guess_delay::{GuessDelays, STEP},
    network::networks_around,
};
use entity::id::InstanceId;
use governor::{
    Quota, RateLimiter as Limiter,
    clock::{Clock, Reference as _},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Result},
    runtime::clock::Clock as SystemTime,
};
use moka::sync::Cache;
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// What a budget limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Beginning sign-ins.
    SignInCreate,
    /// Beginning sign-ups.
    SignUpCreate,
    /// Attempting a proof.
    Attempt,
    /// Asking for a code.
    CodeSend,
    /// Making clients and development browsers.
    ClientCreate,
    /// Touching and ending sessions, and giving clients up.
    SessionChange,
    /// Telling where the application of a development instance runs.
    EnvironmentUpdate,
}

/// Whose budget it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Network(IpAddr),
    Instance,
}

type Key = (InstanceId, Budget, Subject);
type KeyedLimiter = Limiter<Key, DashMapStateStore<Key>, InjectedClock, NoOpMiddleware<Nanos>>;

/// Counts what was spent. One limiter per quota, since quotas are settings and may change.
#[derive(Debug)]
pub struct RateLimiter {
    clock: InjectedClock,
    limiters: Cache<(u32, Duration), Arc<KeyedLimiter>>,
    guess_delays: GuessDelays,
    /// The latest time at which something was spent, in Unix milliseconds.
    latest: AtomicI64,
}

/// The server's clock as `governor` wants it.
#[derive(Clone, Debug)]
struct InjectedClock(Arc<dyn SystemTime>);

impl Clock for InjectedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now()).unwrap_or(0).saturating_mul(1_000_000))
    }
}

const SHORT: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_hours(1);

impl RateLimiter {
    /// A limiter that has seen nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn SystemTime>) -> Self {
        Self {
            clock: InjectedClock(clock),
            limiters: Cache::new(4_096),
            guess_delays: GuessDelays::default(),
            latest: AtomicI64::new(i64::MIN),
        }
    }

    /// How long networks have to wait between guesses.
    pub(crate) fn guess_delays(&self) -> &GuessDelays {
        &self.guess_delays
    }

    /// Spends one of the caller's network's budget, of those of the networks around it, and of the instance's, in this
    /// order: who is refused has spent nothing that others need.
    ///
    /// # Errors
    /// `too_many_requests` with the seconds to wait.
    pub fn spend(&self, caller: &Caller, budget: Budget) -> Result<()> {
        let limits = &caller.settings().limit;
        let (per_network, per_instance, period) = match budget {
            Budget::SignInCreate => (
                limits.sign_in_create_per_network,
                Some(limits.sign_in_create_per_instance),
                SHORT,
            ),
            Budget::SignUpCreate => (
                limits.sign_up_create_per_network,
                Some(limits.sign_up_create_per_instance),
                SHORT,
            ),
            Budget::Attempt => (limits.attempt_per_network, Some(limits.attempt_per_instance), SHORT),
            Budget::CodeSend => (limits.code_send_per_network, Some(limits.code_send_per_instance), HOUR),
            Budget::ClientCreate => (limits.client_create_per_network, None, SHORT),
            Budget::SessionChange => (limits.session_change_per_network, None, SHORT),
            Budget::EnvironmentUpdate => (limits.environment_update_per_network, None, SHORT),
        };
        let instance = &caller.instance.id;
        for (network, _, share) in networks_around(caller.request.address) {
            let subject = Subject::Network(network);
            self.check(&(*instance, budget, subject), per_network.saturating_mul(share), period)?;
        }
        match per_instance {
            Some(limit) => self.check(&(*instance, budget, Subject::Instance), limit, period),
            None => Ok(()),
        }
    }

    /// Forgets whoever has spent nothing lately.
    pub fn shrink(&self) {
        self.notice_correction();
        for (_, limiter) in &self.limiters {
            limiter.retain_recent();
        }
    }

    /// Forgets everything when the clock was put back: what was spent in the future would be missing until then.
    fn notice_correction(&self) {
        let now = self.clock.0.now();
        let latest = self.latest.fetch_max(now, Ordering::Relaxed);
        if latest > now.saturating_add(STEP) {
            self.latest.store(now, Ordering::Relaxed);
            self.limiters.invalidate_all();
        }
    }

    fn check(&self, key: &Key, limit: u32, period: Duration) -> Result<()> {
        self.notice_correction();
        let burst = NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN);
        let limiter = self.limiters.get_with((limit, period), || {
            let quota = Quota::with_period(period / burst.get()).unwrap_or_else(|| Quota::per_second(burst));
            Arc::new(Limiter::new(
                quota.allow_burst(burst),
                DashMapStateStore::default(),
                self.clock.clone(),
            ))
        });
        limiter.check_key(key).map_err(|refusal| {
            let wait = Duration::from(refusal.earliest_possible().duration_since(self.clock.now()));
            Error::from(Code::TooManyRequests).retry_after(wait.min(period).as_secs() + 1)
        })
    }
}
