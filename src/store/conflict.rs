//! Unique violations, as an outcome instead of an error. Portable: the message text of either database is never read.

use sea_orm::{DbErr, SqlErr};

/// A row with the same unique value exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict;

/// Turns a unique violation into `Err(Conflict)` inside `Ok`, and leaves other errors alone.
///
/// # Errors
/// Every database error that is not a unique violation.
pub fn catch<T>(result: Result<T, DbErr>) -> Result<Result<T, Conflict>, DbErr> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(Err(Conflict)),
        Err(error) => Err(error),
    }
}
