//! What a request costs at least: a route, a GraphQL field, one SELECT by a unique index.

#![expect(
    clippy::disallowed_methods,
    reason = "the floor does what must be done at least, and no more"
)]

use anyhow::{Context as _, Result};
use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Schema, SimpleObject};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    routing::{get, post},
};
use entity::{id::InstanceId, identification, kind::IdentificationKind};
use sea_orm::{
    ColumnTrait as _, ConnectOptions, Database, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::Expr, sqlx::sqlite::SqliteJournalMode,
};
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;

/// Bytes of a key set with one RSA-2048 key.
const KEY_SET_BYTES: usize = 470;

/// How long a connection must have been idle to be tested, as in the server's `store`.
const IDLE_TO_TEST: Duration = Duration::from_secs(1);

/// KiB of pages that each SQLite connection keeps, as in the server's `store`.
const SQLITE_CACHE_KIB: &str = "-2048";

/// A body from memory.
pub(crate) fn bare() -> Router {
    let body: &'static str = format!("{{\"keys\":\"{}\"}}", "n".repeat(KEY_SET_BYTES)).leak();
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/json")], body) };
    Router::new().route("/", get(answer))
}

/// A row as JSON.
pub(crate) async fn rest(database: &str, connections: u32) -> Result<Router> {
    Ok(Router::new()
        .route("/{value}", get(row))
        .with_state(Lookup::new(database, connections).await?))
}

/// A row as a GraphQL object.
pub(crate) async fn graphql(database: &str, connections: u32) -> Result<Router> {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
        .data(Lookup::new(database, connections).await?)
        .finish();
    let execute = async move |Json(request): Json<async_graphql::Request>| Json(schema.execute(request).await);
    Ok(Router::new().route("/", post(execute)))
}

/// Serves until the process is killed.
pub(crate) async fn serve(listen: SocketAddr, router: Router) -> Result<()> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be listened on"))?;
    Ok(axum::serve(listener, router).await?)
}

/// Finds e-mail addresses of the one instance that the database holds.
#[derive(Clone)]
struct Lookup {
    database: DatabaseConnection,
    instance: InstanceId,
}

impl Lookup {
    /// Opens the database with the server's own settings of the pool, as far as reading knows them: as many connections, as
    /// many pages in each, and a question to a connection only when it has been idle.
    async fn new(url: &str, connections: u32) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(connections)
            .min_connections(1)
            .sqlx_logging(false)
            .test_before_acquire_if_idle_for(IDLE_TO_TEST)
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .journal_mode(SqliteJournalMode::Wal)
                    .foreign_keys(true)
                    .pragma("temp_store", "memory")
                    .pragma("cache_size", SQLITE_CACHE_KIB)
            });
        let database = Database::connect(options).await?;
        // The one that stands for nobody has no host.
        let served = entity::instance::Entity::find().filter(entity::instance::Column::Host.ne(""));
        let instance = served
            .one(&database)
            .await?
            .context("the database has no instance: start the server on it first")?
            .id;
        Ok(Self { database, instance })
    }

    async fn find(&self, value: &str) -> Result<Option<Identification>, DbErr> {
        let found = identification::Entity::find()
            .filter(identification::Column::InstanceId.eq(self.instance))
            .filter(identification::Column::Kind.eq(IdentificationKind::EmailAddress))
            .filter(identification::Column::Value.eq(value))
            // No parameter: the index is partial, and a planner must see that this is its condition.
            .filter(Expr::col(identification::Column::Claimed))
            .one(&self.database)
            .await?;
        Ok(found.map(|row| Identification {
            id: row.id.into(),
            value: row.value,
            created_at: row.created_at,
        }))
    }
}

/// What both faces show of a row.
#[derive(SimpleObject, serde::Serialize)]
struct Identification {
    id: String,
    value: String,
    created_at: i64,
}

async fn row(State(lookup): State<Lookup>, Path(value): Path<String>) -> Result<Json<Identification>, StatusCode> {
    let found = lookup
        .find(&value)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    found.map(Json).ok_or(StatusCode::NOT_FOUND)
}

struct Query;

#[Object]
impl Query {
    /// The claimed e-mail address with that value.
    async fn identification(
        &self,
        context: &Context<'_>,
        value: String,
    ) -> async_graphql::Result<Option<Identification>> {
        Ok(context.data::<Lookup>()?.find(&value).await?)
    }
}
