//! The pool and its transactions, watched: every statement of the server passes here, and so does every failure.
//!
//! Invariant: no transaction is committed of which one statement has failed or was given up, and a connection whose
//! transaction did not end as it was told to is never used again.

#[cfg(debug_assertions)]
use super::announced;
use super::{health::Health, trouble};
#[cfg(debug_assertions)]
use kernel::notice::Notice;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _, metric,
    prelude::async_trait::async_trait,
    sqlx::{self, Connection, pool::PoolConnectionMetadata, sqlite::SqliteConnection},
};
use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// Connections to the database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pool {
    connections: DatabaseConnection,
    /// The one that writes, where there is one: SQLite lets one connection write at a time anyway. Whoever writes waits for it in
    /// turn instead of asking again and again, and the pages that it keeps stay good, while each commit outdates those of all
    /// other connections.
    writer: Option<DatabaseConnection>,
    health: Health,
    /// Stays open, so that no other connection is the last one.
    kept: Arc<Mutex<Option<SqliteConnection>>>,
}

/// Connections that were opened.
#[derive(Debug)]
pub(super) struct Opened {
    /// Those that read, and on PostgreSQL write.
    pub(super) connections: DatabaseConnection,
    /// The one that writes to an SQLite file.
    pub(super) writer: Option<DatabaseConnection>,
}

impl Pool {
    /// A pool whose connections are let out and taken back by the rules of `health`.
    pub(super) fn new(opened: Opened, health: Health, kept: Option<SqliteConnection>) -> Self {
        Self {
            connections: opened.connections,
            writer: opened.writer,
            health,
            kept: Arc::new(Mutex::new(kept)),
        }
    }

    /// Where statements go that write.
    fn writing(&self) -> &DatabaseConnection {
        self.writer.as_ref().unwrap_or(&self.connections)
    }

    /// Where a statement goes.
    fn for_statement(&self, sql: &str) -> &DatabaseConnection {
        if is_read(sql) {
            &self.connections
        } else {
            self.writing()
        }
    }

    /// Where failures are noted.
    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    /// The connections without their watch, for the library that migrates.
    pub(super) fn unwatched(&self) -> &DatabaseConnection {
        &self.connections
    }

    /// Opens a transaction that writes. It is immediate on SQLite: a deferred one that turns into a writer can fail.
    ///
    /// # Errors
    /// When the database cannot be reached or stays busy.
    pub(super) async fn begin(&self) -> Result<Transaction, DbErr> {
        if self.get_database_backend() != DbBackend::Postgres {
            return self.begin_here().await;
        }
        // The driver forgets a BEGIN under way when whoever waits for it goes away, and the connection would stay in a
        // transaction that nobody knows of. So it is waited for in any case, and the transaction rolled back then.
        let pool = self.clone();
        tokio::spawn(async move { pool.begin_here().await })
            .await
            .map_err(|error| DbErr::Custom(format!("the transaction did not begin: {error}")))?
    }

    async fn begin_here(&self) -> Result<Transaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let begun = self.health.noted(self.writing().begin_with_options(options).await)?;
        Ok(Transaction {
            begun,
            health: self.health.clone(),
            failure: OnceLock::new(),
            under_way: AtomicUsize::new(0),
            #[cfg(debug_assertions)]
            due: Mutex::default(),
        })
    }

    /// Asks whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.health.noted(self.connections.ping().await)
    }

    /// Closes every connection, as soon as it is given back.
    ///
    /// # Errors
    /// When one cannot be closed.
    pub async fn close(&self) -> Result<(), DbErr> {
        if let Some(writer) = &self.writer {
            writer.close_by_ref().await?;
        }
        self.connections.close_by_ref().await?;
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        match kept {
            Some(kept) => kept
                .close()
                .await
                .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into()))),
            None => Ok(()),
        }
    }

    /// Calls `callback` after each statement of this clone and of its transactions.
    pub fn set_metric_callback<F>(&mut self, callback: F)
    where
        F: Fn(&metric::Info<'_>) + Send + Sync + 'static,
    {
        let callback = Arc::new(callback);
        if let Some(writer) = &mut self.writer {
            let callback = Arc::clone(&callback);
            writer.set_metric_callback(move |info: &metric::Info<'_>| callback(info));
        }
        self.connections
            .set_metric_callback(move |info: &metric::Info<'_>| callback(info));
    }
}

/// Whether a connection that is given back, or taken out again, may be used: its last transaction has ended, and nothing has
/// happened since it was opened that makes it unfit.
///
/// The driver counts transactions by what it was told, and SQLite ends one by itself when it cannot write. The count stays
/// up then, and the next transaction would be a savepoint whose release commits nothing.
pub(super) async fn is_fit<C: Connection>(
    connection: &mut C,
    opened: PoolConnectionMetadata,
    health: Health,
) -> Result<bool, sqlx::Error> {
    // The age was taken before what follows, which may take its time.
    let opened = Instant::now().checked_sub(opened.age);
    if connection.is_in_transaction() {
        // A rollback may still be queued; it is done once this is answered.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction() && opened.is_some_and(|opened| !health.is_condemned(opened)))
}

/// A transaction that writes. Dropped, it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    begun: DatabaseTransaction,
    health: Health,
    /// The first failure, by which the database may have ended the transaction already.
    failure: OnceLock<DbErr>,
    /// Statements whose end was not heard.
    under_way: AtomicUsize,
    /// What must be announced because of them.
    #[cfg(debug_assertions)]
    due: Mutex<Vec<announced::Due>>,
}

impl Transaction {
    /// Commits what was done, all of it.
    ///
    /// # Errors
    /// When it cannot be committed. Nothing of it is kept then, unless the connection was lost over the answer.
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        self.is_whole()?;
        self.health.noted_commit(self.begun.commit().await)
    }

    /// Whether nothing has failed and nothing was given up: PostgreSQL answers the COMMIT of a transaction that has failed
    /// with success, though it rolls back, and SQLite may have rolled back already and taken each later statement for itself.
    fn is_whole(&self) -> Result<(), DbErr> {
        if let Some(failure) = self.failure.get() {
            return Err(failure.clone());
        }
        if self.under_way.load(Ordering::SeqCst) > 0 {
            return Err(DbErr::Custom("a statement of the transaction was given up".to_owned()));
        }
        Ok(())
    }

    /// Refuses what was written to rows that are remembered and is not announced.
    #[cfg(debug_assertions)]
    pub(super) fn check_announced(&self, notices: &[Notice]) -> Result<(), DbErr> {
        let due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        match announced::missing(&due, notices) {
            Some(missing) => Err(DbErr::Custom(format!("written to without a notice: {missing}"))),
            None => Ok(()),
        }
    }

    #[cfg(debug_assertions)]
    fn note(&self, statement: &Statement) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        due.push(announced::due(statement));
    }

    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "debug builds note it in the transaction")]
    const fn note(&self, _: &Statement) {}

    /// Runs a statement, unless one has failed before.
    async fn watch<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        if let Some(failure) = self.failure.get() {
            return Err(failure.clone());
        }
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let ended = self.health.noted(statement.await);
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if let Err(error) = &ended
            && !self.survives(error)
        {
            drop(self.failure.set(error.clone()));
        }
        ended
    }

    /// Whether the transaction goes on after such a failure. On PostgreSQL none does.
    fn survives(&self, error: &DbErr) -> bool {
        self.get_database_backend() == DbBackend::Sqlite && trouble::is_sqlite_constraint(error)
    }
}

/// The first row. A statement that writes is run to its end for it: SQLite commits then, and with the first row alone the
/// driver would neither wait for that nor say that it failed.
async fn query_one<C: ConnectionTrait>(connection: &C, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
    if is_read(&statement.sql) {
        return connection.query_one_raw(statement).await;
    }
    Ok(connection.query_all_raw(statement).await?.into_iter().next())
}

fn is_read(sql: &str) -> bool {
    const SELECT: &str = "SELECT";
    sql.get(..SELECT.len())
        .is_some_and(|word| word.eq_ignore_ascii_case(SELECT))
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.connections.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let connections = self.for_statement(&statement.sql);
        self.health.noted(connections.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        // What has no parameters tends a connection: a pragma, which is for any of them.
        self.health.noted(self.connections.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let connections = self.for_statement(&statement.sql);
        self.health.noted(query_one(connections, statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let connections = self.for_statement(&statement.sql);
        self.health.noted(connections.query_all_raw(statement).await)
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.begun.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.note(&statement);
        self.watch(self.begun.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.watch(self.begun.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note(&statement);
        self.watch(query_one(&self.begun, statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(&statement);
        self.watch(self.begun.query_all_raw(statement)).await
    }
}
