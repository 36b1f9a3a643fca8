//! docs/events.md is current: every kind of event with the fields of its payload.

use super::{assert_current, repository};
use entity::{
    id::{ClientId, InstanceId, SessionId, TypedId as _, UserId},
    kind::SessionStatus,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};
use vestibule::outbox::{Event, EventType, InstancePayload, ManifestPayload, SessionPayload, UserPayload};

const INTRODUCTION: &str = "\
# Events

Generated from `src/kernel/outbox/event.rs` by `scripts/docs`; do not edit.

An event is written in the transaction of the change that it tells of, and numbered per instance once that is committed
(`position`): 1, 2, 3, without gaps. It may be delivered more than once; its id stays the same.

| event | payload | meaning |
|---|---|---|
";

/// A field of a payload, as its struct declares it.
struct Field {
    name: String,
    declared: String,
    meaning: String,
}

/// One event of each kind.
fn sample(kind: EventType) -> Event {
    let session = |status| {
        Event::Session(SessionPayload {
            id: SessionId::generate(1, [0; 15]),
            client_id: ClientId::generate(1, [0; 15]),
            user_id: UserId::generate(1, [0; 15]),
            status,
            expire_at: 2,
            created_at: 1,
        })
    };
    match kind {
        EventType::InstanceUpdated => Event::InstanceUpdated(InstancePayload {
            id: InstanceId::generate(1, [0; 15]),
            settings_version: 2,
        }),
        EventType::DocumentManifestUpdated => Event::DocumentManifestUpdated(ManifestPayload {
            instance_id: InstanceId::generate(1, [0; 15]),
            document_count: 2,
        }),
        EventType::UserCreated => Event::UserCreated(user()),
        EventType::UserUpdated => Event::UserUpdated(user()),
        EventType::SessionCreated => session(SessionStatus::Active),
        EventType::SessionEnded => session(SessionStatus::Ended),
        EventType::SessionRemoved => session(SessionStatus::Removed),
        EventType::SessionReplaced => session(SessionStatus::Replaced),
    }
}

fn user() -> UserPayload {
    UserPayload {
        id: UserId::generate(1, [0; 15]),
        first_name: None,
        last_name: None,
        username: None,
        email_addresses: Vec::new(),
        created_at: 1,
    }
}

/// The fields of the payload structs by the payload's name: `UserPayload` is `user`.
fn declared_payloads() -> BTreeMap<String, Vec<Field>> {
    let source = fs::read_to_string(repository("src/kernel/outbox/event.rs")).unwrap();
    let mut payloads: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    let mut current = None;
    let mut meaning = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix("pub struct ")
            .and_then(|rest| rest.strip_suffix("Payload {"))
        {
            current = Some(name.to_lowercase());
        } else if line == "}" {
            current = None;
        } else if let Some(sentence) = line.strip_prefix("/// ") {
            format!("{meaning} {sentence}").trim().clone_into(&mut meaning);
        } else if let (Some(payload), Some(field)) = (&current, line.strip_prefix("pub ")) {
            let (name, declared) = field.trim_end_matches(',').split_once(": ").unwrap();
            payloads.entry(payload.clone()).or_default().push(Field {
                name: name.to_owned(),
                declared: declared.to_owned(),
                meaning: std::mem::take(&mut meaning),
            });
            continue;
        }
        if !line.starts_with("///") {
            meaning.clear();
        }
    }
    payloads
}

/// A Rust type in the words of JSON.
fn json_type(declared: &str) -> String {
    let inner = |prefix: &str| declared.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
    if let Some(value) = inner("Option<") {
        return format!("{} or null", json_type(value));
    }
    if let Some(value) = inner("Vec<") {
        return format!("array of {}", json_type(value));
    }
    match declared {
        "String" => "string".to_owned(),
        "i64" | "i32" => "integer".to_owned(),
        "bool" => "boolean".to_owned(),
        "UnixMilliseconds" => "integer, Unix milliseconds".to_owned(),
        "SessionStatus" => {
            let words: Vec<_> = SessionStatus::ALL.iter().map(|status| format!("`{status}`")).collect();
            format!("string: {}", words.join(", "))
        }
        id if id.ends_with("Id") => "string, identifier".to_owned(),
        other => panic!("say in this test how {other} looks in JSON"),
    }
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    for kind in EventType::ALL {
        let (name, payload) = (kind.as_str(), kind.payload());
        writeln!(text, "| `{name}` | [{payload}](#{payload}) | {} |", kind.description()).unwrap();
    }
    let payloads = declared_payloads();
    let mut seen = BTreeSet::new();
    for payload in EventType::ALL.iter().map(|kind| kind.payload()) {
        if !seen.insert(payload) {
            continue;
        }
        write!(text, "\n## {payload}\n\n| field | type | meaning |\n|---|---|---|\n").unwrap();
        for Field {
            name,
            declared,
            meaning,
        } in &payloads[payload]
        {
            writeln!(text, "| `{name}` | {} | {meaning} |", json_type(declared)).unwrap();
        }
    }
    text
}

#[test]
fn the_committed_table_of_events_is_current() {
    assert_current("docs/events.md", &document());
}

#[test]
fn payloads_have_the_fields_that_are_documented() {
    let payloads = declared_payloads();
    for kind in EventType::ALL {
        let event = sample(*kind);
        assert_eq!(event.event_type(), *kind);
        let payload = event.payload().unwrap();
        let sent: BTreeSet<_> = payload.as_object().unwrap().keys().cloned().collect();
        let documented: BTreeSet<_> = payloads[kind.payload()]
            .iter()
            .map(|field| field.name.clone())
            .collect();
        assert_eq!(sent, documented, "{}", kind.as_str());
    }
}
