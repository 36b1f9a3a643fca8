//! The migrated schema and the entities agree, table by table: same columns, same nullability, on either database.

use super::repository;
use crate::support::TestServer;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait, IdenStatic as _, Iterable as _, QueryResult, Statement,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// Column by name; whether it may be null.
type Columns = BTreeMap<String, bool>;

/// Every entity with the name of its module, to be held against the modules that there are.
macro_rules! entities {
    ($($module:ident)+) => {
        fn entities() -> BTreeMap<&'static str, (String, Columns)> {
            BTreeMap::from([$((stringify!($module), of_entity::<entity::$module::Entity>())),+])
        }
    };
}

entities! {
    application budget client data_key dev_browser dev_message event identification instance job lockout schema_change
    secret_key session sign_in sign_up signing_key user verification write_probe
}

fn of_entity<E: EntityTrait>() -> (String, Columns) {
    let columns = E::Column::iter()
        .map(|column| (column.as_str().to_owned(), column.def().is_null()))
        .collect();
    (E::default().table_name().to_owned(), columns)
}

async fn rows(database: &impl ConnectionTrait, sqlite: &str, postgres: &str) -> Vec<QueryResult> {
    let backend = database.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => sqlite,
        _ => postgres,
    };
    database
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap()
}

/// The tables that migrations made, without the one that counts migrations.
async fn tables(database: &impl ConnectionTrait) -> BTreeSet<String> {
    rows(
        database,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()",
    )
    .await
    .iter()
    .map(|row| row.try_get::<String>("", "name").unwrap())
    .filter(|name| name != "seaql_migrations")
    .collect()
}

async fn of_table(database: &impl ConnectionTrait, table: &str) -> Columns {
    rows(
        database,
        &format!("SELECT name, CASE \"notnull\" WHEN 0 THEN 'YES' ELSE 'NO' END AS nullable FROM pragma_table_info('{table}')"),
        &format!(
            "SELECT column_name::text AS name, is_nullable::text AS nullable FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}'"
        ),
    )
    .await
    .iter()
    .map(|row| {
        let name = row.try_get::<String>("", "name").unwrap();
        (name, row.try_get::<String>("", "nullable").unwrap() == "YES")
    })
    .collect()
}

#[tokio::test]
async fn every_table_has_the_columns_of_its_entity() {
    let server = TestServer::start().await;
    let database = server.app.pool();
    for (table, declared) in entities().values() {
        assert_eq!(
            of_table(database, table).await,
            *declared,
            "{table}: migrated on the left, entity on the right"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn every_table_has_an_entity() {
    let server = TestServer::start().await;
    let declared: BTreeSet<_> = entities().into_values().map(|(table, _)| table).collect();
    assert_eq!(tables(server.app.pool()).await, declared);
    server.finish().await;
}

#[test]
fn every_entity_is_compared() {
    let modules: BTreeSet<_> = fs::read_to_string(repository("entity/src/lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .filter(|module| !["id", "kind"].contains(&module.as_str()))
        .collect();
    let compared: BTreeSet<_> = entities().into_keys().map(str::to_owned).collect();
    assert_eq!(compared, modules);
}
