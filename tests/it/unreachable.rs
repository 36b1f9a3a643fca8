//! A database that cannot be opened: one line, at once, that says which one it is and why, and never a password.

use crate::support::process::Installation;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// A second, and time for a crowded machine to start the process. The pool would try for ten.
const SOON: Duration = Duration::from_secs(4);

/// What each command says about that database.
async fn told(installation: &Installation, url: &str) -> String {
    let mut told = Vec::new();
    for arguments in [&["serve"][..], &["migrate"], &["instance", "list"]] {
        let mut command = installation.command(arguments);
        let began = Instant::now();
        let output = command.env("VESTIBULE_DATABASE_URL", url).output().await.unwrap();
        assert!(began.elapsed() < SOON, "{arguments:?} took {:?}", began.elapsed());
        assert!(!output.status.success(), "{arguments:?} succeeded");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        told.push(error.trim_end().trim_start_matches("vestibule: ").to_owned());
    }
    told.dedup();
    told.join("\n")
}

/// A PostgreSQL that answers whoever connects with that refusal.
async fn refusing(code: &'static str, message: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut read = [0; 1024];
            // It has no TLS, and has read who is there.
            if connection.read(&mut read).await.unwrap() == 8 {
                connection.write_all(b"N").await.unwrap();
                // Whoever demands TLS leaves now.
                if connection.read(&mut read).await.unwrap() == 0 {
                    continue;
                }
            }
            let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
            let length = u32::try_from(fields.len() + 4).unwrap();
            let refusal = [&b"E"[..], &length.to_be_bytes(), fields.as_bytes()].concat();
            connection.write_all(&refusal).await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn a_postgresql_that_refuses_is_told_at_once_with_host_port_and_cause() {
    let installation = Installation::private().await;
    // Bound and let go: nobody listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = nobody.local_addr().unwrap().port();
    drop(nobody);
    let password = refusing("28P01", "password authentication failed for user \"ada\"").await;
    let rules = "no pg_hba.conf entry for host \"192.0.2.1\", user \"ada\", database \"books\", no encryption";
    let tls = refusing("28000", rules).await;
    let database = refusing("3D000", "database \"books\" does not exist").await;
    for (place, options, cause) in [
        (
            format!("127.0.0.1:{closed}"),
            "",
            "refuses connections: is it running, and is this its port?".to_owned(),
        ),
        (
            format!("127.0.0.1:{password}"),
            "",
            "does not let the user \"ada\" in: password authentication failed for user \"ada\"".to_owned(),
        ),
        (
            format!("127.0.0.1:{tls}"),
            "",
            format!("does not let the user \"ada\" in: {rules}"),
        ),
        (
            format!("127.0.0.1:{tls}"),
            "?sslmode=require",
            "and this server do not agree on TLS: server does not support TLS".to_owned(),
        ),
        (
            format!("127.0.0.1:{database}"),
            "",
            "has no database \"books\": create it, or name another one".to_owned(),
        ),
    ] {
        let url = format!("postgres://ada:hunter2@{place}/books{options}");
        assert_eq!(
            told(&installation, &url).await,
            format!("PostgreSQL at {place} {cause}")
        );
    }
    let unknown = told(&installation, "postgres://ada:hunter2@nowhere.invalid:5432/books").await;
    let begin = "PostgreSQL at nowhere.invalid:5432 ";
    assert!(unknown.starts_with(begin), "{unknown}");
    installation.remove().await;
}

#[tokio::test]
async fn an_sqlite_file_that_is_none_is_told_with_its_path() {
    let installation = Installation::private().await;
    let letter = installation.path().join("letter.txt");
    fs::write(&letter, "Dear Ada, this is no database at all. ".repeat(100)).unwrap();
    fs::set_permissions(&letter, fs::Permissions::from_mode(0o644)).unwrap();
    let url = format!("sqlite:{}", letter.display());
    assert_eq!(
        told(&installation, &url).await,
        format!("the SQLite file {} is no SQLite database", letter.display())
    );
    let mode = fs::metadata(&letter).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "what is not ours is left as it is");
    let folder = installation.path().join("folder");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    for path in [folder.clone(), folder.join("missing").join("a.db")] {
        let error = told(&installation, &format!("sqlite:{}", path.display())).await;
        for line in error.lines() {
            assert!(line.contains(&path.display().to_string()), "{error}");
        }
    }
    installation.remove().await;
}
