//! Events are numbered in the order in which the changes took effect, whatever the clocks of the nodes say.

use crate::support::{Face, TestClient, TestServer, database::TestDatabase};
use entity::id::{InstanceId, UserId};
use futures_util::future::join_all;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use vestibule::{
    app::App,
    boot,
    notice::Notice,
    outbox::{Event, UserPayload},
    runtime::{clock::TestClock, entropy::Entropy},
    server,
    service::instance,
};

/// A second node over the database of a server, whose clock is two seconds behind.
struct Behind {
    app: App,
    base: String,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

impl Behind {
    async fn start(of: &TestServer) -> Self {
        of.advance(Duration::from_secs(2));
        let clock = TestClock::new(of.now() - 2_000);
        // Neither hears the other here, so neither remembers.
        of.app.notices().set_complete(false);
        let app = boot::boot(of.app.config().clone(), Arc::new(clock), Entropy::seeded(8))
            .await
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let (serving, stop) = (app.clone(), shutdown.clone());
        let serving = tokio::spawn(async move { server::serve(serving, listener, None, stop).await.unwrap() });
        Self {
            app,
            base,
            shutdown,
            serving,
        }
    }

    /// The same client, with its cookies, at this node.
    fn reached_by(&self, client: &TestClient) -> TestClient {
        let mut client = client.clone();
        client.base.clone_from(&self.base);
        client
    }

    async fn finish(self) {
        self.shutdown.cancel();
        self.serving.await.unwrap();
        self.app.pool().close().await.unwrap();
    }
}

/// Type and payload of each event, by position.
async fn numbered(server: &TestServer) -> Vec<(String, Value)> {
    server.run_jobs().await;
    let database = server.app.pool();
    let sql = "SELECT event_type, payload, position FROM event ORDER BY position";
    let rows = database
        .query_all_raw(Statement::from_string(database.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter()
        .zip(1..)
        .map(|(row, position)| {
            assert_eq!(row.try_get::<i64>("", "position").unwrap(), position, "dense");
            (
                row.try_get("", "event_type").unwrap(),
                row.try_get("", "payload").unwrap(),
            )
        })
        .collect()
}

/// Raises a number that the user's row holds, which waits for whoever changes the row meanwhile, and tells it.
async fn change(app: &App, instance: &InstanceId, user: &UserId) {
    let mut tx = app.begin(instance).await.unwrap();
    let connection = tx.scope();
    let statement = Statement::from_sql_and_values(
        app.pool().get_database_backend(),
        "UPDATE \"user\" SET failed_attempts = failed_attempts + 1 WHERE id = $1 RETURNING failed_attempts",
        [(*user).into()],
    );
    let row = connection.connection().query_one_raw(statement).await.unwrap().unwrap();
    let payload = UserPayload {
        id: *user,
        first_name: None,
        last_name: None,
        username: None,
        email_addresses: Vec::new(),
        created_at: i64::from(row.try_get_by_index::<i32>(0).unwrap()),
    };
    tx.announce(Notice::User(*user));
    tx.emit(&Event::UserCreated(payload)).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_writers_at_nodes_two_seconds_apart_are_numbered_as_their_changes_took_effect() {
    let server = TestServer::start().await;
    let mut users: Vec<UserId> = Vec::new();
    for name in ["ada", "grace", "mary"] {
        let (user, _) = Face::Rest
            .sign_up(&server, &server.anonymous(), &format!("{name}@example.com"))
            .await;
        users.push(user.parse().unwrap());
    }
    let before = numbered(&server).await.len();
    let node = Behind::start(&server).await;
    let instance = instance::all(&server.app).await.unwrap().instances[0].id;
    let writers = (0..200).map(|number| {
        let app = if number % 2 == 0 { &server.app } else { &node.app }.clone();
        let (instance, user) = (instance, users[number % users.len()]);
        tokio::spawn(async move { change(&app, &instance, &user).await })
    });
    for written in join_all(writers.collect::<Vec<_>>()).await {
        written.unwrap();
    }
    let mut of_users: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (_, payload) in numbered(&server).await.split_off(before) {
        let id = payload["id"].as_str().unwrap().to_owned();
        of_users
            .entry(id)
            .or_default()
            .push(payload["created_at"].as_i64().unwrap());
    }
    assert_eq!(of_users.len(), 3);
    assert_eq!(of_users.values().map(Vec::len).sum::<usize>(), 200);
    for changes in of_users.values() {
        assert_eq!(*changes, (1..).take(changes.len()).collect::<Vec<_>>());
    }
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn what_follows_from_a_change_at_another_node_is_numbered_after_it() {
    let server = TestServer::start().await;
    let node = Behind::start(&server).await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    Face::Rest
        .session(&node.reached_by(&client), "remove", &session)
        .await
        .ok();
    let kinds: Vec<_> = numbered(&server)
        .await
        .into_iter()
        .filter(|(_, payload)| payload["id"] == json!(session))
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["session.created", "session.removed"]);
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn events_of_an_older_database_keep_their_positions_and_their_order() {
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_empty(directory.path()).await;
    let connection = Database::connect(database.url()).await.unwrap();
    Migrator::up(&connection, Some(9)).await.unwrap();
    let insert = async |columns: &str, id: &str, position: &str| {
        let sql = format!(
            "INSERT INTO event ({columns}) VALUES ('{id}', 'ins_1', 'user.created', '{{\"of\":\"{id}\"}}', {position}, 5)"
        );
        connection.execute_unprepared(&sql).await.unwrap();
    };
    let columns = "id, instance_id, event_type, payload, position, created_at";
    for (id, position) in [
        ("evt_5", "NULL"),
        ("evt_3", "1"),
        ("evt_2", "3"),
        ("evt_4", "NULL"),
        ("evt_1", "2"),
    ] {
        insert(columns, id, position).await;
    }
    Migrator::up(&connection, None).await.unwrap();
    insert(columns, "evt_0", "NULL").await;
    let sql = "SELECT id, position, payload FROM event ORDER BY sequence";
    let rows = connection
        .query_all_raw(Statement::from_string(connection.get_database_backend(), sql))
        .await
        .unwrap();
    let found: Vec<(String, Option<i64>)> = rows
        .iter()
        .map(|row| {
            let id: String = row.try_get("", "id").unwrap();
            assert_eq!(row.try_get::<Value>("", "payload").unwrap(), json!({ "of": id }));
            (id, row.try_get("", "position").unwrap())
        })
        .collect();
    let expected = [
        ("evt_3", Some(1)),
        ("evt_1", Some(2)),
        ("evt_2", Some(3)),
        ("evt_4", None),
        ("evt_5", None),
        ("evt_0", None),
    ];
    assert_eq!(found, expected.map(|(id, position)| (id.to_owned(), position)));
    connection.close().await.unwrap();
    database.remove().await;
}
