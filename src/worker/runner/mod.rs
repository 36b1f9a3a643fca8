//! The loop: claims due jobs, runs a few at a time, and records how each run ended.
//!
//! Invariant: a run is cut off before its lease ends, and its end is recorded only while that lease still holds, so no
//! job is finished by somebody who lost it.

use super::{
    Failure, Worker, cleanup, fan_out,
    registry::{self, Handler},
};
use entity::job;
use futures_util::FutureExt as _;
use kernel::{
    error::Result,
    notice::{Notice, NoticeListener},
};
use sea_orm::DbErr;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// Jobs that run at the same time. They wait for others most of the time, so a few are enough and spare the pool.
const CONCURRENCY: usize = 4;
/// The least time between two numberings of events.
const NUMBERING_GAP: Duration = Duration::from_millis(250);

impl Worker {
    /// Carries out jobs and numbers events until `shutdown`, then lets the running ones end. Looks for either when told of
    /// it, and by the poll interval, since a retry or another node's notice may come without a word.
    pub async fn run(self, shutdown: CancellationToken) {
        let poll = Duration::from_millis(self.app.config().worker.poll_interval_ms);
        let mut notices = self.app.notices().subscribe();
        let mut running = JoinSet::new();
        let mut numbering = Pace::default();
        let (mut may_have_jobs, mut looked_at) = (true, Instant::now());
        while !shutdown.is_cancelled() {
            // Also while there is word of other things all the time.
            if looked_at.elapsed() >= poll {
                may_have_jobs = true;
                numbering.expect();
            }
            if numbering.is_due() {
                numbering.done(fan_out::number(&self.app).await);
            }
            if self.next_cleanup.is_due(self.app.now(), cleanup::INTERVAL) {
                let worker = self.clone();
                running.spawn(async move { worker.keep_up().await });
            }
            if may_have_jobs {
                looked_at = Instant::now();
                let room = CONCURRENCY.saturating_sub(running.len());
                let claimed = self.claim(room).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "due jobs cannot be read");
                    Vec::new()
                });
                // Where all room was taken there may be more, for which there will be room when one of these ends.
                may_have_jobs = claimed.len() == room;
                for job in claimed {
                    let worker = self.clone();
                    running.spawn(async move { worker.carry_out(job).await });
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                Some(ended) = running.join_next() => log_panic(ended),
                word = woken(&mut notices, numbering.wait(poll.saturating_sub(looked_at.elapsed()))) => {
                    may_have_jobs |= word.of_jobs;
                    if word.of_events {
                        numbering.expect();
                    }
                }
            }
        }
        while let Some(ended) = running.join_next().await {
            log_panic(ended);
        }
    }

    /// Carries out all that is due at the present time of the clock, numbering events and tidying up included. Returns how
    /// many jobs were run; one that failed and is due again later counts.
    ///
    /// # Errors
    /// When due jobs cannot be read.
    pub async fn run_until_idle(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let claimed = self.claim(CONCURRENCY).await?;
            if claimed.is_empty() {
                break;
            }
            count += claimed.len();
            futures_util::future::join_all(claimed.into_iter().map(|job| self.carry_out(job))).await;
        }
        while fan_out::number(&self.app).await {}
        self.keep_up().await;
        Ok(count)
    }

    async fn claim(&self, limit: usize) -> std::result::Result<Vec<job::Model>, DbErr> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        // A name of its own for each claim: a holder that lost its job must not pass for the next one.
        let lease = self.app.entropy().token();
        let lease_for = i64::from(self.app.config().worker.lease_seconds) * 1_000;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        store::job::claim(self.app.pool(), &lease, self.app.now(), lease_for, limit).await
    }

    async fn carry_out(&self, job: job::Model) {
        let handler = registry::find(&job.name);
        let ended = if job.attempts > handler.max_attempts {
            // Its last run neither ended nor was cut off: it took the process with it.
            Err(Failure::permanent("the last run did not end"))
        } else {
            self.attempt(handler, &job, longest_run(self.app.config().worker.lease_seconds))
                .await
        };
        if let Err(error) = self.record(handler, &job, ended).await {
            // The lease will run out, and the job will be due again.
            tracing::warn!(job = %job.id, name = job.name, %error, "the end of a job cannot be recorded");
        }
    }

    async fn attempt(&self, handler: Handler, job: &job::Model, longest: Duration) -> std::result::Result<(), Failure> {
        let run = AssertUnwindSafe((handler.run)(self, job.clone())).catch_unwind();
        match timeout(longest, run).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) => Err(Failure::temporary("the run panicked")),
            Err(_) => Err(Failure::temporary("the run took too long")),
        }
    }

    async fn record(
        &self,
        handler: Handler,
        job: &job::Model,
        ended: std::result::Result<(), Failure>,
    ) -> std::result::Result<(), DbErr> {
        let database = self.app.pool();
        let Err(failure) = ended else {
            if !store::job::finish(database, job).await? {
                tracing::warn!(job = %job.id, name = job.name, "a job was done after its lease was lost");
            }
            return Ok(());
        };
        let Failure {
            is_permanent,
            reason,
            cause,
        } = failure;
        let cause = cause.map(|cause| format!("{cause:#}"));
        if is_permanent || job.attempts >= handler.max_attempts {
            tracing::error!(job = %job.id, name = job.name, %reason, cause, "a job was given up");
            return store::job::bury(database, job, &reason).await;
        }
        tracing::warn!(job = %job.id, name = job.name, %reason, cause, attempts = job.attempts, "a job failed");
        let run_at = self.app.now() + (handler.retry_after)(job.attempts);
        store::job::retry(database, job, run_at, &reason).await
    }

    /// Does what is due regularly and is nobody's job.
    async fn keep_up(&self) {
        let now = self.app.now();
        if self.next_cleanup.take(now, cleanup::INTERVAL) {
            cleanup::run(&self.app).await;
        }
    }
}

/// When events are numbered next: at once after word of them, but with a gap after the last time, so that those of a busy
/// moment are numbered together. It goes by real time, since it spares the machine and decides nothing.
#[derive(Debug)]
struct Pace {
    last: Option<Instant>,
    is_expected: bool,
}

impl Default for Pace {
    /// At first there may be events that an earlier process left.
    fn default() -> Self {
        Self {
            last: None,
            is_expected: true,
        }
    }
}

impl Pace {
    /// There may be events.
    fn expect(&mut self) {
        self.is_expected = true;
    }

    fn left(&self) -> Duration {
        self.last
            .map_or(Duration::ZERO, |last| NUMBERING_GAP.saturating_sub(last.elapsed()))
    }

    fn is_due(&self) -> bool {
        self.is_expected && self.left().is_zero()
    }

    /// Events were numbered; those that are left over are due at once.
    fn done(&mut self, has_more: bool) {
        self.is_expected = has_more;
        self.last = (!has_more).then(Instant::now);
    }

    /// How long to wait for word, at most `longest`.
    fn wait(&self, longest: Duration) -> Duration {
        if self.is_expected {
            longest.min(self.left())
        } else {
            longest
        }
    }
}

/// How long a run may take: less than its lease, so that its end can still be recorded.
fn longest_run(lease_seconds: u32) -> Duration {
    Duration::from_secs(lease_seconds.into()) * 3 / 4
}

/// What there may be to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Word {
    of_jobs: bool,
    of_events: bool,
}

impl Word {
    /// What a notice says on top of what is known.
    fn and(self, notice: &Notice) -> Self {
        let is_lost = *notice == Notice::Lost;
        Self {
            of_jobs: self.of_jobs || is_lost || *notice == Notice::Work,
            of_events: self.of_events || is_lost || *notice == Notice::Event,
        }
    }
}

/// Waits for a notice of work, at most for `wait`. Notices that came together wake once.
async fn woken(notices: &mut NoticeListener, wait: Duration) -> Word {
    let heard = timeout(wait, async {
        while let Some(notice) = notices.next().await {
            let word = Word::default().and(&notice);
            if word != Word::default() {
                return word;
            }
        }
        // The bus lives as long as the application; without it only the poll interval is left.
        std::future::pending().await
    });
    let mut word = heard.await.unwrap_or_default();
    while let Some(Some(notice)) = notices.next().now_or_never() {
        word = word.and(&notice);
    }
    word
}

fn log_panic(ended: std::result::Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a task of the worker ended unexpectedly");
    }
}

#[cfg(test)]
mod tests;
