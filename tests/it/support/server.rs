//! A server of the test's own: port 0, a clock that only the test turns, seeded randomness, mail in memory. Jobs run when
//! the test says so.

use super::{client::TestClient, database::TestDatabase};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use vestibule::{
    app::App,
    boot,
    config::Config,
    outbound::mail::Mailer,
    runtime::{
        clock::{Clock as _, TestClock},
        entropy::Entropy,
    },
    server,
    service::instance::{self, CreateInstance, FirstOrigin},
    worker::Worker,
};

/// When every test begins: 2026-11-20 around noon, in Unix milliseconds.
pub const NOW: i64 = 1_795_176_000_123;
/// The secret key of the first instance.
pub const SECRET_KEY: &str = "sk_test_0123456789abcdef0123456789abcdef";
/// Opens the data keys of the template.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A running server. Call [`TestServer::finish`] at the end: it fails when jobs are left over.
pub struct TestServer {
    pub app: App,
    pub clock: TestClock,
    pub origin: String,
    /// Where it listens, whatever its origin says: `http://127.0.0.1:<port>`.
    pub address: String,
    mailer: Mailer,
    database: Option<TestDatabase>,
    directory: tempfile::TempDir,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<()>>,
    extra: Vec<(String, String)>,
}

impl TestServer {
    /// A server with default settings but generous budgets.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with further environment variables.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let directory = tempfile::tempdir().unwrap();
        let database = TestDatabase::create(directory.path(), make_template).await;
        let extra: Vec<_> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let clock = TestClock::new(NOW);
        let Running {
            app,
            mailer,
            origin,
            address,
            shutdown,
            serving,
        } = run(database.url(), directory.path(), &extra, &clock, Entropy::seeded(7)).await;
        Self {
            app,
            clock,
            origin,
            address,
            mailer,
            database: Some(database),
            directory,
            shutdown,
            serving: Some(serving),
            extra,
        }
    }

    /// Stops the server as a crash would and starts it again on the same database.
    pub async fn restart(&mut self) {
        self.shutdown.cancel();
        self.serving.take().unwrap().await.unwrap();
        let database = self.database.as_ref().unwrap();
        // Another seed: the randomness of a new process must not repeat identifiers of the old one.
        let entropy = Entropy::seeded(self.clock.now().unsigned_abs() ^ 0x5eed);
        let Running {
            app,
            mailer,
            origin,
            address,
            shutdown,
            serving,
        } = run(database.url(), self.directory.path(), &self.extra, &self.clock, entropy).await;
        (self.app, self.mailer, self.origin, self.address) = (app, mailer, origin, address);
        (self.shutdown, self.serving) = (shutdown, Some(serving));
    }

    /// Turns the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Runs every job that is due. Returns how many there were.
    pub async fn run_jobs(&self) -> usize {
        Worker::new(self.app.clone(), self.mailer.clone())
            .run_until_idle()
            .await
            .unwrap()
    }

    /// A browser that has never been here.
    pub fn anonymous(&self) -> TestClient {
        TestClient::new(&self.address).at_host(self.origin.split_once("://").unwrap().1)
    }

    /// The backend of the first instance.
    pub fn backend(&self) -> TestClient {
        self.anonymous().with_secret_key(SECRET_KEY)
    }

    /// Changes settings of the first instance.
    pub async fn settings(&self, patch: Value) {
        let first = instance::all(&self.app).await.unwrap().instances[0].id;
        instance::patch_settings(&self.app, &first, &patch, None).await.unwrap();
    }

    /// Makes a production instance of the first one, as if an operator had created it so.
    pub async fn make_production(&self) {
        self.execute("UPDATE instance SET environment = 'production'").await;
    }

    /// Runs a statement, for what no verb does yet.
    pub async fn execute(&self, sql: &str) {
        use sea_orm::ConnectionTrait as _;
        self.app.pool().execute_unprepared(sql).await.unwrap();
        // No transaction of ours has told what changed.
        self.app.notices().publish(&[vestibule::notice::Notice::Lost]);
    }

    /// The one number that a statement selects.
    pub async fn count(&self, sql: &str) -> i64 {
        use sea_orm::ConnectionTrait as _;
        let backend = self.app.pool().get_database_backend();
        let row = self
            .app
            .pool()
            .query_one_raw(sea_orm::Statement::from_string(backend, sql))
            .await
            .unwrap()
            .unwrap();
        row.try_get_by_index::<i64>(0)
            .or_else(|_| row.try_get_by_index::<i32>(0).map(i64::from))
            .unwrap()
    }

    /// A second instance of the same server, reached by `Host`. Returns its host and its secret key.
    pub async fn second_instance(&self) -> (String, String) {
        let port = url::Url::parse(&self.address).unwrap().port().unwrap();
        let input = CreateInstance {
            slug: "other".to_owned(),
            environment: entity::kind::InstanceEnvironment::Development,
            origin: None,
            port,
        };
        let created = instance::create(&self.app, input).await.unwrap();
        instance::patch_settings(&self.app, &created.id, &generous_limits(), None)
            .await
            .unwrap();
        (
            created.origin.trim_start_matches("http://").to_owned(),
            created.secret_key,
        )
    }

    /// The newest code in the inbox of `address`, after running what is due.
    pub async fn last_code(&self, address: &str) -> String {
        self.run_jobs().await;
        let reply = self
            .backend()
            .graphql(
                "query($to: String) { devInbox(first: 1, filter: { to: $to }) { nodes { code } } }",
                json!({ "to": address }),
            )
            .await;
        reply.body["data"]["devInbox"]["nodes"][0]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no code for {address}: {}", reply.body))
            .to_owned()
    }

    /// Runs what is due, fails if anything is left, and removes the database.
    pub async fn finish(mut self) {
        self.run_jobs().await;
        let left = {
            use sea_orm::{EntityTrait as _, PaginatorTrait as _};
            entity::job::Entity::find().count(self.app.pool()).await.unwrap()
        };
        assert_eq!(left, 0, "jobs are left over");
        let unnumbered = self.count("SELECT count(*) FROM event WHERE position IS NULL").await;
        assert_eq!(unnumbered, 0, "events have no position");
        self.shutdown.cancel();
        self.serving.take().unwrap().await.unwrap();
        self.app.pool().close().await.unwrap();
        self.database.take().unwrap().remove().await;
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        assert!(
            self.serving.is_none() || std::thread::panicking(),
            "a test server was dropped without being finished"
        );
    }
}

/// Budgets so large that only a test of budgets meets them.
fn generous_limits() -> Value {
    let limit = 10_000_000;
    json!({ "limit": {
        "sign_in_create_per_network": limit, "sign_in_create_per_instance": limit,
        "sign_up_create_per_network": limit, "sign_up_create_per_instance": limit,
        "attempt_per_network": limit, "attempt_per_instance": limit,
        "code_send_per_mailbox": limit, "code_send_per_network": limit, "code_send_per_instance": limit,
        "client_create_per_network": limit, "session_change_per_network": limit, "environment_update_per_network": limit,
    }, "attack_protection": { "user_lockout": { "max_attempts_per_network": 10_000 } } })
}

fn config(database_url: &str, directory: &std::path::Path, extra: &[(String, String)]) -> Config {
    let mut environment: Vec<(String, String)> = [
        ("VESTIBULE_DATABASE_URL", database_url),
        ("VESTIBULE_DATA_DIR", directory.to_str().unwrap()),
        ("VESTIBULE_LISTEN", "127.0.0.1:0"),
        ("VESTIBULE_SECRET_KEY", SECRET_KEY),
        ("VESTIBULE_MASTER_KEY", MASTER_KEY),
        ("VESTIBULE_HASHER_MEMORY_KIB", "16"),
        ("VESTIBULE_HASHER_ITERATIONS", "1"),
        ("VESTIBULE_HASHER_QUEUE", "1000"),
        ("VESTIBULE_DATABASE_MAX_CONNECTIONS", "8"),
        ("VESTIBULE_DATABASE_SYNCHRONOUS", "normal"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (name, value) in extra {
        environment.retain(|(known, _)| known != name);
        environment.push((name.clone(), value.clone()));
    }
    Config::load(None, environment.into_iter(), boot::JUDGES).unwrap()
}

/// Migrates and bootstraps an empty database, for all tests to copy.
async fn make_template(url: &str) {
    let directory = tempfile::tempdir().unwrap();
    let config = config(url, directory.path(), &[]);
    let app = boot::boot(config, Arc::new(TestClock::new(NOW - 1_000)), Entropy::seeded(1))
        .await
        .unwrap();
    let first = instance::bootstrap(&app, FirstOrigin::Assumed("http://localhost:1"), Some(SECRET_KEY))
        .await
        .unwrap();
    instance::patch_settings(&app, &first.id, &generous_limits(), None)
        .await
        .unwrap();
    let (mailer, _) = Mailer::memory();
    Worker::new(app.clone(), mailer).run_until_idle().await.unwrap();
    if url.starts_with("sqlite") {
        use sea_orm::ConnectionTrait as _;
        // Everything into the one file that is copied.
        app.pool()
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .unwrap();
    }
    app.pool().close().await.unwrap();
}

/// The parts of a server that listens.
struct Running {
    app: App,
    mailer: Mailer,
    origin: String,
    address: String,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

async fn run(
    url: &str,
    directory: &std::path::Path,
    extra: &[(String, String)],
    clock: &TestClock,
    entropy: Entropy,
) -> Running {
    let config = config(url, directory, extra);
    let listener = TcpListener::bind(config.http.listen).await.unwrap();
    let listening = listener.local_addr().unwrap();
    let (origin, address) = (
        server::public_origin(&config.http, listening),
        format!("http://{listening}"),
    );
    let app = boot::boot(config, Arc::new(clock.clone()), entropy).await.unwrap();
    instance::bootstrap(&app, FirstOrigin::Configured(&origin), Some(SECRET_KEY))
        .await
        .unwrap();
    // No other process changes this database, so nothing is missed.
    app.notices().set_complete(true);
    let mailer = match &app.config().mail.smtp_url {
        Some(_) => Mailer::memory().0,
        None => Mailer::from_config(&app.config().mail, None).unwrap(),
    };
    let shutdown = CancellationToken::new();
    let serving = {
        let (app, shutdown) = (app.clone(), shutdown.clone());
        tokio::spawn(async move {
            let tls = server::load_tls(&app.config().http).await.unwrap();
            server::serve(app, listener, tls, shutdown).await.unwrap();
        })
    };
    Running {
        app,
        mailer,
        origin,
        address,
        shutdown,
        serving,
    }
}
