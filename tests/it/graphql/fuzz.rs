//! Operations made at random from the schema's own text, with arguments that are right, nearly right and wrong: whatever is
//! asked for, the answer is well-formed and never our fault.

use crate::support::{Face, SECRET_KEY, TestClient, TestServer, face::PASSWORD};
use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt::Write as _};
use vestibule::graphql::schema::definitions;

const SDL: &str = include_str!("../../../schema.graphql");
/// How deep selections and inputs go.
const DEPTH: usize = 5;

const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "ada@example.com",
    "ada+clerk_test@example.com",
    "ADA@EXAMPLE.COM",
    "a@b",
    "@",
    "x@y.z\u{202e}",
    "Köln",
    "ａｄａ",
    "e\u{301}",
    "👩‍👩‍👧",
    "\u{feff}",
    "424242",
    "000000",
    "correct horse battery staple",
    "'; DROP TABLE user; --",
    "\"\\\n\r\t",
    "${7*7}",
    "../../etc/passwd",
    "null",
    "true",
    "-1",
    "999999999999999999999",
    "\u{7f}\u{1}\u{1f}",
    "password",
    "email_code",
    "EMAIL_CODE",
    "__proto__",
    "javascript:alert(1)",
    "https://example.com/%zz",
];

/// A value that may be written as a literal or as JSON.
#[derive(Clone, Debug)]
enum Given {
    Json(Value),
    Enum(String),
    List(Vec<Given>),
    Object(Vec<(String, Given)>),
}

impl Given {
    fn literal(&self) -> String {
        match self {
            Self::Json(Value::String(text)) => json!(text).to_string(),
            Self::Json(Value::Object(object)) => {
                let fields = object
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", Self::Json(value.clone()).literal()));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            Self::Json(Value::Array(values)) => {
                let values = values.iter().map(|value| Self::Json(value.clone()).literal());
                format!("[{}]", values.collect::<Vec<_>>().join(", "))
            }
            Self::Json(value) => value.to_string(),
            Self::Enum(name) => name.clone(),
            Self::List(values) => format!("[{}]", values.iter().map(Self::literal).collect::<Vec<_>>().join(", ")),
            Self::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", value.literal()));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Json(value) => value.clone(),
            Self::Enum(name) => json!(name),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), value.json()))
                .collect(),
        }
    }
}

/// What makes operations.
struct Maker {
    types: BTreeMap<String, TypeDefinition>,
    /// Identifiers that exist, and some that do not.
    identifiers: Vec<String>,
    random: StdRng,
    variables: Vec<String>,
    values: Map<String, Value>,
}

impl Maker {
    fn new(seed: u64, identifiers: Vec<String>) -> Self {
        let document = parse_schema(definitions(SDL)).unwrap();
        let types = document
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => {
                    Some((definition.node.name.node.to_string(), definition.node))
                }
                TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
            });
        Self {
            types: types.collect(),
            identifiers,
            random: StdRng::seed_from_u64(seed),
            variables: Vec::new(),
            values: Map::new(),
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    /// The next operation of that kind: its document and variables.
    fn operation(&mut self, kind: &str, root: &str) -> (String, Value) {
        self.variables.clear();
        self.values.clear();
        // One field changes at a time, so that a refusal of one cannot hide what another does.
        let set = self.set(root, 0, if kind == "mutation" { 1 } else { 4 });
        let variables = match self.variables.as_slice() {
            [] => String::new(),
            variables => format!("({})", variables.join(", ")),
        };
        (
            format!("{kind}{variables} {set}"),
            Value::Object(std::mem::take(&mut self.values)),
        )
    }

    fn fields_of(&self, of: &str) -> Vec<FieldDefinition> {
        let fields = match &self.types[of].kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            _ => return Vec::new(),
        };
        fields.iter().map(|field| field.node.clone()).collect()
    }

    fn implementers(&self, of: &str) -> Vec<String> {
        let types = self.types.values().filter(|definition| match &definition.kind {
            TypeKind::Object(object) => object.implements.iter().any(|name| name.node == of),
            _ => false,
        });
        types.map(|definition| definition.name.node.to_string()).collect()
    }

    fn set(&mut self, of: &str, depth: usize, most: usize) -> String {
        let fields = self.fields_of(of);
        let mut text = String::from("{ __typename");
        for number in 0..self.random.random_range(1..=most) {
            let field = fields[self.random.random_range(0..fields.len())].clone();
            if let Some(selected) = self.field(&field, depth) {
                write!(text, " f{depth}x{number}: {selected}").unwrap();
            }
        }
        if matches!(self.types[of].kind, TypeKind::Interface(_)) {
            let implementers = self.implementers(of);
            let on = implementers[self.random.random_range(0..implementers.len())].clone();
            write!(text, " ... on {on} {}", self.set(&on, depth + 1, 3)).unwrap();
        }
        if self.chance(3) {
            text += " nothingOfTheKind";
        }
        text + " }"
    }

    fn field(&mut self, field: &FieldDefinition, depth: usize) -> Option<String> {
        let of = base(&field.ty.node).to_owned();
        let is_composite = self
            .types
            .get(&of)
            .is_some_and(|definition| matches!(definition.kind, TypeKind::Object(_) | TypeKind::Interface(_)));
        if is_composite && depth >= DEPTH {
            return None;
        }
        let mut arguments = Vec::new();
        for argument in &field.arguments {
            let is_required = !argument.node.ty.node.nullable;
            let percent = if is_required { 97 } else { 50 };
            if self.chance(percent) {
                let value = self.argument(&argument.node);
                arguments.push(format!("{}: {value}", argument.node.name.node));
            }
        }
        let arguments = if arguments.is_empty() {
            String::new()
        } else {
            format!("({})", arguments.join(", "))
        };
        let set = if is_composite {
            self.set(&of, depth + 1, 4)
        } else {
            String::new()
        };
        let directive = match self.random.random_range(0..40) {
            0 => " @include(if: true)",
            1 => " @skip(if: true)",
            _ => "",
        };
        Some(format!("{}{arguments}{directive} {set}", field.name.node))
    }

    fn argument(&mut self, argument: &InputValueDefinition) -> String {
        let value = self.value(&argument.ty.node, 0);
        if !self.chance(40) {
            return value.literal();
        }
        let name = format!("v{}", self.variables.len());
        self.variables.push(format!("${name}: {}", argument.ty.node));
        if self.chance(95) {
            self.values.insert(name.clone(), value.json());
        }
        format!("${name}")
    }

    fn value(&mut self, of: &Type, depth: usize) -> Given {
        if self.chance(if of.nullable { 15 } else { 1 }) {
            return Given::Json(Value::Null);
        }
        if self.chance(3) {
            let wrong = [
                json!(1),
                json!("x"),
                json!([]),
                json!({ "a": 1 }),
                json!(true),
                json!(1.5),
            ];
            return Given::Json(wrong[self.random.random_range(0..wrong.len())].clone());
        }
        match &of.base {
            BaseType::List(of) => {
                let count = self.random.random_range(0..4);
                Given::List((0..count).map(|_| self.value(of, depth)).collect())
            }
            BaseType::Named(name) => self.named(name.as_str(), depth),
        }
    }

    fn named(&mut self, name: &str, depth: usize) -> Given {
        let kind = self.types.get(name).map(|definition| definition.kind.clone());
        match (kind, name) {
            (Some(TypeKind::Enum(values)), _) => {
                let value = &values.values[self.random.random_range(0..values.values.len())];
                Given::Enum(value.node.value.node.to_string())
            }
            (Some(TypeKind::InputObject(input)), _) => {
                let mut fields = Vec::new();
                for field in &input.fields {
                    let percent = if field.node.ty.node.nullable { 60 } else { 97 };
                    if depth < DEPTH && self.chance(percent) {
                        fields.push((
                            field.node.name.node.to_string(),
                            self.value(&field.node.ty.node, depth + 1),
                        ));
                    }
                }
                Given::Object(fields)
            }
            (_, "Int") => Given::Json(
                [
                    json!(0),
                    json!(-1),
                    json!(1),
                    json!(100),
                    json!(i32::MAX),
                    json!(i64::MIN),
                ][self.random.random_range(0..6)]
                .clone(),
            ),
            (_, "Float") => Given::Json(json!(0.5)),
            (_, "Boolean") => Given::Json(json!(self.random.random_bool(0.5))),
            (_, "ID") => {
                let identifier = self.random.random_range(0..self.identifiers.len());
                Given::Json(json!(self.identifiers[identifier]))
            }
            (_, "JSON") => Given::Json(self.document(0)),
            _ if self.chance(2) => Given::Json(json!("x".repeat(3_000))),
            _ => Given::Json(json!(TEXTS[self.random.random_range(0..TEXTS.len())])),
        }
    }

    fn document(&mut self, depth: usize) -> Value {
        match self.random.random_range(0..6) {
            0 | 1 if depth < DEPTH => (0..self.random.random_range(0..4))
                .map(|index| (format!("key{index}"), self.document(depth + 1)))
                .collect(),
            2 if depth < DEPTH => (0..self.random.random_range(0..4))
                .map(|_| self.document(depth + 1))
                .collect(),
            3 => json!(self.random.random_range(-5..5)),
            4 => Value::Null,
            _ => json!(TEXTS[self.random.random_range(0..TEXTS.len())]),
        }
    }
}

fn base(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(of) => base(of),
    }
}

/// Callers of each kind, and identifiers of theirs.
async fn callers(server: &TestServer) -> (Vec<TestClient>, Vec<String>) {
    let person = server.anonymous();
    Face::Rest.sign_up(server, &person, "ada@example.com").await;
    let pending = server.anonymous();
    let sign_in = Face::Rest
        .sign_in_create(&pending, &[("identifier", "ada@example.com")])
        .await
        .ok()
        .id();
    let fields = [("email_address", "bea@example.com"), ("password", PASSWORD)];
    let sign_up = Face::Rest.sign_up_create(&pending, &fields).await.ok().id();
    let mine = "{ client { id sessions { id lastActiveToken { jwt } } } viewer { id emailAddresses { id } } }";
    let known = person.graphql(mine, json!({})).await.body["data"].clone();
    let text = |pointer: &str| known.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let token = server.anonymous().with_header(
        "authorization",
        &format!("Bearer {}", text("/client/sessions/0/lastActiveToken/jwt")),
    );
    let identifiers = vec![
        text("/client/id"),
        text("/client/sessions/0/id"),
        text("/viewer/id"),
        text("/viewer/emailAddresses/0/id"),
        sign_in,
        sign_up,
        "user_000000000000000000000000000".to_owned(),
        "sess_".to_owned(),
        "ins_x".to_owned(),
        String::new(),
        "x".repeat(200),
    ];
    let secret = server.anonymous().with_secret_key(SECRET_KEY);
    (vec![server.anonymous(), person, pending, token, secret], identifiers)
}

#[tokio::test]
async fn operations_made_at_random_are_answered_and_never_our_fault() {
    let documents: u64 = std::env::var("VESTIBULE_TEST_FUZZ_DOCUMENTS").map_or(400, |count| count.parse().unwrap());
    let server = TestServer::start().await;
    let (callers, identifiers) = callers(&server).await;
    let mut maker = Maker::new(0x00f0_2200, identifiers);
    let (mut executed, mut changed) = (0, 0);
    for number in 0..documents {
        let caller = maker.random.random_range(0..callers.len());
        // The secret key could change what the others may do, and nothing of it would be left to find.
        let is_mutation = caller != callers.len() - 1 && maker.chance(40);
        let (kind, root) = if is_mutation {
            ("mutation", "Mutation")
        } else {
            ("query", "Query")
        };
        let (document, variables) = maker.operation(kind, root);
        // Each acts as it was, whatever the ones before have changed.
        let client = callers[caller].forked();
        let reply = client.graphql(&document, variables.clone()).await;
        let context = format!("{number}: {document} {variables} {}", reply.text);
        assert!(reply.status < 500, "{} {context}", reply.status);
        assert!(
            reply.body["data"].is_object() || reply.body["errors"].is_array() || reply.status == 429,
            "{context}"
        );
        for error in reply.body["errors"].as_array().into_iter().flatten() {
            let code = error["extensions"]["code"].as_str();
            assert!(code.is_some_and(|code| code != "INTERNAL_ERROR"), "{context}");
        }
        executed += u64::from(reply.body["data"].is_object());
        changed += u64::from(is_mutation && reply.body["data"].is_object());
    }
    println!("{documents} documents, {executed} executed, {changed} of them mutations");
    assert!(
        executed > documents / 4 && changed > documents / 20,
        "{executed} {changed} of {documents}"
    );
    server.run_jobs().await;
    server.finish().await;
}
