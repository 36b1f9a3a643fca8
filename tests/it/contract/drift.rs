//! The migrated schema and the entities agree, table by table: same columns, same nullability, same foreign keys, on either
//! database.

use super::repository;
use crate::support::TestServer;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait, Iden as _, IdenStatic as _, Iterable as _, QueryResult,
    RelationTrait as _, Statement,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// Column by name; whether it may be null.
type Columns = BTreeMap<String, bool>;

/// Columns with the table and the column that each leads to.
type ForeignKeys = BTreeSet<(String, String, String)>;

/// What an entity says of its table.
struct Declared {
    table: String,
    columns: Columns,
    foreign_keys: ForeignKeys,
}

/// Every entity with the name of its module, to be held against the modules that there are.
macro_rules! entities {
    ($($module:ident)+) => {
        fn entities() -> BTreeMap<&'static str, Declared> {
            BTreeMap::from([$((stringify!($module), of_entity::<entity::$module::Entity>())),+])
        }
    };
}

entities! {
    application backup_code budget client data_key dev_browser dev_message event identification instance job lockout schema_change
    secret_key session sign_in sign_up signing_key totp trusted_document user verification write_probe
}

fn of_entity<E: EntityTrait>() -> Declared {
    Declared {
        table: E::default().table_name().to_owned(),
        columns: E::Column::iter()
            .map(|column| (column.as_str().to_owned(), column.def().is_null()))
            .collect(),
        foreign_keys: E::Relation::iter()
            .map(|relation| relation.def())
            .map(|relation| {
                let target = relation.to_tbl.sea_orm_table().to_string();
                (relation.from_col.to_string(), target, relation.to_col.to_string())
            })
            .collect(),
    }
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

async fn foreign_keys_of_table(database: &impl ConnectionTrait, table: &str) -> ForeignKeys {
    rows(
        database,
        &format!("SELECT \"from\" AS source, \"table\" AS target_table, \"to\" AS target FROM pragma_foreign_key_list('{table}')"),
        &format!(
            "SELECT source.attname::text AS source, target_table.relname::text AS target_table, \
                    target.attname::text AS target \
             FROM pg_constraint \
             CROSS JOIN LATERAL unnest(conkey, confkey) AS pair(source, target) \
             JOIN pg_attribute AS source ON source.attrelid = conrelid AND source.attnum = pair.source \
             JOIN pg_attribute AS target ON target.attrelid = confrelid AND target.attnum = pair.target \
             JOIN pg_class AS target_table ON target_table.oid = confrelid \
             WHERE contype = 'f' AND conrelid = to_regclass('\"{table}\"')"
        ),
    )
    .await
    .iter()
    .map(|row| {
        let text = |column| row.try_get::<String>("", column).unwrap();
        (text("source"), text("target_table"), text("target"))
    })
    .collect()
}

#[tokio::test]
async fn every_table_has_the_columns_of_its_entity() {
    let server = TestServer::start().await;
    for declared in entities().values() {
        assert_eq!(
            of_table(server.app.pool(), &declared.table).await,
            declared.columns,
            "{}: migrated on the left, entity on the right",
            declared.table
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn every_table_has_the_foreign_keys_of_its_entity() {
    let server = TestServer::start().await;
    for declared in entities().values() {
        assert_eq!(
            foreign_keys_of_table(server.app.pool(), &declared.table).await,
            declared.foreign_keys,
            "{}: migrated on the left, relations of the entity on the right",
            declared.table
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn every_table_has_an_entity() {
    let server = TestServer::start().await;
    let declared: BTreeSet<_> = entities().into_values().map(|declared| declared.table).collect();
    assert_eq!(tables(server.app.pool()).await, declared);
    server.finish().await;
}

#[test]
fn every_entity_is_compared() {
    let modules: BTreeSet<_> = fs::read_to_string(repository("entity/src/lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .filter(|module| !["id", "kind", "strategy"].contains(&module.as_str()))
        .collect();
    let compared: BTreeSet<_> = entities().into_keys().map(str::to_owned).collect();
    assert_eq!(compared, modules);
}
