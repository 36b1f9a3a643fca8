//! Users, their identifications and the proofs asked for them.

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
                    .table("user")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text_null("external_id"))
                    .col(column.text_null("first_name"))
                    .col(column.text_null("last_name"))
                    .col(column.text_null("password_digest"))
                    .col(column.timestamp_null("password_updated_at"))
                    .col(column.text_null("primary_email_address_id"))
                    .col(column.json("public_metadata"))
                    .col(column.json("private_metadata"))
                    .col(column.json("unsafe_metadata"))
                    .col(column.flag("banned"))
                    .col(column.count("failed_attempts"))
                    .col(column.timestamp_null("locked_until"))
                    .col(column.timestamp_null("last_sign_in_at"))
                    .col(column.timestamp_null("last_active_at"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(ForeignKey::create().from("user", "instance_id").to("instance", "id"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("identification")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("kind"))
                    .col(column.text("value"))
                    .col(column.text("display"))
                    .col(column.text_null("user_id"))
                    .col(column.text_null("sign_up_id"))
                    .col(column.flag("claimed"))
                    .col(column.flag("verified"))
                    .col(column.text_null("verification_id"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("identification", "instance_id")
                            .to("instance", "id"),
                    )
                    .foreign_key(ForeignKey::create().from("identification", "user_id").to("user", "id"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("verification")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("purpose"))
                    .col(column.text("strategy"))
                    .col(column.text("status"))
                    .col(column.count("attempts"))
                    .col(column.count("serial"))
                    .col(column.text_null("identification_id"))
                    .col(column.timestamp("expire_at"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("verification", "instance_id")
                            .to("instance", "id"),
                    )
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("CREATE INDEX user_instance ON \"user\" (instance_id, id)")
            .await?;
        connection.execute_unprepared("CREATE UNIQUE INDEX user_external_id ON \"user\" (instance_id, external_id) WHERE external_id IS NOT NULL").await?;
        connection
            .execute_unprepared(
                "CREATE UNIQUE INDEX identification_claimed ON identification (instance_id, kind, value) WHERE claimed",
            )
            .await?;
        connection
            .execute_unprepared(
                "CREATE INDEX identification_user ON identification (instance_id, user_id) WHERE user_id IS NOT NULL",
            )
            .await?;
        connection.execute_unprepared("CREATE INDEX identification_sign_up ON identification (instance_id, sign_up_id) WHERE sign_up_id IS NOT NULL").await?;
        Ok(())
    }
}
