//! Which older releases still work with a schema, for those that find changes which they do not know.

use crate::column::Column;
use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table, async_trait};

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
                    .table("schema_change")
                    .col(column.text("version").primary_key())
                    .col(column.text("works_with"))
                    .col(column.text("written_by"))
                    .take(),
            )
            .await
    }
}
