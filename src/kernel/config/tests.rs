//! Loading as a whole: layers, names, sources, messages.

use super::{
    Config, ConfigError, DEFAULTS, Judges,
    database::Synchronous,
    layer::Layers,
    problem::{Origin, Problem},
    telemetry::LogFormat,
    variable::VARIABLES,
};
use std::{collections::BTreeSet, fs, path::Path};

const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const JUDGES: Judges = Judges {
    is_sender: |text| text.parse::<lettre::message::Mailbox>().is_ok(),
    is_log_filter: |text| tracing_subscriber::EnvFilter::builder().parse(text).is_ok(),
};

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut layers = Layers::new(JUDGES);
    layers.add_document(None, DEFAULTS);
    layers.add_document(Some(Path::new("vestibule.toml")), file);
    layers.add_environment(
        environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Config::resolve(layers)
}

fn problems(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    load(file, environment)
        .unwrap_err()
        .problems
        .iter()
        .map(Problem::to_string)
        .collect()
}

#[test]
fn the_defaults_alone_are_a_valid_configuration() {
    let config = load("", &[]).unwrap();
    assert_eq!(config.http.listen, "127.0.0.1:4000".parse().unwrap());
    assert_eq!(config.http.public_url, None);
    assert!(config.http.trusted_proxies.is_empty());
    assert_eq!(config.database.url.expose(), "sqlite:./data/vestibule.db?mode=rwc");
    assert_eq!(config.database.synchronous, Synchronous::Full);
    assert_eq!(
        (
            config.hasher.memory_kib,
            config.hasher.iterations,
            config.hasher.parallelism
        ),
        (19 * 1024, 2, 1)
    );
    assert!(config.worker.enabled);
    assert_eq!(config.telemetry.log_format, LogFormat::Auto);
}

#[test]
fn the_table_and_the_example_file_name_the_same_settings() {
    let mut layers = Layers::new(JUDGES);
    let is_setting = |line: &str| {
        line.split_once(" = ")
            .is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    let lines = DEFAULTS
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line));
    layers.add_document(None, &lines.collect::<Vec<_>>().join("\n"));
    let written: BTreeSet<_> = layers.keys().collect();
    let known: BTreeSet<_> = VARIABLES.iter().map(|(_, key, _)| *key).collect();
    assert_eq!(written, known);
    assert!(
        layers.finish(Some(())).is_ok(),
        "the example has a key that the table does not have"
    );
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "listen = \"127.0.0.1:1\"\n[worker]\nenabled = false\nlease_seconds = 7";
    let config = load(file, &[("VESTIBULE_LISTEN", "127.0.0.1:2"), ("OTHER", "x")]).unwrap();
    assert_eq!(config.http.listen.port(), 2);
    assert_eq!((config.worker.enabled, config.worker.lease_seconds), (false, 7));
    assert_eq!(config.worker.poll_interval_ms, 1000);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of variables")]
fn every_variable_reaches_the_configuration() {
    let environment = [
        ("VESTIBULE_LISTEN", "[::1]:0"),
        ("VESTIBULE_PUBLIC_URL", "https://auth.example.com"),
        ("VESTIBULE_DATA_DIR", "/srv/vestibule"),
        ("VESTIBULE_DATABASE_URL", "postgres://me:hunter2@db/vestibule"),
        ("VESTIBULE_SECRET_KEY", "sk_test_hunter2hunter2hunter2"),
        ("VESTIBULE_MASTER_KEY", MASTER_KEY),
        ("VESTIBULE_TLS_CERT", "cert.pem"),
        ("VESTIBULE_TLS_KEY", "key.pem"),
        ("VESTIBULE_SMTP_URL", "smtp://me:hunter2@mail:25"),
        ("VESTIBULE_NPM_DIR", "npm"),
        ("VESTIBULE_HTTP_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("VESTIBULE_HTTP_ALLOWED_HOSTS", "vestibule, auth.internal:4000"),
        ("VESTIBULE_HTTP_BODY_LIMIT_BYTES", "4096"),
        ("VESTIBULE_HTTP_MAX_CONNECTIONS", "20"),
        ("VESTIBULE_HTTP_MAX_CONNECTIONS_PER_NETWORK", "21"),
        ("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", "22"),
        ("VESTIBULE_HTTP_BODY_TIMEOUT_MS", "23"),
        ("VESTIBULE_HTTP_BODY_BYTES_PER_SECOND", "24"),
        ("VESTIBULE_HTTP_ANSWER_TIMEOUT_MS", "25"),
        ("VESTIBULE_HTTP_IDLE_TIMEOUT_MS", "26"),
        ("VESTIBULE_DATABASE_MAX_CONNECTIONS", "3"),
        ("VESTIBULE_DATABASE_SYNCHRONOUS", "normal"),
        ("VESTIBULE_MAIL_EHLO_NAME", "auth.example.com"),
        ("VESTIBULE_MAIL_FROM", "Auth <auth@example.com>"),
        ("VESTIBULE_HASHER_THREADS", "5"),
        ("VESTIBULE_HASHER_QUEUE", "6"),
        ("VESTIBULE_HASHER_MEMORY_KIB", "64"),
        ("VESTIBULE_HASHER_ITERATIONS", "7"),
        ("VESTIBULE_HASHER_PARALLELISM", "8"),
        ("VESTIBULE_WORKER_ENABLED", "false"),
        ("VESTIBULE_WORKER_POLL_INTERVAL_MS", "90"),
        ("VESTIBULE_WORKER_LEASE_SECONDS", "11"),
        ("VESTIBULE_TELEMETRY_LOG_FILTER", "warn"),
        ("VESTIBULE_TELEMETRY_LOG_FORMAT", "json"),
    ];
    let names: Vec<_> = VARIABLES.iter().map(|(variable, _, _)| *variable).collect();
    assert_eq!(environment.map(|(name, _)| name).as_slice(), names);

    let config = load("", &environment).unwrap();
    let shown = format!("{config:?}");
    assert_eq!(config.database.url.expose(), "postgres://me:hunter2@db/vestibule");
    assert_eq!(
        config.secret.secret_key.unwrap().expose(),
        "sk_test_hunter2hunter2hunter2"
    );
    assert_eq!(config.secret.master_key.unwrap().expose(), MASTER_KEY);
    assert_eq!(config.mail.smtp_url.unwrap().expose(), "smtp://me:hunter2@mail:25");
    for secret in ["hunter2", MASTER_KEY] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(config.http.listen, "[::1]:0".parse().unwrap());
    assert_eq!(config.http.public_url.unwrap().as_str(), "https://auth.example.com/");
    assert_eq!(config.data_dir, Path::new("/srv/vestibule"));
    assert_eq!(config.http.tls_cert.unwrap(), Path::new("cert.pem"));
    assert_eq!(config.http.tls_key.unwrap(), Path::new("key.pem"));
    assert_eq!(config.http.npm_dir.unwrap(), Path::new("npm"));
    assert_eq!(
        config.http.trusted_proxies,
        ["10.0.0.0/8", "::1/128"].map(|text| text.parse().unwrap())
    );
    assert_eq!(
        config.http.allowed_hosts,
        ["vestibule", "auth.internal:4000"].map(|text| super::authority::Authority::parse(text).unwrap())
    );
    assert_eq!(config.http.body_limit_bytes, 4096);
    let connection = &config.http.connection;
    assert_eq!((connection.maximum, connection.maximum_per_network), (20, 21));
    let timeouts = [
        connection.header_timeout,
        connection.body_timeout,
        connection.answer_timeout,
        connection.idle_timeout,
    ];
    assert_eq!(timeouts.map(|timeout| timeout.as_millis()), [22, 23, 25, 26]);
    assert_eq!(connection.body_bytes_per_second, 24);
    assert_eq!(config.database.max_connections, 3);
    assert_eq!(config.database.synchronous, Synchronous::Normal);
    assert_eq!(config.mail.ehlo_name.unwrap().to_string(), "auth.example.com");
    assert_eq!(config.mail.from, "Auth <auth@example.com>");
    let hasher = config.hasher;
    assert_eq!((hasher.threads, hasher.queue), (5, 6));
    assert_eq!((hasher.memory_kib, hasher.iterations, hasher.parallelism), (64, 7, 8));
    let worker = config.worker;
    assert_eq!(
        (worker.enabled, worker.poll_interval_ms, worker.lease_seconds),
        (false, 90, 11)
    );
    assert_eq!(config.telemetry.log_filter, "warn");
    assert_eq!(config.telemetry.log_format, LogFormat::Json);
}

#[test]
fn an_empty_variable_counts_as_absent_whatever_its_kind() {
    let empty: Vec<_> = VARIABLES.iter().map(|(variable, _, _)| (*variable, "")).collect();
    let file = "[http]\ntrusted_proxies = [\"10.0.0.1\"]\n[hasher]\nqueue = 7\n[worker]\nenabled = false";
    let config = load(file, &empty).unwrap();
    assert_eq!(config.hasher.queue, 7);
    assert!(!config.worker.enabled && config.http.trusted_proxies.len() == 1);
    assert!(load("", &[("VESTIBULE_LISTNE", "")]).is_ok(), "nobody has set it");
    // In a file somebody has written it, and a blank is not nothing.
    assert!(load("listen = \"\"", &[]).is_err());
    assert!(load("", &[("VESTIBULE_LISTEN", " ")]).is_err());
}

#[test]
fn variables_that_tell_of_a_service_of_the_same_name_are_ignored_and_mistakes_are_not() {
    let environment = [
        ("VESTIBULE_SERVICE_HOST", "10.96.0.17"),
        ("VESTIBULE_PORT", "tcp://10.96.0.17:4000"),
        ("VESTIBULE_WEB_PORT_80_TCP_ADDR", "10.96.0.18"),
    ];
    let config = load("", &environment).unwrap();
    assert_eq!(config.http.listen, "127.0.0.1:4000".parse().unwrap());
    let mistaken = [("VESTIBULE_PORT", "8080"), ("VESTIBULE_SERVCE_HOST", "10.96.0.17")];
    let found = problems("", &[&environment[..2], &mistaken].concat());
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        found[0],
        "VESTIBULE_PORT (environment): unknown variable; VESTIBULE_LISTEN (IP address and port) is meant for that"
    );
    assert!(found[1].starts_with("VESTIBULE_SERVCE_HOST (environment): unknown variable; the nearest known one is "));
}

#[test]
fn unknown_names_are_reported_with_the_nearest_known_one() {
    let file = "lisen = \"x\"\n[hasher]\nqueues = 1\n[mial]\nfrom = \"x\"\n[empty]";
    let found = problems(file, &[("VESTIBULE_LISTN", "x"), ("VESTIBULE_TEST_DATABASE", "x")]);
    let expected = [
        "empty (vestibule.toml, line 6): unknown key; the nearest known one is ",
        "hasher.queues (vestibule.toml, line 3): unknown key; the nearest known one is hasher.queue",
        "lisen (vestibule.toml, line 1): unknown key; the nearest known one is listen",
        "mial.from (vestibule.toml, line 5): unknown key; the nearest known one is mail.from",
        "VESTIBULE_LISTN (environment): unknown variable; the nearest known one is VESTIBULE_LISTEN",
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn wrong_values_name_the_setting_the_source_and_what_was_expected_all_at_once() {
    let file = "listen = \"here\"\nmaster_key = \"hunter2\"\nhttp = 1\n[worker]\nenabled = \"yes\"\nlease_seconds = 0";
    let environment = [
        ("VESTIBULE_PUBLIC_URL", "https://example.com/path"),
        ("VESTIBULE_DATABASE_URL", "mysql://me:hunter2@db"),
        ("VESTIBULE_SECRET_KEY", "hunter2"),
        ("VESTIBULE_SMTP_URL", "http://me:hunter2@mail"),
        ("VESTIBULE_HASHER_QUEUE", "many"),
        ("VESTIBULE_HTTP_TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("VESTIBULE_DATA_DIR", "a\u{fffd}b"),
        ("VESTIBULE_TELEMETRY_LOG_FILTER", "vestibule=loud"),
    ];
    let mut found = problems(file, &environment);
    found.sort();
    insta::assert_snapshot!(found.join("\n"), @r#"
    VESTIBULE_DATABASE_URL (environment): expected sqlite:<path> or postgres://user:password@host/database
    VESTIBULE_DATA_DIR (environment): expected Unicode text
    VESTIBULE_HASHER_QUEUE (environment): expected a whole number, got "many"
    VESTIBULE_HTTP_TRUSTED_PROXIES (environment): expected an IP address or a network such as 10.0.0.0/8, got "proxy"
    VESTIBULE_PUBLIC_URL (environment): expected an origin such as https://auth.example.com, got "https://example.com/path"
    VESTIBULE_SECRET_KEY (environment): expected sk_test_ or sk_live_ (or the older test_ or live_) and at least 16 letters or digits
    VESTIBULE_SMTP_URL (environment): expected smtp://user:password@host:port, or smtps://
    VESTIBULE_TELEMETRY_LOG_FILTER (environment): expected directives such as info,vestibule=debug, got "vestibule=loud"
    http (vestibule.toml, line 3): expected a section, got a whole number
    listen (vestibule.toml, line 1): expected an IP address and port such as 127.0.0.1:4000, got "here"
    master_key (vestibule.toml, line 2): expected 32 bytes in base64
    worker.enabled (vestibule.toml, line 5): expected true or false, got a text
    worker.lease_seconds (vestibule.toml, line 6): expected a number from 1 to 3600, got 0
    "#);
    assert!(!found.join("\n").contains("hunter2"));
}

#[test]
fn settings_that_need_each_other_are_checked_together() {
    assert_eq!(
        problems("tls_cert = \"a\"", &[]),
        ["tls_cert (vestibule.toml, line 1): needs tls_key as well"]
    );
    assert_eq!(
        problems(
            "",
            &[
                ("VESTIBULE_HASHER_PARALLELISM", "4"),
                ("VESTIBULE_HASHER_MEMORY_KIB", "31")
            ]
        ),
        ["VESTIBULE_HASHER_MEMORY_KIB (environment): expected at least 32 for 4 lanes, got 31"]
    );
    assert_eq!(
        problems(
            "[worker]\nlease_seconds = 1",
            &[("VESTIBULE_WORKER_POLL_INTERVAL_MS", "1000")]
        ),
        [
            "worker.lease_seconds (vestibule.toml, line 2): expected a lease longer than the poll interval of 1000 ms, got 1 s"
        ]
    );
}

#[test]
fn a_syntax_error_tells_the_line_but_not_what_is_in_it() {
    let found = problems("listen = \"127.0.0.1:1\"\nmaster_key = \"hunter2", &[]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("configuration file (vestibule.toml, line 2): not valid TOML: "),
        "{}",
        found[0]
    );
    assert!(!found[0].contains("hunter2"));
}

#[test]
fn a_named_file_is_read_and_must_exist() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("other.toml");
    let error = Config::load(Some(&file), std::iter::empty(), JUDGES).unwrap_err();
    assert_eq!(error.problems.len(), 1);
    assert_eq!(
        error.problems[0].origin,
        Origin::File {
            path: file.clone(),
            line: None
        }
    );
    assert!(error.to_string().contains("cannot be read"), "{error}");

    fs::write(&file, "listen = \"127.0.0.1:77\"").unwrap();
    assert_eq!(
        Config::load(Some(&file), std::iter::empty(), JUDGES)
            .unwrap()
            .http
            .listen
            .port(),
        77
    );
}
