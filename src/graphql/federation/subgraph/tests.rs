use super::sdl;
use crate::{
    federation::field::FOR_SECRET_KEYS,
    schema::{Introspection, committed, schema},
};
use async_graphql::parser::{
    parse_schema,
    types::{TypeDefinition, TypeKind, TypeSystemDefinition},
};
use std::collections::BTreeSet;

fn types(text: &str) -> Vec<TypeDefinition> {
    let document = parse_schema(text).unwrap();
    let types = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
    types.collect()
}

/// A gateway asks by the secret key for whoever asks the gateway: whatever is added here becomes readable of everybody.
#[test]
fn a_gateway_knows_users_and_what_they_are_made_of_and_nothing_else() {
    let text = sdl("").unwrap();
    let names: Vec<_> = types(&text).iter().map(|kind| kind.name.node.to_string()).collect();
    let expected = [
        "CodeVerification",
        "DateTime",
        "EmailAddress",
        "ErrorCode",
        "JSON",
        "PasswordVerification",
        "Strategy",
        "User",
        "Verification",
        "VerificationError",
        "VerificationStatus",
    ];
    assert_eq!(names, expected);
    assert!(text.contains("\ntype User @key(fields: \"id\") {\n"), "{text}");
    assert!(text.contains("\n  privateMetadata: JSON @inaccessible\n"), "{text}");
    assert_eq!(text.matches("@inaccessible\n").count(), 1, "{text}");
    assert!(text.contains("\ntype EmailAddress {\n"), "{text}");
    assert!(
        text.contains("\ntype CodeVerification implements Verification @shareable {\n"),
        "{text}"
    );
}

#[test]
fn a_prefix_is_before_the_name_of_every_type_but_the_built_in_ones() {
    let plain = types(&sdl("").unwrap());
    let text = sdl("Auth").unwrap();
    assert_eq!(text, sdl("Auth").unwrap());
    let prefixed: Vec<_> = types(&text).iter().map(|kind| kind.name.node.to_string()).collect();
    let expected: Vec<_> = plain.iter().map(|kind| format!("Auth{}", kind.name.node)).collect();
    assert_eq!(prefixed, expected);
    for line in [
        "type AuthUser @key(fields: \"id\") {",
        "  emailAddresses: [AuthEmailAddress!]!",
        "  id: ID!",
        "  verification: AuthVerification",
        "  createdAt: AuthDateTime!",
        "type AuthCodeVerification implements AuthVerification @shareable {",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
}

/// Every `Type.field` of the schema as introspection shows it to whoever has no secret key.
async fn seen_by_anybody() -> BTreeSet<String> {
    let query = "{ __schema { types { name fields { name } inputFields { name } } } }";
    let reply = schema(Introspection::Open).execute(query).await;
    let types = reply.data.into_json().unwrap()["__schema"]["types"].take();
    let mut seen = BTreeSet::new();
    for kind in types.as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        seen.insert(name.to_owned());
        for fields in ["fields", "inputFields"] {
            let fields = kind[fields].as_array().into_iter().flatten();
            seen.extend(fields.map(|field| format!("{name}.{}", field["name"].as_str().unwrap())));
        }
    }
    seen
}

#[tokio::test]
async fn the_comment_of_a_field_tells_that_it_needs_a_secret_key_exactly_where_introspection_hides_it() {
    let seen = seen_by_anybody().await;
    let mut hidden = 0;
    for kind in types(committed()) {
        let name = kind.name.node.as_str();
        let fields = match &kind.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            _ => continue,
        };
        if !seen.contains(name) {
            continue;
        }
        for field in fields.iter().map(|field| &field.node) {
            let path = format!("{name}.{}", field.name.node);
            let description = field
                .description
                .as_ref()
                .map_or("", |description| description.node.as_str());
            let is_said = description.contains(FOR_SECRET_KEYS);
            assert_eq!(is_said, !seen.contains(&path), "{path}");
            hidden += usize::from(is_said);
        }
    }
    assert!(hidden >= 5, "{hidden}");
}
