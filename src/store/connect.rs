//! Opening the database: pool, SQLite pragmas.

use super::{
    health::Health,
    pool::{Opened, Pool, is_fit},
    unreachable::{self, Unreachable},
};
use sea_orm::{
    ConnectOptions, Database, DbErr, RuntimeErr,
    sqlx::{
        self, ConnectOptions as _, Executor as _,
        sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous},
    },
};
use std::{str::FromStr as _, time::Duration};

/// How often opening a busy SQLite file is tried again, 20 ms apart.
const OPEN_ATTEMPTS: u32 = 250;

/// How long a connection must have been idle to be asked whether it is alive before it is used.
const IDLE_TO_TEST: Duration = Duration::from_secs(1);
/// Pages that the writing SQLite connection keeps, in KiB with the sign that says so. The system keeps the file's pages as well,
/// so more would mostly be kept twice.
const SQLITE_WRITER_CACHE_KIB: &str = "-2048";
/// Pages that each of the others keeps, until the next commit: that outdates them all.
const SQLITE_READER_CACHE_KIB: &str = "-1024";

/// How hard SQLite tries to survive a power loss. The process may crash at any time in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every commit reaches the disk before it is acknowledged.
    Full,
    /// A power loss may take the last commits with it, but corrupts nothing.
    Normal,
}

/// Opens a pool. SQLite runs in WAL mode and creates the file if it is missing.
///
/// # Errors
/// When the URL is malformed or the database cannot be reached, which a PostgreSQL that refuses says at once.
pub async fn connect(url: &str, max_connections: u32, durability: Durability) -> Result<Pool, Unreachable> {
    unreachable::ask(url).await?;
    open(url, max_connections, durability)
        .await
        .map_err(|error| Unreachable::of(url, &error))
}

async fn open(url: &str, max_connections: u32, durability: Durability) -> Result<Pool, DbErr> {
    let health = Health::default();
    let is_sqlite = url.starts_with("sqlite:");
    let open = async |connections, cache| {
        let options = options(url, connections, durability, cache, &health);
        Database::connect(options).await
    };
    // Of SQLite's one is for writing alone.
    let opened = async || {
        Ok::<_, DbErr>(match is_sqlite {
            true => Opened {
                writer: Some(open(1, SQLITE_WRITER_CACHE_KIB).await?),
                connections: open(max_connections.saturating_sub(1).max(1), SQLITE_READER_CACHE_KIB).await?,
            },
            false => Opened {
                writer: None,
                connections: open(max_connections, SQLITE_READER_CACHE_KIB).await?,
            },
        })
    };
    // Whoever opens an SQLite file first turns it to WAL mode, and SQLite does not wait for that: it says "busy" at once.
    let mut attempts_left = OPEN_ATTEMPTS;
    loop {
        match opened().await {
            Err(error) if is_busy(&error) && attempts_left > 0 => {
                attempts_left -= 1;
                wait_to_open().await;
            }
            opened => return Ok(Pool::new(opened?, health.clone(), keep_open(url).await?)),
        }
    }
}

fn options(
    url: &str,
    max_connections: u32,
    durability: Durability,
    sqlite_cache: &'static str,
    health: &Health,
) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        // A connection that a failover cut is found out before it is used, without a question before every statement.
        .test_before_acquire_if_idle_for(IDLE_TO_TEST)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(sea_orm::sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(match durability {
                    Durability::Full => SqliteSynchronous::Full,
                    Durability::Normal => SqliteSynchronous::Normal,
                })
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                .pragma("temp_store", "memory")
                .pragma("cache_size", sqlite_cache)
                .pragma("journal_size_limit", "67108864")
        });
    keep_fit(&mut options, health);
    options
}

/// A connection that does nothing but stay, to an SQLite file. Whoever closes the last one takes the files beside the
/// database away, and on a full disk nobody could make them again: then not even reading would go on.
async fn keep_open(url: &str) -> Result<Option<SqliteConnection>, DbErr> {
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let opened = async {
        let mut connection = SqliteConnectOptions::from_str(url)?.connect().await?;
        // With the first look it opens what lies beside the database.
        connection.execute("SELECT COUNT(*) FROM sqlite_schema").await?;
        Ok(Some(connection))
    };
    opened
        .await
        .map_err(|error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

/// Has connections looked at when they are given back, and again before they are used: what may have gone wrong with them
/// may have been learned from another one meanwhile.
fn keep_fit(options: &mut ConnectOptions, health: &Health) {
    let (release, acquire) = (health.clone(), health.clone());
    options
        .map_sqlx_sqlite_pool_opts(move |pool| {
            let health = release.clone();
            pool.after_release(move |connection, opened| Box::pin(is_fit(connection, opened, health.clone())))
        })
        .map_sqlx_sqlite_before_acquire(move |connection, opened| {
            Box::pin(is_fit(connection, opened, acquire.clone()))
        });
    let (release, acquire) = (health.clone(), health.clone());
    options
        .map_sqlx_postgres_pool_opts(move |pool| {
            let health = release.clone();
            pool.after_release(move |connection, opened| Box::pin(is_fit(connection, opened, health.clone())))
        })
        .map_sqlx_postgres_before_acquire(move |connection, opened| {
            Box::pin(is_fit(connection, opened, acquire.clone()))
        });
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when another process is done opening the file"
)]
async fn wait_to_open() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// Whether SQLite was busy (code 5) while the file was opened.
fn is_busy(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "5")
}
