//! Which failures of the database tell of more than one statement: the connection, or every connection, may be unfit, and
//! perhaps nothing can be written at all.
//!
//! Invariant: a refused statement (a unique violation, a wrong table) is no trouble, and neither is a lock that is held.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

/// What a failure tells of the connections that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Whatever was opened before may be unfit: bound to a server that stopped or turned read-only, to a file that cannot
    /// be written, or inside a transaction that nobody ends.
    Connections,
    /// No connection was to be had.
    Pool,
}

/// `SQLSTATE`s (PostgreSQL, appendix A): a session that turned read-only, and one whose transaction nobody has ended.
const POSTGRES: [&str; 3] = ["25006", "25001", "25P02"];
/// Classes: no connection, resources (a full disk is 53100), a stopping or starting server, input and output.
const POSTGRES_CLASSES: [&str; 4] = ["08", "53", "57P", "58"];
/// Primary result codes of SQLite: read-only, input and output, a damaged file, a full disk, a file that cannot be opened,
/// one that is no database.
const SQLITE: [i32; 6] = [8, 10, 11, 13, 14, 26];
/// SQLite's primary result code of a violated constraint.
const SQLITE_CONSTRAINT: i32 = 19;

impl Trouble {
    /// What `error` tells, if it tells anything.
    pub(super) fn of(error: &DbErr) -> Option<Self> {
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Some(Self::Pool),
            error => Self::in_driver(driver_error(error)?),
        }
    }

    fn in_driver(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::InvalidSavePointStatement => Some(Self::Connections),
            sqlx::Error::PoolTimedOut => Some(Self::Pool),
            sqlx::Error::Database(error) => error.code().filter(|code| is_trouble(code)).map(|_| Self::Connections),
            _ => None,
        }
    }
}

/// Whether the failure is one of SQLite's that undoes a single statement and leaves the transaction as it was.
pub(super) fn is_sqlite_constraint(error: &DbErr) -> bool {
    let code = driver_error(error)
        .and_then(sqlx::Error::as_database_error)
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| sqlite_primary(&code) == Some(SQLITE_CONSTRAINT))
}

/// What the driver said, if the failure is the driver's.
pub(super) fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

fn is_trouble(code: &str) -> bool {
    // A SQLSTATE has five characters.
    match code.len() {
        5 => POSTGRES.contains(&code) || POSTGRES_CLASSES.iter().any(|class| code.starts_with(class)),
        _ => sqlite_primary(code).is_some_and(|code| SQLITE.contains(&code)),
    }
}

/// SQLite numbers its extended codes in the bits above the primary one.
fn sqlite_primary(code: &str) -> Option<i32> {
    (code.len() != 5)
        .then(|| code.parse::<i32>().ok())
        .flatten()
        .map(|code| code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::{Trouble, is_trouble};
    use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

    #[test]
    fn what_a_full_disk_a_stopping_server_or_a_lost_transaction_says_is_trouble() {
        for code in [
            "25006", "25P02", "53100", "57P01", "57P02", "57P03", "58030", "08006", "8", "10", "13", "14", "778",
            "1034", "1032",
        ] {
            assert!(is_trouble(code), "{code}");
        }
        // Unique violations, lost races, locks that are held, missing tables.
        for code in [
            "23505", "40001", "40P01", "55P03", "42P01", "57014", "5", "6", "517", "19", "2067", "1", "",
        ] {
            assert!(!is_trouble(code), "{code}");
        }
    }

    #[test]
    fn a_cut_connection_is_trouble_of_all_and_a_crowded_pool_of_none() {
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let cut = DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(reset).into()));
        assert_eq!(Trouble::of(&cut), Some(Trouble::Connections));
        let crowded = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        assert_eq!(Trouble::of(&crowded), Some(Trouble::Pool));
        let none = DbErr::Query(RuntimeErr::SqlxError(sqlx::Error::RowNotFound.into()));
        assert_eq!(Trouble::of(&none), None);
        assert_eq!(Trouble::of(&DbErr::Custom("wrong".to_owned())), None);
    }
}
