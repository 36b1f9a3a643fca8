//! What the server's own introspection says, and operations made from it, so that a test that walks the whole schema needs
//! no change when the schema grows.

use super::{TestClient, face::PASSWORD};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A kind of operation and the type of its root.
pub const ROOTS: [(&str, &str); 3] = [
    ("query", "Query"),
    ("mutation", "Mutation"),
    ("subscription", "Subscription"),
];

const TYPE: &str = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";

/// The schema as one caller sees it.
pub struct SchemaView(Value);

/// A place for an identifier or another scalar: an argument of a root field, or a field of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub operation: &'static str,
    pub field: String,
    pub argument: String,
    /// The way through the input, however deep; empty where the argument is the place itself.
    pub path: Vec<String>,
    /// The type of the value, lists and non-null marks left out.
    pub scalar: String,
}

impl Slot {
    /// The name of the innermost place.
    pub fn name(&self) -> &str {
        self.path.last().unwrap_or(&self.argument)
    }
}

impl SchemaView {
    /// The schema as `client` sees it.
    pub async fn read(client: &TestClient) -> Self {
        let query = format!(
            "{{ __schema {{ types {{ kind name possibleTypes {{ name }} enumValues {{ name }} \
             fields {{ name type {{ {TYPE} }} args {{ name defaultValue type {{ {TYPE} }} }} }} \
             inputFields {{ name defaultValue type {{ {TYPE} }} }} }} }} }}"
        );
        let reply = client.graphql(&query, json!({})).await;
        let types = reply.body["data"]["__schema"]["types"].clone();
        assert!(types.is_array(), "{}", reply.text);
        Self(types)
    }

    pub fn type_named(&self, name: &str) -> &Value {
        self.0
            .as_array()
            .unwrap()
            .iter()
            .find(|known| known["name"] == name)
            .unwrap_or_else(|| panic!("there is no type {name}"))
    }

    /// The fields of an object type.
    pub fn fields(&self, name: &str) -> &[Value] {
        list(&self.type_named(name)["fields"])
    }

    pub fn field(&self, owner: &str, name: &str) -> &Value {
        self.fields(owner).iter().find(|field| field["name"] == name).unwrap()
    }

    /// The types that an interface may be.
    pub fn possible_types(&self, name: &str) -> BTreeSet<String> {
        let types = list(&self.type_named(name)["possibleTypes"]).iter();
        types.map(|known| text(&known["name"]).to_owned()).collect()
    }

    /// Everything that has a name: `Type`, `Type.field`.
    pub fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for known in self.0.as_array().unwrap() {
            let name = text(&known["name"]);
            names.insert(name.to_owned());
            for field in list(&known["fields"]).iter().chain(list(&known["inputFields"])) {
                names.insert(format!("{name}.{}", text(&field["name"])));
            }
        }
        names
    }

    /// Every place of the schema that takes an identifier.
    pub fn slots(&self) -> Vec<Slot> {
        self.slots_of(&["ID"])
    }

    /// Every place of the schema that takes a value of one of these scalars.
    pub fn slots_of(&self, scalars: &[&str]) -> Vec<Slot> {
        let mut slots = self.places();
        slots.retain(|slot| scalars.contains(&slot.scalar.as_str()));
        slots
    }

    /// Every place of the schema that takes a scalar or an enum, in inputs of inputs too.
    pub fn places(&self) -> Vec<Slot> {
        let mut places = Vec::new();
        for (operation, root) in ROOTS {
            for field in self.fields(root) {
                for argument in list(&field["args"]) {
                    let place = Slot {
                        operation,
                        field: text(&field["name"]).to_owned(),
                        argument: text(&argument["name"]).to_owned(),
                        path: Vec::new(),
                        scalar: String::new(),
                    };
                    self.descend(&place, named(&argument["type"]), &mut places);
                }
            }
        }
        places
    }

    fn descend(&self, place: &Slot, target: &str, places: &mut Vec<Slot>) {
        // An input that holds itself would have no end.
        assert!(place.path.len() < 8, "{place:?}");
        let known = self.type_named(target);
        if known["kind"] != "INPUT_OBJECT" {
            places.push(Slot {
                scalar: target.to_owned(),
                ..place.clone()
            });
        }
        for input in list(&known["inputFields"]) {
            let mut inner = place.clone();
            inner.path.push(text(&input["name"]).to_owned());
            self.descend(&inner, named(&input["type"]), places);
        }
    }

    /// The types of what lies behind the identifiers that a place takes: what its name says (`sessionId`), else what its
    /// field gives.
    pub fn kinds(&self, slot: &Slot) -> BTreeSet<String> {
        let of_name = slot.name().strip_suffix("Id").map(capitalised);
        if let Some(name) = of_name {
            let target = self.type_named(&name);
            assert_eq!(target["kind"], "OBJECT", "what does {slot:?} take?");
            return BTreeSet::from([name]);
        }
        let root = ROOTS.iter().find(|(known, _)| *known == slot.operation).unwrap().1;
        let given = named(&self.field(root, &slot.field)["type"]);
        // What is followed is told by what is pushed of it.
        let given = given.strip_suffix("UpdatedPayload").unwrap_or(given);
        match (slot.name(), given.strip_suffix("Connection")) {
            // A cursor is a place in a list, told by what lies there.
            ("after" | "before", Some(listed)) => BTreeSet::from([listed.to_owned()]),
            ("id" | "ids", None) if self.type_named(given)["kind"] == "INTERFACE" => self.possible_types(given),
            ("id" | "ids", None) => BTreeSet::from([given.to_owned()]),
            _ => panic!("what does {slot:?} take?"),
        }
    }

    /// A selection of everything that needs no argument, `depth` objects deep.
    pub fn selection(&self, name: &str, depth: usize) -> String {
        let known = self.type_named(name);
        match text(&known["kind"]) {
            "SCALAR" | "ENUM" => return String::new(),
            "INTERFACE" => {
                let fields = list(&known["fields"]).iter();
                let leaves = fields.filter(|field| {
                    let kind = &self.type_named(named(&field["type"]))["kind"];
                    kind == "SCALAR" || kind == "ENUM"
                });
                let names: Vec<_> = leaves.map(|field| text(&field["name"])).collect();
                return format!("{{ __typename {} }}", names.join(" "));
            }
            _ => {}
        }
        let mut selected = vec!["__typename".to_owned()];
        for field in list(&known["fields"]) {
            if list(&field["args"]).iter().any(is_required) {
                continue;
            }
            let target = named(&field["type"]);
            let is_leaf = matches!(text(&self.type_named(target)["kind"]), "SCALAR" | "ENUM");
            if is_leaf || depth > 0 {
                let inner = self.selection(target, depth.saturating_sub(1));
                selected.push(format!("{} {inner}", text(&field["name"])));
            }
        }
        format!("{{ {} }}", selected.join(" "))
    }

    /// An operation of one root field with all that it needs, and its variables. `id` gives identifiers by the name of
    /// their argument or input field; `offered` is put into a slot of this field whether or not it is needed.
    pub fn request(
        &self,
        (operation, field): (&str, &str),
        selection: Option<&str>,
        id: &dyn Fn(&str) -> String,
        offered: Option<(&Slot, &str)>,
    ) -> (String, Value) {
        let root = ROOTS.iter().find(|(known, _)| *known == operation).unwrap().1;
        let described = self.field(root, field);
        let (mut declared, mut passed, mut variables) = (Vec::new(), Vec::new(), Map::new());
        for argument in list(&described["args"]) {
            let name = text(&argument["name"]);
            let chosen = offered.filter(|(slot, _)| slot.argument == name);
            // An input is given even where all of it may be left out, so that something can be put into it.
            if chosen.is_none() && !is_required(argument) && name != "input" {
                continue;
            }
            declared.push(format!("${name}: {}", type_text(&argument["type"])));
            passed.push(format!("{name}: ${name}"));
            let chosen = chosen.map(|(slot, value)| (slot.path.as_slice(), value));
            variables.insert(name.to_owned(), self.example(argument, id, chosen));
        }
        let declared = parenthesised(&declared);
        let passed = parenthesised(&passed);
        let selection = selection.map_or_else(
            || self.selection(named(&described["type"]), 2),
            |selection| format!("{{ {selection} }}"),
        );
        (
            format!("{operation}{declared} {{ {field}{passed} {selection} }}"),
            Value::Object(variables),
        )
    }

    /// A value for a place; `offered` is a way further in, and what to put at its end.
    fn example(&self, input: &Value, id: &dyn Fn(&str) -> String, offered: Option<(&[String], &str)>) -> Value {
        let (name, target) = (text(&input["name"]), named(&input["type"]));
        let known = self.type_named(target);
        let value = match (text(&known["kind"]), target) {
            ("INPUT_OBJECT", "ProofInput") => match offered {
                Some(([kind, ..], value)) => json!({ kind: value }),
                _ => json!({ "emailCode": "424242" }),
            },
            ("INPUT_OBJECT", _) => list(&known["inputFields"])
                .iter()
                .filter_map(|field| {
                    let name = text(&field["name"]);
                    let chosen = offered.and_then(|(path, value)| match path {
                        [first, rest @ ..] if first == name => Some((rest, value)),
                        _ => None,
                    });
                    (chosen.is_some() || is_required(field)).then(|| {
                        // A code by mail is no second proof, which is told before who may give one.
                        let takes_totp = ["SecondFactor", "Totp"].iter().any(|word| target.contains(word));
                        let example = match (takes_totp, name, chosen) {
                            (true, "strategy", _) => json!("TOTP"),
                            (true, "proof", None) => json!({ "totp": "424242" }),
                            _ => self.example(field, id, chosen),
                        };
                        (name.to_owned(), example)
                    })
                })
                .collect::<Map<_, _>>()
                .into(),
            _ if offered.is_some() => json!(offered.map(|(_, value)| value)),
            (_, "ID") => json!(id(name)),
            ("ENUM", "Strategy") => json!("EMAIL_CODE"),
            ("ENUM", _) => known["enumValues"][0]["name"].clone(),
            (_, "Int") => json!(1),
            (_, "Boolean") => json!(true),
            (_, "JSON") => json!({}),
            (_, "_Any") => json!({ "__typename": "User", "id": id("userId") }),
            _ if name == "password" => json!(PASSWORD),
            _ => json!("x"),
        };
        if is_list(&input["type"]) { json!([value]) } else { value }
    }
}

/// `sessionId` names a `SessionId`.
pub fn capitalised(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

fn parenthesised(items: &[String]) -> String {
    match items {
        [] => String::new(),
        items => format!("({})", items.join(", ")),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The type inside of lists and non-null marks.
pub fn named(of: &Value) -> &str {
    match of["name"].as_str() {
        Some(name) => name,
        None => named(&of["ofType"]),
    }
}

fn is_list(of: &Value) -> bool {
    of["kind"] == "LIST" || (of["ofType"].is_object() && is_list(&of["ofType"]))
}

pub fn is_required(input: &Value) -> bool {
    input["type"]["kind"] == "NON_NULL" && input["defaultValue"].is_null()
}

fn type_text(of: &Value) -> String {
    match text(&of["kind"]) {
        "NON_NULL" => format!("{}!", type_text(&of["ofType"])),
        "LIST" => format!("[{}]", type_text(&of["ofType"])),
        _ => text(&of["name"]).to_owned(),
    }
}
