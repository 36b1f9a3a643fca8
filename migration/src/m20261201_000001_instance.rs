//! Applications, instances and their keys.

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
                    .table("application")
                    .col(column.id())
                    .col(column.text("name"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("instance")
                    .col(column.id())
                    .col(column.text("application_id"))
                    .col(column.text("slug"))
                    .col(column.text("environment"))
                    .col(column.text("origin"))
                    .col(column.text("host"))
                    .col(column.text("publishable_key"))
                    .col(column.text_null("home_origin"))
                    .col(column.json("settings"))
                    .col(column.timestamp("settings_version"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("instance", "application_id")
                            .to("application", "id"),
                    )
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("secret_key")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("digest"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp_null("revoked_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("secret_key", "instance_id")
                            .to("instance", "id"),
                    )
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("signing_key")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("kid"))
                    .col(column.text("sealed_private_key"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp_null("retired_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("signing_key", "instance_id")
                            .to("instance", "id"),
                    )
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("data_key")
                    .col(column.id())
                    .col(column.text("class"))
                    .col(column.text("sealed_key"))
                    .col(column.timestamp("created_at"))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared("CREATE UNIQUE INDEX instance_slug ON instance (slug)")
            .await?;
        connection
            .execute_unprepared("CREATE UNIQUE INDEX instance_host ON instance (host)")
            .await?;
        connection
            .execute_unprepared("CREATE UNIQUE INDEX secret_key_digest ON secret_key (digest)")
            .await?;
        connection
            .execute_unprepared("CREATE UNIQUE INDEX signing_key_kid ON signing_key (kid)")
            .await?;
        connection
            .execute_unprepared("CREATE INDEX signing_key_instance ON signing_key (instance_id)")
            .await?;
        Ok(())
    }
}
