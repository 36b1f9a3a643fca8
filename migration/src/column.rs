//! House columns: one portable spelling of each kind of column.
//!
//! Identifiers and other texts that are compared by index use the byte-wise collation on PostgreSQL (`COLLATE "C"`), as
//! SQLite does by itself, so that both databases order alike whatever the cluster's locale.

use sea_orm_migration::prelude::{ColumnDef, IntoIden, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

/// Makes columns for the database that a migration runs on.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    backend: DbBackend,
}

impl Column {
    /// Columns for the database behind `manager`.
    #[must_use]
    pub fn of(manager: &SchemaManager<'_>) -> Self {
        Self {
            backend: manager.get_database_backend(),
        }
    }

    fn bytewise_text(self, name: impl IntoIden) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text();
        if self.backend == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }

    /// The primary key `id`.
    #[must_use]
    pub fn id(self) -> ColumnDef {
        self.bytewise_text("id").not_null().primary_key().take()
    }

    /// A primary key that the database hands out at insertion, in ascending order and never twice: on PostgreSQL an identity,
    /// each value of which is drawn by itself, on SQLite a row number that is not used again.
    #[must_use]
    pub fn sequence(self, name: impl IntoIden) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.big_integer().not_null().primary_key();
        match self.backend {
            DbBackend::Postgres => column.extra("GENERATED ALWAYS AS IDENTITY"),
            _ => column.auto_increment(),
        };
        column
    }

    /// A text that is never null: identifiers of other rows, enums, digests, normalised values.
    #[must_use]
    pub fn text(self, name: impl IntoIden) -> ColumnDef {
        self.bytewise_text(name).not_null().take()
    }

    /// A text that may be null.
    #[must_use]
    pub fn text_null(self, name: impl IntoIden) -> ColumnDef {
        self.bytewise_text(name).null().take()
    }

    /// Unix milliseconds, never null.
    #[must_use]
    pub fn timestamp(self, name: impl IntoIden) -> ColumnDef {
        ColumnDef::new(name).big_integer().not_null().take()
    }

    /// Unix milliseconds that may be null.
    #[must_use]
    pub fn timestamp_null(self, name: impl IntoIden) -> ColumnDef {
        ColumnDef::new(name).big_integer().null().take()
    }

    /// A count that fits 32 bits, never null.
    #[must_use]
    pub fn count(self, name: impl IntoIden) -> ColumnDef {
        ColumnDef::new(name).integer().not_null().take()
    }

    /// A truth value, never null.
    #[must_use]
    pub fn flag(self, name: impl IntoIden) -> ColumnDef {
        ColumnDef::new(name).boolean().not_null().take()
    }

    /// A JSON document, never null; never searched by the database.
    #[must_use]
    pub fn json(self, name: impl IntoIden) -> ColumnDef {
        ColumnDef::new(name).json().not_null().take()
    }

    /// A JSON document that may be null; never searched by the database.
    #[must_use]
    pub fn json_null(self, name: impl IntoIden) -> ColumnDef {
        ColumnDef::new(name).json().null().take()
    }
}
