//! ASVS V6.3.1 and V2.4: a document checks one credential at most, so that guesses cannot be multiplied behind one request.
//! Which mutations check one is read from the schema, where whatever could be a proof counts as one.

use crate::support::{
    SchemaView, TestServer,
    introspection::{Slot, capitalised},
};
use std::collections::BTreeSet;

/// Inputs that prove nothing: what people call themselves, and what applications store.
const PLAIN: [&str; 6] = [
    "emailAddress",
    "firstName",
    "identifier",
    "lastName",
    "unsafeMetadata",
    "username",
];

/// Takes settings, whatever they are called: they prove nothing, and who gives them has a secret key.
const SETTINGS: &str = "instanceSettingsUpdate";
/// Takes documents, in the same way.
const DOCUMENTS: &str = "documentManifestSet";

/// Secrets that are set and compared with nothing: mutation, input, why.
const SET: [(&str, &str, &str); 2] = [
    (
        "signUpCreate",
        "password",
        "that of an account which does not exist yet",
    ),
    (
        "signUpUpdate",
        "password",
        "that of an account which does not exist yet",
    ),
];

/// Whether a place of a mutation may take a proof. An identifier, a flag or a word of a list is none; anything else is,
/// until one of the tables above says otherwise.
fn takes_proof(schema: &SchemaView, slot: &Slot) -> bool {
    let is_bare = matches!(slot.scalar.as_str(), "ID" | "Boolean") || schema.type_named(&slot.scalar)["kind"] == "ENUM";
    let is_set = SET
        .iter()
        .any(|(mutation, input, _)| *mutation == slot.field && *input == slot.name());
    !is_bare && !is_set && ![SETTINGS, DOCUMENTS].contains(&slot.field.as_str()) && !PLAIN.contains(&slot.name())
}

#[tokio::test]
async fn every_mutation_that_takes_a_proof_is_checked_once_in_a_document_and_no_other_is_held_to_that() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let schema = SchemaView::read(&backend).await;
    let mut places = schema.places();
    places.retain(|place| place.operation == "mutation");
    assert!(places.iter().any(|place| place.field == SETTINGS), "{SETTINGS} is gone");
    for input in PLAIN {
        let is_there = places.iter().any(|place| place.name() == input);
        assert!(is_there, "no mutation takes {input} any more");
    }
    for (mutation, input, _) in SET {
        let is_there = |place: &Slot| place.field == mutation && place.name() == input;
        assert!(places.iter().any(is_there), "{mutation} takes no {input} any more");
    }
    let proving: BTreeSet<_> = places
        .iter()
        .filter(|place| takes_proof(&schema, place))
        .map(|place| place.field.as_str())
        .collect();
    assert!(proving.len() >= 3, "{proving:?}");
    for field in schema.fields("Mutation") {
        let name = field["name"].as_str().unwrap();
        let (_, variables) = schema.request(("mutation", name), None, &|_| "x".to_owned(), None);
        // What is skipped counts all the same, and nothing comes of it.
        let once = |alias| format!("{alias}: {name}(input: $input) @skip(if: true) {{ __typename }}");
        let input = format!("{}Input!", capitalised(name));
        let document = format!("mutation($input: {input}) {{ {} {} }}", once("a"), once("b"));
        let reply = backend.graphql(&document, variables).await;
        let is_refused = reply.codes() == ["credential_check_repeated"];
        assert!(is_refused || reply.codes().is_empty(), "{name}: {}", reply.text);
        assert_eq!(
            is_refused,
            proving.contains(name),
            "{name}: it belongs into CREDENTIAL_FIELDS of the endpoint, or what it takes into a table of this file"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn a_proof_is_found_however_deep_it_lies() {
    let server = TestServer::start().await;
    let schema = SchemaView::read(&server.backend()).await;
    let place = |path: &[&str], scalar: &str| Slot {
        operation: "mutation",
        field: "signInCreate".to_owned(),
        argument: "input".to_owned(),
        path: path.iter().map(ToString::to_string).collect(),
        scalar: scalar.to_owned(),
    };
    assert!(takes_proof(&schema, &place(&["proof", "totp", "code"], "String")));
    assert!(takes_proof(&schema, &place(&["publicKeyCredential"], "JSON")));
    assert!(!takes_proof(&schema, &place(&["strategy"], "Strategy")));
    assert!(!takes_proof(&schema, &place(&["sessionId"], "ID")));
    server.finish().await;
}
