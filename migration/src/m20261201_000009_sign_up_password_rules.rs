//! A sign-up remembers the rules by which its password was judged, since they may be stricter when it is completed.

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
        let table = Table::alter()
            .table("sign_up")
            .add_column(column.json_null("password_rules"))
            .to_owned();
        manager.alter_table(table).await
    }
}
