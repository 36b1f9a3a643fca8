//! The documents that an instance trusts, by the digests of their texts, and how many those are.

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
                    .table("trusted_document")
                    .col(column.text("instance_id"))
                    .col(column.text("digest"))
                    .col(column.text("body"))
                    .col(column.count("bytes"))
                    .col(column.timestamp("set_at"))
                    .primary_key(Index::create().col("instance_id").col("digest"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("trusted_document", "instance_id")
                            .to("instance", "id"),
                    )
                    .take(),
            )
            .await?;
        for added in [
            column.count("document_count").default(0).take(),
            column.timestamp_null("documents_set_at"),
        ] {
            manager
                .alter_table(Table::alter().table("instance").add_column(added).take())
                .await?;
        }
        Ok(())
    }
}
