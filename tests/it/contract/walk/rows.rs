//! What a walk leaves in the tables, column by column.

use super::names::Names;
use crate::support::TestServer;
use entity::{
    backup_code, budget, client, dev_browser, dev_message, event, identification, lockout, session, sign_in, sign_up,
    totp, user, verification,
};
use sea_orm::{EntityTrait, QueryOrder as _};
use serde_json::{Value, json};

/// Columns in which only whether there is something can be alike: digests of secrets, and what is sealed.
const SECRETS: [&str; 6] = [
    "rotating_digest",
    "former_digests",
    "password_digest",
    "secret",
    "digest",
    "sealed_body",
];

/// Every row that a walk may have written, by table; events in the order in which they happened.
pub(super) async fn read(server: &TestServer) -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("event", events(server).await),
        ("client", rows::<client::Entity>(server).await),
        ("session", rows::<session::Entity>(server).await),
        ("sign_in", rows::<sign_in::Entity>(server).await),
        ("sign_up", rows::<sign_up::Entity>(server).await),
        ("user", rows::<user::Entity>(server).await),
        ("identification", rows::<identification::Entity>(server).await),
        ("verification", rows::<verification::Entity>(server).await),
        ("lockout", rows::<lockout::Entity>(server).await),
        ("totp", rows::<totp::Entity>(server).await),
        ("backup_code", rows::<backup_code::Entity>(server).await),
        ("budget", rows::<budget::Entity>(server).await),
        ("dev_browser", rows::<dev_browser::Entity>(server).await),
        ("dev_message", rows::<dev_message::Entity>(server).await),
    ]
}

async fn rows<E: EntityTrait>(server: &TestServer) -> Vec<Value> {
    let rows = E::find().into_json().all(server.app.pool()).await.unwrap();
    rows.into_iter().map(readable).collect()
}

async fn events(server: &TestServer) -> Vec<Value> {
    let rows = event::Entity::find().order_by_asc(event::Column::Sequence);
    let rows = rows.into_json().all(server.app.pool()).await.unwrap();
    rows.into_iter().map(readable).collect()
}

/// A row without secrets, and with its documents, which one of the databases gives as texts.
fn readable(mut row: Value) -> Value {
    for (name, value) in row.as_object_mut().unwrap() {
        if SECRETS.contains(&name.as_str()) {
            *value = json!(!value.is_null());
        } else if let Some(text) = value.as_str().filter(|text| text.starts_with(['{', '['])) {
            *value = serde_json::from_str(text).unwrap();
        }
    }
    row
}

/// The first table that differs, with the rows that one server has alone.
pub(super) async fn difference(names: &Names, ours: &TestServer, theirs: &TestServer) -> Option<String> {
    for ((table, ours), (_, theirs)) in read(ours).await.into_iter().zip(read(theirs).await) {
        let mut ours: Vec<_> = ours.iter().map(|row| names.veiled_ours(row)).collect();
        let mut theirs: Vec<_> = theirs.iter().map(|row| names.veiled_theirs(row)).collect();
        if table != "event" {
            // The order of identifiers of the same four milliseconds is that of chance.
            ours.sort_by_key(Value::to_string);
            theirs.sort_by_key(Value::to_string);
        }
        if ours != theirs {
            let only = |these: &[Value], those: &[Value]| -> Vec<String> {
                let alone = these.iter().filter(|row| !those.contains(row));
                alone.map(Value::to_string).collect()
            };
            return Some(format!(
                "{table}: {} rows through GraphQL and {} through REST; GraphQL alone has\n{}\nand REST alone has\n{}",
                ours.len(),
                theirs.len(),
                only(&ours, &theirs).join("\n"),
                only(&theirs, &ours).join("\n"),
            ));
        }
    }
    None
}
