//! Secrets at rest: what the server stores is for its own user alone, from the moment a file is there, and what an older
//! version left open is closed off at the next start.

use crate::support::process::Installation;
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};
use vestibule::{
    app::App,
    boot,
    config::Config,
    runtime::{clock::TestClock, entropy::Entropy},
};

/// An installation with a directory of its own and everything in it.
async fn start(directory: &Path) -> App {
    let environment = [
        ("VESTIBULE_DATA_DIR", directory.to_str().unwrap()),
        ("VESTIBULE_HASHER_MEMORY_KIB", "16"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(None, environment.into_iter(), boot::JUDGES).unwrap();
    let clock = Arc::new(TestClock::new(crate::support::server::NOW));
    boot::boot(config, clock, Entropy::seeded(1)).await.unwrap()
}

/// The modes of a directory and of everything in it.
fn modes(directory: &Path) -> Vec<(PathBuf, u32)> {
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.map(|path| (path.clone(), mode(&path))).collect();
    found.push((directory.to_owned(), mode(directory)));
    found
}

fn assert_private(directory: &Path, names: &[&str]) {
    let found = modes(directory);
    for (path, mode) in &found {
        let expected = if path == directory { 0o700 } else { 0o600 };
        assert_eq!(*mode, expected, "{} has {mode:o}", path.display());
    }
    for name in names {
        assert!(
            found.iter().any(|(path, _)| path.ends_with(name)),
            "{name} in {found:?}"
        );
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

const FILES: [&str; 4] = ["vestibule.db", "vestibule.db-wal", "vestibule.db-shm", "master.key"];

#[tokio::test]
async fn a_new_installation_is_readable_by_nobody_else_whatever_the_umask() {
    // What a shell sets that means well with its group and everybody.
    rustix::process::umask(rustix::fs::Mode::empty());
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("var/data");
    let app = start(&directory).await;
    assert_private(&directory, &FILES);
    assert_eq!(fs::metadata(root.path().join("var")).unwrap().mode() & 0o7777, 0o700);
    app.pool().clone().close().await.unwrap();
}

#[tokio::test]
async fn what_an_older_version_left_open_is_closed_off_at_the_next_start() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("data");
    let running = start(&directory).await;
    fs::write(directory.join("vestibule.db.serving-left"), "").unwrap();
    fs::write(directory.join("master.key.0123456789abcdef"), "unfinished").unwrap();
    fs::write(directory.join("notes.txt"), "of the operator").unwrap();
    for (path, _) in modes(&directory) {
        set_mode(&path, if path == directory { 0o755 } else { 0o644 });
    }
    // While one server still runs from them, as during an upgrade.
    let next = start(&directory).await;
    let notes = directory.join("notes.txt");
    assert_eq!(
        fs::metadata(&notes).unwrap().mode() & 0o7777,
        0o644,
        "not ours to change"
    );
    fs::remove_file(notes).unwrap();
    assert_private(&directory, &FILES);
    for app in [running, next] {
        use sea_orm::ConnectionTrait as _;
        app.pool().execute_unprepared("DELETE FROM job").await.unwrap();
        app.pool().clone().close().await.unwrap();
    }
}

#[tokio::test]
async fn a_running_server_leaves_nothing_behind_that_others_can_read_and_the_doctor_says_so() {
    let installation = Installation::new().await;
    let serving = installation.serve().await;
    let found = modes(installation.path());
    for (path, mode) in &found {
        assert_eq!(mode & 0o077, 0, "{} has {mode:o}", path.display());
    }
    serving.stop().await;
    let told = String::from_utf8(installation.run(&["doctor"]).await.stdout).unwrap();
    assert!(
        told.contains("ok       nobody else on this machine can read what is stored"),
        "{told}"
    );
    // A directory that strangers share is not the server's to close off.
    set_mode(installation.path(), 0o1777);
    let told = String::from_utf8(installation.run(&["doctor"]).await.stdout).unwrap();
    let warning = format!("warning  {} is open to other users", installation.path().display());
    assert!(told.contains(&warning) && told.contains("mode 1777"), "{told}");
    set_mode(installation.path(), 0o700);
    installation.remove().await;
}
