use super::{Introspection, definitions, schema, sdl};
use crate::{endpoint::CREDENTIAL_FIELDS, error::is_top_level};
use async_graphql::parser::{
    parse_schema,
    types::{InputValueDefinition, ServiceDocument, TypeDefinition, TypeKind, TypeSystemDefinition},
};
use kernel::error::Code;

fn types(document: &ServiceDocument) -> impl Iterator<Item = &TypeDefinition> {
    document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(&definition.node),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
    })
}

/// Every name in the schema with whether it is described.
fn names(document: &ServiceDocument) -> Vec<(String, bool)> {
    let mut names = Vec::new();
    for definition in types(document) {
        let of_type = definition.name.node.to_string();
        let input = |owner: &str, value: &InputValueDefinition| {
            (format!("{owner}.{}", value.name.node), value.description.is_some())
        };
        names.push((of_type.clone(), definition.description.is_some()));
        let fields = match &definition.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::InputObject(object) => {
                names.extend(object.fields.iter().map(|field| input(&of_type, &field.node)));
                continue;
            }
            TypeKind::Enum(kind) => {
                let values = kind.values.iter().map(|value| &value.node);
                names.extend(
                    values.map(|value| (format!("{of_type}.{}", value.value.node), value.description.is_some())),
                );
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields.iter().map(|field| &field.node) {
            let of_field = format!("{of_type}.{}", field.name.node);
            names.push((of_field.clone(), field.description.is_some()));
            names.extend(field.arguments.iter().map(|argument| input(&of_field, &argument.node)));
        }
    }
    names
}

#[test]
fn everything_is_described() {
    let document = parse_schema(definitions(&sdl())).unwrap();
    let names = names(&document);
    assert!(names.len() > 200, "{}", names.len());
    let missing: Vec<_> = names
        .iter()
        .filter(|(_, described)| !described)
        .map(|(name, _)| name)
        .collect();
    assert!(missing.is_empty(), "without a description: {missing:?}");
}

#[test]
fn the_committed_text_is_current() {
    let committed = include_str!("../../../schema.graphql");
    assert!(
        committed == sdl(),
        "schema.graphql is out of date: write the output of `vestibule schema` to it"
    );
}

#[test]
fn the_schema_itself_is_described_at_the_end_of_the_text() {
    let text = sdl();
    let (before, schema) = text.split_once(super::DESCRIPTION).unwrap();
    assert_eq!(
        schema,
        "schema {\n  query: Query\n  mutation: Mutation\n  subscription: Subscription\n}\n"
    );
    assert_eq!(definitions(&text), before);
    assert!(before.ends_with('\n') && !before.ends_with("\n\n"));
}

/// Whether each field of an input may be left out.
fn all_may_be_left_out(document: &ServiceDocument, name: &str) -> bool {
    let input = types(document).find(|definition| definition.name.node == name);
    let Some(TypeKind::InputObject(input)) = input.map(|definition| &definition.kind) else {
        panic!("no {name}");
    };
    input.fields.iter().all(|field| field.node.ty.node.nullable)
}

#[test]
fn every_mutation_takes_one_input_and_returns_its_payload_with_the_root_of_queries_and_user_errors() {
    let document = parse_schema(definitions(&sdl())).unwrap();
    let fields_of = |name: &str| {
        types(&document)
            .find(|definition| definition.name.node == name)
            .and_then(|definition| match &definition.kind {
                TypeKind::Object(object) => Some(&object.fields),
                _ => None,
            })
            .unwrap_or_else(|| panic!("no {name}"))
    };
    let mutations = fields_of("Mutation");
    assert!(mutations.len() >= 15);
    for mutation in mutations.iter().map(|field| &field.node) {
        let name = mutation.name.node.to_string();
        let operation = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let arguments: Vec<_> = mutation
            .arguments
            .iter()
            .map(|argument| argument.node.ty.node.to_string())
            .collect();
        assert_eq!(arguments, [format!("{operation}Input!")], "{name}");
        assert_eq!(
            mutation.ty.node.to_string(),
            format!("{operation}Payload"),
            "one failing field nulls no other"
        );
        let default = mutation
            .arguments
            .iter()
            .find_map(|argument| argument.node.default_value.as_ref());
        assert_eq!(
            default.map(|default| default.node.to_string()).as_deref(),
            all_may_be_left_out(&document, &format!("{operation}Input")).then_some("{}"),
            "{name}"
        );
        let payload = fields_of(&format!("{operation}Payload"));
        let query = payload.iter().find(|field| field.node.name.node == "query");
        assert_eq!(
            query.map(|field| field.node.ty.node.to_string()).as_deref(),
            Some("Query!")
        );
        let errors = payload.iter().find(|field| field.node.name.node == "userErrors");
        assert_eq!(
            errors.map(|field| field.node.ty.node.to_string()).as_deref(),
            Some("[UserError!]!")
        );
        let resources = payload
            .iter()
            .filter(|field| !["query", "userErrors"].contains(&field.node.name.node.as_str()));
        assert!(
            resources.clone().count() > 0 && resources.into_iter().all(|field| field.node.ty.node.nullable),
            "{name}"
        );
    }
    for field in CREDENTIAL_FIELDS {
        assert!(
            mutations.iter().any(|mutation| mutation.node.name.node == field),
            "{field}"
        );
    }
}

/// The codes that the sentence at the end of a description lists: "Codes: `A`, `B`."
fn listed(description: &str) -> Option<Vec<String>> {
    let words: Vec<_> = description.split_whitespace().collect();
    let words = words.join(" ");
    let (_, list) = words.rsplit_once("Codes: ")?;
    let code = |word: &str| word.strip_prefix('`')?.strip_suffix('`').map(str::to_owned);
    list.strip_suffix('.')?.split(", ").map(code).collect()
}

#[test]
fn every_mutation_lists_the_codes_of_its_user_errors_and_the_root_those_of_all() {
    let words = |wanted: bool| {
        let codes = Code::ALL.iter().filter(move |code| is_top_level(**code) == wanted);
        codes.map(|code| code.wire().to_ascii_uppercase()).collect::<Vec<_>>()
    };
    let (of_all, of_inputs) = (words(true), words(false));
    let document = parse_schema(definitions(&sdl())).unwrap();
    let root = types(&document)
        .find(|definition| definition.name.node == "Mutation")
        .unwrap();
    let described = &root.description.as_ref().unwrap().node;
    for word in of_all {
        assert!(described.contains(&format!("`{word}`")), "{word}: {described}");
    }
    let TypeKind::Object(object) = &root.kind else {
        panic!("{root:?}");
    };
    for field in object.fields.iter().map(|field| &field.node) {
        let described = &field.description.as_ref().unwrap().node;
        let codes = listed(described).unwrap_or_else(|| panic!("{} lists no codes: {described}", field.name.node));
        assert!(
            codes.is_sorted_by(|one, next| one < next),
            "{}: {codes:?}",
            field.name.node
        );
        for code in codes {
            assert!(of_inputs.contains(&code), "{}: {code}", field.name.node);
        }
    }
}

#[tokio::test]
async fn what_needs_a_secret_key_is_hidden_from_others() {
    let schema = schema(Introspection::Open);
    let document = "{ __schema { types { name fields { name } inputFields { name } } } }";
    let response = schema.execute(document).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let shown = response.data.to_string();
    for hidden in [
        "InstanceSettings",
        "instanceSettingsUpdate",
        "instance",
        "privateMetadata",
    ] {
        assert!(sdl().contains(hidden) && !shown.contains(hidden), "{hidden}");
    }
    assert!(shown.contains("signInCreate"));
}

#[tokio::test]
async fn a_closed_schema_neither_answers_introspection_nor_suggests_names() {
    let open = schema(Introspection::Open);
    let closed = schema(Introspection::Closed);
    let suggests = |response: &async_graphql::Response| {
        response
            .errors
            .iter()
            .any(|error| error.message.contains("Did you mean"))
    };
    assert!(suggests(&open.execute("{ viewr { id } }").await));
    let refused = closed.execute("{ viewr { id } }").await;
    assert!(!refused.errors.is_empty() && !suggests(&refused));
    let introspected = closed
        .execute("{ __schema { types { name } } __type(name: \"User\") { name } }")
        .await;
    assert!(!introspected.data.to_string().contains("User"), "{}", introspected.data);
}

#[test]
fn every_list_of_objects_and_every_total_has_its_bound() {
    let document = parse_schema(definitions(&sdl())).unwrap();
    let objects: Vec<_> = types(&document)
        .filter(|definition| matches!(definition.kind, TypeKind::Object(_) | TypeKind::Interface(_)))
        .map(|definition| definition.name.node.to_string())
        .collect();
    let mut lists = 0;
    for definition in types(&document) {
        let TypeKind::Object(object) = &definition.kind else {
            continue;
        };
        for field in object.fields.iter().map(|field| &field.node) {
            let of = field.ty.node.to_string();
            let item = of.trim_matches(['[', ']', '!']).replace("!]", "");
            // The problems of an input are as many as it has fields.
            let is_list = of.starts_with('[') && objects.contains(&item) && item != "UserError";
            // To count a list takes a statement.
            if !is_list && field.name.node != "totalCount" {
                continue;
            }
            lists += 1;
            let name = format!("{}.{}", definition.name.node, field.name.node);
            assert!(
                super::bound::BOUNDS.iter().any(|bound| bound.field == name),
                "{name} has no bound"
            );
        }
    }
    assert!(lists >= 5, "{lists}");
}

#[test]
fn every_bound_fits_the_schema() {
    super::outline().unwrap();
}
