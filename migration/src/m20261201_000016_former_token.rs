//! The tokens that a client had before somebody began to sign in or up on it.

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
        let former = Column::of(manager).text_null("former_digests");
        manager
            .alter_table(Table::alter().table("client").add_column(former).take())
            .await
    }
}
