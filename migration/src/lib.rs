//! History of the schema: append only. A migration is one change, runs in a transaction on both databases, is never
//! edited after a release and never imports `entity` (history must not change when the present does).
//!
//! During an upgrade nodes of the release before go on beside a schema that is ahead of them. A migration that leaves them all
//! they need says so in [`COMPATIBLE`]; any other one stops them.

#![expect(clippy::too_many_lines, reason = "a migration lists the columns of its tables")]

use sea_orm_migration::prelude::{MigrationTrait, async_trait};
pub use sea_orm_migration::prelude::{MigratorTrait, SchemaManager};

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
mod m20261201_000011_schema_change;
mod m20261201_000012_one_domain;
mod m20261201_000013_proofs;
mod m20261201_000014_totp;
mod m20261201_000015_backup_code;
mod m20261201_000016_former_token;
mod m20261201_000017_trusted_document;

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
            Box::new(m20261201_000011_schema_change::Migration),
            Box::new(m20261201_000012_one_domain::Migration),
            Box::new(m20261201_000013_proofs::Migration),
            Box::new(m20261201_000014_totp::Migration),
            Box::new(m20261201_000015_backup_code::Migration),
            Box::new(m20261201_000016_former_token::Migration),
            Box::new(m20261201_000017_trusted_document::Migration),
        ]
    }
}

/// Migrations after which older releases still work, each with the newest migration that such a release must know.
///
/// A new table, a new column that may be null or has a default, a new index: whoever does not know it neither misses nor
/// breaks it. A column that is dropped, renamed, or must be written, and values that older code cannot read are not
/// compatible with releases that use or write what was before; with later ones, which stopped to, they may be.
pub const COMPATIBLE: &[(&str, &str)] = &[
    ("m20261201_000011_schema_change", "m20261201_000010_event_sequence"),
    ("m20261201_000012_one_domain", "m20261201_000010_event_sequence"),
];

/// The names of all migrations, in order.
#[must_use]
pub fn names() -> Vec<String> {
    Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect()
}

/// The newest migration that a release must know to work after the migration `version`: itself unless it is compatible.
#[must_use]
pub fn works_with(version: &str) -> &str {
    COMPATIBLE
        .iter()
        .find(|(name, _)| *name == version)
        .map_or(version, |(_, oldest)| oldest)
}

#[cfg(test)]
mod tests {
    use super::{COMPATIBLE, names, works_with};

    #[test]
    fn what_is_compatible_names_an_earlier_migration_once() {
        let names = names();
        let place = |of: &str| names.iter().position(|name| name == of).unwrap();
        for (name, oldest) in COMPATIBLE {
            assert!(place(oldest) < place(name), "{name}");
            assert_eq!(works_with(name), *oldest);
        }
        let mut once: Vec<_> = COMPATIBLE.iter().map(|(name, _)| name).collect();
        once.dedup();
        assert_eq!(once.len(), COMPATIBLE.len());
        assert_eq!(works_with(&names[0]), names[0]);
    }

    #[test]
    fn names_are_in_order_and_their_own() {
        let names = names();
        assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    }
}
