//! Everything that the database holds, as texts. Invariant: no table and no column is left out.

use crate::support::TestServer;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::collections::BTreeMap;

/// The values of every column, by `table.column`.
pub(super) async fn everything(server: &TestServer) -> BTreeMap<String, Vec<String>> {
    let database = server.app.pool();
    let is_sqlite = database.get_database_backend() == DbBackend::Sqlite;
    let tables = match is_sqlite {
        true => "SELECT name FROM sqlite_master WHERE type = 'table'",
        false => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut found = BTreeMap::new();
    for table in texts(database, tables).await {
        let columns = match is_sqlite {
            true => format!("SELECT name FROM pragma_table_info('{table}')"),
            false => format!(
                "SELECT column_name::text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}'"
            ),
        };
        for column in texts(database, &columns).await {
            let values = format!("SELECT CAST(\"{column}\" AS TEXT) FROM \"{table}\" ORDER BY 1");
            found.insert(format!("{table}.{column}"), texts(database, &values).await);
        }
    }
    found
}

/// The first column of what a statement selects.
pub(super) async fn texts(database: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_default())
        .collect()
}
