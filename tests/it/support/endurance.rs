//! The real process under load, while the world around it fails: sign-ups without end, what of them was acknowledged, and
//! whether all of it is in the database afterwards.

use super::{Reply, TestClient, process::origin_of, settings::update_settings};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

const SECRET_KEY: &str = "sk_test_crashcrashcrashcrashcrash0";
const PASSWORD: &str = "correct horse battery staple";
/// Sign-ups under way at the same time.
const WORKERS: u32 = 4;

/// What the server has acknowledged.
#[derive(Default)]
pub struct Acknowledged {
    /// User, session and address of complete sign-ups.
    pub complete: Mutex<Vec<(String, String, String)>>,
    /// Addresses that a mail was promised to.
    pub promised: Mutex<Vec<String>>,
    /// Requests that were answered as done.
    pub requests: AtomicU32,
    /// Requests that were answered by 503.
    pub refused: AtomicU32,
}

/// What became of a request.
enum Answer {
    Done(Value),
    /// 503, to be tried again.
    Refused,
    /// The server was killed meanwhile.
    Gone,
}

/// Starts the server and waits until it has said where it is.
pub async fn start(directory: &Path, database: &str, environment: &[(&str, &str)], log: Stdio) -> (Child, String) {
    let program = env!("CARGO_BIN_EXE_vestibule");
    start_program(program, directory, database, environment, log).await
}

/// The same with another build of it.
pub async fn start_program(
    program: &str,
    directory: &Path,
    database: &str,
    environment: &[(&str, &str)],
    log: Stdio,
) -> (Child, String) {
    let mut server = Command::new(program)
        .current_dir(directory)
        .env("VESTIBULE_LISTEN", "127.0.0.1:0")
        .env("VESTIBULE_DATA_DIR", directory)
        .env("VESTIBULE_DATABASE_URL", database)
        .env("VESTIBULE_SECRET_KEY", SECRET_KEY)
        .env("VESTIBULE_HASHER_MEMORY_KIB", "16")
        .env("VESTIBULE_HASHER_ITERATIONS", "1")
        .env("VESTIBULE_TELEMETRY_LOG_FILTER", "error")
        // A lease of a killed process must not hold a job for longer than this test waits.
        .env("VESTIBULE_WORKER_LEASE_SECONDS", "1")
        .env("VESTIBULE_WORKER_POLL_INTERVAL_MS", "50")
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let origin = origin_of(&mut server).await;
    let limits = json!({ "limit": {
        "sign_up_create_per_network": 10_000_000, "attempt_per_network": 10_000_000,
        "client_create_per_network": 10_000_000, "code_send_per_network": 10_000_000,
    } });
    update_settings(&TestClient::new(&origin).with_secret_key(SECRET_KEY), &limits).await;
    (server, origin)
}

/// Somebody new. What the server answers while it is broken on purpose is in no document.
fn whoever(origin: &str) -> TestClient {
    TestClient::new(origin).with_header("x-unrecorded", "1")
}

/// Load on a server, until it is gone or `stop`.
pub fn load(
    origin: &str,
    round: u32,
    acknowledged: &Arc<Acknowledged>,
    stop: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    (0..WORKERS)
        .map(|worker| {
            let (origin, acknowledged, stop) = (origin.to_owned(), Arc::clone(acknowledged), stop.clone());
            tokio::spawn(async move {
                let mut number = 0_u64;
                while !stop.is_cancelled() {
                    let name = format!("r{round}w{worker}n{number}");
                    if sign_up(&origin, &name, &acknowledged).await.is_none() {
                        return;
                    }
                    number += 1;
                }
            })
        })
        .collect()
}

/// Signs one person up completely, and begins another sign-up that is promised a mail. Returns whether all was done; nothing
/// when the server is gone.
pub async fn sign_up(origin: &str, name: &str, acknowledged: &Acknowledged) -> Option<bool> {
    let client = whoever(origin);
    let test_address = format!("{name}+clerk_test@example.com");
    let fields = [
        ("email_address", test_address.as_str()),
        ("password", PASSWORD),
        ("strategy", "email_code"),
    ];
    let created = match post(&client, "/v1/client/sign_ups", &fields, acknowledged).await {
        Answer::Done(body) => body,
        Answer::Refused => return Some(false),
        Answer::Gone => return None,
    };
    let id = created["response"]["id"].as_str().unwrap();
    let path = format!("/v1/client/sign_ups/{id}/attempt_verification");
    let code = [("strategy", "email_code"), ("code", "424242")];
    let done = match post(&client, &path, &code, acknowledged).await {
        Answer::Done(body) => body,
        Answer::Refused => return Some(false),
        Answer::Gone => return None,
    };
    let text = |field: &str| done["response"][field].as_str().unwrap().to_owned();
    let complete = (text("created_user_id"), text("created_session_id"), test_address);
    acknowledged.complete.lock().unwrap().push(complete);
    let address = format!("{name}@example.com");
    let fields = [("email_address", address.as_str()), ("strategy", "email_code")];
    match post(&whoever(origin), "/v1/client/sign_ups", &fields, acknowledged).await {
        Answer::Done(_) => {
            acknowledged.promised.lock().unwrap().push(address);
            Some(true)
        }
        Answer::Refused => Some(false),
        Answer::Gone => None,
    }
}

async fn post(client: &TestClient, path: &str, fields: &[(&str, &str)], acknowledged: &Acknowledged) -> Answer {
    let Some(reply) = client.try_form("POST", path, fields).await else {
        return Answer::Gone;
    };
    if reply.status == 503 {
        is_to_be_tried_again(&reply);
        acknowledged.refused.fetch_add(1, Ordering::SeqCst);
        return Answer::Refused;
    }
    assert_eq!(reply.status, 200, "{}", reply.text);
    acknowledged.requests.fetch_add(1, Ordering::SeqCst);
    Answer::Done(reply.body)
}

fn is_to_be_tried_again(reply: &Reply) {
    assert_eq!(reply.codes(), ["service_unavailable"], "{}", reply.text);
    assert!(reply.header("retry-after").is_some(), "{}", reply.text);
}

/// Whether what lies in the database is shown.
pub async fn can_read(origin: &str) -> bool {
    let client = TestClient::new(origin).with_secret_key(SECRET_KEY);
    let reply = client
        .graphql("{ devInbox(first: 1) { nodes { id } } }", json!({}))
        .await;
    reply.status == 200 && reply.codes().is_empty()
}

/// Waits for the worker to be done, and holds what was acknowledged against what is stored.
pub async fn everything_holds(connection: &DatabaseConnection, origin: &str, acknowledged: &Acknowledged) {
    everything_acknowledged_is_there(connection, origin, acknowledged).await;
    nothing_is_half_done(connection).await;
    everything_promised_is_sent(connection, acknowledged).await;
}

async fn everything_acknowledged_is_there(connection: &DatabaseConnection, origin: &str, acknowledged: &Acknowledged) {
    let complete = acknowledged.complete.lock().unwrap().clone();
    assert!(!complete.is_empty(), "some sign-ups were completed");
    for (user, session, address) in &complete {
        let found = count(
            connection,
            &format!(
                "SELECT COUNT(*) FROM session s JOIN identification i ON i.user_id = s.user_id \
                 WHERE s.id = '{session}' AND s.user_id = '{user}' AND s.status = 'active' \
                 AND i.value = '{address}' AND i.claimed"
            ),
        )
        .await;
        assert_eq!(found, 1, "{address} was acknowledged");
    }
    let (user, _, address) = complete.last().unwrap();
    let client = whoever(origin);
    let fields = [
        ("identifier", address.as_str()),
        ("strategy", "password"),
        ("password", PASSWORD),
    ];
    let signed_in = client.post("/v1/client/sign_ins", &fields).await;
    assert_eq!(
        signed_in.body["client"]["sessions"][0]["user"]["id"], *user,
        "{}",
        signed_in.text
    );
}

async fn nothing_is_half_done(connection: &DatabaseConnection) {
    for (what, query) in [
        (
            "a user without an address",
            "SELECT COUNT(*) FROM \"user\" u WHERE u.created_at > 0 AND NOT EXISTS \
          (SELECT 1 FROM identification i WHERE i.user_id = u.id AND i.claimed)",
        ),
        (
            "a user without a session",
            "SELECT COUNT(*) FROM \"user\" u WHERE u.created_at > 0 AND NOT EXISTS \
          (SELECT 1 FROM session s WHERE s.user_id = u.id)",
        ),
        (
            "a claimed address of nobody",
            "SELECT COUNT(*) FROM identification WHERE claimed AND user_id IS NULL",
        ),
        (
            "a complete sign-up without its user",
            "SELECT COUNT(*) FROM sign_up p WHERE p.status = 'complete' AND NOT EXISTS \
          (SELECT 1 FROM \"user\" u WHERE u.id = p.created_user_id)",
        ),
        (
            "a user without its event",
            "SELECT COUNT(*) FROM \"user\" u WHERE u.created_at > 0 AND \
          (SELECT COUNT(*) FROM event e WHERE e.event_type = 'user.created') < (SELECT COUNT(*) FROM \"user\" WHERE created_at > 0)",
        ),
    ] {
        assert_eq!(count(connection, query).await, 0, "{what}");
    }
}

/// Waits for the worker of the restarted process; the test runner bounds the wait.
async fn everything_promised_is_sent(connection: &DatabaseConnection, acknowledged: &Acknowledged) {
    let mut interval = tokio::time::interval(Duration::from_millis(50));
    while count(connection, "SELECT COUNT(*) FROM job").await > 0 {
        interval.tick().await;
    }
    let promised = acknowledged.promised.lock().unwrap().clone();
    for address in promised {
        let sent = count(
            connection,
            &format!("SELECT COUNT(*) FROM dev_message WHERE recipient = '{address}'"),
        )
        .await;
        assert!(sent >= 1, "{address} was promised a mail");
    }
}

async fn count(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}
