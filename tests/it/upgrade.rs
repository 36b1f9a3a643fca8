//! A schema that is ahead of some nodes: those that still work go on, the others say what they need. What looks at the schema
//! changes nothing and says nothing when all is well.

use crate::support::{
    TestClient, TestServer,
    database::TestDatabase,
    endurance::{self, Acknowledged},
    process::{Installation, value_of},
    statements::CountingNode,
};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use std::{
    process::Stdio,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// The migration of a release that does not exist.
const LATER: &str = "m29990101_000001_later";

/// Writes down that a release 9.8.7 has made a change, after which releases still work that know `works_with`.
async fn make_change(connection: &DatabaseConnection, works_with: &str) {
    for sql in [
        format!(
            "INSERT INTO schema_change (version, works_with, written_by) VALUES ('{LATER}', '{works_with}', '9.8.7')"
        ),
        format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{LATER}', 1)"),
    ] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
}

async fn readiness(origin: &str) -> u16 {
    TestClient::new(origin).get("/readyz").await.status
}

/// Asks for longer than a look is believed whether all of them are ready.
async fn stay_ready(origins: &[&str]) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2_500) {
        for origin in origins {
            assert_eq!(readiness(origin).await, 200, "{origin}");
        }
    }
}

/// A node, and whoever signs up there without end.
struct Node {
    server: Child,
    origin: String,
    stop: CancellationToken,
    load: Vec<JoinHandle<()>>,
}

struct Cluster {
    directory: tempfile::TempDir,
    database: TestDatabase,
    acknowledged: Arc<Acknowledged>,
    round: u32,
}

impl Cluster {
    async fn start(&mut self, program: &str) -> Node {
        let (url, log) = (self.database.url(), Stdio::inherit());
        let (server, origin) = endurance::start_program(program, self.directory.path(), url, &[], log).await;
        self.round += 1;
        let stop = CancellationToken::new();
        let load = endurance::load(&origin, self.round, &self.acknowledged, &stop);
        Node {
            server,
            origin,
            stop,
            load,
        }
    }

    /// Until so many more requests were answered as done.
    async fn go_on(&self, requests: u32) {
        let until = self.acknowledged.requests.load(Ordering::SeqCst) + requests;
        let mut interval = tokio::time::interval(Duration::from_millis(20));
        while self.acknowledged.requests.load(Ordering::SeqCst) < until {
            interval.tick().await;
        }
    }
}

impl Node {
    /// Takes the load away, as a balancer does, and stops the node.
    async fn stop(mut self) {
        self.stop.cancel();
        for load in self.load {
            load.await.unwrap();
        }
        let id = self.server.id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .await
                .unwrap()
                .success()
        );
        assert!(self.server.wait().await.unwrap().success());
    }
}

/// With `VESTIBULE_TEST_NEXT_BINARY`, a build that has one more migration marked as compatible, that one makes the change and
/// serves beside this one.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_serve_stay_ready_and_restart_beside_a_change_that_is_marked_as_compatible() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_empty(directory.path()).await;
    let mut cluster = Cluster {
        directory,
        database,
        acknowledged: Arc::default(),
        round: 0,
    };
    let present = env!("CARGO_BIN_EXE_vestibule");
    let next = std::env::var("VESTIBULE_TEST_NEXT_BINARY").ok();
    let next = next.as_deref().unwrap_or(present);
    let old = cluster.start(present).await;
    cluster.go_on(20).await;
    let connection = Database::connect(cluster.database.url()).await.unwrap();
    if next == present {
        connection
            .execute_unprepared("ALTER TABLE \"user\" ADD COLUMN later TEXT")
            .await
            .unwrap();
        make_change(&connection, migration::names().last().unwrap()).await;
    }
    let new = cluster.start(next).await;
    let sql = format!(
        "SELECT version FROM seaql_migrations WHERE version > '{}'",
        migration::names().last().unwrap()
    );
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
    assert_eq!(
        connection.query_all_raw(statement).await.unwrap().len(),
        1,
        "it is ahead"
    );
    stay_ready(&[&old.origin, &new.origin]).await;
    cluster.go_on(100).await;
    old.stop().await;
    let old = cluster.start(present).await;
    cluster.go_on(50).await;
    new.stop().await;
    let new = cluster.start(next).await;
    stay_ready(&[&old.origin, &new.origin]).await;
    cluster.go_on(50).await;
    new.stop().await;
    old.stop.cancel();
    assert_eq!(cluster.acknowledged.refused.load(Ordering::SeqCst), 0);
    endurance::everything_holds(&connection, &old.origin, &cluster.acknowledged).await;
    old.stop().await;
    connection.close().await.unwrap();
    cluster.database.remove().await;
}

#[tokio::test]
async fn a_change_of_a_newer_release_that_is_not_compatible_ends_the_start_with_what_is_needed() {
    let installation = Installation::new().await;
    let server = installation.serve().await;
    let connection = installation.connect().await;
    assert_eq!(readiness(&server.origin).await, 200);
    make_change(&connection, LATER).await;
    while readiness(&server.origin).await == 200 {
        tokio::task::yield_now().await;
    }
    let release = env!("CARGO_PKG_VERSION");
    let changed = format!(
        "vestibule: the database was changed by a newer release ({LATER}), with which this one ({release}) does not work: start"
    );
    for command in [&["serve"][..], &["worker"], &["migrate"], &["instance", "list"]] {
        let error = installation.fail(command).await;
        assert_eq!(error, format!("{changed} Vestibule 9.8.7 or newer\n"), "{command:?}");
    }
    connection
        .execute_unprepared("DELETE FROM schema_change")
        .await
        .unwrap();
    let error = installation.fail(&["serve"]).await;
    assert_eq!(
        error,
        format!("{changed} the release that made the change, or a newer one\n")
    );
    let sql = format!("DELETE FROM seaql_migrations WHERE version = '{LATER}'");
    connection.execute_unprepared(&sql).await.unwrap();
    while readiness(&server.origin).await == 503 {
        tokio::task::yield_now().await;
    }
    connection.close().await.unwrap();
    server.stop().await;
    installation.remove().await;
}

#[tokio::test]
async fn the_schema_is_one_line_of_the_log_at_the_first_start_and_none_later() {
    let installation = Installation::private().await;
    for expected in [1, 0] {
        let mut server = installation
            .command(&["serve"])
            .env("VESTIBULE_TELEMETRY_LOG_FILTER", "info")
            // The port differs from start to start, which is told where the origin is not set.
            .env("VESTIBULE_PUBLIC_URL", "http://localhost:4000")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let origin = crate::support::process::origin_of(&mut server).await;
        stay_ready(&[&origin]).await;
        let id = server.id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .await
                .unwrap()
                .success()
        );
        let log = String::from_utf8(server.wait_with_output().await.unwrap().stderr).unwrap();
        assert_eq!(log.lines().count(), expected, "{log}");
        assert!(
            log.is_empty() || log.contains("the schema of the database was brought up to date"),
            "{log}"
        );
    }
    let output = installation.run(&["instance", "list"]).await;
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    installation.remove().await;
}

#[tokio::test]
async fn a_look_for_readiness_reads_once_and_writes_one_row() {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    assert_eq!(node.reached_by(&server.anonymous()).get("/readyz").await.status, 200);
    let statements = node.take();
    assert_eq!(statements.len(), 2, "{statements:?}");
    assert!(statements[0].starts_with("SELECT applied.version"), "{statements:?}");
    assert!(
        statements[1].starts_with("INSERT INTO \"write_probe\""),
        "{statements:?}"
    );
    node.finish().await;
    server.finish().await;
}

/// What PostgreSQL lets a role do is its own; a file is written or not.
#[tokio::test]
async fn a_role_that_may_only_read_and_write_rows_serves_and_says_what_it_may_not() {
    let installation = Installation::private().await;
    let connection = installation.connect().await;
    if connection.get_database_backend() != DbBackend::Postgres {
        return installation.remove().await;
    }
    let role = format!("rows_{}", std::process::id());
    for sql in [
        format!("CREATE ROLE {role} LOGIN"),
        // As PostgreSQL 15 has it by itself.
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned(),
    ] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    let mut url = url::Url::parse(installation.url()).unwrap();
    url.set_username(&role).unwrap();
    let environment = [("VESTIBULE_DATABASE_URL", url.as_str())];
    let refused = async || {
        let mut command = installation.command(&["serve"]);
        let output = command.envs(environment).output().await.unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let release = env!("CARGO_PKG_VERSION");
    let lacks = |missing: usize| {
        format!(
            "vestibule: the database lacks {missing} change(s) of this release ({release}), or this role may not see its tables; \
             and it may not change them: run `vestibule migrate` with a role that owns the tables, and grant this one SELECT, \
             INSERT, UPDATE and DELETE on them\n"
        )
    };
    assert_eq!(refused().await, lacks(migration::names().len()));
    installation.succeed(&["migrate"]).await;
    let grant = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
    connection.execute_unprepared(&grant).await.unwrap();
    for _ in 0..2 {
        let server = installation.serve_with(&environment).await;
        stay_ready(&[&server.origin]).await;
        let client = TestClient::new(&server.origin);
        assert!(value_of(&server.printed, "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY").starts_with("pk_test_"));
        let name = format!(
            "ada{}+clerk_test@example.com",
            server.origin.rsplit(':').next().unwrap()
        );
        let fields = [
            ("email_address", name.as_str()),
            ("password", "correct horse battery staple"),
        ];
        let created = client.post("/v1/client/sign_ups", &fields).await;
        assert_eq!(created.status, 200, "{}", created.text);
        server.stop().await;
    }
    for sql in [format!("DROP OWNED BY {role}"), format!("DROP ROLE {role}")] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    connection.close().await.unwrap();
    installation.remove().await;
}

#[tokio::test]
async fn an_address_that_was_stored_with_an_encoded_domain_is_found_by_every_spelling() {
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_empty(directory.path()).await;
    let connection = Database::connect(database.url()).await.unwrap();
    Migrator::up(&connection, Some(11)).await.unwrap();
    let before = [
        ("idn_1", "ada@xn--bcher-kva.example", true),
        ("idn_2", "grace@xn--bcher-kva.example", false),
        // Taken in both spellings by then.
        ("idn_3", "joan@xn--bcher-kva.example", true),
        ("idn_4", "joan@b\u{fc}cher.example", true),
        ("idn_5", "ada@xn--zzzzzzzz9999.example", true),
        ("idn_6", "xn--ada@example.com", true),
    ];
    if connection.get_database_backend() == DbBackend::Sqlite {
        connection
            .execute_unprepared("PRAGMA foreign_keys = OFF")
            .await
            .unwrap();
    } else {
        connection
            .execute_unprepared("ALTER TABLE identification DISABLE TRIGGER ALL")
            .await
            .unwrap();
    }
    for (id, value, claimed) in before {
        let sql = format!(
            "INSERT INTO identification (id, instance_id, kind, value, display, claimed, verified, created_at, updated_at) \
             VALUES ('{id}', 'ins_1', 'email_address', '{value}', '{value}', {claimed}, {claimed}, 5, 5)"
        );
        connection.execute_unprepared(&sql).await.unwrap();
    }
    Migrator::up(&connection, None).await.unwrap();
    let sql = "SELECT value FROM identification WHERE value <> '' ORDER BY id";
    let rows = connection
        .query_all_raw(Statement::from_string(connection.get_database_backend(), sql))
        .await
        .unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.try_get("", "value").unwrap()).collect();
    assert_eq!(
        found,
        [
            "ada@b\u{fc}cher.example",
            "grace@b\u{fc}cher.example",
            before[2].1,
            before[3].1,
            before[4].1,
            before[5].1
        ]
    );
    connection.close().await.unwrap();
    database.remove().await;
}
