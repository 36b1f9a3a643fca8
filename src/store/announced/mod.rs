//! What a transaction must have announced that wrote rows which are remembered, found out from its statements.
//!
//! Debug builds, and so every test, refuse to commit what wrote such a row and told nobody: a writing function of `store` that
//! forgets its notice fails the first test that goes through it. Release builds have nothing of this. A statement that names
//! several and announces one passes, and verifications of a user's identifications are not looked for, since they do not name it.

use entity::id::{ClientId, InstanceId, TypedId, UserId};
use kernel::notice::Notice;
use sea_orm::{Statement, Value};

/// A table whose rows are remembered.
struct Remembered {
    table: &'static str,
    /// The notices that are due for an identifier among the values of a statement that writes to it.
    due: fn(&str) -> Option<Notice>,
    /// Whether a statement without such an identifier concerns nobody. Otherwise it must name one, so that it can be told of.
    may_name_none: bool,
    /// What may change without a word: activity, of which whoever remembers it finds out within a minute.
    silent: &'static [&'static str],
}

const REMEMBERED: &[Remembered] = &[
    Remembered {
        table: "client",
        due: notice_of::<ClientId>,
        may_name_none: false,
        silent: &[],
    },
    Remembered {
        table: "session",
        due: notice_of::<ClientId>,
        may_name_none: false,
        silent: &["last_active_at", "expire_at", "abandon_at", "updated_at"],
    },
    Remembered {
        table: "user",
        due: notice_of::<UserId>,
        may_name_none: false,
        silent: &["last_active_at"],
    },
    // Those of a sign-up are nobody's yet.
    Remembered {
        table: "identification",
        due: notice_of::<UserId>,
        may_name_none: true,
        silent: &[],
    },
    // Those of networks and of known clients are not remembered with the user.
    Remembered {
        table: "lockout",
        due: notice_of::<UserId>,
        may_name_none: true,
        silent: &[],
    },
    Remembered {
        table: "instance",
        due: notice_of::<InstanceId>,
        may_name_none: false,
        silent: &[],
    },
    Remembered {
        table: "trusted_document",
        due: notice_of::<InstanceId>,
        may_name_none: false,
        silent: &[],
    },
    Remembered {
        table: "signing_key",
        due: notice_of::<InstanceId>,
        may_name_none: false,
        silent: &[],
    },
];

/// Of what notices are about.
trait Told: TypedId {
    fn notice(self) -> Notice;
}

impl Told for ClientId {
    fn notice(self) -> Notice {
        Notice::Client(self)
    }
}

impl Told for UserId {
    fn notice(self) -> Notice {
        Notice::User(self)
    }
}

impl Told for InstanceId {
    fn notice(self) -> Notice {
        Notice::Instance(self)
    }
}

fn notice_of<I: Told>(text: &str) -> Option<Notice> {
    text.parse::<I>().ok().map(Told::notice)
}

/// What is due because of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// One of these notices, if there are any: a text may look like an identifier and be none, as that of a key.
    OneOf(Vec<Notice>),
    /// It writes to that table and names nobody whom it concerns.
    Unknown(&'static str),
}

/// What must be announced because of a statement.
pub(super) fn due(statement: &Statement) -> Due {
    let nothing = Due::OneOf(Vec::new());
    let Some((table, sql)) = written(&statement.sql) else {
        return nothing;
    };
    let Some(remembered) = REMEMBERED.iter().find(|remembered| remembered.table == table) else {
        return nothing;
    };
    let mut columns = set_columns(sql).peekable();
    if columns.peek().is_some() && columns.all(|column| remembered.silent.contains(&column)) {
        return nothing;
    }
    let values = statement.values.iter().flat_map(|values| &values.0);
    let notices: Vec<Notice> = values
        .filter_map(|value| match value {
            Value::String(Some(text)) => (remembered.due)(text),
            _ => None,
        })
        .collect();
    match notices.is_empty() && !remembered.may_name_none {
        true => Due::Unknown(remembered.table),
        false => Due::OneOf(notices),
    }
}

/// What is due and is not among the notices, if anything is.
pub(super) fn missing(due: &[Due], notices: &[Notice]) -> Option<String> {
    due.iter().find_map(|due| match due {
        Due::OneOf(due) if due.is_empty() || due.iter().any(|notice| notices.contains(notice)) => None,
        Due::OneOf(due) => Some(format!("{due:?}")),
        Due::Unknown(table) => Some(format!("somebody's {table}")),
    })
}

/// The table that a statement writes to, and the rest of the statement.
fn written(sql: &str) -> Option<(&str, &str)> {
    let rest = ["INSERT INTO \"", "UPDATE \"", "DELETE FROM \""]
        .into_iter()
        .find_map(|beginning| sql.strip_prefix(beginning))?;
    rest.split_once('"')
}

/// The columns that an update sets; none of any other statement.
fn set_columns(rest: &str) -> impl Iterator<Item = &str> {
    let set = rest.strip_prefix(" SET ").unwrap_or_default();
    let set = set.split(" WHERE ").next().unwrap_or_default();
    // Each is a name in quotes, an equals sign and a value, in which there may be further names.
    set.split("\" = ")
        .filter_map(|before| before.rsplit_once('"'))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
