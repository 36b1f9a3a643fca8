//! The layers: compiled-in defaults, a file, the environment. A later layer replaces the values of an earlier one.
//!
//! Every problem is collected and none ends the reading, so that an operator sees all of them at once.

use super::{
    Judges, Overrides,
    problem::{ConfigError, Origin, Problem},
    service_link::is_service_link,
    variable::{Kind, VARIABLES, meant, nearest},
};
use std::{collections::BTreeMap, net::SocketAddr, ops::RangeInclusive, path::Path};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use zeroize::Zeroizing;

/// A value of the right kind, not yet checked for meaning.
enum Value {
    Text(Zeroizing<String>),
    Integer(i64),
    Boolean(bool),
    List(Vec<String>),
}

struct Setting {
    value: Value,
    kind: Kind,
    /// As the operator wrote it: the variable or the key.
    name: String,
    origin: Origin,
}

/// The values of all layers by TOML key, and what was wrong with them so far.
pub(super) struct Layers {
    judges: Judges,
    settings: BTreeMap<&'static str, Setting>,
    problems: Vec<Problem>,
}

impl Layers {
    /// No layer yet.
    pub(super) fn new(judges: Judges) -> Self {
        Self {
            judges,
            settings: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// What only a library above can judge.
    pub(super) const fn judges(&self) -> Judges {
        self.judges
    }

    /// Lays a TOML document over what is there. `path` is where it was read; `None` for the compiled-in defaults.
    pub(super) fn add_document(&mut self, path: Option<&Path>, text: &str) {
        match DeTable::parse(text) {
            Ok(table) => self.add_table(&Document { path, text }, "", table.get_ref()),
            Err(error) => {
                // `message` alone: the whole error quotes the line, which may hold a secret.
                let origin = Origin::in_file(path, text, error.span().map_or(0, |span| span.start));
                self.report(
                    "configuration file",
                    origin,
                    format!("not valid TOML: {}", error.message()),
                );
            }
        }
    }

    fn add_table(&mut self, document: &Document<'_>, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let origin = document.origin(name);
            if let Some((_, key, kind)) = VARIABLES.iter().find(|(_, known, _)| *known == key) {
                self.add_value(key, *kind, origin, value.get_ref());
                continue;
            }
            let is_section = VARIABLES
                .iter()
                .any(|(_, known, _)| known.starts_with(&format!("{key}.")));
            match value.get_ref() {
                DeValue::Table(inner) if is_section || !inner.is_empty() => {
                    self.add_table(document, &format!("{key}."), inner);
                }
                other if is_section => {
                    self.report(&key, origin, format!("expected a section, got {}", describe(other)));
                }
                _ => {
                    let message = unknown("key", &key, VARIABLES.iter().map(|(_, known, _)| *known));
                    self.report(&key, origin, message);
                }
            }
        }
    }

    fn add_value(&mut self, key: &'static str, kind: Kind, origin: Origin, found: &DeValue<'_>) {
        let value = match (kind, found) {
            (Kind::Text | Kind::Secret, DeValue::String(text)) => {
                Some(Value::Text(Zeroizing::new(text.clone().into_owned())))
            }
            (Kind::Integer, DeValue::Integer(number)) => i64::from_str_radix(number.as_str(), number.radix())
                .ok()
                .map(Value::Integer),
            (Kind::Boolean, DeValue::Boolean(value)) => Some(Value::Boolean(*value)),
            (Kind::List, DeValue::Array(items)) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .map(Value::List),
            _ => None,
        };
        match value {
            Some(value) => self.add(
                key,
                Setting {
                    value,
                    kind,
                    name: key.to_owned(),
                    origin,
                },
            ),
            None => self.report(
                key,
                origin,
                format!("expected {}, got {}", expected(kind), describe(found)),
            ),
        }
    }

    /// Lays environment variables over what is there. Those without the prefix `VESTIBULE_` are not ours, those with
    /// `VESTIBULE_TEST_` belong to the test suite, and some tell of services of that name. An empty one counts as absent:
    /// that is how a template leaves out what it has no value for.
    pub(super) fn add_environment(&mut self, environment: impl Iterator<Item = (String, String)>) {
        let ours = environment.filter(|(name, text)| {
            let is_ours = name.starts_with("VESTIBULE_") && !name.starts_with("VESTIBULE_TEST_");
            is_ours && !text.is_empty() && !is_service_link(name, text)
        });
        for (name, text) in ours {
            let Some((_, key, kind)) = VARIABLES.iter().find(|(known, _, _)| *known == name) else {
                let known = VARIABLES.iter().map(|(known, _, _)| *known);
                let message = match meant(&name) {
                    Some(variable) => format!("unknown variable; {variable} is meant for that"),
                    None => unknown("variable", &name, known),
                };
                self.report(&name, Origin::Environment, message);
                continue;
            };
            if text.contains(char::REPLACEMENT_CHARACTER) {
                self.report(&name, Origin::Environment, "expected Unicode text".to_owned());
                continue;
            }
            let value = match kind {
                Kind::Text | Kind::Secret => Some(Value::Text(Zeroizing::new(text.clone()))),
                Kind::Integer => text.trim().parse().ok().map(Value::Integer),
                Kind::Boolean => text.trim().parse().ok().map(Value::Boolean),
                Kind::List => {
                    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                    Some(Value::List(items.map(str::to_owned).collect()))
                }
            };
            match value {
                Some(value) => self.add(
                    key,
                    Setting {
                        value,
                        kind: *kind,
                        name,
                        origin: Origin::Environment,
                    },
                ),
                None => self.report(
                    &name,
                    Origin::Environment,
                    format!("expected {}, got {text:?}", expected(*kind)),
                ),
            }
        }
    }

    /// Lays what the command line says over what is there. A port takes the place of that in `listen`, where that is one.
    pub(super) fn add_overrides(&mut self, overrides: Overrides) {
        let listen = match self.settings.get("listen") {
            Some(Setting {
                value: Value::Text(text),
                ..
            }) => text.parse::<SocketAddr>().ok(),
            _ => None,
        };
        if let (Some(port), Some(mut listen)) = (overrides.port, listen) {
            listen.set_port(port);
            self.add_argument("listen", "--port", listen.to_string());
        }
        if let Some(directory) = overrides.data_dir {
            match directory.into_os_string().into_string() {
                Ok(text) => self.add_argument("data_dir", "--data-dir", text),
                Err(_) => self.report("--data-dir", Origin::Arguments, "expected Unicode text".to_owned()),
            }
        }
    }

    fn add_argument(&mut self, key: &'static str, name: &str, text: String) {
        let setting = Setting {
            value: Value::Text(Zeroizing::new(text)),
            kind: Kind::Text,
            name: name.to_owned(),
            origin: Origin::Arguments,
        };
        self.add(key, setting);
    }

    fn add(&mut self, key: &'static str, setting: Setting) {
        self.settings.insert(key, setting);
    }

    /// The text at `key` as a `T`, or `None` if nobody set it or `parse` refused it, which is then a problem.
    pub(super) fn text<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let Some(Setting {
            value: Value::Text(text),
            kind,
            ..
        }) = self.settings.get(key)
        else {
            return None;
        };
        let parsed = (!text.is_empty()).then(|| parse(text)).flatten();
        if parsed.is_none() {
            let found = match kind {
                _ if text.is_empty() => ", got an empty value".to_owned(),
                Kind::Secret => String::new(),
                _ => format!(", got {:?}", text.as_str()),
            };
            self.reject(key, format!("expected {expected}{found}"));
        }
        parsed
    }

    /// The number at `key` if it lies in `range`; anything else is a problem.
    pub(super) fn integer<T: TryFrom<i64>>(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<T> {
        let Some(Setting {
            value: Value::Integer(number),
            ..
        }) = self.settings.get(key)
        else {
            return None;
        };
        let number = *number;
        let parsed = range.contains(&number).then(|| T::try_from(number).ok()).flatten();
        if parsed.is_none() {
            self.reject(
                key,
                format!(
                    "expected a number from {} to {}, got {number}",
                    range.start(),
                    range.end()
                ),
            );
        }
        parsed
    }

    /// The flag at `key`.
    pub(super) fn boolean(&self, key: &'static str) -> Option<bool> {
        match self.settings.get(key)?.value {
            Value::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The items at `key`, each as a `T`; every item that `parse` refuses is a problem of its own.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(Setting {
            value: Value::List(items),
            ..
        }) = self.settings.get(key)
        else {
            return None;
        };
        let parsed: Vec<_> = items
            .iter()
            .map(|item| parse(item).ok_or_else(|| item.clone()))
            .collect();
        let mut values = Vec::with_capacity(parsed.len());
        for item in parsed {
            match item {
                Ok(value) => values.push(value),
                Err(item) => self.reject(key, format!("expected {expected}, got {item:?}")),
            }
        }
        Some(values)
    }

    /// Reports the value at `key` under the name and the place the operator gave it.
    pub(super) fn reject(&mut self, key: &'static str, message: String) {
        let (name, origin) = self.settings.get(key).map_or_else(
            || (key.to_owned(), Origin::Default),
            |setting| (setting.name.clone(), setting.origin.clone()),
        );
        self.problems.push(Problem { name, origin, message });
    }

    /// Reports something that is not the value of a known setting.
    pub(super) fn report(&mut self, name: &str, origin: Origin, message: String) {
        self.problems.push(Problem {
            name: name.to_owned(),
            origin,
            message,
        });
    }

    /// `config`, unless there was any problem. A missing `config` without one means that a default is missing.
    ///
    /// # Errors
    /// All problems.
    pub(super) fn finish<T>(mut self, config: Option<T>) -> Result<T, ConfigError> {
        match config {
            Some(config) if self.problems.is_empty() => Ok(config),
            None if self.problems.is_empty() => {
                self.report("defaults", Origin::Default, "a setting has no default".to_owned());
                Err(ConfigError {
                    problems: self.problems,
                })
            }
            _ => Err(ConfigError {
                problems: self.problems,
            }),
        }
    }

    /// The keys that have a value.
    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.settings.keys().copied()
    }
}

/// A TOML text and where it was read.
struct Document<'a> {
    path: Option<&'a Path>,
    text: &'a str,
}

impl Document<'_> {
    fn origin<T>(&self, part: &Spanned<T>) -> Origin {
        Origin::in_file(self.path, self.text, part.span().start)
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(
        || format!("unknown {what}"),
        |suggestion| format!("unknown {what}; the nearest known one is {suggestion}"),
    )
}

const fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Secret => "a text in quotes",
        Kind::Integer => "a whole number",
        Kind::Boolean => "true or false",
        Kind::List => "an array of texts",
    }
}

/// The type of a TOML value. Not the value: it may be a secret written under the wrong key.
const fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a section",
    }
}
