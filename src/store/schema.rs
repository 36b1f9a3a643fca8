//! Whether this release and the schema of the database fit, and bringing the schema up to date.
//!
//! Beside each migration stands what it asks of releases that do not know it (`schema_change`). A release that finds changes
//! of a newer one goes on and starts as long as each of them leaves it what it needs. Invariant: looking changes nothing and
//! needs no right but to read; only a schema that lacks something is changed, all at once or not at all.

use super::{dialect, pool::Pool};
use entity::schema_change;
use migration::{Migrator, MigratorTrait as _, SchemaManager, names, works_with};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _, IntoDatabaseExecutor, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _, sea_query::OnConflict,
};
use std::collections::BTreeSet;
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

/// This release.
const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// PostgreSQL's `SQLSTATE` of a right that a role does not have.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Why this release cannot work with the database as it is. One sentence each, without secrets.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A newer release changed it, and left nothing for this one.
    #[error(
        "the database was changed by a newer release ({version}), with which this one ({RELEASE}) does not work: start {}",
        needed(.release.as_deref())
    )]
    Newer {
        /// The migration.
        version: String,
        /// A release that works after it, as far as the database knows one.
        release: Option<String>,
    },
    /// It has changes of a newer release, and lacks one of this release that belongs before them.
    #[error(
        "the database has changes of a newer release but lacks {version} of this one ({RELEASE}): start {}",
        needed(.release.as_deref())
    )]
    Parted {
        /// The migration that is missing.
        version: String,
        /// A release that works with the changes.
        release: Option<String>,
    },
    /// It lacks changes, and this process's role may not make them.
    #[error(
        "the database lacks {missing} change(s) of this release ({RELEASE}), or this role may not see its tables; and it may not \
         change them: run `vestibule migrate` with a role that owns the tables, and grant this one SELECT, INSERT, UPDATE and \
         DELETE on them"
    )]
    NotAllowed {
        /// How many.
        missing: usize,
    },
    /// It cannot be read or changed.
    #[error("the database cannot be brought up to date: {0}")]
    Database(#[from] DbErr),
}

fn needed(release: Option<&str>) -> String {
    release.map_or_else(
        || "the release that made the change, or a newer one".to_owned(),
        |release| format!("Vestibule {release} or newer"),
    )
}

/// A migration that was applied, as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Applied {
    version: String,
    works_with: Option<String>,
    written_by: Option<String>,
}

/// How the schema stands to this release.
#[derive(Debug)]
pub(super) enum Standing {
    /// They fit.
    Fits,
    /// So many changes are missing.
    Lacks(usize),
    /// They do not fit, and this release cannot change that.
    Misfit(SchemaError),
}

/// How the schema of a migrated database stands to this release. One statement, for a server that runs.
pub(super) async fn standing<C: ConnectionTrait>(connection: &C) -> Result<Standing, DbErr> {
    Ok(judge(&applied(connection, true).await?, &names()))
}

/// The same for a database of any age, an empty one included.
async fn standing_of_any<C>(connection: &C) -> Result<Standing, DbErr>
where
    C: ConnectionTrait,
    for<'c> &'c C: IntoDatabaseExecutor<'c>,
{
    let tables = SchemaManager::new(connection);
    let applied = if tables.has_table("seaql_migrations").await? {
        applied(connection, tables.has_table("schema_change").await?).await?
    } else {
        Vec::new()
    };
    Ok(judge(&applied, &names()))
}

async fn applied<C: ConnectionTrait>(connection: &C, has_changes: bool) -> Result<Vec<Applied>, DbErr> {
    let sql = if has_changes {
        "SELECT applied.version, known.works_with, known.written_by FROM seaql_migrations AS applied \
         LEFT JOIN schema_change AS known ON known.version = applied.version"
    } else {
        "SELECT version, NULL AS works_with, NULL AS written_by FROM seaql_migrations"
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                version: row.try_get("", "version")?,
                works_with: row.try_get("", "works_with")?,
                written_by: row.try_get("", "written_by")?,
            })
        })
        .collect()
}

fn judge(applied: &[Applied], known: &[String]) -> Standing {
    let mut newer: Vec<_> = applied.iter().filter(|one| !known.contains(&one.version)).collect();
    newer.sort_by(|one, other| one.version.cmp(&other.version));
    let leaves_enough = |one: &&Applied| one.works_with.as_ref().is_some_and(|needed| known.contains(needed));
    if let Some(one) = newer.iter().rev().find(|one| !leaves_enough(one)) {
        return Standing::Misfit(SchemaError::Newer {
            version: one.version.clone(),
            release: one.written_by.clone(),
        });
    }
    let present: BTreeSet<_> = applied.iter().map(|one| &one.version).collect();
    let missing: Vec<_> = known.iter().filter(|version| !present.contains(version)).collect();
    match (missing.first(), newer.last()) {
        (None, _) => Standing::Fits,
        (Some(_), None) => Standing::Lacks(missing.len()),
        (Some(version), Some(one)) => Standing::Misfit(SchemaError::Parted {
            version: (*version).clone(),
            release: one.written_by.clone(),
        }),
    }
}

/// Whether a database of any age, an empty one included, has everything that this release needs. Nothing is changed.
///
/// # Errors
/// When they do not fit.
pub async fn is_whole(pool: &Pool) -> Result<bool, SchemaError> {
    match pool.health().noted(standing_of_any(pool.unwatched()).await)? {
        Standing::Fits => Ok(true),
        Standing::Lacks(_) => Ok(false),
        Standing::Misfit(error) => Err(error),
    }
}

/// Brings the schema up to date if it lacks something, in one transaction, and says so in one line of the log. Nodes that
/// start together are let through one by one, on PostgreSQL by an advisory lock, on SQLite by its write lock.
///
/// # Errors
/// When they do not fit, or a change fails; nothing has changed then.
pub async fn migrate(pool: &Pool) -> Result<(), SchemaError> {
    match pool.health().noted(standing_of_any(pool.unwatched()).await)? {
        Standing::Fits => return Ok(()),
        Standing::Misfit(error) => return Err(error),
        Standing::Lacks(_) => {}
    }
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let begun = pool.unwatched().begin_with_options(options).await;
    let transaction = pool.health().noted(begun)?;
    dialect::lock_bootstrap(&transaction).await?;
    // Another node may have been faster, and may be newer.
    let missing = match standing_of_any(&transaction).await? {
        Standing::Fits => return Ok(()),
        Standing::Misfit(error) => return Err(error),
        Standing::Lacks(missing) => missing,
    };
    change(&transaction).await.map_err(|error| match &error {
        error if is_not_allowed(error) => SchemaError::NotAllowed { missing },
        _ => SchemaError::Database(error),
    })?;
    pool.health().noted_commit(transaction.commit().await)?;
    tracing::info!(changes = missing, "the schema of the database was brought up to date");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "changes of the schema are nobody's")]
async fn change(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    // The library would write a line before and after each.
    let changing = Migrator::up(transaction, None);
    changing.with_subscriber(NoSubscriber::default()).await?;
    let rows = names().into_iter().map(|version| schema_change::ActiveModel {
        works_with: Set(works_with(&version).to_owned()),
        written_by: Set(RELEASE.to_owned()),
        version: Set(version),
    });
    schema_change::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::column(schema_change::Column::Version)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

fn is_not_allowed(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == INSUFFICIENT_PRIVILEGE)
}

#[cfg(test)]
mod tests {
    use super::{Applied, Standing, judge};

    fn applied(version: &str, works_with: Option<&str>) -> Applied {
        Applied {
            version: version.to_owned(),
            works_with: works_with.map(str::to_owned),
            written_by: works_with.map(|_| "9.8.7".to_owned()),
        }
    }

    fn told(of: &[(&str, Option<&str>)]) -> String {
        let of: Vec<_> = of
            .iter()
            .map(|(version, works_with)| applied(version, *works_with))
            .collect();
        match judge(&of, &["m1", "m2", "m3"].map(str::to_owned)) {
            Standing::Fits => "fits".to_owned(),
            Standing::Lacks(missing) => format!("lacks {missing}"),
            Standing::Misfit(error) => error.to_string(),
        }
    }

    const KNOWN: [(&str, Option<&str>); 3] = [("m1", None), ("m2", Some("m2")), ("m3", Some("m3"))];

    fn beside(newer: &[(&str, Option<&str>)]) -> String {
        told(&[&KNOWN, newer].concat())
    }

    #[test]
    fn a_schema_without_something_is_brought_up_to_date() {
        assert_eq!(told(&[]), "lacks 3");
        assert_eq!(told(&KNOWN[..1]), "lacks 2");
        assert_eq!(told(&KNOWN), "fits");
    }

    #[test]
    fn newer_changes_fit_as_long_as_each_leaves_what_is_known_here() {
        for newer in [
            &[("m4", Some("m3"))][..],
            &[("m4", Some("m1"))],
            &[("m4", Some("m3")), ("m5", Some("m2"))],
        ] {
            assert_eq!(beside(newer), "fits", "{newer:?}");
        }
    }

    #[test]
    fn a_newer_change_that_does_not_fit_is_named_with_the_release_that_does() {
        let release = env!("CARGO_PKG_VERSION");
        for (newer, version) in [
            (&[("m4", Some("m4"))][..], "m4"),
            // The next one works with what this one does not know.
            (&[("m4", Some("m4")), ("m5", Some("m3"))], "m4"),
            (&[("m5", Some("m4")), ("m4", Some("m3"))], "m5"),
            (&[("m4", Some("m4")), ("m5", Some("m5"))], "m5"),
        ] {
            assert_eq!(
                beside(newer),
                format!(
                    "the database was changed by a newer release ({version}), with which this one ({release}) does not work: \
                     start Vestibule 9.8.7 or newer"
                ),
                "{newer:?}"
            );
        }
        assert_eq!(
            beside(&[("m4", None)]),
            format!(
                "the database was changed by a newer release (m4), with which this one ({release}) does not work: start the \
                 release that made the change, or a newer one"
            )
        );
    }

    #[test]
    fn a_change_is_not_made_after_newer_ones() {
        let release = env!("CARGO_PKG_VERSION");
        assert_eq!(
            told(&[("m1", Some("m1")), ("m2", Some("m2")), ("m4", Some("m2"))]),
            format!(
                "the database has changes of a newer release but lacks m3 of this one ({release}): start Vestibule 9.8.7 or \
                 newer"
            )
        );
    }
}
