//! What the failures of all statements tell of the connections, for all who hold some: which ones are to be thrown away, and
//! whether a write may still be trusted to succeed.
//!
//! Invariant: it only ever grows stricter by a failure. What makes it trust again is a connection opened later, or a write.

use super::{trouble::Trouble, verdict::Readiness};
use sea_orm::DbErr;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How often a flood of failures has every connection replaced: opening one costs a server more than refusing a write.
const GAP: Duration = Duration::from_millis(250);

/// Shared by a pool and its transactions. Cheap to clone. It goes by real time, as connections do.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Connections that were opened before are not used again.
    not_before: Mutex<Option<Instant>>,
    troubles: AtomicU64,
    commits: AtomicU64,
    readiness: Mutex<Readiness>,
}

impl Health {
    /// Takes note of how a statement or a connection attempt ended, and hands it on.
    pub(super) fn noted<T>(&self, ended: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &ended {
            self.note(error);
        }
        ended
    }

    fn note(&self, error: &DbErr) {
        let Some(trouble) = Trouble::of(error) else { return };
        self.0.troubles.fetch_add(1, Ordering::SeqCst);
        if trouble == Trouble::Connections && self.condemn(GAP) {
            tracing::warn!(%error, "the connections to the database are replaced");
        }
    }

    /// Takes note of how a commit ended, and hands it on. One that failed leaves a connection whose transaction did not end
    /// as it was told to, whatever the reason.
    pub(super) fn noted_commit(&self, ended: Result<(), DbErr>) -> Result<(), DbErr> {
        match &ended {
            Ok(()) => {
                self.0.commits.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => {
                self.0.troubles.fetch_add(1, Ordering::SeqCst);
                self.condemn(Duration::ZERO);
                tracing::warn!(%error, "a commit failed; the connections to the database are replaced");
            }
        }
        ended
    }

    /// Takes note that the server ended a connection that is not of the pool.
    pub(super) fn note_cut(&self) {
        self.0.troubles.fetch_add(1, Ordering::SeqCst);
        self.condemn(GAP);
    }

    /// Takes note that a write succeeded which began then, after others had failed. What was opened before may have been
    /// opened to what could not be written, such as a standby or a session that is read-only, and would stay so.
    pub(super) fn note_recovery(&self, began: Instant) {
        let mut not_before = self.0.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(began, |before| before.max(began)));
    }

    /// Condemns every connection that is open now, unless that was done less than `gap` ago. Returns whether it did.
    fn condemn(&self, gap: Duration) -> bool {
        let now = Instant::now();
        let mut not_before = self.0.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        if not_before.is_some_and(|before| now.saturating_duration_since(before) < gap) {
            return false;
        }
        *not_before = Some(now);
        true
    }

    /// Whether a connection that was opened then is not to be used again.
    pub(super) fn is_condemned(&self, opened: Instant) -> bool {
        let not_before = *self.0.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before.is_some_and(|before| opened <= before)
    }

    /// How many failures have told of more than their statement.
    pub(super) fn troubles(&self) -> u64 {
        self.0.troubles.load(Ordering::SeqCst)
    }

    /// How many transactions were committed.
    pub(super) fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::SeqCst)
    }

    /// What is known of whether writes are possible.
    pub(super) fn readiness(&self) -> &Mutex<Readiness> {
        &self.0.readiness
    }
}

#[cfg(test)]
mod tests {
    use super::Health;
    use sea_orm::{DbErr, RuntimeErr, sqlx};
    use std::time::Instant;

    fn cut() -> DbErr {
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(reset).into()))
    }

    #[test]
    fn trouble_condemns_what_was_opened_before_and_nothing_opened_later() {
        let (health, opened) = (Health::default(), Instant::now());
        assert!(health.noted::<()>(Err(DbErr::Custom("wrong".to_owned()))).is_err());
        assert!(!health.is_condemned(opened));
        assert!(health.noted::<()>(Err(cut())).is_err());
        assert!(health.is_condemned(opened));
        assert!(!health.is_condemned(later_than(Instant::now())));
        assert_eq!(health.troubles(), 1);
    }

    #[test]
    fn a_flood_of_failures_condemns_once_but_each_failed_commit_does() {
        let health = Health::default();
        assert!(health.noted::<()>(Err(cut())).is_err());
        let opened = later_than(Instant::now());
        assert!(health.noted::<()>(Err(cut())).is_err());
        assert!(!health.is_condemned(opened), "within the gap");
        let lost = DbErr::Custom("the transaction is lost".to_owned());
        assert!(health.noted_commit(Err(lost)).is_err());
        assert!(health.is_condemned(opened));
        assert_eq!((health.troubles(), health.commits()), (3, 0));
    }

    fn later_than(before: Instant) -> Instant {
        loop {
            let now = Instant::now();
            if now > before {
                return now;
            }
        }
    }
}
