//! The real process while its database cannot be written for a while: nothing that was acknowledged is lost, whoever asks is
//! told to come back, `/readyz` says so, and all is well again by itself as soon as the cause is gone.
//!
//! `VESTIBULE_TEST_DISK_ROUNDS` is how often each cause comes and goes.

use crate::support::{
    TestClient,
    database::TestDatabase,
    endurance::{Acknowledged, can_read, everything_holds, load, sign_up, start},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use sea_orm::{ConnectionTrait as _, Database};
use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, Command},
    time::{interval, timeout},
};
use tokio_util::sync::CancellationToken;

/// The command that restarts a PostgreSQL which nobody else uses.
const RESTART: &str = "VESTIBULE_TEST_POSTGRES_RESTART";
/// How long after the end of a cause all must be well, beside what two sign-ups take on this machine anyway: one of them may
/// have begun too early.
const RECOVERY: Duration = Duration::from_secs(5);
/// How long a round may wait for anything; PostgreSQL may be away for some seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the database cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The device has no room: nothing, or half a write, gets through.
    FullDisk,
    TornWrites,
    /// No file may grow beyond a limit of the process.
    FileSize,
    /// What was written does not become durable.
    FailingSync,
    /// New sessions of the database are read-only, and the old ones are ended.
    ReadOnly,
    /// Sessions are ended, again and again.
    EndedSessions,
    /// The server stops without a word and starts again.
    Restart,
}

impl Cause {
    fn is_of_sqlite(self) -> bool {
        matches!(
            self,
            Self::FullDisk | Self::TornWrites | Self::FileSize | Self::FailingSync
        )
    }

    /// Whether no write at all can succeed while it lasts.
    fn stops_all_writes(self) -> bool {
        !matches!(self, Self::EndedSessions | Self::Restart)
    }
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_passes() {
    endure(Cause::FullDisk).await;
}

#[tokio::test]
async fn writes_that_get_half_through_lose_nothing_and_pass() {
    endure(Cause::TornWrites).await;
}

#[tokio::test]
async fn a_limit_on_the_size_of_files_loses_nothing_and_passes() {
    endure(Cause::FileSize).await;
}

#[tokio::test]
async fn failing_syncs_lose_nothing_and_pass() {
    endure(Cause::FailingSync).await;
}

#[tokio::test]
async fn a_database_that_turns_read_only_loses_nothing_and_turns_back() {
    endure(Cause::ReadOnly).await;
}

#[tokio::test]
async fn sessions_that_the_server_ends_lose_nothing() {
    endure(Cause::EndedSessions).await;
}

#[tokio::test]
async fn a_database_server_that_restarts_loses_nothing() {
    if std::env::var("TEST_DATABASE_URL").is_err() {
        return;
    }
    if std::env::var(RESTART).is_ok() {
        return endure(Cause::Restart).await;
    }
    // Others use the server that is there, so this test runs once more beside one of its own.
    let run = format!("export {RESTART}=$POSTGRES_RESTART; exec \"$@\"");
    let this = "security::disk::a_database_server_that_restarts_loses_nothing";
    let beside = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres"))
        .args(["--", "bash", "-c", &run, "restarting"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", this])
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&beside.stdout);
    assert!(
        beside.status.success() && told.contains("1 passed"),
        "{told} {}",
        String::from_utf8_lossy(&beside.stderr)
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_written_harms_no_request() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_empty(directory.path()).await;
    // Whatever is written there finds no room.
    let full = File::options().write(true).open("/dev/full").unwrap();
    let environment = [("VESTIBULE_TELEMETRY_LOG_FILTER", "debug")];
    let (mut server, origin) = start(directory.path(), database.url(), &environment, full.into()).await;
    let acknowledged = Acknowledged::default();
    assert_eq!(sign_up(&origin, "ada", &acknowledged).await, Some(true));
    assert_eq!(acknowledged.requests.load(Ordering::SeqCst), 3);
    server.kill().await.unwrap();
    database.remove().await;
}

/// The process and what can be done to it.
struct World<'a> {
    directory: &'a Path,
    database: &'a TestDatabase,
    origin: String,
    server: Child,
}

async fn endure(cause: Cause) {
    if cause.is_of_sqlite() == std::env::var("TEST_DATABASE_URL").is_ok() {
        return;
    }
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let rounds: u32 = std::env::var("VESTIBULE_TEST_DISK_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_empty(directory.path()).await;
    let acknowledged = Arc::new(Acknowledged::default());
    let shim = compile_shim(directory.path()).await;
    let environment = [
        ("LD_PRELOAD", shim.as_str()),
        ("FAULTS", directory.path().to_str().unwrap()),
    ];
    let environment = if cause.is_of_sqlite() { &environment[..] } else { &[] };
    let (server, origin) = start(directory.path(), database.url(), environment, Stdio::inherit()).await;
    let mut world = World {
        directory: directory.path(),
        database: &database,
        origin: origin.clone(),
        server,
    };
    world.prepare().await;
    let never = CancellationToken::new();
    let load = load(&origin, 0, &acknowledged, &never);
    let mut random = StdRng::seed_from_u64(0x00d1_5c00);
    let mut took = Vec::new();
    for round in 0..rounds {
        took.push(world.go_through(cause, round, &acknowledged, &mut random).await);
    }
    took.sort_unstable();
    world.server.kill().await.unwrap();
    for task in load {
        task.await.unwrap();
    }
    let (mut server, origin) = start(directory.path(), database.url(), &[], Stdio::inherit()).await;
    let connection = Database::connect(database.url()).await.unwrap();
    everything_holds(&connection, &origin, &acknowledged).await;
    let numbers = format!(
        "{cause:?}: {rounds} rounds, {} requests acknowledged, {} sign-ups complete, none lost, {} requests refused, \
         until all was well {:.2} s in the middle and {:.2} s at most",
        acknowledged.requests.load(Ordering::SeqCst),
        acknowledged.complete.lock().unwrap().len(),
        acknowledged.refused.load(Ordering::SeqCst),
        took[took.len() / 2].as_secs_f64(),
        took.last().unwrap().as_secs_f64(),
    );
    eprintln!("{numbers}");
    connection.close().await.unwrap();
    server.kill().await.unwrap();
    database.remove().await;
}

/// The library that lets files fail.
async fn compile_shim(directory: &Path) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/security/faults.c");
    let library = directory.join("faults.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .await
        .unwrap();
    assert!(compiled.success());
    library.to_str().unwrap().to_owned()
}

/// Waits until something holds, looking often.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        let mut often = interval(Duration::from_millis(5));
        while !holds().await {
            often.tick().await;
        }
    };
    let waited = timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "waited in vain: {what}");
}

impl World<'_> {
    /// One round. Returns how long it took after the cause was gone until all was well.
    async fn go_through(
        &mut self,
        cause: Cause,
        round: u32,
        acknowledged: &Acknowledged,
        random: &mut StdRng,
    ) -> Duration {
        let origin = &*self.origin.clone();
        let asking = TestClient::new(origin).with_header("x-unrecorded", "1");
        let ready = async || asking.get("/readyz").await.status;
        let before = Instant::now();
        until("a sign-up before", async || {
            let name = format!("before{round}n{}", before.elapsed().as_nanos());
            sign_up(origin, &name, acknowledged).await.expect("the server lives")
        })
        .await;
        let usual = before.elapsed();
        let done = acknowledged.requests.load(Ordering::SeqCst) + random.random_range(1..20);
        until("load", async || acknowledged.requests.load(Ordering::SeqCst) >= done).await;
        let refused = acknowledged.refused.load(Ordering::SeqCst);
        self.begin(cause, random).await;
        if cause.stops_all_writes() {
            let refused = refused + random.random_range(1..12);
            until("refusals", async || {
                acknowledged.refused.load(Ordering::SeqCst) >= refused
            })
            .await;
            until("readiness to be lost", async || ready().await == 503).await;
            assert!(can_read(origin).await, "round {round}: reading goes on");
        }
        self.end(cause).await;
        let ended = Instant::now();
        let mut tried = 0_u32;
        until("a sign-up", async || {
            tried += 1;
            let name = format!("after{round}n{tried}");
            sign_up(origin, &name, acknowledged).await.expect("the server lives")
        })
        .await;
        until("readiness", async || ready().await == 200).await;
        let took = ended.elapsed();
        assert!(
            took < RECOVERY + 2 * usual,
            "round {round}: {took:?} until all was well; a sign-up took {usual:?} before"
        );
        took
    }

    /// PostgreSQL beside the tests says that a transaction is durable before it is written; not to this database.
    async fn prepare(&self) {
        if let TestDatabase::Postgres { name, .. } = self.database {
            self.administer(&format!("ALTER DATABASE {name} SET synchronous_commit = on"))
                .await;
            self.end_sessions(name).await;
        }
    }

    async fn begin(&self, cause: Cause, random: &mut StdRng) {
        match (cause, self.database) {
            (Cause::FullDisk, _) => self.switch("full", true),
            (Cause::TornWrites, _) => self.switch("torn", true),
            (Cause::FailingSync, _) => self.switch("sync", true),
            (Cause::FileSize, _) => self.limit_file_size(Some(random.random_range(0..32_768))),
            (Cause::ReadOnly, TestDatabase::Postgres { name, .. }) => {
                self.administer(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"))
                    .await;
                self.end_sessions(name).await;
            }
            (Cause::EndedSessions, TestDatabase::Postgres { name, .. }) => {
                for _ in 0..random.random_range(1..8) {
                    self.end_sessions(name).await;
                }
            }
            (Cause::Restart, _) => {
                let command = std::env::var(RESTART).unwrap();
                let restarted = Command::new("sh").args(["-c", &command]).status().await.unwrap();
                assert!(restarted.success());
            }
            _ => panic!("{cause:?} is of the other database"),
        }
    }

    async fn end(&self, cause: Cause) {
        match (cause, self.database) {
            (Cause::FullDisk, _) => self.switch("full", false),
            (Cause::TornWrites, _) => self.switch("torn", false),
            (Cause::FailingSync, _) => self.switch("sync", false),
            (Cause::FileSize, _) => self.limit_file_size(None),
            (Cause::ReadOnly, TestDatabase::Postgres { name, .. }) => {
                self.administer(&format!(
                    "ALTER DATABASE {name} SET default_transaction_read_only = off"
                ))
                .await;
            }
            _ => {}
        }
    }

    fn switch(&self, fault: &str, is_on: bool) {
        let path = self.directory.join(fault);
        match is_on {
            true => drop(File::create(path).unwrap()),
            false => fs::remove_file(path).unwrap(),
        }
    }

    fn limit_file_size(&self, bytes: Option<u64>) {
        let process = Pid::from_raw(self.server.id().unwrap().try_into().unwrap());
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(process, Resource::Fsize, limit).unwrap();
    }

    async fn end_sessions(&self, name: &str) {
        self.administer(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
    }

    async fn administer(&self, sql: &str) {
        let admin = Database::connect(std::env::var("TEST_DATABASE_URL").unwrap())
            .await
            .unwrap();
        admin.execute_unprepared(sql).await.unwrap();
        admin.close().await.unwrap();
    }
}
