#![expect(
    clippy::disallowed_methods,
    reason = "what the tests of the worker prepare and look at"
)]

use super::{Failure, Worker, longest_run, registry::Handler};
use crate::worker::{double::Double, registry::UNKNOWN};
use entity::{job, kind::JobStatus};
use kernel::outbox::SendVerificationEmail;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, IntoActiveModel as _};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

async fn enqueue(double: &Double) {
    let mut tx = double.app.begin(&double.instance).await.unwrap();
    let job = SendVerificationEmail {
        verification_id: tx.id(),
        serial: 1,
    };
    tx.enqueue(&job).await.unwrap();
    tx.commit().await.unwrap();
}

/// The one job there is, claimed by `worker`.
async fn claimed(double: &Double, worker: &Worker) -> job::Model {
    enqueue(double).await;
    worker.claim(1).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_failed_job_waits_longer_each_time_and_is_given_up_at_last() {
    let double = Double::start().await;
    double.make_production().await;
    let job = double.prepare("ada@example.com").await;
    let mut tx = double.app.begin(&double.instance).await.unwrap();
    tx.enqueue(&job).await.unwrap();
    tx.commit().await.unwrap();
    for (attempt, wait) in [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160)] {
        assert_eq!(double.worker.run_until_idle().await.unwrap(), 1, "{attempt}");
        let row = double.jobs().await.remove(0);
        assert_eq!((row.attempts, row.run_at), (attempt, double.app.now() + wait * 1_000));
        double
            .clock
            .advance(Duration::from_millis(wait.unsigned_abs() * 1_000 - 1));
        assert_eq!(double.worker.run_until_idle().await.unwrap(), 0, "{attempt}");
        double.clock.advance(Duration::from_millis(1));
    }
    let mut row = double.jobs().await.remove(0).into_active_model();
    row.attempts = Set(<SendVerificationEmail as kernel::outbox::Job>::MAX_ATTEMPTS - 1);
    row.update(double.app.pool()).await.unwrap();
    assert_eq!(double.worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(double.jobs().await.remove(0).status, JobStatus::Dead);
    double.clock.advance(Duration::from_secs(86_400));
    assert_eq!(double.worker.run_until_idle().await.unwrap(), 0);
}

#[tokio::test]
async fn a_panic_leaves_the_job_to_be_run_again() {
    let double = Double::start().await;
    let job = claimed(&double, &double.worker).await;
    let panics = Handler {
        run: |_, _| Box::pin(async { panic!("ada@example.com") }),
        ..UNKNOWN
    };
    let ended = double.worker.attempt(panics, &job, Duration::from_secs(60)).await;
    double.worker.record(panics, &job, ended).await.unwrap();
    let row = double.jobs().await.remove(0);
    assert_eq!(
        (row.status, row.last_error.as_deref()),
        (JobStatus::Pending, Some("the run panicked"))
    );
    assert_eq!(row.run_at, double.app.now() + 5_000);
}

#[tokio::test]
async fn a_run_is_cut_off_before_its_lease_ends() {
    let double = Double::start().await;
    let job = claimed(&double, &double.worker).await;
    let hangs = Handler {
        run: |_, _| Box::pin(std::future::pending()),
        ..UNKNOWN
    };
    let ended = double.worker.attempt(hangs, &job, Duration::ZERO).await.unwrap_err();
    assert_eq!((&*ended.reason, ended.is_permanent), ("the run took too long", false));
    assert!(longest_run(1) < Duration::from_secs(1) && !longest_run(1).is_zero());
}

#[tokio::test]
async fn a_job_whose_lease_was_lost_is_left_to_its_new_holder() {
    let double = Double::start().await;
    let slow = claimed(&double, &double.worker).await;
    assert!(double.worker.claim(4).await.unwrap().is_empty(), "it is claimed");
    double.clock.advance(Duration::from_secs(61));
    let other = double.another_worker();
    let taken = other.claim(4).await.unwrap().remove(0);
    assert_eq!((&taken.id, taken.attempts), (&slow.id, 2));
    // The slow holder can neither finish, retry nor bury it.
    for ended in [Ok(()), Err(Failure::temporary("late")), Err(Failure::permanent("late"))] {
        double.worker.record(UNKNOWN, &slow, ended).await.unwrap();
        assert_eq!(double.jobs().await, std::slice::from_ref(&taken));
    }
    assert!(store::job::finish(double.app.pool(), &taken).await.unwrap());
}

#[tokio::test]
async fn a_job_that_takes_the_process_with_it_is_given_up() {
    let double = Double::start().await;
    enqueue(&double).await;
    let mut row = double.jobs().await.remove(0).into_active_model();
    row.attempts = Set(8);
    row.update(double.app.pool()).await.unwrap();
    assert_eq!(double.worker.run_until_idle().await.unwrap(), 1);
    let row = double.jobs().await.remove(0);
    assert_eq!(
        (row.status, row.last_error.as_deref()),
        (JobStatus::Dead, Some("the last run did not end"))
    );
}

#[tokio::test]
async fn a_job_of_another_version_waits_for_it() {
    let double = Double::start().await;
    enqueue(&double).await;
    let mut row = double.jobs().await.remove(0).into_active_model();
    row.name = Set("unheard_of".to_owned());
    row.update(double.app.pool()).await.unwrap();
    assert_eq!(double.worker.run_until_idle().await.unwrap(), 1);
    assert_eq!(double.jobs().await.remove(0).status, JobStatus::Pending);
}

#[tokio::test]
async fn a_started_worker_is_woken_by_a_commit_and_stops_when_told() {
    let double = Double::start().await;
    let shutdown = CancellationToken::new();
    let running = crate::worker::start(double.app.clone(), double.worker.mailer().clone(), shutdown.clone());
    let mut notices = double.app.notices().subscribe();
    let job = double.prepare("ada@example.com").await;
    let mut tx = double.app.begin(&double.instance).await.unwrap();
    tx.enqueue(&job).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(notices.next().await, Some(kernel::notice::Notice::Work));
    while !double.jobs().await.is_empty() {
        tokio::task::yield_now().await;
    }
    shutdown.cancel();
    running.await.unwrap();
    assert_eq!(double.inbox().await.len(), 1);
}
