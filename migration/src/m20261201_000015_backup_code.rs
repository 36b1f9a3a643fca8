//! Codes that stand in for a second proof, and since when a user has some.

use crate::column::Column;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, ForeignKey, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

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
                    .table("backup_code")
                    .col(column.text("instance_id"))
                    .col(column.text("user_id"))
                    .col(column.text("digest"))
                    .col(column.timestamp("created_at"))
                    .primary_key(Index::create().col("instance_id").col("user_id").col("digest"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("backup_code", "instance_id")
                            .to("instance", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("backup_code", "user_id").to("user", "id"))
                    .take(),
            )
            .await?;
        let since = column.timestamp_null("backup_code_enabled_at");
        manager
            .alter_table(Table::alter().table("user").add_column(since).take())
            .await
    }
}
