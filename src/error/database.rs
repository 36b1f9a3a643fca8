//! Which failures of the database pass by themselves, so that whoever asked may simply ask again.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

/// `SQLSTATE`s (PostgreSQL, appendix A) of a server that stops, starts, is full or became read-only in a failover, and of a
/// transaction that lost to another one.
const POSTGRES: [&str; 7] = ["57P01", "57P02", "57P03", "53300", "25006", "40001", "40P01"];
/// The class of those that say that there is no connection; a pooler whose server is away answers so too.
const POSTGRES_CONNECTION: &str = "08";
/// Primary result codes of SQLite: another process holds the file (`SQLITE_BUSY`) or the table (`SQLITE_LOCKED`).
const SQLITE: [i32; 2] = [5, 6];

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
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

fn is_passing_code(code: &str) -> bool {
    // A SQLSTATE has five characters; SQLite numbers its extended codes in the bits above the primary one.
    match code.len() {
        5 => code.starts_with(POSTGRES_CONNECTION) || POSTGRES.contains(&code),
        _ => code.parse::<i32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff))),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_passing, is_passing_code};
    use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

    #[test]
    fn what_a_stopping_or_busy_database_says_passes_and_what_a_wrong_statement_causes_does_not() {
        for code in [
            "57P01", "53300", "40P01", "25006", "08P01", "08006", "5", "6", "261", "517",
        ] {
            assert!(is_passing_code(code), "{code}");
        }
        // Unique violations, missing tables, a full disk.
        for code in ["23505", "42P01", "53100", "19", "2067", "1", "13", ""] {
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
