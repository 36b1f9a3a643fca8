//! Which failures of the database pass by themselves, so that whoever asked may simply ask again.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

/// `SQLSTATE`s (PostgreSQL, appendix A) of a server that became read-only in a failover, of a session whose transaction had
/// failed, of a commit of which nobody knows, and of a transaction that lost to another one.
const POSTGRES: [&str; 6] = ["25006", "25P02", "40001", "40003", "40P01", "55P03"];
/// Classes of those that say that there is no connection (a pooler whose server is away answers so too), that the server is
/// full, or its disk, that it stops or starts, and that it cannot read or write its files.
const POSTGRES_CLASSES: [&str; 4] = ["08", "53", "57P", "58"];
/// Primary result codes of SQLite: another process holds the file (`SQLITE_BUSY`) or the table (`SQLITE_LOCKED`); the file is
/// read-only (`SQLITE_READONLY`), cannot be read or written (`SQLITE_IOERR`), cannot grow (`SQLITE_FULL`) or cannot be opened
/// (`SQLITE_CANTOPEN`).
const SQLITE: [i32; 6] = [5, 6, 8, 10, 13, 14];

/// Whether the same request may well succeed a moment later.
pub(super) fn is_passing(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed) => true,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => is_passing_in_driver(error),
        _ => false,
    }
}

fn is_passing_in_driver(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed
        | sqlx::Error::InvalidSavePointStatement => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

fn is_passing_code(code: &str) -> bool {
    // A SQLSTATE has five characters; SQLite numbers its extended codes in the bits above the primary one.
    match code.len() {
        5 => POSTGRES.contains(&code) || POSTGRES_CLASSES.iter().any(|class| code.starts_with(class)),
        _ => code.parse::<i32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff))),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_passing, is_passing_code};
    use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

    #[test]
    fn what_a_stopping_busy_or_full_database_says_passes_and_what_a_wrong_statement_causes_does_not() {
        for code in [
            "57P01", "53300", "53100", "58030", "40P01", "25006", "08P01", "08006", "5", "6", "261", "517", "13", "10",
            "778", "1034", "8", "14",
        ] {
            assert!(is_passing_code(code), "{code}");
        }
        // Unique violations, missing tables, a damaged file.
        for code in ["23505", "42P01", "XX001", "19", "2067", "1", "11", ""] {
            assert!(!is_passing_code(code), "{code}");
        }
    }

    #[test]
    fn a_lost_connection_and_a_full_pool_pass() {
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for error in [
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            DbErr::Exec(RuntimeErr::SqlxError(sqlx::Error::Io(reset).into())),
            DbErr::Query(RuntimeErr::SqlxError(sqlx::Error::PoolTimedOut.into())),
        ] {
            assert!(is_passing(&error), "{error}");
        }
        for error in [
            DbErr::Custom("wrong".to_owned()),
            DbErr::Query(RuntimeErr::SqlxError(sqlx::Error::RowNotFound.into())),
        ] {
            assert!(!is_passing(&error), "{error}");
        }
    }
}
