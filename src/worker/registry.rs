//! Which handler carries out which job.
//!
//! Invariant: every job of `outbox` has exactly one handler, found by its stored name.

use super::{Failure, Worker};
use entity::{id::InstanceId, job};
use futures_util::future::BoxFuture;
use kernel::outbox::{Job, SendVerificationEmail};

/// A job that can be carried out. It may be run again after it succeeded.
pub(super) trait Handle: Job {
    /// Carries the job out for its instance.
    ///
    /// # Errors
    /// [`Failure`], which decides whether it is run again.
    fn handle(self, worker: &Worker, instance: &InstanceId) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A job's limits and what carries it out.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    /// The stored name.
    pub name: &'static str,
    /// See [`Job::MAX_ATTEMPTS`].
    pub max_attempts: i32,
    /// See [`Job::retry_after`].
    pub retry_after: fn(i32) -> i64,
    /// Reads the payload and carries it out.
    pub run: fn(&Worker, job::Model) -> BoxFuture<'_, Result<(), Failure>>,
}

impl Handler {
    const fn of<J: Handle + 'static>() -> Self {
        Self {
            name: J::NAME,
            max_attempts: J::MAX_ATTEMPTS,
            retry_after: J::retry_after,
            run: run::<J>,
        }
    }
}

/// A job of a name that this version does not know: one of a newer version may take it, so it is tried for long.
pub(super) const UNKNOWN: Handler = Handler {
    name: "",
    max_attempts: 50,
    retry_after: SendVerificationEmail::retry_after,
    run: |_, _| Box::pin(async { Err(Failure::temporary("no handler has this name")) }),
};

static HANDLERS: [Handler; 1] = [Handler::of::<SendVerificationEmail>()];

/// The handler of that name, or [`UNKNOWN`].
#[must_use]
pub(super) fn find(name: &str) -> Handler {
    HANDLERS
        .iter()
        .find(|handler| handler.name == name)
        .copied()
        .unwrap_or(UNKNOWN)
}

fn run<J: Handle>(worker: &Worker, row: job::Model) -> BoxFuture<'_, Result<(), Failure>> {
    Box::pin(async move {
        let payload: J =
            serde_json::from_value(row.payload).map_err(|_| Failure::permanent("the payload cannot be read"))?;
        payload.handle(worker, &row.instance_id).await
    })
}

#[cfg(test)]
mod tests {
    use super::{HANDLERS, find};

    /// The names as the payloads' own source declares them, so that a job added there is missed here.
    fn declared() -> Vec<&'static str> {
        include_str!("../kernel/outbox/job.rs")
            .lines()
            .filter_map(|line| {
                line.trim()
                    .strip_prefix("const NAME: &'static str = \"")?
                    .strip_suffix("\";")
            })
            .collect()
    }

    #[test]
    fn every_job_has_one_handler() {
        let mut declared = declared();
        let mut handled: Vec<_> = HANDLERS.iter().map(|handler| handler.name).collect();
        declared.sort_unstable();
        handled.sort_unstable();
        assert_eq!(handled, declared);
        for name in declared {
            assert_eq!(find(name).name, name);
        }
    }

    #[test]
    fn an_unknown_name_is_left_to_others_for_a_while() {
        assert!(find("unheard_of").max_attempts > 1);
    }
}
