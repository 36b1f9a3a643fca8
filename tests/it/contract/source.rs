//! Reading the sources: which files production compiles, and which paths they name.

use super::{files_below, repository};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A path that a file names: `store::Tx`, `axum::Router`.
pub(super) type Used = String;

/// Files below src/ that production compiles, by their path there.
pub(super) fn sources() -> Vec<(String, String)> {
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
pub(super) fn production_code(text: &str) -> String {
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
pub(super) fn paths_from(code: &str, root: &str) -> BTreeSet<Used> {
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
}
