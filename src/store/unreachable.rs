//! Why a database cannot be opened, for whoever reads it at a terminal: which one it is, and what it said. Invariant: the
//! password of a URL is in no message.

use super::{database_file, dialect::is_postgres, trouble};
use sea_orm::{
    DbErr,
    sqlx::{self, ConnectOptions as _, Connection as _, postgres::PgConnectOptions},
};
use std::{io::ErrorKind, str::FromStr as _, time::Duration};
use tokio::time::timeout;

/// How long a server may take to answer the first connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// `SQLSTATE`s: a password or a role that is not let in, by the server's own rules too.
const NOT_LET_IN: [&str; 2] = ["28P01", "28000"];
/// A database that does not exist.
const NO_DATABASE: &str = "3D000";
/// A server that starts, or has no connection left: worth waiting for.
const SOON: [&str; 2] = ["57P03", "53300"];
/// Primary result codes of SQLite: a file that cannot be opened, and one that is no database.
const CANNOT_OPEN: &str = "14";
const NO_SQLITE: &str = "26";

/// Why a database cannot be opened, in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(String);

impl Unreachable {
    /// What a failure means for whoever gave this URL.
    pub(super) fn of(url: &str, error: &DbErr) -> Self {
        match trouble::driver_error(error) {
            Some(error) => Self::in_driver(url, error),
            None => Self(format!("{}: {error}", named(url))),
        }
    }

    /// The same for a failure of the driver.
    pub(super) fn in_driver(url: &str, error: &sqlx::Error) -> Self {
        Self(format!("{} {}", named(url), cause(url, error)))
    }
}

/// Asks a PostgreSQL for one connection, since the pool would repeat what is refused at once for as long as it may. What
/// passes by itself is left to the pool.
///
/// # Errors
/// When the server cannot be reached, or does not let this role into this database.
pub(super) async fn ask(url: &str) -> Result<(), Unreachable> {
    if !is_postgres(url) {
        return Ok(());
    }
    let options = PgConnectOptions::from_str(url).map_err(|error| Unreachable::in_driver(url, &error))?;
    match timeout(PATIENCE, options.connect()).await {
        Err(_) => Err(Unreachable(format!(
            "{} does not answer within {} seconds",
            named(url),
            PATIENCE.as_secs()
        ))),
        Ok(Err(error)) if code_of(&error).is_some_and(|code| SOON.contains(&&*code)) => Ok(()),
        Ok(Err(error)) => Err(Unreachable::in_driver(url, &error)),
        Ok(Ok(connection)) => {
            // It was answered; how the connection ends is of no interest.
            drop(connection.close().await);
            Ok(())
        }
    }
}

/// The database that a URL names.
fn named(url: &str) -> String {
    if !is_postgres(url) {
        return database_file::path_of(url).map_or_else(
            || "the SQLite database".to_owned(),
            |path| format!("the SQLite file {}", path.display()),
        );
    }
    let Ok(options) = PgConnectOptions::from_str(url) else {
        return "the PostgreSQL of database_url".to_owned();
    };
    match options.get_socket() {
        Some(socket) => format!("PostgreSQL at {}", socket.display()),
        None => format!("PostgreSQL at {}:{}", options.get_host(), options.get_port()),
    }
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// What it did, to stand behind its name.
fn cause(url: &str, error: &sqlx::Error) -> String {
    let options = PgConnectOptions::from_str(url).ok().filter(|_| is_postgres(url));
    let said = error
        .as_database_error()
        .map_or_else(|| error.to_string(), |said| said.message().to_owned());
    match (error, code_of(error).as_deref(), options) {
        (sqlx::Error::Io(io), ..) if io.kind() == ErrorKind::ConnectionRefused => {
            "refuses connections: is it running, and is this its port?".to_owned()
        }
        (sqlx::Error::Io(io), ..) => format!("cannot be reached: {io}"),
        (sqlx::Error::Tls(tls), ..) => format!("and this server do not agree on TLS: {tls}"),
        (sqlx::Error::PoolTimedOut, ..) => "gives no connection".to_owned(),
        (_, Some(code), Some(options)) if NOT_LET_IN.contains(&code) => {
            format!("does not let the user \"{}\" in: {said}", options.get_username())
        }
        (_, Some(NO_DATABASE), Some(options)) => {
            let database = options.get_database().unwrap_or_else(|| options.get_username());
            format!("has no database \"{database}\": create it, or name another one")
        }
        (_, Some(CANNOT_OPEN), None) => {
            "cannot be opened: it must be a file that this user may read and write, in a directory that is there"
                .to_owned()
        }
        (_, Some(NO_SQLITE), None) => "is no SQLite database".to_owned(),
        _ => format!("cannot be opened: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{cause, named};
    use sea_orm::sqlx;

    #[test]
    fn a_database_is_named_without_its_password() {
        for (url, name) in [
            (
                "postgres://ada:hunter2@db.example.com:5432/v",
                "PostgreSQL at db.example.com:5432",
            ),
            ("postgresql://ada:hunter2@[::1]:6000/v", "PostgreSQL at [::1]:6000"),
            ("postgres://ada:hunter2@%2Frun%2Fpg/v", "PostgreSQL at /run/pg"),
            ("sqlite:data/v.db?mode=rwc", "the SQLite file data/v.db"),
            ("sqlite::memory:", "the SQLite database"),
        ] {
            assert_eq!(named(url), name);
        }
    }

    #[test]
    fn a_cause_says_what_to_look_at() {
        let url = "postgres://ada:hunter2@localhost/v";
        let io = |kind: std::io::ErrorKind| sqlx::Error::Io(kind.into());
        for (error, told) in [
            (
                io(std::io::ErrorKind::ConnectionRefused),
                "refuses connections: is it running, and is this its port?",
            ),
            (
                io(std::io::ErrorKind::HostUnreachable),
                "cannot be reached: host unreachable",
            ),
            (
                sqlx::Error::Tls("none".into()),
                "and this server do not agree on TLS: none",
            ),
            (sqlx::Error::PoolTimedOut, "gives no connection"),
        ] {
            assert_eq!(cause(url, &error), told);
        }
    }
}
