//! The arrows between the layers, read from the sources: which part of the crate may name which other part.
//!
//! The table is the one of docs/architecture.md. A rule is a path prefix: `store` allows everything in it, `store::Tx` that
//! item alone. Code that only tests compile is left out. Exceptions stand in a list of their own, each with its reason, and
//! one that is no longer needed fails the test.

use super::{files_below, repository};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A layer: a folder or a file directly below src/.
struct Layer {
    name: &'static str,
    /// Parts of this crate and of `entity` that it may name beside itself.
    may_use: &'static [&'static str],
    /// Other crates that have no place in it.
    never: &'static [&'static str],
}

/// Crates by which the outside speaks to us.
const FACES: [&str; 3] = ["axum", "axum_extra", "async_graphql"];
/// What a layer needs to be pure: no IO, no database, no time, no randomness, no API.
const IMPURE: &[&str] = &[
    "axum",
    "axum_extra",
    "async_graphql",
    "tokio",
    "sea_orm",
    "sqlx",
    "rand",
    "chrono",
    "lettre",
    "reqwest",
];
/// Everything that `boot` and `cli` may put together.
const EVERYTHING: &[&str] = &[
    "app", "boot", "caller", "config", "crypto", "domain", "entity", "error", "graphql", "http", "outbound", "outbox",
    "rest", "runtime", "service", "store", "web", "worker",
];
/// What entity offers to those who must not see rows: plain data.
macro_rules! plain {
    ($($more:literal),*) => { &["entity::id", "entity::kind", "entity::UnixMilliseconds" $(, $more)*] };
}

const LAYERS: &[Layer] = &[
    Layer {
        name: "error",
        may_use: plain!(),
        never: &["axum", "axum_extra", "tokio"],
    },
    Layer {
        name: "config",
        may_use: plain!(),
        never: &FACES,
    },
    Layer {
        name: "runtime",
        may_use: plain!("error", "config"),
        never: &["axum", "async_graphql", "sea_orm"],
    },
    Layer {
        name: "caller",
        may_use: plain!("error", "config", "runtime", "domain"),
        never: IMPURE,
    },
    Layer {
        name: "app",
        may_use: plain!("caller", "config", "crypto", "domain", "error", "runtime"),
        never: &FACES,
    },
    Layer {
        name: "crypto",
        may_use: plain!("runtime"),
        never: &["axum", "async_graphql", "sea_orm", "sqlx"],
    },
    Layer {
        name: "domain",
        may_use: plain!(),
        never: IMPURE,
    },
    Layer {
        name: "outbox",
        may_use: plain!(),
        never: IMPURE,
    },
    Layer {
        name: "store",
        may_use: &["entity", "domain", "outbox", "runtime"],
        never: &FACES,
    },
    Layer {
        name: "outbound",
        may_use: plain!("config", "runtime"),
        never: &["axum", "async_graphql", "sea_orm"],
    },
    // `runtime` comes with `app`: the types of the clock and of the randomness that it carries.
    Layer {
        name: "service",
        may_use: &[
            "app", "caller", "crypto", "domain", "entity", "error", "outbound", "outbox", "runtime", "store",
        ],
        never: &FACES,
    },
    Layer {
        name: "worker",
        may_use: &[
            "app", "caller", "domain", "entity", "error", "outbound", "outbox", "runtime", "service", "store",
        ],
        never: &FACES,
    },
    Layer {
        name: "http",
        may_use: plain!("app", "caller", "config", "domain", "error", "runtime", "service"),
        never: &["async_graphql", "sea_orm", "sqlx"],
    },
    Layer {
        name: "graphql",
        may_use: &[
            "app", "caller", "domain", "entity", "error", "http", "runtime", "service",
        ],
        never: &["sqlx", "lettre"],
    },
    Layer {
        name: "rest",
        may_use: &[
            "app", "caller", "domain", "entity", "error", "http", "runtime", "service",
        ],
        never: &["async_graphql", "sqlx", "lettre"],
    },
    Layer {
        name: "web",
        may_use: plain!("app", "caller", "domain", "error", "http", "service"),
        never: &["async_graphql", "sea_orm", "sqlx"],
    },
    Layer {
        name: "boot",
        may_use: EVERYTHING,
        never: &FACES,
    },
    Layer {
        name: "cli",
        may_use: EVERYTHING,
        never: &FACES,
    },
    Layer {
        name: "lib",
        may_use: &[],
        never: IMPURE,
    },
    Layer {
        name: "main",
        may_use: &[],
        never: &FACES,
    },
];

/// (file, or folder with a slash at its end; path; reason): uses that the table forbids and that stay all the same.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "app.rs",
        "store::Pool",
        "App holds the connections, and hands out transactions and scopes",
    ),
    (
        "app.rs",
        "store::Tx",
        "App hands out transactions and scopes; it runs no query itself",
    ),
    (
        "app.rs",
        "store::Scope",
        "App hands out transactions and scopes; it runs no query itself",
    ),
    (
        "app.rs",
        "store::notice::NoticeBus",
        "the bus that transactions publish on lives as long as the server",
    ),
    (
        "app.rs",
        "store::cache::RowCache",
        "what is remembered of rows lives as long as the server",
    ),
    (
        "app.rs",
        "service::rate_limit::RateLimiter",
        "budgets in memory live as long as the server",
    ),
    (
        "app.rs",
        "service::signing_key::KeySet",
        "the cache of keys holds what that verb makes",
    ),
    (
        "http/server.rs",
        "graphql",
        "the URL map names the faces that it mounts",
    ),
    ("http/server.rs", "rest", "the URL map names the faces that it mounts"),
    ("http/server.rs", "web", "the URL map names the faces that it mounts"),
    (
        "http/health.rs",
        "store::readiness",
        "readiness is whether the database is reached, is migrated and keeps what is written",
    ),
    (
        "http/refusal.rs",
        "graphql::transport",
        "a request refused before its route is answered in the form of the face that was asked",
    ),
    (
        "http/refusal.rs",
        "rest",
        "a request refused before its route is answered in the form of the face that was asked",
    ),
    (
        "http/caller.rs",
        "rest::RestError",
        "a request refused before its face is known is answered as REST does",
    ),
    (
        "http/caller.rs",
        "rest::TraceId",
        "a request refused before its face is known is answered as REST does",
    ),
    (
        "graphql/",
        "store::notice",
        "subscriptions wait for notices, which are ids and no query",
    ),
    (
        "graphql/sign_in/",
        "store::sign_in::StoredSignIn",
        "a value that services return; the face reads its fields",
    ),
    (
        "graphql/sign_up/",
        "store::sign_up::StoredSignUp",
        "a value that services return; the face reads its fields",
    ),
    (
        "rest/",
        "store::sign_in::StoredSignIn",
        "a value that services return; the face reads its fields",
    ),
    (
        "rest/",
        "store::sign_up::StoredSignUp",
        "a value that services return; the face reads its fields",
    ),
    (
        "worker/send_verification_email/",
        "crypto::one_time_code",
        "codes are not stored: the mail derives its own",
    ),
];

/// A path that a file names: `store::Tx`, `axum::Router`.
type Used = String;

/// Files below src/ that production compiles, by their path there.
fn sources() -> Vec<(String, String)> {
    let root = repository("src");
    let files = files_below(&root, &["rs"]);
    let test_only: BTreeSet<PathBuf> = files.iter().flat_map(|path| test_modules(path)).collect();
    files
        .iter()
        .filter(|path| {
            !test_only
                .iter()
                .any(|test| path.starts_with(test) || **path == test.with_extension("rs"))
        })
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            (name, production_code(&fs::read_to_string(path).unwrap()))
        })
        .collect()
}

/// The modules that a file declares for tests alone, as paths without extension.
fn test_modules(path: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(path).unwrap();
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let folder = match stem {
        "mod" | "lib" | "main" => path.parent().unwrap().to_owned(),
        _ => path.with_extension(""),
    };
    let lines: Vec<_> = text.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| {
            pair[1]
                .trim_start_matches("pub(crate) ")
                .strip_prefix("mod ")?
                .strip_suffix(';')
        })
        .map(|name| folder.join(name))
        .collect()
}

/// The code before the tests at the end of the file, without comments.
fn production_code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines()
        .map(|line| {
            line.split_once("//")
                .filter(|(code, _)| !code.ends_with(':'))
                .map_or(line, |(code, _)| code)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every path in `code` that begins with `root::`, groups in braces spread out, without the root where it is `crate`.
fn paths_from(code: &str, root: &str) -> BTreeSet<Used> {
    let needle = format!("{root}::");
    let mut found = BTreeSet::new();
    for (position, _) in code.match_indices(&needle) {
        let before = code[..position].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || character == '_' || character == ':') {
            continue;
        }
        let prefix = if root == "crate" { String::new() } else { needle.clone() };
        spread(&code[position + needle.len()..], &prefix, &mut found);
    }
    found
}

/// Reads one path or one group at the beginning of `rest`; returns what is behind it.
fn spread<'a>(rest: &'a str, prefix: &str, found: &mut BTreeSet<Used>) -> &'a str {
    let rest = rest.trim_start();
    if let Some(mut group) = rest.strip_prefix('{') {
        loop {
            group = group.trim_start_matches(|character: char| character.is_whitespace() || character == ',');
            if let Some(behind) = group.strip_prefix('}') {
                return behind;
            }
            let behind = spread(group, prefix, found);
            assert!(behind.len() < group.len(), "not an import: {group:.60}");
            group = behind;
        }
    }
    let end = rest
        .find(|character: char| !(character.is_alphanumeric() || character == '_'))
        .unwrap_or(rest.len());
    let (word, behind) = match rest.strip_prefix('*') {
        Some(behind) => ("*", behind),
        None => rest.split_at(end),
    };
    if let Some(deeper) = behind.strip_prefix("::") {
        return spread(deeper, &format!("{prefix}{word}::"), found);
    }
    let path = match word {
        "self" | "*" => prefix.trim_end_matches("::").to_owned(),
        word => format!("{prefix}{word}"),
    };
    found.insert(path);
    match behind.strip_prefix(" as ") {
        Some(alias) => alias.trim_start_matches(|character: char| character.is_alphanumeric() || character == '_'),
        None => behind,
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
}

fn is_at(file: &str, place: &str) -> bool {
    file == place || (place.ends_with('/') && file.starts_with(place))
}

fn layer_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

/// What a file names that its layer may not.
fn violations(file: &str, code: &str, layer: &Layer) -> BTreeSet<Used> {
    // The domain is a crate of its own, so what it calls `crate` is itself: that arrow the compiler holds.
    let mut used = match layer.name {
        "domain" => BTreeSet::new(),
        _ => paths_from(code, "crate"),
    };
    used.extend(paths_from(code, "entity"));
    used.retain(|path| {
        let is_own = is_below(path, layer.name) || path.is_empty();
        !is_own && !layer.may_use.iter().any(|allowed| is_below(path, allowed))
    });
    for banned in layer.never {
        let is_excused = layer.name == "error" && *banned == "async_graphql" && file == "error/code.rs";
        if !is_excused {
            used.extend(paths_from(code, banned));
        }
    }
    used
}

#[test]
fn every_layer_uses_only_what_it_may() {
    let mut wrong = Vec::new();
    let mut needed = BTreeSet::new();
    for (file, code) in sources() {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == layer_of(&file)) else {
            wrong.push(format!("src/{file} belongs to no layer: add it to the table"));
            continue;
        };
        for path in violations(&file, &code, layer) {
            match EXCEPTIONS
                .iter()
                .position(|(at, allowed, _)| is_at(&file, at) && is_below(&path, allowed))
            {
                Some(exception) => drop(needed.insert(exception)),
                None => wrong.push(format!("src/{file} ({}) may not use {path}", layer.name)),
            }
        }
    }
    for (index, (file, path, _)) in EXCEPTIONS.iter().enumerate() {
        if !needed.contains(&index) {
            wrong.push(format!("the exception for {path} in src/{file} is no longer needed"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn migrations_do_not_know_the_entities() {
    for path in files_below(&repository("migration/src"), &["rs"]) {
        let code = production_code(&fs::read_to_string(&path).unwrap());
        let used: BTreeSet<_> = ["entity", "vestibule"]
            .iter()
            .flat_map(|root| paths_from(&code, root))
            .collect();
        assert!(used.is_empty(), "{}: {used:?}", path.display());
    }
}

#[test]
fn entities_know_nothing_of_ours() {
    for path in files_below(&repository("entity/src"), &["rs"]) {
        let code = production_code(&fs::read_to_string(&path).unwrap());
        let used: BTreeSet<_> = ["migration", "vestibule"]
            .iter()
            .flat_map(|root| paths_from(&code, root))
            .collect();
        assert!(used.is_empty(), "{}: {used:?}", path.display());
    }
}

#[test]
fn groups_aliases_and_inline_paths_are_read() {
    let code = "use crate::{\n    app::App,\n    store::{self, Tx, notice::{Notice, NoticeBus as Bus}},\n};\n\
                use crate::rest as face;\nfn f() -> crate::error::Error { mycrate::store::x(); entity::user::Model }";
    let expected = [
        "app::App",
        "error::Error",
        "rest",
        "store",
        "store::Tx",
        "store::notice::Notice",
        "store::notice::NoticeBus",
    ];
    assert_eq!(paths_from(code, "crate"), expected.map(str::to_owned).into());
    assert_eq!(paths_from(code, "entity"), ["entity::user::Model".to_owned()].into());
    assert!(is_below("store::Tx", "store") && !is_below("storage::Tx", "store"));
}
