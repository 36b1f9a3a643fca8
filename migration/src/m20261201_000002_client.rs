//! Clients, and the development browsers that stand for their cookie.

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
                    .table("client")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("status"))
                    .col(column.text("rotating_digest"))
                    .col(column.text_null("sign_in_id"))
                    .col(column.text_null("sign_up_id"))
                    .col(column.text_null("last_active_session_id"))
                    .col(column.text_null("last_authentication_strategy"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(ForeignKey::create().from("client", "instance_id").to("instance", "id"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("dev_browser")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("rotating_digest"))
                    .col(column.text_null("client_id"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("dev_browser", "instance_id")
                            .to("instance", "id"),
                    )
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("CREATE INDEX client_instance ON client (instance_id, id)")
            .await?;
        connection
            .execute_unprepared("CREATE INDEX dev_browser_instance ON dev_browser (instance_id, id)")
            .await?;
        Ok(())
    }
}
