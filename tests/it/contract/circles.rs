//! No files import each other in a circle. Between crates the compiler sees to that; here it is files of one crate.
//!
//! A file imports the one that defines what it names: a module that only hands an item on with `pub use` is looked through,
//! and declaring a module is no import of it.

use super::source::{paths_from, sources};
use std::collections::{BTreeMap, BTreeSet};

/// The modules of one crate by their paths: `session::read`, and nothing for the root.
type Modules = BTreeSet<String>;
/// See [`brought_in`].
type Brought = BTreeMap<String, Option<String>>;

/// The crates that lie below src/; everything else there is the root package.
const FOLDERS: [&str; 10] = [
    "domain",
    "graphql",
    "graphql_transport",
    "kernel",
    "outbound",
    "rest",
    "service",
    "store",
    "web",
    "web_kit",
];

/// The crate of a file, and the path of its module in it.
fn place(file: &str) -> (&str, String) {
    let first = file.split('/').next().unwrap();
    let (owner, inside) = match file.split_once('/') {
        Some((_, inside)) if FOLDERS.contains(&first) => (first, inside),
        _ => ("vestibule", file),
    };
    let stem = inside.strip_suffix(".rs").unwrap();
    let module = match stem {
        "mod" | "lib" | "main" => "",
        stem => stem.strip_suffix("/mod").unwrap_or(stem),
    };
    (owner, module.replace('/', "::"))
}

fn joined(module: &str, path: &str) -> String {
    match module {
        "" => path.to_owned(),
        module => format!("{module}::{path}"),
    }
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

/// The `use` statements of a file, from the path on, and the code without those that only hand something on.
fn uses(code: &str) -> (Vec<&str>, String) {
    let (mut statements, mut rest, mut last) = (Vec::new(), String::new(), 0);
    for (position, _) in code.match_indices("use ") {
        let line = code[..position].rsplit('\n').next().unwrap();
        let word = line.trim_start();
        if position < last || !(word.is_empty() || word.starts_with("pub")) {
            continue;
        }
        let end = position + code[position..].find(';').unwrap();
        statements.push(&code[position + 4..end]);
        if !word.is_empty() {
            rest.push_str(&code[last..position - line.len()]);
            last = end + 1;
        }
    }
    rest.push_str(&code[last..]);
    (statements, rest)
}

/// What other files find in a module besides what it defines: the name, and its path from the root of the crate; nothing
/// where it is of another crate.
fn brought_in(module: &str, code: &str, modules: &Modules) -> Brought {
    let name = |path: &str| path.rsplit("::").next().unwrap().to_owned();
    let mut found = BTreeMap::new();
    for statement in uses(code).0 {
        let every = paths_from(&format!("of::{statement}"), "of");
        found.extend(every.iter().map(|path| (name(path), None)));
        let own = imported(module, statement, modules);
        found.extend(own.iter().map(|path| (name(path), Some(path.clone()))));
    }
    found
}

/// Every path into the crate that `code` names, from its root.
fn imported(module: &str, code: &str, modules: &Modules) -> BTreeSet<String> {
    let mut found = paths_from(code, "crate");
    let of_self = paths_from(code, "self");
    found.extend(
        of_self
            .iter()
            .filter_map(|path| path.strip_prefix("self::"))
            .map(|path| joined(module, path)),
    );
    for path in paths_from(code, "super") {
        let (mut base, mut rest) = (module, path.as_str());
        while let Some(deeper) = rest.strip_prefix("super::") {
            (base, rest) = (parent(base), deeper);
        }
        found.insert(joined(base, rest));
    }
    // Modules of its own are named without a word in front.
    for child in modules
        .iter()
        .filter(|child| !child.is_empty() && parent(child) == module)
    {
        let name = child.rsplit("::").next().unwrap();
        found.extend(paths_from(code, name).iter().map(|path| joined(module, path)));
    }
    found
}

/// Whether a module holds objects of the GraphQL schema. Those name each other as the schema has them do: a client has its
/// sessions, and a session its client.
fn is_object(module: &str) -> bool {
    module.ends_with("::object")
}

/// Whether a module is the other one, or lies around it.
fn is_around(outer: &str, inner: &str) -> bool {
    outer.is_empty() || inner == outer || inner.starts_with(&format!("{outer}::"))
}

/// The module that defines what a path names; nothing where that is another crate.
fn defining(path: &str, modules: &Modules, brought: &BTreeMap<String, Brought>) -> Option<String> {
    let mut path = path.to_owned();
    // Items are handed on over a few steps at most.
    for _ in 0..8 {
        let mut module = path.as_str();
        while !modules.contains(module) {
            module = parent(module);
        }
        let rest = path.strip_prefix(module).unwrap_or_default();
        let item = rest.trim_start_matches("::").split("::").next().unwrap_or_default();
        match brought.get(module).and_then(|brought| brought.get(item)) {
            Some(Some(from)) if *from != path => path = from.clone(),
            Some(None) => return None,
            _ => return Some(module.to_owned()),
        }
    }
    None
}

/// Modules from which one comes back to oneself, each with those on the way.
fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reach = |from: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            for to in arrows.get(next).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let reaches: BTreeMap<_, _> = arrows.keys().map(|from| (from, reach(from))).collect();
    let mut found = BTreeSet::new();
    for (from, reached) in &reaches {
        let circle: BTreeSet<_> = reached
            .iter()
            .filter(|to| reaches.get(to).is_some_and(|back| back.contains(*from)))
            .cloned()
            .collect();
        if !circle.is_empty() {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

/// The arrows between the modules of a crate.
fn arrows(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: Modules = files.iter().map(|(module, _)| module.clone()).collect();
    let brought: BTreeMap<_, _> = files
        .iter()
        .map(|(module, code)| (module.clone(), brought_in(module, code, &modules)))
        .collect();
    let targets = |module: &str, code: &str| {
        // What a macro names, it names where it is used.
        let code = code.replace("$crate::", "");
        imported(module, &uses(&code).1, &modules)
            .iter()
            .filter_map(|path| defining(path, &modules, &brought))
            .filter(|target| !is_around(target, module) && !is_around(module, target))
            .filter(|target| !(is_object(module) && is_object(target)))
            .collect()
    };
    files
        .iter()
        .map(|(module, code)| (module.clone(), targets(module, code)))
        .collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut crates: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (file, code) in sources() {
        let (owner, module) = place(&file);
        crates.entry(owner.to_owned()).or_default().push((module, code));
    }
    let found: Vec<_> = crates
        .iter()
        .flat_map(|(owner, files)| {
            circles(&arrows(files))
                .into_iter()
                .map(move |circle| format!("{owner}: {}", circle.into_iter().collect::<Vec<_>>().join(", ")))
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn what_a_module_hands_on_is_looked_through_and_a_circle_is_found() {
    let file = |module: &str, code: &str| (module.to_owned(), code.to_owned());
    let sound = [
        file("", "mod a; mod b;"),
        file("a", "mod one;\nmod two;\npub use one::{One, make};\npub use two::Two;"),
        file("a::one", "pub struct One;"),
        file("a::two", "use super::One;\nuse crate::b::B;"),
        file("b", "use crate::a::{One, make};"),
    ];
    assert_eq!(circles(&arrows(&sound)), []);
    let mut round = sound.to_vec();
    round[4].1 = "use crate::a::Two;".to_owned();
    let expected: BTreeSet<_> = ["a::two", "b"].map(str::to_owned).into();
    assert_eq!(circles(&arrows(&round)), [expected]);
    let siblings = [
        file("", "mod a;"),
        file(
            "a",
            "mod one;\nmod two;\nmod deep;\npub use one::One;\npub use self::two::{Two};",
        ),
        file("a::one", "use super::Two;\npub struct One;"),
        file("a::two", "use super::{One};\npub struct Two;"),
        file("a::deep", "mod inner;"),
        file("a::deep::inner", "use super::super::one::One;"),
    ];
    let expected: BTreeSet<_> = ["a::one", "a::two"].map(str::to_owned).into();
    assert_eq!(
        circles(&arrows(&siblings)),
        [expected],
        "by the words self and super too"
    );
}
