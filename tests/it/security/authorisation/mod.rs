//! ASVS V4 and V8: each field of the schema, for each kind of caller. `table.txt` says who is answered what; the tests ask the server
//! for all of it. Invariant: no field is left out, neither of the schema nor of the table.

mod answer;
mod mutation;
mod scene;
mod subscription;
mod table;

use crate::support::{SchemaView, introspection::named};
use scene::Scene;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use table::{Table, Told, fields, types};

/// The types that a root's fields answer with, by the field.
fn answered_by(schema: &SchemaView, root: &str) -> BTreeMap<String, String> {
    let fields = schema.fields(root).iter();
    fields
        .map(|field| {
            (
                field["name"].as_str().unwrap().to_owned(),
                named(&field["type"]).to_owned(),
            )
        })
        .collect()
}

/// The types whose objects are found in what a root answers with, that root among them.
fn found_under(schema: &SchemaView, table: &Table, root: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = answered_by(schema, root).into_values().collect();
    let is_below = |ways: &[Vec<String>]| ways.iter().any(|way| found.contains(&way[0]));
    let below: Vec<_> = table.ways.iter().filter(|(_, ways)| is_below(ways)).collect();
    let below: Vec<_> = below.into_iter().map(|(kind, _)| kind.clone()).collect();
    found.extend(below);
    found.insert(root.to_owned());
    found
}

/// The types that mutations alone answer with.
fn under_mutations(schema: &SchemaView, table: &Table) -> BTreeSet<String> {
    let mut found = found_under(schema, table, "Mutation");
    found.insert("UserError".to_owned());
    found
}

/// Everything else but what subscriptions push.
fn under_queries(schema: &SchemaView, table: &Table) -> BTreeSet<String> {
    let mut kinds = types(schema);
    for elsewhere in [
        under_mutations(schema, table),
        found_under(schema, table, "Subscription"),
    ] {
        kinds.retain(|kind| !elsewhere.contains(kind));
    }
    kinds
}

/// A selection of one field, whatever it holds, under the name `asked`.
fn selected(schema: &SchemaView, kind: &str, field: &str) -> String {
    let leads_to = named(&schema.field(kind, field)["type"]);
    let has_fields = schema.type_named(leads_to)["kind"] != "SCALAR" && schema.type_named(leads_to)["kind"] != "ENUM";
    format!("asked: {field}{}", if has_fields { " { __typename }" } else { "" })
}

/// A document that asks for one field of what is at the end of a way, and the way to it in the answer.
fn document<'a>(schema: &SchemaView, (kind, field): (&str, &str), way: &'a [String]) -> (String, Vec<&'a str>) {
    let mut inner = format!("... on {kind} {{ {} }}", selected(schema, kind, field));
    for step in way[1..].iter().rev() {
        inner = format!("{step} {{ {inner} }}");
    }
    let mut path: Vec<_> = way[1..].iter().map(String::as_str).chain(["asked"]).collect();
    if way[0] == "Query" {
        return (format!("{{ {inner} }}"), path);
    }
    path.insert(0, "node");
    let head = &way[0];
    (
        format!("query($id: ID!) {{ node(id: $id) {{ ... on {head} {{ {inner} }} }} }}"),
        path,
    )
}

/// Asks for each field of a type in every place where it is found.
async fn ask(scene: &Scene, schema: &SchemaView, told: &mut Told, (kind, ways): (&str, &[Vec<String>])) {
    for way in ways {
        let of_head = |sample: &&scene::Sample| sample.kind == way[0];
        let mut samples: Vec<_> = scene.samples.iter().filter(of_head).map(Some).collect();
        if way[0] == "Query" {
            samples.push(None);
        }
        assert!(!samples.is_empty(), "there is no sample of {}", way[0]);
        for field in fields(schema, kind) {
            let (document, path) = document(schema, (kind, &field), way);
            for sample in &samples {
                let id = sample.map_or("", |sample| sample.id.as_str());
                for (caller, client) in scene.callers(*sample).iter().enumerate() {
                    let variables = if id.is_empty() { json!({}) } else { json!({ "id": id }) };
                    let reply = client.graphql(&document, variables).await;
                    scene.tells_strangers_nothing(caller, &reply.text, id);
                    told.note((kind, &field), caller, answer::at(&reply.body, &path));
                }
            }
        }
    }
}

/// Asks for each field of the root, by identifiers of what is Ada's where it takes one.
async fn ask_root(scene: &Scene, schema: &SchemaView, told: &mut Told) {
    let slots = schema.slots();
    for (field, kind) in answered_by(schema, "Query") {
        let slot = slots
            .iter()
            .find(|slot| slot.operation == "query" && slot.field == field);
        let mut kinds = slot.map(|slot| schema.kinds(slot)).unwrap_or_default();
        if field == "_entities" {
            // Its representations have identifiers in them.
            kinds.insert("User".to_owned());
        }
        // By what is found by its identifier alone, a person stands for all.
        let is_meant = |kind: &str| {
            if kinds.len() > 1 {
                kind == "User"
            } else {
                kinds.contains(kind)
            }
        };
        let mut samples: Vec<_> = scene
            .samples
            .iter()
            .filter(|sample| is_meant(sample.kind))
            .map(Some)
            .collect();
        if kinds.is_empty() {
            samples.push(None);
        }
        assert!(!samples.is_empty(), "there is no sample for {field}");
        for sample in samples {
            let id = sample.map_or("", |sample| sample.id.as_str());
            let offered = slot.map(|slot| (slot, id));
            let is_object = ["OBJECT", "INTERFACE", "UNION"]
                .iter()
                .any(|of| schema.type_named(&kind)["kind"] == **of);
            let selection = is_object.then_some("__typename");
            let (document, variables) = schema.request(("query", &field), selection, &|_| id.to_owned(), offered);
            let document = if is_object { document } else { format!("{{ {field} }}") };
            for (caller, client) in scene.callers(sample).iter().enumerate() {
                let reply = client.graphql(&document, variables.clone()).await;
                scene.tells_strangers_nothing(caller, &reply.text, id);
                told.note(("Query", &field), caller, answer::at(&reply.body, &[&field]));
            }
        }
    }
}

#[tokio::test]
async fn every_field_that_can_be_read_answers_each_caller_as_the_table_says() {
    let scene = Scene::set().await;
    let schema = SchemaView::read(&scene.server.backend()).await;
    let (table, mut told, mut problems) = (Table::read(), Told::default(), Vec::new());
    let (kinds, nodes) = (under_queries(&schema, &table), schema.possible_types("Node"));
    ask_root(&scene, &schema, &mut told).await;
    for kind in kinds.iter().filter(|kind| *kind != "Query") {
        let by_id = [vec![kind.clone()]];
        let ways = match table.ways.get(kind).map(Vec::as_slice).unwrap_or_default() {
            [] if nodes.contains(kind) => &by_id[..],
            [] => {
                problems.push(format!("{kind} needs a line that says where its objects are found"));
                continue;
            }
            ways => ways,
        };
        ask(&scene, &schema, &mut told, (kind, ways)).await;
    }
    problems.extend(told.differences(&table, &kinds));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    scene.server.finish().await;
}

#[tokio::test]
async fn every_type_of_the_table_is_in_the_schema() {
    let server = crate::support::TestServer::start().await;
    let schema = SchemaView::read(&server.backend()).await;
    let (table, known) = (Table::read(), types(&schema));
    let kinds = table.ways.keys().chain(table.rows.keys().map(|(kind, _)| kind));
    let strange: BTreeSet<_> = kinds.filter(|kind| !known.contains(*kind)).collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert!(
        known.len() > 60 && table.rows.len() > 300,
        "{} types, {} rows",
        known.len(),
        table.rows.len()
    );
    server.finish().await;
}
