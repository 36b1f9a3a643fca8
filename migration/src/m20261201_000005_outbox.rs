//! The outbox (events, jobs, the messages that a development instance keeps) and budgets.

use crate::column::Column;
use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table, async_trait};
use sea_orm_migration::sea_orm::ConnectionTrait as _;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Column::of(manager);
        manager
            .create_table(
                Table::create()
                    .table("event")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("event_type"))
                    .col(column.json("payload"))
                    .col(column.timestamp_null("position"))
                    .col(column.timestamp("created_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("job")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("name"))
                    .col(column.json("payload"))
                    .col(column.text_null("dedupe_key"))
                    .col(column.text("status"))
                    .col(column.count("attempts"))
                    .col(column.timestamp("run_at"))
                    .col(column.text_null("lease"))
                    .col(column.text_null("last_error"))
                    .col(column.timestamp("created_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("dev_message")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("channel"))
                    .col(column.text("recipient"))
                    .col(column.text("sealed_body"))
                    .col(column.timestamp("created_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("budget")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("subject"))
                    .col(column.timestamp("window_started_at"))
                    .col(column.count("spent"))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("CREATE UNIQUE INDEX budget_subject ON budget (instance_id, subject)")
            .await?;
        connection
            .execute_unprepared("CREATE INDEX event_unnumbered ON event (instance_id, id) WHERE position IS NULL")
            .await?;
        connection
            .execute_unprepared(
                "CREATE UNIQUE INDEX event_position ON event (instance_id, position) WHERE position IS NOT NULL",
            )
            .await?;
        connection
            .execute_unprepared("CREATE INDEX job_due ON job (status, run_at, id)")
            .await?;
        connection.execute_unprepared("CREATE UNIQUE INDEX job_dedupe ON job (instance_id, name, dedupe_key) WHERE dedupe_key IS NOT NULL AND lease IS NULL").await?;
        connection
            .execute_unprepared("CREATE INDEX dev_message_instance ON dev_message (instance_id, id)")
            .await?;
        Ok(())
    }
}
