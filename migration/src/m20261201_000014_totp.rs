//! Authenticator apps, and when a user has set up a second proof.

use crate::column::Column;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, ForeignKey, MigrationTrait, SchemaManager, Table, async_trait,
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
                    .table("totp")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("user_id"))
                    .col(column.text("secret"))
                    .col(column.flag("verified"))
                    .col(column.timestamp_null("last_step"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(ForeignKey::create().from("totp", "instance_id").to("instance", "id"))
                    .foreign_key(ForeignKey::create().from("totp", "user_id").to("user", "id"))
                    .take(),
            )
            .await?;
        for added in ["totp_enabled_at", "mfa_enabled_at", "mfa_disabled_at"] {
            let added = column.timestamp_null(added);
            manager
                .alter_table(Table::alter().table("user").add_column(added).take())
                .await?;
        }
        manager
            .get_connection()
            .execute_unprepared("CREATE UNIQUE INDEX totp_user ON totp (instance_id, user_id)")
            .await?;
        Ok(())
    }
}
