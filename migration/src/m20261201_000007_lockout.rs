//! Failed attempts are counted per account, per network and per client. What the users' own counters hold is taken over;
//! their columns stay for one release, in which nothing reads them.

use crate::column::Column;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, ForeignKey, Index, MigrationTrait, SchemaManager, Table, async_trait,
};
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
                    .table("lockout")
                    .col(column.text("instance_id"))
                    .col(column.text("subject"))
                    .col(column.count("failures"))
                    .col(column.timestamp("window_started_at"))
                    .col(column.timestamp_null("locked_until"))
                    .col(column.timestamp("expire_at"))
                    .primary_key(Index::create().col("instance_id").col("subject"))
                    .foreign_key(ForeignKey::create().from("lockout", "instance_id").to("instance", "id"))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("CREATE INDEX lockout_expire ON lockout (expire_at)")
            .await?;
        // Nobody wrote down when these failures happened; `updated_at` is the nearest, and thirty days are kept from it.
        connection
            .execute_unprepared(
                "INSERT INTO lockout (instance_id, subject, failures, window_started_at, locked_until, expire_at) \
                 SELECT instance_id, id, failed_attempts, updated_at, locked_until, \
                 CASE WHEN locked_until > updated_at + 2592000000 THEN locked_until ELSE updated_at + 2592000000 END \
                 FROM \"user\" WHERE failed_attempts > 0",
            )
            .await?;
        Ok(())
    }
}
