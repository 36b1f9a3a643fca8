//! The program itself, as an operator runs it: a database of its own, real time, real randomness.

use super::database::TestDatabase;
use std::{
    ffi::OsStr,
    path::Path,
    process::{Output, Stdio},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// A data directory and an empty database.
pub struct Installation {
    directory: tempfile::TempDir,
    database: TestDatabase,
}

/// A server that runs, and what it printed when it started.
pub struct Serving {
    child: Child,
    pub printed: String,
    pub origin: String,
}

impl Installation {
    pub async fn new() -> Self {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let directory = tempfile::tempdir().unwrap();
        let database = TestDatabase::create_empty(directory.path()).await;
        Self { directory, database }
    }

    /// One about which the server has nothing to say: its directory is its own already.
    pub async fn private() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let installation = Self::new().await;
        std::fs::set_permissions(installation.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        installation
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where its database is.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// A connection to its database, beside whatever runs.
    pub async fn connect(&self) -> sea_orm::DatabaseConnection {
        sea_orm::Database::connect(self.database.url()).await.unwrap()
    }

    /// The program with these arguments and nothing of the test's own environment that it would read.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(binary(), arguments)
    }

    /// The same of a program that is not where it was built.
    pub fn command_of(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VESTIBULE_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.path())
            .env("VESTIBULE_LISTEN", "127.0.0.1:0")
            .env("VESTIBULE_DATA_DIR", self.path())
            .env("VESTIBULE_DATABASE_URL", self.database.url())
            .env("VESTIBULE_HASHER_MEMORY_KIB", "16")
            .env("VESTIBULE_HASHER_ITERATIONS", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().await.unwrap()
    }

    /// What a command that must succeed writes to standard output.
    pub async fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// What a command that must fail writes to standard error.
    pub async fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(!output.status.success(), "{arguments:?} succeeded");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Starts the server and waits until it has printed where it is and what to paste.
    pub async fn serve(&self) -> Serving {
        self.serve_with(&[]).await
    }

    /// The same with further environment variables.
    pub async fn serve_with(&self, environment: &[(&str, &str)]) -> Serving {
        let mut command = self.command(&["serve"]);
        let mut child = command
            .envs(environment.iter().copied())
            .env("VESTIBULE_TELEMETRY_LOG_FILTER", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        // The block is printed at once; these are its last lines with and without a secret key.
        while let Some(line) = lines.next_line().await.unwrap() {
            let is_generated = printed.contains("Secret key ");
            let last = if is_generated {
                "CLERK_API_KEY="
            } else {
                "FRONTEND_API="
            };
            let is_last = line.starts_with(last);
            printed.push_str(&line);
            printed.push('\n');
            if is_last {
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let origin = printed
            .lines()
            .find_map(listening)
            .expect("the server says where it is");
        Serving { child, printed, origin }
    }

    pub async fn remove(self) {
        self.database.remove().await;
    }
}

/// What a process has used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Time on a processor, by all threads that live, in microseconds.
    pub cpu_microseconds: u64,
    /// Memory in use, and the most there ever was, in KiB.
    pub resident: u64,
    pub peak: u64,
}

/// The program under test: the one that belongs to these tests, or another build of it that measurements name.
pub fn binary() -> String {
    std::env::var("VESTIBULE_TEST_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_vestibule").to_owned())
}

impl Serving {
    /// What the server has used until now; nothing once it is gone.
    pub fn usage(&self) -> Option<Usage> {
        let process = Path::new("/proc").join(self.child.id()?.to_string());
        let status = std::fs::read_to_string(process.join("status")).ok()?;
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        };
        let mut cpu_nanoseconds = 0;
        for thread in std::fs::read_dir(process.join("task")).ok()? {
            // A thread may end between being listed and being looked at.
            let Ok(used) = std::fs::read_to_string(thread.ok()?.path().join("schedstat")) else {
                continue;
            };
            cpu_nanoseconds += used.split(' ').next()?.parse::<u64>().ok()?;
        }
        Some(Usage {
            cpu_microseconds: cpu_nanoseconds / 1_000,
            resident: kilobytes("VmRSS:")?,
            peak: kilobytes("VmHWM:")?,
        })
    }

    /// Asks the server to stop as a service manager does, and waits until it has.
    pub async fn stop(mut self) {
        let id = self.child.id().unwrap().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        assert!(asked.success());
        let ended = self.child.wait().await.unwrap();
        assert!(ended.success(), "{ended}");
    }
}

/// Waits until a server that was spawned with a piped standard output has said where it is.
pub async fn origin_of(server: &mut Child) -> String {
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut origin = None;
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(here) = listening(&line) {
            origin = Some(here);
            break;
        }
    }
    // Keeps the pipe open: a closed one is no failure of the server's, but this is not what is tested here.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    origin.expect("the server says where it is")
}

/// Where a line says that the server listens, by the name of this machine. Its instance may be known by another port, that
/// of an earlier start.
fn listening(line: &str) -> Option<String> {
    let url = line.strip_prefix("Listening")?.trim_start();
    Some(url.replace("127.0.0.1", "localhost"))
}

/// What stands behind `NAME=` in the block to paste.
pub fn value_of<'a>(printed: &'a str, name: &str) -> &'a str {
    let value = printed
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {printed}"))
}

/// What tells the key of a development instance from those of others, wherever the instance is.
pub fn key_word(publishable_key: &str) -> String {
    let named = super::decoded(publishable_key.strip_prefix("pk_test_").unwrap());
    named.rsplit_once('/').unwrap().1.to_owned()
}
