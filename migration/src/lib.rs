//! History of the schema: append only. A migration is one change, runs in a transaction on both databases, is never
//! edited after a release and never imports `entity` (history must not change when the present does).

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::{MigrationTrait, async_trait};

pub mod column;
mod m20261201_000001_instance;
mod m20261201_000002_client;
mod m20261201_000003_user;
mod m20261201_000004_session;
mod m20261201_000005_outbox;
mod m20261201_000006_no_fan_out_jobs;
mod m20261201_000007_lockout;
mod m20261201_000008_write_probe;
mod m20261201_000009_sign_up_password_rules;
mod m20261201_000010_event_sequence;

/// The ordered list of migrations.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261201_000001_instance::Migration),
            Box::new(m20261201_000002_client::Migration),
            Box::new(m20261201_000003_user::Migration),
            Box::new(m20261201_000004_session::Migration),
            Box::new(m20261201_000005_outbox::Migration),
            Box::new(m20261201_000006_no_fan_out_jobs::Migration),
            Box::new(m20261201_000007_lockout::Migration),
            Box::new(m20261201_000008_write_probe::Migration),
            Box::new(m20261201_000009_sign_up_password_rules::Migration),
            Box::new(m20261201_000010_event_sequence::Migration),
        ]
    }
}
