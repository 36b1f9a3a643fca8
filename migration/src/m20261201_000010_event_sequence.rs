//! Events get a number at their insertion, by which they are put in order: neither identifiers nor clocks tell which of two
//! changes took effect first. Those that are there keep their order. The table is made anew, as SQLite cannot change a
//! primary key.

use crate::column::Column;
use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table, async_trait};
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            // Nobody may append to the old table while it is copied. SQLite has one writer, which is this one.
            connection
                .execute_unprepared("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
                .await?;
        }
        let column = Column::of(manager);
        manager
            .create_table(
                Table::create()
                    .table("event_in_sequence")
                    .col(column.sequence("sequence"))
                    .col(column.text("id").unique_key())
                    .col(column.text("instance_id"))
                    .col(column.text("event_type"))
                    .col(column.json("payload"))
                    .col(column.timestamp_null("position"))
                    .col(column.timestamp("created_at"))
                    .take(),
            )
            .await?;
        for statement in [
            "INSERT INTO event_in_sequence (id, instance_id, event_type, payload, position, created_at) \
             SELECT id, instance_id, event_type, payload, position, created_at FROM event \
             ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, id",
            "DROP TABLE event",
            "ALTER TABLE event_in_sequence RENAME TO event",
            "CREATE INDEX event_unnumbered ON event (instance_id, sequence) WHERE position IS NULL",
            "CREATE UNIQUE INDEX event_position ON event (instance_id, position) WHERE position IS NOT NULL",
        ] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
