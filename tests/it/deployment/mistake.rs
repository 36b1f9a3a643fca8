//! Mistakes at the start: each gets one line that says what is wrong and where, within a second, and leaves nothing behind.

use crate::support::process::{self, Installation};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

/// The longest that a mistake may take to be told. It takes a tenth of a second; this is for machines that do much else, and
/// still below every timeout that a mistake could be waited out by.
const SOON: Duration = Duration::from_secs(5);

/// The one line by which a command that must fail ends.
async fn told(command: &mut Command) -> String {
    let begun = Instant::now();
    let output = command.output().await.unwrap();
    let taken = begun.elapsed();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{error}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert!(
        error.starts_with("vestibule: ") && error.lines().count() == 1,
        "{error}"
    );
    assert!(taken < SOON, "{taken:?}: {error}");
    error
}

fn has_all(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.contains(word), "{word} in {error}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_what_to_do() {
    let installation = Installation::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut command = installation.command(&["serve", "--port", &address.port().to_string()]);
    let error = told(&mut command).await;
    has_all(&error, &[&address.to_string(), "is taken by another process", "--port"]);
    installation.remove().await;
}

#[tokio::test]
async fn a_file_in_place_of_the_data_directory_is_called_that() {
    let installation = Installation::new().await;
    let file = installation.path().join("data");
    fs::write(&file, "mine").unwrap();
    for arguments in [&["serve"][..], &["worker"], &["migrate"]] {
        let mut command = installation.command(arguments);
        command
            .env("VESTIBULE_DATA_DIR", "./data")
            .env_remove("VESTIBULE_DATABASE_URL");
        let error = told(&mut command).await;
        has_all(&error, &[file.to_str().unwrap(), "no directory but a file"]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    installation.remove().await;
}

#[tokio::test]
async fn a_data_directory_that_belongs_to_somebody_else_is_named_with_whose_it_must_be() {
    let installation = Installation::new().await;
    let data = installation.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(installation.path(), Permissions::from_mode(0o755)).unwrap();
    let is_root = fs::read_dir(&data).is_ok();
    let program = installation.path().join("vestibule");
    fs::copy(process::binary(), &program).unwrap();
    for (arguments, said) in [
        (
            &["serve"][..],
            "cannot be read; it must belong to the user that runs this",
        ),
        (
            &["migrate"],
            "cannot be read; it must belong to the user that runs this",
        ),
        (&["doctor"], "cannot be looked at by the user number"),
    ] {
        let mut command = if is_root {
            // Nothing is closed to root; the program is run by somebody to whom it is, from where everybody may run it.
            let mut command = installation.command_of(&program, arguments);
            command.uid(65_534).gid(65_534);
            command
        } else {
            installation.command(arguments)
        };
        command
            .env("VESTIBULE_DATA_DIR", &data)
            .env_remove("VESTIBULE_DATABASE_URL");
        let error = told(&mut command).await;
        has_all(&error, &[data.to_str().unwrap(), said, "Permission denied"]);
    }
    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
    installation.remove().await;
}

#[tokio::test]
async fn an_unknown_variable_is_told_in_one_line_with_the_nearest_known_one() {
    let installation = Installation::new().await;
    let mut command = installation.command(&["serve"]);
    let error = told(command.env("VESTIBULE_PUBLIK_URL", "https://auth.example.com")).await;
    has_all(
        &error,
        &["VESTIBULE_PUBLIK_URL", "nearest known one is VESTIBULE_PUBLIC_URL"],
    );
    installation.remove().await;
}

#[tokio::test]
async fn a_file_that_is_no_toml_is_told_in_one_line_with_the_line() {
    let installation = Installation::new().await;
    fs::write(
        installation.path().join("vestibule.toml"),
        "[http]\ntrusted_proxies = [\n",
    )
    .unwrap();
    let error = told(&mut installation.command(&["serve"])).await;
    has_all(&error, &["vestibule.toml, line", "not valid TOML"]);
    fs::remove_file(installation.path().join("vestibule.toml")).unwrap();
    let error = told(&mut installation.command(&["serve", "--config", "missing.toml"])).await;
    has_all(&error, &["missing.toml", "cannot be read"]);
    installation.remove().await;
}

#[tokio::test]
async fn a_lost_master_key_is_told_and_no_new_one_is_made_in_its_place() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let file = installation.path().join("master.key");
    let key = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    for arguments in [&["serve"][..], &["worker"], &["doctor"], &["key", "list"]] {
        let mut command = installation.command(arguments);
        let error = told(command.env("VESTIBULE_TELEMETRY_LOG_FILTER", "warn")).await;
        has_all(
            &error,
            &["the master key is lost", file.to_str().unwrap(), "VESTIBULE_MASTER_KEY"],
        );
        assert!(
            !file.exists(),
            "{arguments:?}: a new key would hide that the old one is gone"
        );
    }
    let mut command = installation.command(&["key", "list"]);
    assert!(
        command
            .env("VESTIBULE_MASTER_KEY", key)
            .output()
            .await
            .unwrap()
            .status
            .success()
    );
    installation.remove().await;
}

#[tokio::test]
async fn a_certificate_that_is_not_there_is_told_before_anything_is_made() {
    let installation = Installation::new().await;
    let mut command = installation.command(&["serve"]);
    command
        .env("VESTIBULE_DATA_DIR", installation.path().join("data"))
        .env("VESTIBULE_TLS_CERT", "certificate.pem")
        .env("VESTIBULE_TLS_KEY", "key.pem");
    let error = told(&mut command).await;
    has_all(&error, &["pem", "No such file"]);
    assert!(!installation.path().join("data").exists());
    installation.remove().await;
}

/// What a server prints until it says this, and then it is stopped.
async fn printed_until(serve: &mut Command, last: &str) -> String {
    let mut server = serve.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    while !printed.contains(last) {
        printed += &lines.next_line().await.unwrap().unwrap();
    }
    server.kill().await.unwrap();
    printed
}

#[tokio::test]
async fn what_belongs_to_another_instance_is_told_by_its_name() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let key = fs::read_to_string(installation.path().join("master.key")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = installation.command(arguments);
        command.env("VESTIBULE_MASTER_KEY", &key);
        command
    };
    let origin = "https://auth.example.com";
    let create = |slug| {
        [
            "instance",
            "create",
            "--slug",
            slug,
            "--environment",
            "production",
            "--origin",
            origin,
        ]
    };
    assert!(run(&create("main")).output().await.unwrap().status.success());
    // Its origin is not that of the first one.
    let mut serve = run(&["serve"]);
    let error = told(serve.env("VESTIBULE_PUBLIC_URL", origin)).await;
    has_all(&error, &[origin, "instance main", "development", "public_url"]);
    has_all(
        &told(&mut run(&create("other"))).await,
        &["origin: Another instance has this origin."],
    );
    let taken = [
        "instance",
        "create",
        "--slug",
        "main",
        "--origin",
        "http://other.localhost:4000",
    ];
    has_all(
        &told(&mut run(&taken)).await,
        &["slug: Another instance has this slug."],
    );
    // There are two now, and either is named by what people know it by.
    has_all(
        &told(&mut run(&["key", "list"])).await,
        &["--instance", "development, main"],
    );
    let unknown = told(&mut run(&["key", "list", "--instance", "mein"])).await;
    has_all(&unknown, &["no instance mein", "development, main"]);
    let listed = run(&["key", "list", "--instance", "main"]).output().await.unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().contains("pk_live_"));
    // The server tells of the one that its block is not for, and of a folder that has no scripts.
    let mut serve = run(&["serve"]);
    let printed = printed_until(serve.env("VESTIBULE_NPM_DIR", "no-such-folder"), "Also served").await;
    let also = "# Also served: main (production) at https://auth.example.com";
    has_all(&printed, &[also, "VESTIBULE_NPM_DIR names a node_modules folder"]);
    installation.remove().await;
}
