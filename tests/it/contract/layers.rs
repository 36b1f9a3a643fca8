//! The arrows between the layers: the manifests hold those between crates, this table those that are finer.
//!
//! The table is the one of docs/architecture.md. A rule is a path prefix: `store` allows everything in it, `store::Tx` that
//! item alone. Code that only tests compile is left out. Exceptions stand in a list of their own, each with its reason, and
//! one that is no longer needed fails the test. A crate's manifest names exactly the crates that the table lets it use.

use super::{
    files_below, repository,
    source::{Used, paths_from, production_code, sources},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// A layer: a crate, which is a folder of src/, or a part of the crates `kernel` and `vestibule`.
struct Layer {
    /// The crate, and behind a slash the part of it.
    name: &'static str,
    /// Parts of our crates that it may name beside itself.
    may_use: &'static [&'static str],
    /// Other crates that have no place in it.
    never: &'static [&'static str],
}

/// Our crates that lie below src/, and what lies deeper still.
const CRATES: &[&str] = &[
    "domain",
    "entity",
    "graphql",
    "graphql_transport",
    "kernel",
    "migration",
    "outbound",
    "rest",
    "service",
    "store",
    "web",
    "web_kit",
];
/// Crates whose parts are layers of their own; the second one lies in src/ itself.
const PARTED: [&str; 2] = ["kernel", "vestibule"];
/// Crates by which the outside speaks to us.
const FACES: [&str; 4] = ["axum", "axum_extra", "async_graphql", "async_graphql_axum"];
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
/// What entity offers to those who must not see rows: plain data.
macro_rules! plain {
    ($($more:literal),*) => { &["entity::id", "entity::kind", "entity::strategies", "entity::UnixMilliseconds" $(, $more)*] };
}

const LAYERS: &[Layer] = &[
    Layer {
        name: "kernel/error",
        may_use: plain!(),
        never: &["axum", "axum_extra", "async_graphql", "tokio"],
    },
    Layer {
        name: "kernel/config",
        may_use: plain!(),
        never: &["axum", "axum_extra", "async_graphql", "lettre", "tracing_subscriber"],
    },
    Layer {
        name: "kernel/runtime",
        may_use: plain!("kernel::error", "kernel::config"),
        never: &["axum", "async_graphql", "sea_orm"],
    },
    Layer {
        name: "kernel/caller",
        may_use: plain!("kernel::error", "kernel::config", "kernel::runtime", "domain"),
        never: IMPURE,
    },
    Layer {
        name: "kernel/crypto",
        may_use: plain!("kernel::runtime"),
        never: &["axum", "async_graphql", "sea_orm", "sqlx"],
    },
    // Waiting for a notice is waiting, so it has `tokio`.
    Layer {
        name: "kernel/notice",
        may_use: plain!(),
        never: &["axum", "async_graphql", "sea_orm", "sqlx", "rand", "chrono"],
    },
    Layer {
        name: "kernel/outbox",
        may_use: plain!(),
        never: IMPURE,
    },
    Layer {
        name: "kernel/mod",
        may_use: &[],
        never: IMPURE,
    },
    Layer {
        name: "domain",
        may_use: plain!(),
        never: IMPURE,
    },
    Layer {
        name: "store",
        may_use: &[
            "entity",
            "migration",
            "domain",
            "kernel::notice",
            "kernel::outbox",
            "kernel::runtime",
        ],
        never: &FACES,
    },
    Layer {
        name: "outbound",
        may_use: &["kernel::config", "kernel::runtime"],
        never: &["axum", "async_graphql", "sea_orm"],
    },
    Layer {
        name: "service",
        may_use: &[
            "domain",
            "entity",
            "kernel::caller",
            "kernel::crypto",
            "kernel::error",
            "kernel::notice",
            "kernel::outbox",
            "kernel::runtime",
            "store",
        ],
        never: &FACES,
    },
    Layer {
        name: "web_kit",
        may_use: plain!(
            "domain",
            "kernel::caller",
            "kernel::config",
            "kernel::error",
            "kernel::runtime",
            "service"
        ),
        never: &["async_graphql", "sea_orm", "sqlx"],
    },
    Layer {
        name: "graphql_transport",
        may_use: &["kernel::error", "web_kit::accept", "web_kit::distinct"],
        never: &["sea_orm", "sqlx", "lettre"],
    },
    Layer {
        name: "graphql",
        may_use: plain!(
            "domain",
            "graphql_transport",
            "kernel::caller",
            "kernel::error",
            "kernel::notice",
            "kernel::runtime",
            "service",
            "web_kit"
        ),
        never: &["sea_orm", "sqlx", "lettre"],
    },
    Layer {
        name: "rest",
        may_use: plain!(
            "domain",
            "kernel::caller",
            "kernel::error",
            "kernel::runtime",
            "service",
            "web_kit"
        ),
        never: &["async_graphql", "sea_orm", "sqlx", "lettre"],
    },
    Layer {
        name: "web",
        may_use: plain!("kernel::caller", "kernel::error", "service", "web_kit"),
        never: &["async_graphql", "sea_orm", "sqlx"],
    },
    Layer {
        name: "vestibule/worker",
        may_use: &[
            "domain",
            "entity",
            "kernel::caller",
            // Codes are not stored: a mail derives its own.
            "kernel::crypto::one_time_code",
            "kernel::error",
            "kernel::notice",
            "kernel::outbox",
            "outbound",
            "service",
            "store",
        ],
        never: &FACES,
    },
    Layer {
        name: "vestibule/server",
        may_use: &[
            "graphql",
            "graphql_transport",
            "kernel::config",
            "kernel::error",
            "rest",
            "service",
            // Whether the database is reached, is migrated and keeps what is written.
            "store::readiness",
            "web",
            "web_kit",
        ],
        never: &["async_graphql", "sea_orm", "sqlx"],
    },
    Layer {
        name: "vestibule/boot",
        may_use: &["domain", "entity", "kernel", "outbound", "service", "store"],
        never: &FACES,
    },
    Layer {
        name: "vestibule/cli",
        may_use: &[
            "domain",
            "entity",
            "graphql",
            "kernel",
            "outbound",
            "service",
            "store",
            "vestibule::boot",
            "vestibule::server",
            "vestibule::worker",
        ],
        never: &FACES,
    },
    // What it names is what tests and the command find under one roof.
    Layer {
        name: "vestibule/lib",
        may_use: CRATES,
        never: IMPURE,
    },
    Layer {
        name: "vestibule/main",
        may_use: &["vestibule::cli"],
        never: &FACES,
    },
];

/// (file, or folder with a slash at its end; path; reason): uses that the table forbids and that stay all the same.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "service/app.rs",
    "kernel::config",
    "App carries the settings of the process to those who read one",
)];

fn is_below(path: &str, prefix: &str) -> bool {
    path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
}

fn is_at(file: &str, place: &str) -> bool {
    file == place || (place.ends_with('/') && file.starts_with(place))
}

/// The crate that a file belongs to.
fn crate_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap();
    if CRATES.contains(&first) { first } else { "vestibule" }
}

/// The name of the layer that a file belongs to.
fn layer_of(file: &str) -> String {
    let owner = crate_of(file);
    if !PARTED.contains(&owner) {
        return owner.to_owned();
    }
    let inside = file.strip_prefix(&format!("{owner}/")).unwrap_or(file);
    let part = inside.split('/').next().unwrap();
    format!("{owner}/{}", part.strip_suffix(".rs").unwrap_or(part))
}

/// What a file names of our crates, each path with its crate in front.
fn used_of_ours(file: &str, code: &str) -> BTreeSet<Used> {
    let owner = crate_of(file);
    let own = paths_from(code, "crate");
    let own = own.iter().map(|path| format!("{owner}::{path}"));
    let others = CRATES.iter().chain(&["vestibule"]);
    others.flat_map(|root| paths_from(code, root)).chain(own).collect()
}

/// What a file names that its layer may not.
fn violations(file: &str, code: &str, layer: &Layer) -> BTreeSet<Used> {
    let itself = layer.name.replace('/', "::");
    let mut used = used_of_ours(file, code);
    used.retain(|path| {
        // Macros are at the root of their crate, wherever they are written.
        let is_own = is_below(path, &itself) || path == "kernel::error_codes";
        !is_own && !layer.may_use.iter().any(|allowed| is_below(path, allowed))
    });
    for banned in layer.never {
        used.extend(paths_from(code, banned));
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

/// Who may do what is a table of the domain, which verbs look up by `authorise` and nobody else does: a face that decided for
/// itself would be forgotten when the table changes.
#[test]
fn only_services_ask_who_may_do_what() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        let is_free: &[&str] = match layer_of(&file).as_str() {
            "domain" => continue,
            "service" if file == "service/mod.rs" => continue,
            "service" => &["Action", "ActingSession", "Actor", "Owned"],
            _ => &["ActingSession", "Actor"],
        };
        for path in used_of_ours(&file, &code) {
            let is_asking = match path.strip_prefix("domain::permission") {
                Some(item) => !is_free.iter().any(|free| is_below(item, &format!("::{free}"))),
                None => is_below(&path, "service::authorise") && !file.starts_with("service/"),
            };
            if is_asking {
                wrong.push(format!("src/{file} may not use {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What a file says of each of its public items and fields: imports to their end, functions as far as their bodies, anything else
/// to the end of the line.
fn public_signatures(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices("pub ").filter_map(|(position, _)| {
        let line = code[..position].rsplit('\n').next().unwrap();
        let rest = line.trim().is_empty().then(|| &code[position..])?;
        let first = rest.lines().next().unwrap();
        let end = match first {
            first if first.starts_with("pub use ") => rest.find(';'),
            first if first.contains("fn ") => rest.find(['{', ';']),
            _ => Some(first.len()),
        };
        Some(&rest[..end.unwrap_or(rest.len())])
    })
}

/// What a file of the services hands on to the faces that is not made to be shown: what `store` calls by a name of its own, rows,
/// and whatever lies behind what is seen through.
fn handed_on(code: &str) -> BTreeSet<Used> {
    let mut handed = paths_from(code, "std");
    handed.retain(|path| path == "std::ops::Deref");
    for signature in public_signatures(code) {
        handed.extend(paths_from(signature, "store"));
        let words = signature.split(|character: char| !(character.is_alphanumeric() || character == '_'));
        let rows = words.filter(|word| *word == "Model" || word.starts_with("Stored"));
        handed.extend(rows.map(str::to_owned));
    }
    handed
}

/// Faces have no `store` in their manifests. What the services exported of it would get there all the same, and whole rows with
/// it: a user's, with the digest of the password.
#[test]
fn services_hand_on_no_rows_and_nothing_of_the_store() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        if layer_of(&file) == "service" {
            let handed = handed_on(&code).into_iter();
            wrong.extend(handed.map(|path| format!("src/{file} hands on {path}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_handed_on_is_found_in_each_spelling() {
    for (code, expected) in [
        (
            "pub use state::UserState;\npub(crate) use store::Tx;\nuse store::Scope;",
            &[] as &[&str],
        ),
        (
            "pub fn begin(tx: &Tx) {\n    let row: user::Model = store::find(tx);\n}",
            &[],
        ),
        (
            "pub struct State {\n    row: StoredUser,\n    pub(crate) user: user::Model,\n}",
            &[],
        ),
        (
            "use a::B;\npub use store::{\n    Pool,\n    user::Account as Kept,\n};",
            &["store::Pool", "store::user::Account"],
        ),
        ("pub type Row = store::sign_in::Named;", &["store::sign_in::Named"]),
        (
            "pub async fn list(\n    app: &App,\n) -> Vec<user::Model> {",
            &["Model"],
        ),
        ("pub struct State {\n    pub row: Arc<StoredUser>,\n}", &["StoredUser"]),
        ("use std::{ops::Deref, sync::Arc};", &["std::ops::Deref"]),
    ] {
        let expected: BTreeSet<_> = expected.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(handed_on(code), expected, "{code}");
    }
}

/// The crates of ours that a manifest names for production.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(repository(manifest)).unwrap();
    let section = text.split("\n[dependencies]\n").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let named = section
        .lines()
        .filter_map(|line| line.strip_suffix(".workspace = true"));
    named
        .map(|name| name.replace('-', "_"))
        .filter(|name| CRATES.contains(&name.as_str()))
        .collect()
}

#[test]
fn manifests_name_the_crates_that_the_table_lets_them_use() {
    let mut expected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for layer in LAYERS.iter().filter(|layer| layer.name != "vestibule/lib") {
        let owner = layer.name.split('/').next().unwrap();
        let crates = layer.may_use.iter().map(|path| path.split("::").next().unwrap());
        let others = crates.filter(|used| *used != owner).map(str::to_owned);
        expected.entry(owner).or_default().extend(others);
    }
    for (owner, expected) in expected {
        let manifest = match owner {
            "vestibule" => "Cargo.toml".to_owned(),
            owner => format!("src/{owner}/Cargo.toml"),
        };
        assert_eq!(dependencies(&manifest), expected, "{manifest}");
    }
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
fn files_belong_to_the_layer_of_their_folder() {
    for (file, layer) in [
        ("store/tx.rs", "store"),
        ("kernel/error/code.rs", "kernel/error"),
        ("kernel/notice.rs", "kernel/notice"),
        ("server/connection/tls.rs", "vestibule/server"),
        ("boot.rs", "vestibule/boot"),
    ] {
        assert_eq!(layer_of(file), layer);
    }
    assert!(is_below("store::Tx", "store") && !is_below("storage::Tx", "store"));
    let code = "use crate::app::App; use store::{Tx, sign_in}; fn f() -> kernel::error::Error {}";
    let expected = [
        "kernel::error::Error",
        "service::app::App",
        "store::Tx",
        "store::sign_in",
    ];
    assert_eq!(
        used_of_ours("service/user/mod.rs", code),
        expected.map(str::to_owned).into()
    );
}
