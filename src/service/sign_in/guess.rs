//! Who may guess at an account, and what a wrong guess is counted as. Every proof at every step of a sign-in passes here.
//!
//! Invariant: where accounts are concealed, nobody takes the statements of somebody, and a refusal looks like a wrong proof.

use super::{Subject, subject::Found};
use crate::{app::App, attempt::Attempt, guess_delay::Guesser, known_client, network::network_of};
use domain::{
    lockout::{Counters, Refusal, Rule, seconds_until},
    proof::Level,
};
use entity::id::ClientId;
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::{Tx, sign_in::StoredSignIn};

/// Counters of nobody in an instance: the lower half by what was typed, the upper half by network too, so that two
/// transactions never wait for each other crosswise.
const HALF_OF_NOBODY: u16 = 0x8000;

/// Refuses a guess that comes too soon after the last wrong ones of the same network, before anything is hashed. A client
/// that signed in as the person before does not wait for strangers.
///
/// # Errors
/// `too_many_requests` with the seconds to wait.
pub(super) async fn check_delay(app: &App, caller: &Caller, found: &Found, level: Level) -> Result<()> {
    let policy = &caller.settings().attack_protection.user_lockout;
    let delays = app.rate_limiter().guess_delays();
    let guesser = Guesser::of(app.keyring(), caller, found.identifier());
    let Some(seconds) = delays.wait(&guesser, policy, app.now()) else {
        return Ok(());
    };
    let scope = app.reader(&caller.instance.id);
    if known_client::is_known(scope, caller.actor.client_id(), Some(found.account()), level).await? {
        return Ok(());
    }
    Err(too_many_guesses(seconds))
}

/// A refusal, as it is told where accounts are not concealed.
pub(super) fn refuse(refusal: Refusal, now: i64) -> Error {
    match refusal {
        Refusal::NetworkOut { until } => {
            let seconds = u64::try_from(seconds_until(until, now)).unwrap_or_default();
            too_many_guesses(seconds)
        }
        Refusal::Locked { until } => {
            let seconds = seconds_until(until, now);
            let problem = Problem::new(Code::UserLocked).with_meta("lockout_expires_in_seconds", seconds);
            Error::from(problem).retry_after(u64::try_from(seconds).unwrap_or_default())
        }
    }
}

/// The refusal of a network that guessed too often.
fn too_many_guesses(seconds: u64) -> Error {
    let problem = Problem::new(Code::TooManyRequests).saying(
        "Too many wrong attempts from this network. Try again later, or on a device that you signed in on before.",
    );
    Error::from(problem).retry_after(seconds)
}

/// A guess at an account whose row is locked, or at nobody.
pub(super) struct Guess<'a> {
    app: &'a App,
    caller: &'a Caller,
    subject: &'a Subject,
    guesser: Guesser,
    /// The client that guesses, if it could have signed in before.
    client: Option<ClientId>,
    level: Level,
    subjects: Subjects,
    /// Nothing where nothing is counted.
    counters: Option<Counters>,
    is_remembered: bool,
    is_known: Option<bool>,
}

/// What a guess is counted by.
struct Subjects {
    account: String,
    network: String,
    client: Option<String>,
    /// The network's, where the account is none or is locked.
    nobody: String,
}

impl<'a> Guess<'a> {
    /// Reads what is counted of earlier guesses at what the step is about.
    pub(super) async fn read(attempt: &Attempt<'a, StoredSignIn>, subject: &'a Subject, level: Level) -> Result<Self> {
        let (app, caller, tx) = (attempt.app, attempt.caller, &attempt.tx);
        let client = attempt.client.known_by();
        let mut guess = Self {
            app,
            caller,
            subject,
            guesser: Guesser::of(app.keyring(), caller, subject.identifier()),
            subjects: Subjects::of(app, caller, subject, client.as_ref()),
            client,
            level,
            counters: None,
            is_remembered: false,
            is_known: None,
        };
        let policy = &caller.settings().attack_protection.user_lockout;
        if !policy.enabled {
            return Ok(guess);
        }
        let subjects = &guess.subjects;
        let found = store::lockout::list(tx.scope(), &subjects.all()).await?;
        let of_account = Rule::of_account(policy);
        let of_network = Rule::of_network(policy);
        let counter = |subject: &String, rule| {
            let counter = found.get(subject).copied().unwrap_or_default();
            counter.as_told(rule, tx.now())
        };
        let own = |subject| counter(subject, &of_account);
        let counters = Counters {
            account: own(&subjects.account),
            network: counter(&subjects.network, &of_network),
            client: subjects.client.as_ref().map(own).unwrap_or_default(),
        };
        guess.is_remembered = !found.is_empty();
        guess.counters = Some(counters);
        let refuses_somebody = [false, true]
            .into_iter()
            .any(|is_known| counters.refusal(is_known, tx.now()).is_some());
        if subject.is_concealed() || refuses_somebody {
            guess.ask_whether_known(tx).await?;
        }
        Ok(guess)
    }

    /// Why the guess is not looked at, if it is not.
    pub(super) fn refusal(&self, now: i64) -> Option<Refusal> {
        self.counters?.refusal(self.is_known.unwrap_or(false), now)
    }

    /// Counts it as wrong: for a known client alone, otherwise for the network and, while that is in, for the account.
    pub(super) async fn count(&mut self, tx: &mut Tx) -> Result<()> {
        let Some(counters) = self.counters else {
            return Ok(());
        };
        let policy = &self.caller.settings().attack_protection.user_lockout;
        let is_known = self.ask_whether_known(tx).await?;
        if let (true, Some(own)) = (is_known, &self.subjects.client) {
            store::lockout::count(tx, own, None, &Rule::of_account(policy), true).await?;
            return Ok(());
        }
        self.delay_next(tx.now());
        let is_nobody = self.subject.user_id().is_none();
        let is_locked = counters.account.locked_until(tx.now()).is_some();
        let is_in = counters.network.locked_until(tx.now()).is_none();
        // While an account is locked in secret, further networks must not leave rows of their own.
        let (network, rule) = match is_nobody || is_locked {
            true => (&self.subjects.nobody, Rule::of_nobody()),
            false => (&self.subjects.network, Rule::of_network(policy)),
        };
        store::lockout::count(tx, network, None, &rule, true).await?;
        let rule = match is_nobody {
            true => Rule::of_nobody(),
            false => Rule::of_account(policy),
        };
        // A counter of nobody is announced as the stand-in's, so that it costs the same.
        let whose = Some(self.subject.id());
        store::lockout::count(tx, &self.subjects.account, whose, &rule, is_in).await?;
        Ok(())
    }

    /// Makes the network wait before its next guess, unless the client is known.
    pub(super) fn delay_next(&self, now: i64) {
        if self.counters.is_some() && self.is_known != Some(true) {
            self.app.rate_limiter().guess_delays().count(&self.guesser, now);
        }
    }

    /// Forgets what was counted before a right one, but for locks, which end by time.
    pub(super) async fn forget(&self, tx: &mut Tx) -> Result<()> {
        self.app.rate_limiter().guess_delays().forget(&self.guesser);
        if self.is_remembered {
            let policy = &self.caller.settings().attack_protection.user_lockout;
            let longest = Rule::of_account(policy).longest_lock();
            store::lockout::forget(tx, &self.subjects.all(), Some(self.subject.id()), longest).await?;
        }
        Ok(())
    }

    /// Whether nothing is counted against the account, though it would be.
    pub(super) fn is_first(&self) -> bool {
        self.counters.is_some() && !self.is_remembered
    }

    async fn ask_whether_known(&mut self, tx: &Tx) -> Result<bool> {
        if let Some(known) = self.is_known {
            return Ok(known);
        }
        let account = Some(self.subject.account());
        let is_known = known_client::is_known(tx.scope(), self.client.as_ref(), account, self.level).await?;
        self.is_known = Some(is_known);
        Ok(is_known)
    }
}

impl Subjects {
    fn of(app: &App, caller: &Caller, subject: &Subject, client: Option<&ClientId>) -> Self {
        let identifier = subject.identifier();
        let network = network_of(caller.request.address);
        let by_network = nobody(app, &format!("{identifier} {network}"), HALF_OF_NOBODY);
        let account = match subject.user_id() {
            Some(user) => user.to_string(),
            None => nobody(app, identifier, 0),
        };
        let digest = app.keyring().lookup_digest("lockout_network", &network.to_string());
        Self {
            // Half of the digest tells networks apart well enough.
            network: format!("{account}@{}", digest.get(..32).unwrap_or(&digest)),
            client: client.map(|client| format!("{account}/{client}")),
            account,
            nobody: by_network,
        }
    }

    fn all(&self) -> Vec<&str> {
        let mut all = vec![self.account.as_str(), self.network.as_str()];
        all.extend(self.client.as_deref());
        all
    }
}

/// One of the counters of nobody in a half.
fn nobody(app: &App, text: &str, half: u16) -> String {
    let digest = app.keyring().lookup_digest("lockout_nobody", text);
    let number = digest
        .get(..4)
        .and_then(|digits| u16::from_str_radix(digits, 16).ok())
        .unwrap_or_default();
    format!("nobody_{}", half | (number % HALF_OF_NOBODY))
}
