//! The table: who is answered what, for each field of each type. `table.txt` says how it is written.

use super::answer::{ABSENT, DATA, more_generous};
use crate::support::SchemaView;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

const TEXT: &str = include_str!("table.txt");

/// The columns, in their order.
pub(super) const CALLERS: [&str; 6] = ["nobody", "own", "other", "token", "key", "foreign"];

/// The answers to each of [`CALLERS`].
pub(super) type Answers = [String; CALLERS.len()];

pub(super) struct Row {
    pub(super) answers: Answers,
    /// That no caller is shown anything is meant so: there is no sample that has it.
    pub(super) is_unproven: bool,
}

pub(super) struct Table {
    /// Where an object of each type is found.
    pub(super) ways: BTreeMap<String, Vec<Vec<String>>>,
    /// Rows by type and field.
    pub(super) rows: BTreeMap<(String, String), Row>,
}

impl Table {
    pub(super) fn read() -> Self {
        let mut table = Self {
            ways: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        let mut kind = String::new();
        let meant = TEXT
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        for line in meant {
            if line.starts_with(' ') {
                table.add(&kind, line);
                continue;
            }
            let (name, ways) = line.split_once(':').unwrap_or((line, ""));
            name.clone_into(&mut kind);
            let way = |way: &str| way.split('.').map(str::to_owned).collect();
            let ways = ways.split_whitespace().map(way).collect();
            assert!(table.ways.insert(kind.clone(), ways).is_none(), "{kind} is there twice");
        }
        table
    }

    fn add(&mut self, kind: &str, line: &str) {
        let mut words: Vec<_> = line.split_whitespace().collect();
        let is_unproven = words.last() == Some(&"?");
        words.truncate(words.len() - usize::from(is_unproven));
        assert!(words.len() > CALLERS.len(), "{kind}: a row without a field: {line}");
        let (answers, fields) = words.split_at(CALLERS.len());
        let answers: Vec<_> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        for field in fields {
            let row = Row {
                answers: answers.clone().try_into().unwrap(),
                is_unproven,
            };
            let before = self.rows.insert((kind.to_owned(), (*field).to_owned()), row);
            assert!(before.is_none(), "{kind}.{field} is there twice");
        }
    }
}

/// What was answered, by type and field.
#[derive(Default)]
pub(super) struct Told(BTreeMap<(String, String), Answers>);

impl Told {
    /// Notes one answer; of several that of the most generous object counts.
    pub(super) fn note(&mut self, (kind, field): (&str, &str), caller: usize, answer: String) {
        let nothing = || std::array::from_fn(|_| ABSENT.to_owned());
        let answers = self
            .0
            .entry((kind.to_owned(), field.to_owned()))
            .or_insert_with(nothing);
        let before = std::mem::take(&mut answers[caller]);
        answers[caller] = more_generous(before, answer);
    }

    /// Everything by which the table and the answers differ, for these types.
    pub(super) fn differences(&self, table: &Table, kinds: &BTreeSet<String>) -> Vec<String> {
        let mut found = Vec::new();
        for ((kind, field), answers) in self.0.iter().filter(|((kind, _), _)| kinds.contains(kind)) {
            let name = format!("{kind}.{field}");
            match table.rows.get(&(kind.clone(), field.clone())) {
                None => found.push(format!(
                    "{name} has no row. It would be, if all of it is meant so:\n{}",
                    line(answers, field)
                )),
                Some(row) if row.answers != *answers => {
                    let row = line(&row.answers, field);
                    found.push(format!(
                        "{name} is answered otherwise:\n{row} in the table\n{} by the server",
                        line(answers, field)
                    ));
                }
                Some(row) if row.is_unproven == answers.iter().any(|answer| answer == DATA) => found.push(format!(
                    "{name}: a row says `?` where nobody is shown anything, and only there"
                )),
                Some(_) => {}
            }
        }
        let rows = table.rows.keys().filter(|(kind, _)| kinds.contains(kind));
        found.extend(
            rows.filter(|row| !self.0.contains_key(*row))
                .map(|(kind, field)| format!("{kind}.{field} has a row and was not asked for")),
        );
        found
    }
}

fn line(answers: &Answers, field: &str) -> String {
    let mut line = " ".to_owned();
    for answer in answers {
        write!(line, " {answer:<10}").unwrap();
    }
    format!("{line} {field}")
}

/// The object types of the schema, its own description left out.
pub(super) fn types(schema: &SchemaView) -> BTreeSet<String> {
    let all = schema.names();
    let types = all
        .into_iter()
        .filter(|name| !name.contains('.') && !name.starts_with("__"));
    types
        .filter(|name| schema.type_named(name)["kind"] == "OBJECT")
        .collect()
}

/// The names of a type's fields.
pub(super) fn fields(schema: &SchemaView, kind: &str) -> Vec<String> {
    let fields = schema.fields(kind).iter();
    fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}
