//! Commands of the operator that are run where no server has been.

use crate::support::process::Installation;
use std::{fs, path::Path, process::Output};

/// Every command that looks at data, and those that change what is there.
const COMMANDS: [&[&str]; 9] = [
    &["worker"],
    &["doctor"],
    &["instance", "list"],
    &["instance", "settings", "get"],
    &["instance", "settings", "set", "patch.json"],
    &["instance", "create", "--slug", "other"],
    &["key", "list"],
    &["key", "create"],
    &["key", "rotate"],
];

/// Runs the program in `directory`, with nothing said about where the data is.
async fn run(installation: &Installation, directory: &Path, arguments: &[&str]) -> Output {
    let mut command = installation.command(arguments);
    command
        .current_dir(directory)
        .env_remove("VESTIBULE_DATA_DIR")
        .env_remove("VESTIBULE_DATABASE_URL");
    command.output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_command_in_a_wrong_directory_makes_nothing_and_says_in_one_line_where_it_looked() {
    let installation = Installation::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("patch.json"), "{}").unwrap();
    let directory = fs::canonicalize(elsewhere.path()).unwrap();
    for arguments in COMMANDS {
        let output = run(&installation, &directory, arguments).await;
        assert!(!output.status.success(), "{arguments:?}");
        let error = text(&output.stderr);
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        let looked = directory.join("data/vestibule.db");
        for words in [
            looked.to_str().unwrap(),
            directory.to_str().unwrap(),
            "--data-dir",
            "start the server once",
        ] {
            assert!(error.contains(words), "{arguments:?}: {words} in {error}");
        }
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        let left: Vec<_> = fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["patch.json"], "{arguments:?}");
    }
    installation.remove().await;
}

#[tokio::test]
async fn checking_the_configuration_in_a_wrong_directory_makes_nothing_and_says_where_it_looked() {
    let installation = Installation::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let directory = fs::canonicalize(elsewhere.path()).unwrap();
    let check = async || run(&installation, &directory, &["config", "check"]).await;
    let output = check().await;
    assert!(output.status.success());
    let said = text(&output.stdout);
    let data = directory.join("data");
    for words in [
        format!("there is no vestibule.toml in {}", directory.display()),
        format!("{}, which does not exist yet", data.display()),
    ] {
        assert!(said.contains(&words), "{words} in {said}");
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    fs::write(directory.join("vestibule.toml"), "").unwrap();
    fs::create_dir(&data).unwrap();
    let said = text(&check().await.stdout);
    let file = directory.join("vestibule.toml");
    assert!(said.contains(&format!("read from {}", file.display())), "{said}");
    assert!(!said.contains("does not exist"), "{said}");
    installation.remove().await;
}

#[tokio::test]
async fn a_command_on_an_empty_database_makes_no_table_and_no_key() {
    let installation = Installation::new().await;
    for arguments in [&["doctor"][..], &["instance", "settings", "get"], &["key", "list"]] {
        let error = installation.fail(arguments).await;
        assert!(error.contains("start the server once"), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
    }
    assert!(!installation.path().join("master.key").exists());
    // The first start finds everything still to be made.
    let server = installation.serve().await;
    assert!(
        server.printed.contains("CLERK_SECRET_KEY=sk_test_"),
        "{}",
        server.printed
    );
    server.stop().await;
    installation.remove().await;
}

#[tokio::test]
async fn the_data_directory_may_be_named_from_anywhere() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let data = installation.path().to_str().unwrap();
    let mut command = installation.command(&["instance", "list", "--data-dir", data]);
    let output = command
        .current_dir(elsewhere.path())
        .env("VESTIBULE_DATA_DIR", elsewhere.path().join("nowhere"))
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("pk_test_"));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    installation.remove().await;
}

#[tokio::test]
async fn a_command_that_finds_the_database_but_not_the_directory_of_the_data_says_so() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let elsewhere = tempfile::tempdir().unwrap();
    for arguments in [&["doctor"][..], &["key", "list"]] {
        let mut command = installation.command(arguments);
        command.current_dir(elsewhere.path()).env_remove("VESTIBULE_DATA_DIR");
        let output = command.output().await.unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let error = text(&output.stderr);
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        for words in [
            "master.key does not exist",
            "in the directory of the data",
            "--data-dir",
        ] {
            assert!(error.contains(words), "{arguments:?}: {words} in {error}");
        }
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "{arguments:?}");
    }
    installation.remove().await;
}
