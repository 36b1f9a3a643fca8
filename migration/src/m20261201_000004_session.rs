//! Sign-ups, sign-ins and sessions.

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
                    .table("sign_up")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("client_id"))
                    .col(column.text("status"))
                    .col(column.text_null("password_digest"))
                    .col(column.text_null("first_name"))
                    .col(column.text_null("last_name"))
                    .col(column.json("unsafe_metadata"))
                    .col(column.text_null("created_user_id"))
                    .col(column.text_null("created_session_id"))
                    .col(column.timestamp("abandon_at"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(ForeignKey::create().from("sign_up", "client_id").to("client", "id"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("sign_in")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("client_id"))
                    .col(column.text("status"))
                    .col(column.text_null("identifier"))
                    .col(column.text_null("identification_id"))
                    .col(column.text_null("user_id"))
                    .col(column.text_null("first_factor_verification_id"))
                    .col(column.text_null("created_session_id"))
                    .col(column.timestamp("abandon_at"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(ForeignKey::create().from("sign_in", "client_id").to("client", "id"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("session")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("client_id"))
                    .col(column.text("user_id"))
                    .col(column.text("status"))
                    .col(column.timestamp("expire_at"))
                    .col(column.timestamp("abandon_at"))
                    .col(column.timestamp("last_active_at"))
                    .col(column.timestamp("first_factor_verified_at"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(ForeignKey::create().from("session", "client_id").to("client", "id"))
                    .foreign_key(ForeignKey::create().from("session", "user_id").to("user", "id"))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("CREATE INDEX session_of_client ON session (instance_id, client_id, id)")
            .await?;
        connection
            .execute_unprepared("CREATE INDEX session_of_user ON session (instance_id, user_id, id)")
            .await?;
        Ok(())
    }
}
