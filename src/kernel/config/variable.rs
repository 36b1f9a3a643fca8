//! The table of settings: environment variable, TOML key, kind.
//!
//! This is the only place where an environment variable is spelled; a variable that is not here stops the start.

/// What a value looks like before its meaning is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text that no message may repeat.
    Secret,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Several texts: an array in TOML, separated by commas in the environment.
    List,
}

/// Every setting: its environment variable, its TOML key (dotted below a section), its kind.
pub const VARIABLES: &[(&str, &str, Kind)] = &[
    ("VESTIBULE_LISTEN", "listen", Kind::Text),
    ("VESTIBULE_PUBLIC_URL", "public_url", Kind::Text),
    ("VESTIBULE_DATA_DIR", "data_dir", Kind::Text),
    ("VESTIBULE_DATABASE_URL", "database_url", Kind::Secret),
    ("VESTIBULE_SECRET_KEY", "secret_key", Kind::Secret),
    ("VESTIBULE_MASTER_KEY", "master_key", Kind::Secret),
    ("VESTIBULE_TLS_CERT", "tls_cert", Kind::Text),
    ("VESTIBULE_TLS_KEY", "tls_key", Kind::Text),
    ("VESTIBULE_SMTP_URL", "smtp_url", Kind::Secret),
    ("VESTIBULE_NPM_DIR", "npm_dir", Kind::Text),
    ("VESTIBULE_HTTP_TRUSTED_PROXIES", "http.trusted_proxies", Kind::List),
    ("VESTIBULE_HTTP_ALLOWED_HOSTS", "http.allowed_hosts", Kind::List),
    (
        "VESTIBULE_HTTP_BODY_LIMIT_BYTES",
        "http.body_limit_bytes",
        Kind::Integer,
    ),
    ("VESTIBULE_HTTP_MAX_CONNECTIONS", "http.max_connections", Kind::Integer),
    (
        "VESTIBULE_HTTP_MAX_CONNECTIONS_PER_NETWORK",
        "http.max_connections_per_network",
        Kind::Integer,
    ),
    (
        "VESTIBULE_HTTP_HEADER_TIMEOUT_MS",
        "http.header_timeout_ms",
        Kind::Integer,
    ),
    ("VESTIBULE_HTTP_BODY_TIMEOUT_MS", "http.body_timeout_ms", Kind::Integer),
    (
        "VESTIBULE_HTTP_BODY_BYTES_PER_SECOND",
        "http.body_bytes_per_second",
        Kind::Integer,
    ),
    (
        "VESTIBULE_HTTP_ANSWER_TIMEOUT_MS",
        "http.answer_timeout_ms",
        Kind::Integer,
    ),
    ("VESTIBULE_HTTP_IDLE_TIMEOUT_MS", "http.idle_timeout_ms", Kind::Integer),
    (
        "VESTIBULE_DATABASE_MAX_CONNECTIONS",
        "database.max_connections",
        Kind::Integer,
    ),
    ("VESTIBULE_DATABASE_SYNCHRONOUS", "database.synchronous", Kind::Text),
    ("VESTIBULE_MAIL_EHLO_NAME", "mail.ehlo_name", Kind::Text),
    ("VESTIBULE_MAIL_FROM", "mail.from", Kind::Text),
    ("VESTIBULE_HASHER_THREADS", "hasher.threads", Kind::Integer),
    ("VESTIBULE_HASHER_QUEUE", "hasher.queue", Kind::Integer),
    ("VESTIBULE_HASHER_MEMORY_KIB", "hasher.memory_kib", Kind::Integer),
    ("VESTIBULE_HASHER_ITERATIONS", "hasher.iterations", Kind::Integer),
    ("VESTIBULE_HASHER_PARALLELISM", "hasher.parallelism", Kind::Integer),
    ("VESTIBULE_WORKER_ENABLED", "worker.enabled", Kind::Boolean),
    (
        "VESTIBULE_WORKER_POLL_INTERVAL_MS",
        "worker.poll_interval_ms",
        Kind::Integer,
    ),
    ("VESTIBULE_WORKER_LEASE_SECONDS", "worker.lease_seconds", Kind::Integer),
    ("VESTIBULE_TELEMETRY_LOG_FILTER", "telemetry.log_filter", Kind::Text),
    ("VESTIBULE_TELEMETRY_LOG_FORMAT", "telemetry.log_format", Kind::Text),
];

/// Every variable with the first sentence of what `config.example.toml` says about it.
pub fn described() -> impl Iterator<Item = (&'static str, String)> {
    VARIABLES.iter().map(|(variable, key, _)| (*variable, sentence(key)))
}

/// The first sentence of the comment above a key.
fn sentence(key: &str) -> String {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut here = "";
    let mut comment: Vec<&str> = Vec::new();
    for line in super::DEFAULTS.lines() {
        let setting = line.strip_prefix("# ").unwrap_or(line);
        if let Some(inner) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            here = inner;
        } else if here == section && setting.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = ")) {
            let text = comment.join(" ");
            return text
                .split_once(". ")
                .map_or(text.clone(), |(first, _)| format!("{first}."));
        } else if line.is_empty() {
            comment.clear();
        } else {
            comment.push(setting);
        }
    }
    String::new()
}

/// What people call a setting elsewhere, where no spelling leads from one name to the other.
pub(super) fn meant(variable: &str) -> Option<&'static str> {
    match variable {
        "VESTIBULE_PORT" | "VESTIBULE_HOST" | "VESTIBULE_BIND" | "VESTIBULE_ADDRESS" => {
            Some("VESTIBULE_LISTEN (IP address and port)")
        }
        "VESTIBULE_SMTP_HOST" | "VESTIBULE_SMTP_PORT" | "VESTIBULE_SMTP_USER" | "VESTIBULE_SMTP_PASSWORD" => {
            Some("VESTIBULE_SMTP_URL")
        }
        _ => None,
    }
}

/// The one of `known` that is spelled most like `unknown`; `None` when nothing is known.
pub(super) fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (strsim::normalized_damerau_levenshtein(unknown, name), name))
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_is_the_prefix_the_section_and_the_name() {
        for (variable, key, _) in VARIABLES {
            assert_eq!(*variable, format!("VESTIBULE_{}", key.replace('.', "_").to_uppercase()));
        }
    }

    #[test]
    fn every_variable_is_described_by_one_sentence() {
        for (variable, sentence) in described() {
            assert!(sentence.len() > 10 && sentence.ends_with('.'), "{variable}: {sentence}");
        }
        let sentences: std::collections::BTreeSet<_> = described().map(|(_, sentence)| sentence).collect();
        assert_eq!(sentences.len(), VARIABLES.len(), "each has its own");
    }

    #[test]
    fn the_nearest_name_is_the_one_with_the_fewest_differences() {
        assert_eq!(nearest("lisen", ["public_url", "listen"].into_iter()), Some("listen"));
        assert_eq!(nearest("lisen", std::iter::empty()), None);
    }
}
