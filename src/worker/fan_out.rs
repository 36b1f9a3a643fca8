//! Numbers committed events, of each instance in the order in which the changes took effect.
//!
//! An event without a position is its own work order: it was written with the change, so nothing else has to be, and what
//! a crash leaves behind is found by the next look. Invariant: one numbering at a time per instance, under the lock of the
//! instance's row, in transactions so small that others wait only for moments.

use entity::id::InstanceId;
use sea_orm::DbErr;
use service::app::App;

/// Events of one transaction.
const BATCH: u64 = 100;

/// Gives committed events their positions, a batch of each instance. Returns whether there may be more. What fails is
/// logged and left to the next look.
pub(super) async fn number(app: &App) -> bool {
    let instances = match store::event::instances_waiting(app.pool()).await {
        Ok(instances) => instances,
        Err(error) => {
            tracing::warn!(%error, "events without a position cannot be read");
            return false;
        }
    };
    let mut has_more = false;
    for instance in instances {
        match number_of(app, &instance).await {
            Ok(numbered) => has_more |= numbered == BATCH,
            Err(error) => tracing::warn!(%instance, %error, "events cannot be numbered"),
        }
    }
    has_more
}

/// Gives a batch of an instance's committed events their positions. Returns how many there were.
async fn number_of(app: &App, instance: &InstanceId) -> Result<u64, DbErr> {
    let tx = app.begin(instance).await?;
    // SQLite has locked out other writers already; elsewhere two runs would count from the same last position.
    if store::instance::lock(&tx).await?.is_none() {
        return Ok(0);
    }
    let numbered = store::event::number(tx.scope(), BATCH).await?;
    tx.commit().await?;
    Ok(numbered)
}

#[cfg(test)]
mod tests {
    use crate::worker::double::Double;
    use entity::event;
    use kernel::outbox::{Event, InstancePayload};
    use sea_orm::{EntityTrait as _, QueryOrder as _};
    use tokio_util::sync::CancellationToken;

    #[expect(clippy::disallowed_methods, reason = "there is one instance")]
    async fn positions(double: &Double) -> Vec<Option<i64>> {
        event::Entity::find()
            .order_by_asc(event::Column::Sequence)
            .all(double.app.pool())
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.position)
            .collect()
    }

    async fn emit(double: &Double, count: i64) {
        let mut tx = double.app.begin(&double.instance).await.unwrap();
        for settings_version in 0..count {
            let payload = InstancePayload {
                id: double.instance,
                settings_version,
            };
            tx.emit(&Event::InstanceUpdated(payload)).unwrap();
        }
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn events_get_dense_positions_across_batches_and_runs() {
        let double = Double::start().await;
        emit(&double, 205).await;
        assert_eq!(positions(&double).await, vec![None; 205]);
        double.worker.run_until_idle().await.unwrap();
        emit(&double, 3).await;
        double.worker.run_until_idle().await.unwrap();
        assert_eq!(positions(&double).await, (1..=208).map(Some).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn two_numberings_at_once_do_not_collide() {
        let double = Double::start().await;
        emit(&double, 150).await;
        let (first, second) = tokio::join!(
            super::number_of(&double.app, &double.instance),
            super::number_of(&double.app, &double.instance)
        );
        assert_eq!(first.unwrap() + second.unwrap(), 150);
        assert_eq!(positions(&double).await, (1..=150).map(Some).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_started_worker_numbers_what_an_earlier_process_left_and_what_comes() {
        let double = Double::start().await;
        emit(&double, 2).await;
        let shutdown = CancellationToken::new();
        let running = crate::worker::start(double.app.clone(), double.worker.mailer().clone(), shutdown.clone());
        for expected in [2, 5] {
            loop {
                if positions(&double).await == (1..=expected).map(Some).collect::<Vec<_>>() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            emit(&double, 3).await;
        }
        shutdown.cancel();
        running.await.unwrap();
    }
}
