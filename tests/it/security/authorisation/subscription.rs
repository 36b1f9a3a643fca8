//! Each subscription over a socket, of what is Ada's.

use super::{
    answer, answered_by, fields, found_under,
    scene::Scene,
    selected,
    table::{Table, Told},
};
use crate::support::{SchemaView, TestSocket};
use serde_json::{Value, json};

/// The first that is said of an operation, as the answer of a request would be.
async fn first(socket: &mut TestSocket, document: &str, variables: &Value) -> Value {
    socket.subscribe("1", document, variables.clone()).await;
    let said = socket.next().await;
    match said["type"].as_str().unwrap() {
        "next" => said["payload"].clone(),
        "error" => json!({ "errors": said["payload"] }),
        _ => panic!("{said}"),
    }
}

#[tokio::test]
async fn every_subscription_begins_for_whom_the_table_says_and_tells_nobody_else_anything() {
    let scene = Scene::set().await;
    let schema = SchemaView::read(&scene.server.backend()).await;
    let (table, mut told) = (Table::read(), Told::default());
    let slots = schema.slots();
    for (name, payload) in answered_by(&schema, "Subscription") {
        let slot = slots
            .iter()
            .find(|slot| slot.operation == "subscription" && slot.field == name);
        let kinds = slot.map(|slot| schema.kinds(slot)).unwrap_or_default();
        let mut samples: Vec<_> = scene
            .samples
            .iter()
            .filter(|sample| kinds.contains(sample.kind))
            .map(Some)
            .collect();
        if slot.is_none() {
            samples.push(None);
        }
        for sample in samples {
            let id = sample.map_or("", |sample| sample.id.as_str());
            for field in fields(&schema, &payload) {
                let selection = selected(&schema, &payload, &field);
                let offered = slot.map(|slot| (slot, id));
                let operation = ("subscription", name.as_str());
                let (document, variables) = schema.request(operation, Some(&selection), &|_| id.to_owned(), offered);
                for (caller, client) in scene.callers(sample).iter().enumerate() {
                    let mut socket = TestSocket::connect(client, json!({})).await;
                    let said = first(&mut socket, &document, &variables).await;
                    scene.tells_strangers_nothing(caller, &said.to_string(), id);
                    told.note(("Subscription", &name), caller, answer::at(&said, &[&name]));
                    told.note((&payload, &field), caller, answer::inside(&said, &[&name, "asked"]));
                }
            }
        }
    }
    let problems = told.differences(&table, &found_under(&schema, &table, "Subscription"));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    scene.server.finish().await;
}
