//! A verification belongs to what asks for it, a sign-in remembers both of its proofs, and there is a stand-in for people
//! who have no account.
//!
//! The stand-in is a row like any other, in an instance that no host, key or list names. It is read where somebody's rows
//! would be, so that nobody costs what somebody costs.

use crate::column::Column;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, ForeignKey, MigrationTrait, SchemaManager, Table, async_trait,
};
use sea_orm_migration::sea_orm::ConnectionTrait as _;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 13] = [
    // What nothing points to was replaced by another code, and is of no use to anybody.
    "INSERT INTO verification_by_owner (id, instance_id, owner_id, purpose, strategy, status, attempts, serial, target_id, \
     expire_at, created_at, updated_at) \
     SELECT v.id, v.instance_id, s.id, v.purpose, v.strategy, v.status, v.attempts, v.serial, \
     COALESCE(v.identification_id, ''), v.expire_at, v.created_at, v.updated_at \
     FROM verification v JOIN sign_in s ON s.first_factor_verification_id = v.id",
    "INSERT INTO verification_by_owner (id, instance_id, owner_id, purpose, strategy, status, attempts, serial, target_id, \
     expire_at, created_at, updated_at) \
     SELECT v.id, v.instance_id, i.id, v.purpose, v.strategy, v.status, v.attempts, v.serial, i.id, v.expire_at, \
     v.created_at, v.updated_at \
     FROM verification v JOIN identification i ON i.verification_id = v.id",
    "DROP TABLE verification",
    "ALTER TABLE verification_by_owner RENAME TO verification",
    "CREATE UNIQUE INDEX verification_owner ON verification (instance_id, owner_id, purpose, strategy, target_id)",
    "ALTER TABLE identification DROP COLUMN verification_id",
    // A sign-in that is complete was proven by its code if that is verified, and by a password otherwise.
    "UPDATE sign_in SET first_at = updated_at, first_verification_id = (SELECT v.id FROM verification v WHERE v.owner_id = \
     sign_in.id AND v.status = 'verified') WHERE status = 'complete'",
    "UPDATE sign_in SET first_strategy = COALESCE((SELECT v.strategy FROM verification v WHERE v.id = \
     sign_in.first_verification_id), 'password') WHERE status = 'complete'",
    "ALTER TABLE sign_in DROP COLUMN first_factor_verification_id",
    "INSERT INTO application (id, name, created_at, updated_at) VALUES ('app_000000000000000000000000000', '', 0, 0)",
    "INSERT INTO instance (id, application_id, slug, environment, origin, host, publishable_key, home_origin, settings, \
     settings_version, created_at, updated_at) VALUES ('ins_000000000000000000000000000', \
     'app_000000000000000000000000000', '', 'production', '', '', '', NULL, '{}', 0, 0, 0)",
    "INSERT INTO \"user\" (id, instance_id, primary_email_address_id, public_metadata, private_metadata, unsafe_metadata, \
     banned, failed_attempts, created_at, updated_at) VALUES ('user_000000000000000000000000000', \
     'ins_000000000000000000000000000', 'idn_000000000000000000000000000', '{}', '{}', '{}', false, 0, 0, 0)",
    "INSERT INTO identification (id, instance_id, kind, value, display, user_id, claimed, verified, created_at, updated_at) \
     VALUES ('idn_000000000000000000000000000', 'ins_000000000000000000000000000', 'email_address', '', '', \
     'user_000000000000000000000000000', false, false, 0, 0)",
];

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
                    .table("verification_by_owner")
                    .col(column.id())
                    .col(column.text("instance_id"))
                    .col(column.text("owner_id"))
                    .col(column.text("purpose"))
                    .col(column.text("strategy"))
                    .col(column.text("status"))
                    .col(column.count("attempts"))
                    .col(column.count("serial"))
                    .col(column.text("target_id"))
                    .col(column.timestamp("expire_at"))
                    .col(column.timestamp("created_at"))
                    .col(column.timestamp("updated_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("verification_by_owner", "instance_id")
                            .to("instance", "id"),
                    )
                    .take(),
            )
            .await?;
        for added in [
            column.text_null("first_strategy"),
            column.text_null("first_verification_id"),
            column.timestamp_null("first_at"),
            column.text_null("second_strategy"),
            column.text_null("second_verification_id"),
            column.timestamp_null("second_at"),
        ] {
            let altered = Table::alter().table("sign_in").add_column(added).take();
            manager.alter_table(altered).await?;
        }
        let second = column.timestamp_null("second_factor_verified_at");
        manager
            .alter_table(Table::alter().table("session").add_column(second).take())
            .await?;
        let connection = manager.get_connection();
        for statement in STATEMENTS {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
