//! What was answered as done is kept. A connection whose transaction did not end as it was told to is never used again, and
//! a transaction of which anything failed is not committed, whoever overlooked it.

use crate::support::{Face, TestClient, TestServer, statements::CountingNode};
use futures_util::{FutureExt as _, future::join_all, poll};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use std::{pin::pin, time::Duration};
use vestibule::{service::instance, store::Tx};

/// As few connections as there may be, so that a test reaches all of them.
const FEW_CONNECTIONS: (&str, &str) = ("VESTIBULE_DATABASE_MAX_CONNECTIONS", "2");

fn is_sqlite() -> bool {
    std::env::var("TEST_DATABASE_URL").is_err()
}

/// A connection that knows only what was committed.
async fn onlooker(server: &TestServer) -> DatabaseConnection {
    Database::connect(server.app.config().database.url.expose())
        .await
        .unwrap()
}

async fn number(connection: &impl ConnectionTrait, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index::<i64>(0)
        .or_else(|_| row.try_get_by_index::<i32>(0).map(i64::from))
        .unwrap()
}

async fn begin(server: &TestServer) -> Tx {
    let first = instance::all(&server.app).await.unwrap().instances[0].id;
    server.app.begin(&first).await.unwrap()
}

async fn run(tx: &Tx, sql: &str) -> bool {
    tx.scope().connection().execute_unprepared(sql).await.is_ok()
}

/// A client of its own, for an answer that no contract records.
fn visitor(server: &TestServer) -> TestClient {
    server.anonymous().with_header("x-unrecorded", "1")
}

async fn sign_up(server: &TestServer, name: &str) -> Result<String, String> {
    let address = format!("{name}@example.com");
    let fields = [("email_address", address.as_str()), ("strategy", "email_code")];
    let outcome = Face::Rest.sign_up_create(&visitor(server), &fields).await;
    if outcome.reply.status == 200 {
        return Ok(outcome.id());
    }
    if outcome.reply.status == 503 {
        assert_eq!(outcome.reply.header("retry-after"), Some("1"));
    }
    Err(outcome.code().to_owned())
}

/// Runs a statement on both connections that there may be: a transaction holds one meanwhile. Returns where it succeeded.
async fn on_each(server: &TestServer, sql: &str) -> [bool; 2] {
    let tx = begin(server).await;
    let first = run(&tx, sql).await;
    let second = server.app.pool().execute_unprepared(sql).await.is_ok();
    if first {
        tx.commit().await.unwrap();
    }
    [first, second]
}

/// Lets the file not grow, as a full disk does. SQLite ends a transaction by itself then.
async fn fill_disk(server: &TestServer) {
    assert_eq!(on_each(server, "PRAGMA max_page_count = 1").await, [true, true]);
}

async fn make_room(server: &TestServer) {
    assert_eq!(on_each(server, "PRAGMA max_page_count = 1000000").await, [true, true]);
}

/// Sign-ups until one is refused.
async fn until_refused(server: &TestServer) -> u32 {
    for tried in 0..500 {
        if let Err(code) = sign_up(server, &format!("filler{tried}")).await {
            assert_eq!(code, "service_unavailable");
            return tried;
        }
    }
    panic!("the disk is never full");
}

#[tokio::test]
async fn a_transaction_that_sqlite_ended_by_itself_makes_no_later_write_vanish() {
    if !is_sqlite() {
        return;
    }
    let server = TestServer::start_with(&[FEW_CONNECTIONS]).await;
    let onlooker = onlooker(&server).await;
    fill_disk(&server).await;
    let kept = until_refused(&server).await;
    let stored = number(&onlooker, "SELECT COUNT(*) FROM sign_up").await;
    assert_eq!(stored, i64::from(kept), "what was refused is not there");
    make_room(&server).await;
    drop(begin(&server).await);
    for name in ["ada", "grace"] {
        let id = sign_up(&server, name).await.unwrap();
        let found = number(&onlooker, &format!("SELECT COUNT(*) FROM sign_up WHERE id = '{id}'")).await;
        assert_eq!(found, 1, "what was answered as done is there for everybody");
    }
    onlooker.close().await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn after_a_commit_that_failed_its_connection_is_never_used_again() {
    let server = TestServer::start_with(&[FEW_CONNECTIONS]).await;
    server
        .execute("CREATE TABLE parent (id INTEGER PRIMARY KEY, child INTEGER)")
        .await;
    server
        .execute(
            "CREATE TABLE orphan (id INTEGER PRIMARY KEY, \
             parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .await;
    // It goes with its connection.
    let mark = "CREATE TEMPORARY TABLE marked (id INTEGER)";
    assert_eq!(on_each(&server, mark).await, [true, true]);
    let find_mark = "SELECT id FROM marked";
    assert_eq!(on_each(&server, find_mark).await, [true, true]);
    let tx = begin(&server).await;
    assert!(run(&tx, "INSERT INTO orphan VALUES (1, 7)").await);
    assert!(tx.commit().await.is_err(), "the parent is missing");
    assert_eq!(
        on_each(&server, find_mark).await,
        [false, false],
        "these are other connections"
    );
    assert_eq!(server.count("SELECT COUNT(*) FROM orphan").await, 0);
    let tx = begin(&server).await;
    assert!(run(&tx, "INSERT INTO parent VALUES (7, 1)").await);
    tx.commit().await.unwrap();
    let onlooker = onlooker(&server).await;
    assert_eq!(number(&onlooker, "SELECT COUNT(*) FROM parent").await, 1);
    onlooker.close().await.unwrap();
    server.execute("DROP TABLE orphan").await;
    server.execute("DROP TABLE parent").await;
    server.finish().await;
}

#[tokio::test]
async fn a_commit_that_the_database_fails_is_answered_by_unavailable_and_nothing_is_kept() {
    // SQLite's commits are made to fail by the file system, in the rounds of `disk`.
    if is_sqlite() {
        return;
    }
    let server = TestServer::start().await;
    server
        .execute(
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'stopping' USING ERRCODE = '57P01'; END $$",
        )
        .await;
    server
        .execute(
            "CREATE CONSTRAINT TRIGGER stopping AFTER INSERT ON sign_up DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION stop()",
        )
        .await;
    assert_eq!(sign_up(&server, "ada").await, Err("service_unavailable".to_owned()));
    server.execute("DROP TRIGGER stopping ON sign_up").await;
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 0);
    sign_up(&server, "ada").await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn a_transaction_of_which_a_statement_failed_is_not_committed() {
    let server = TestServer::start().await;
    server.execute("CREATE TABLE note (id INTEGER PRIMARY KEY)").await;
    let tx = begin(&server).await;
    assert!(run(&tx, "INSERT INTO note VALUES (1)").await);
    assert!(!run(&tx, "INSERT INTO nowhere VALUES (1)").await);
    assert!(!run(&tx, "INSERT INTO note VALUES (2)").await, "nothing runs after it");
    assert!(
        tx.commit().await.is_err(),
        "PostgreSQL would have said yes and rolled back"
    );
    assert_eq!(server.count("SELECT COUNT(*) FROM note").await, 0);
    server.execute("DROP TABLE note").await;
    server.finish().await;
}

#[tokio::test]
async fn a_transaction_of_which_a_statement_was_given_up_is_not_committed() {
    let server = TestServer::start().await;
    server.execute("CREATE TABLE note (id INTEGER PRIMARY KEY)").await;
    let tx = begin(&server).await;
    // Long enough not to have ended at the first look.
    let many = "INSERT INTO note WITH RECURSIVE number (i) AS \
                (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < 100000) SELECT i FROM number";
    assert_eq!(run(&tx, many).now_or_never(), None);
    assert!(tx.commit().await.is_err());
    assert_eq!(server.count("SELECT COUNT(*) FROM note").await, 0);
    server.execute("DROP TABLE note").await;
    server.finish().await;
}

#[tokio::test]
async fn a_beginning_that_nobody_waits_for_leaves_no_transaction_behind() {
    let server = TestServer::start_with(&[FEW_CONNECTIONS]).await;
    server.execute("CREATE TABLE note (id INTEGER PRIMARY KEY)").await;
    let first = instance::all(&server.app).await.unwrap().instances[0].id;
    let onlooker = onlooker(&server).await;
    for patience in 0..30 {
        {
            let mut begun = pin!(server.app.begin(&first));
            for _ in 0..patience {
                if poll!(begun.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // Outside of any transaction, so it is there at once.
        server.execute(&format!("INSERT INTO note VALUES ({patience})")).await;
        let seen = number(&onlooker, "SELECT COUNT(*) FROM note").await;
        assert_eq!(seen, patience + 1, "after {patience} looks at the beginning");
    }
    onlooker.close().await.unwrap();
    server.execute("DROP TABLE note").await;
    server.finish().await;
}

#[tokio::test]
async fn whoever_writes_to_an_sqlite_file_waits_in_turn_and_reading_goes_on() {
    if !is_sqlite() {
        return;
    }
    let server = TestServer::start_with(&[FEW_CONNECTIONS]).await;
    let first = begin(&server).await;
    let mut waiting: Vec<_> = (0..20).map(|_| Box::pin(begin(&server))).collect();
    for next in &mut waiting {
        assert!(poll!(next.as_mut()).is_pending());
    }
    assert_eq!(visitor(&server).get("/v1/environment").await.status, 200);
    first.commit().await.unwrap();
    // By asking again and again, each would have its turn by chance.
    while !waiting.is_empty() {
        let next = waiting.remove(0).await;
        for later in &mut waiting {
            assert!(poll!(later.as_mut()).is_pending());
        }
        next.commit().await.unwrap();
    }
    drop(waiting);
    server.finish().await;
}

#[tokio::test]
async fn a_row_that_is_returned_by_a_write_is_stored() {
    if !is_sqlite() {
        return;
    }
    let server = TestServer::start().await;
    server
        .execute("CREATE TABLE orphan (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES client (id) DEFERRABLE INITIALLY DEFERRED)")
        .await;
    let backend = server.app.pool().get_database_backend();
    let write = Statement::from_string(backend, "INSERT INTO orphan VALUES (1, 7) RETURNING id");
    let returned = server.app.pool().query_one_raw(write).await;
    let stored = server.count("SELECT COUNT(*) FROM orphan").await;
    assert!(
        returned.is_err(),
        "it cannot be committed, and {stored} rows are stored"
    );
    server.execute("DROP TABLE orphan").await;
    server.finish().await;
}

#[tokio::test]
async fn connections_that_turned_read_only_are_replaced() {
    let server = TestServer::start_with(&[FEW_CONNECTIONS]).await;
    let turn = if is_sqlite() {
        "PRAGMA query_only = ON"
    } else {
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    };
    assert_eq!(on_each(&server, turn).await, [true, true]);
    assert_eq!(sign_up(&server, "ada").await, Err("service_unavailable".to_owned()));
    sign_up(&server, "ada").await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn readiness_is_lost_with_the_first_write_that_fails_and_comes_back_by_itself() {
    if is_sqlite() {
        return;
    }
    let server = TestServer::start().await;
    let ready = async || visitor(&server).get("/readyz").await.status;
    assert_eq!(ready().await, 200);
    let (name, admin) = administrator(&server).await;
    for is_on in ["on", "off"] {
        admin
            .execute_unprepared(&format!(
                "ALTER DATABASE {name} SET default_transaction_read_only = {is_on}"
            ))
            .await
            .unwrap();
        if is_on == "on" {
            // Only sessions that begin later are read-only.
            admin
                .execute_unprepared(&format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                ))
                .await
                .unwrap();
            while sign_up(&server, "ada").await != Err("service_unavailable".to_owned()) {}
            assert_eq!(ready().await, 503, "though it was good a moment ago");
            // Reading goes on.
            assert_eq!(visitor(&server).get("/v1/environment").await.status, 200);
        } else {
            while ready().await != 200 {
                tokio::task::yield_now().await;
            }
        }
    }
    sign_up(&server, "grace").await.unwrap();
    admin.close().await.unwrap();
    server.finish().await;
}

/// The name of the server's database, and a connection to another one.
async fn administrator(server: &TestServer) -> (String, DatabaseConnection) {
    let url = url::Url::parse(server.app.config().database.url.expose()).unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    let admin = Database::connect(std::env::var("TEST_DATABASE_URL").unwrap())
        .await
        .unwrap();
    (name, admin)
}

#[tokio::test]
async fn readiness_asks_for_a_row_that_is_stored_and_for_the_present_schema() {
    let server = TestServer::start().await;
    let ready = async || visitor(&server).get("/readyz").await.status;
    assert_eq!(ready().await, 200);
    for (gone, back) in [
        (
            "ALTER TABLE write_probe RENAME TO gone",
            "ALTER TABLE gone RENAME TO write_probe",
        ),
        (
            "UPDATE seaql_migrations SET version = 'x' || version WHERE version LIKE '%_write_probe'",
            "UPDATE seaql_migrations SET version = substr(version, 2) WHERE version LIKE 'x%'",
        ),
    ] {
        server.execute(gone).await;
        while ready().await == 200 {
            tokio::task::yield_now().await;
        }
        server.execute(back).await;
        while ready().await == 503 {
            tokio::task::yield_now().await;
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_storm_of_questions_for_readiness_writes_once() {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    let asking = node.reached_by(&visitor(&server));
    let answers = join_all((0..100).map(|_| asking.get("/readyz"))).await;
    assert!(answers.iter().all(|reply| reply.status == 200));
    let statements = node.take();
    let writes = statements.iter().filter(|sql| sql.contains("write_probe"));
    // A slow machine may take longer than a second over the hundred.
    assert!((1..=3).contains(&writes.count()), "{statements:?}");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn what_the_worker_could_not_store_for_want_of_room_it_stores_later() {
    if !is_sqlite() {
        return;
    }
    let server = TestServer::start_with(&[FEW_CONNECTIONS]).await;
    let onlooker = onlooker(&server).await;
    for number in 0..40 {
        sign_up(&server, &format!("person{number}")).await.unwrap();
    }
    fill_disk(&server).await;
    server.run_jobs().await;
    let stored = number(&onlooker, "SELECT COUNT(*) FROM dev_message").await;
    assert!(stored < 40, "the disk was full");
    make_room(&server).await;
    drop(begin(&server).await);
    for _ in 0..20 {
        server.advance(Duration::from_secs(60));
        server.run_jobs().await;
    }
    for what in ["dev_message", "sign_up"] {
        assert_eq!(
            number(&onlooker, &format!("SELECT COUNT(*) FROM {what}")).await,
            40,
            "{what}"
        );
    }
    let unnumbered = number(&onlooker, "SELECT COUNT(*) FROM event WHERE position IS NULL").await;
    assert_eq!(unnumbered, 0);
    onlooker.close().await.unwrap();
    server.finish().await;
}

#[tokio::test]
async fn whoever_changes_sessions_again_and_again_is_refused_before_others_wait_for_it() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    server
        .settings(serde_json::json!({ "limit": { "session_change_per_network": 1 } }))
        .await;
    // Who has no client spends nothing of it.
    for (method, path) in [("DELETE", "/v1/client"), ("DELETE", "/v1/client/sessions")] {
        let nobody = server.anonymous().form(method, path, &[]).await;
        assert_eq!(nobody.codes(), ["resource_not_found"]);
    }
    Face::Rest.session(&client, "touch", &session).await.ok();
    for face in [Face::Rest, Face::Graphql] {
        for verb in ["touch", "end", "remove"] {
            let refused = face.session(&client, verb, &session).await;
            assert_eq!(refused.code(), "too_many_requests", "{verb}");
        }
    }
    for (method, path) in [("PUT", ""), ("DELETE", ""), ("DELETE", "/sessions")] {
        let refused = client.form(method, &format!("/v1/client{path}"), &[]).await;
        assert_eq!(refused.codes(), ["too_many_requests"], "{method} {path}");
        assert!(refused.header("retry-after").is_some(), "{method} {path}");
    }
    for mutation in ["clientReplace", "clientDelete"] {
        let document = format!("mutation {{ {mutation}(input: {{}}) {{ userErrors {{ code }} }} }}");
        let refused = client.graphql(&document, serde_json::json!({})).await;
        assert!(
            refused.text.contains("TOO_MANY_REQUESTS"),
            "{mutation}: {}",
            refused.text
        );
    }
    assert_eq!(client.get("/v1/me").await.status, 200);
    server.finish().await;
}
