//! The few statements that must differ between the databases, and why.

use kernel::notice::{Notice, NoticeBus};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement,
    sea_query::{Expr, Query, SimpleExpr},
};
use serde::{Deserialize, Serialize};

/// Whether a database URL names a PostgreSQL.
pub(super) fn is_postgres(url: &str) -> bool {
    ["postgres:", "postgresql:"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// The PostgreSQL channel that carries notices.
pub const NOTICE_CHANNEL: &str = "vestibule";

/// Any number that no other program on the same database uses; guards the first start.
const BOOTSTRAP_LOCK: i64 = 0x0076_6573_7469_6275;

/// What travels on [`NOTICE_CHANNEL`].
#[derive(Debug, Serialize, Deserialize)]
pub struct NoticeEnvelope {
    /// The node that sent it and has published it already.
    pub node: String,
    /// What changed.
    pub notices: Vec<Notice>,
}

/// What sends notices to the other nodes when the transaction commits, to be evaluated in a statement of it: all in one message,
/// since a transaction has a handful, and PostgreSQL takes 8,000 bytes. SQLite has one process and needs none.
///
/// # Errors
/// When they cannot be written as JSON.
pub fn notification(database: DbBackend, bus: &NoticeBus, notices: &[Notice]) -> Result<Option<SimpleExpr>, DbErr> {
    match database {
        DbBackend::Postgres if !notices.is_empty() => sending(bus, notices).map(Some),
        _ => Ok(None),
    }
}

/// Evaluates what [`notification`] gave where no other statement does.
///
/// # Errors
/// When the database cannot be reached.
pub async fn notify<C: ConnectionTrait>(connection: &C, notification: SimpleExpr) -> Result<(), DbErr> {
    connection.execute(&Query::select().expr(notification).take()).await?;
    Ok(())
}

/// Sends a notice of nothing to every node of a PostgreSQL, this one included, which learns by it that notices arrive.
///
/// # Errors
/// When the database cannot be reached.
pub async fn echo<C: ConnectionTrait>(connection: &C, bus: &NoticeBus) -> Result<(), DbErr> {
    notify(connection, sending(bus, &[])?).await
}

fn sending(bus: &NoticeBus, notices: &[Notice]) -> Result<SimpleExpr, DbErr> {
    let envelope = NoticeEnvelope {
        node: bus.node().to_owned(),
        notices: notices.to_vec(),
    };
    let text = serde_json::to_string(&envelope).map_err(|error| DbErr::Json(error.to_string()))?;
    Ok(Expr::cust_with_values("pg_notify($1, $2)", [NOTICE_CHANNEL, &text]))
}

/// Lets one node at a time through the first start, until the transaction ends. SQLite's write lock does it already.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock_bootstrap<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    if connection.get_database_backend() == DbBackend::Postgres {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [BOOTSTRAP_LOCK.into()],
        );
        connection.execute_raw(statement).await?;
    }
    Ok(())
}
