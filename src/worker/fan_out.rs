//! Numbers the committed events of an instance.
//!
//! Invariant: one numbering at a time per instance, under the lock of the instance's row, in transactions so small that
//! others wait only for moments.

use super::{Failure, Worker, registry::Handle};
use crate::{app::App, outbox::FanOut, store};
use entity::id::InstanceId;

/// Events of one transaction.
const BATCH: u64 = 100;

impl Handle for FanOut {
    async fn handle(self, worker: &Worker, instance: &InstanceId) -> Result<(), Failure> {
        number(worker.app(), instance).await
    }
}

/// Gives every committed event of the instance its position.
pub(super) async fn number(app: &App, instance: &InstanceId) -> Result<(), Failure> {
    loop {
        let tx = app.begin(instance).await?;
        // SQLite has locked out other writers already; elsewhere two runs would count from the same last position.
        if store::instance::lock(&tx).await?.is_none() {
            return Ok(());
        }
        let numbered = store::event::number(tx.scope(), BATCH).await?;
        tx.commit().await?;
        if numbered < BATCH {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        outbox::{Event, InstancePayload},
        worker::double::Double,
    };
    use entity::event;
    use sea_orm::{EntityTrait as _, QueryOrder as _};

    async fn positions(double: &Double) -> Vec<Option<i64>> {
        event::Entity::find()
            .order_by_asc(event::Column::Id)
            .all(&double.app.database)
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
                id: double.instance.clone(),
                settings_version,
            };
            tx.emit(&Event::InstanceUpdated(payload)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn events_get_dense_positions_across_batches_and_runs() {
        let double = Double::start().await;
        emit(&double, 205).await;
        assert_eq!(positions(&double).await, vec![None; 205]);
        assert_eq!(double.worker.run_until_idle().await.unwrap(), 1);
        emit(&double, 3).await;
        assert_eq!(double.worker.run_until_idle().await.unwrap(), 1);
        let mut positions = positions(&double).await;
        positions.sort_unstable();
        assert_eq!(positions, (1..=208).map(Some).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn two_numberings_at_once_do_not_collide() {
        let double = Double::start().await;
        emit(&double, 150).await;
        let (first, second) = tokio::join!(
            super::number(&double.app, &double.instance),
            super::number(&double.app, &double.instance)
        );
        assert!(first.is_ok() && second.is_ok());
        let mut positions = positions(&double).await;
        positions.sort_unstable();
        assert_eq!(positions, (1..=150).map(Some).collect::<Vec<_>>());
    }
}
