use crate::support::{
    Face, Reply, SchemaView, TestClient, TestServer,
    face::snake_case,
    introspection::named,
    settings::{typed, update_settings},
};
use domain::settings::InstanceSettings;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use vestibule::graphql_transport::DocumentId;

/// Everything that can be selected of a type, sections and all.
fn selection(schema: &SchemaView, owner: &str) -> String {
    let fields = schema.fields(owner).iter().map(|field| {
        let of = named(&field["type"]);
        let inner = match schema.type_named(of)["kind"].as_str() {
            Some("OBJECT") => selection(schema, of),
            _ => String::new(),
        };
        format!("{}{inner}", field["name"].as_str().unwrap())
    });
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "))
}

/// All of the settings, with their version.
async fn read(backend: &TestClient) -> Value {
    let schema = SchemaView::read(backend).await;
    let query = format!(
        "{{ instance {{ settings {} }} }}",
        selection(&schema, "InstanceSettings")
    );
    let reply = backend.graphql(&query, json!({})).await;
    let settings = reply.body["data"]["instance"]["settings"].clone();
    assert!(settings.is_object(), "{}", reply.text);
    settings
}

/// The settings themselves.
async fn settings(backend: &TestClient) -> Value {
    let mut settings = read(backend).await;
    let members = settings.as_object_mut().unwrap();
    for other in ["id", "version"] {
        members.remove(other).unwrap();
    }
    settings
}

async fn update(client: &TestClient, input: Value) -> Reply {
    let query = "mutation($input: InstanceSettingsUpdateInput!) { instanceSettingsUpdate(input: $input) { \
                 instanceSettings { id version } userErrors { code longMessage field minimum maximum meta } } }";
    client.graphql(query, json!({ "input": input })).await
}

fn errors(reply: &Reply) -> &Value {
    &reply.body["data"]["instanceSettingsUpdate"]["userErrors"]
}

/// The stored document of an instance that has set nothing.
fn defaults() -> Value {
    serde_json::to_value(InstanceSettings::default()).unwrap()
}

/// The paths of the settings in a stored document.
fn stored_leaves(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, value) in document.as_object().unwrap() {
        if value.is_object() {
            found.extend(stored_leaves(value).iter().map(|path| format!("{name}.{path}")));
        } else {
            found.insert(name.clone());
        }
    }
    found
}

/// The paths of what a type shows (`fields`) or takes (`inputFields`), as the stored document spells them.
fn schema_leaves(schema: &SchemaView, owner: &str, members: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for field in schema.type_named(owner)[members].as_array().unwrap() {
        let name = snake_case(field["name"].as_str().unwrap());
        let of = named(&field["type"]);
        if schema.type_named(of)[members].is_array() {
            let inner = schema_leaves(schema, of, members);
            found.extend(inner.iter().map(|path| format!("{name}.{path}")));
        } else {
            found.insert(name);
        }
    }
    found
}

#[tokio::test]
async fn every_stored_setting_is_shown_and_taken_and_nothing_else_is() {
    let server = TestServer::start().await;
    let schema = SchemaView::read(&server.backend()).await;
    let stored = stored_leaves(&defaults());
    assert!(stored.len() > 80, "{stored:?}");
    for (owner, members, others) in [
        ("InstanceSettings", "fields", &["id", "version"][..]),
        ("InstanceSettingsUpdateInput", "inputFields", &["expected_version"]),
    ] {
        let mut found = schema_leaves(&schema, owner, members);
        for other in others {
            assert!(found.remove(*other), "{owner} has no {other}");
        }
        let lacking: Vec<_> = stored.difference(&found).collect();
        let unknown: Vec<_> = found.difference(&stored).collect();
        assert!(lacking.is_empty(), "{owner} lacks {lacking:?}");
        assert!(unknown.is_empty(), "{owner} has {unknown:?}, which are not stored");
    }
    server.finish().await;
}

/// What cannot be other than by default together with everything else that is: people must have a way in.
const LATER: [&str; 5] = [
    "attribute.first_name.required",
    "attribute.last_name.required",
    "attribute.password.enabled",
    "attribute.password.required",
    "attribute.username.used_for_first_factor",
];

/// A value that is not the default.
fn other_than(default: &Value, path: &str) -> Value {
    match (path, default) {
        ("allowed_origins", _) => json!(["https://app.example.com", "capacitor://localhost"]),
        ("email.from_address", _) => json!("ada@example.com"),
        ("session.token_version", _) => json!("v2"),
        ("sign_in.preferred_strategy", _) => json!("otp"),
        ("sign_up.mode", _) => json!("restricted"),
        ("username.max_length", _) => json!(32),
        (_, Value::Array(_)) => json!([]),
        (_, Value::Bool(value)) => json!(!value),
        (_, Value::Null) => json!("https://app.example.com/ada"),
        (_, Value::Number(number)) => json!(number.as_u64().unwrap() + 1),
        (_, Value::String(_)) => json!("inherit"),
        (_, Value::Object(_)) => panic!("{path} is a section"),
    }
}

/// The value at a dotted path.
fn at<'a>(document: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(document, |value, name| &value[name])
}

/// The settings of these paths, each with a value made from its default.
fn changed(defaults: &Value, paths: &BTreeSet<&str>, make: &dyn Fn(&Value, &str) -> Value) -> Value {
    let mut document = json!({});
    for path in paths {
        let place = path.split('.').fold(&mut document, |value, name| &mut value[name]);
        *place = make(at(defaults, path), path);
    }
    document
}

/// A stored document with another one's values put in.
fn merged(document: &Value, changes: &Value) -> Value {
    let Value::Object(changes) = changes else {
        return changes.clone();
    };
    let mut merged = document.clone();
    for (name, value) in changes {
        merged[name] = self::merged(&document[name], value);
    }
    merged
}

#[tokio::test]
async fn every_setting_is_set_read_and_set_back() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let (defaults, all) = (defaults(), stored_leaves(&defaults()));
    // One of the settings needs a document that is trusted.
    let document = "{ environment { id } }";
    let manifest = json!({ DocumentId::of(document).to_string(): document });
    let set =
        "mutation($manifest: JSON!) { documentManifestSet(input: { manifest: $manifest }) { userErrors { code } } }";
    let trusted = backend.graphql(set, json!({ "manifest": manifest })).await;
    assert_eq!(trusted.codes(), Vec::<String>::new(), "{}", trusted.text);
    // Tests have budgets of their own.
    let sections = defaults.as_object().unwrap().keys();
    let nothing: Value = sections.map(|name| (name.clone(), Value::Null)).collect();
    let reset = update_settings(&backend, &nothing).await;
    assert_eq!(reset.codes(), Vec::<String>::new(), "{}", reset.text);
    assert_eq!(settings(&backend).await, typed(&defaults), "a section at a time");
    let (later, first): (BTreeSet<_>, BTreeSet<_>) =
        all.iter().map(String::as_str).partition(|path| LATER.contains(path));
    assert_eq!(later.len(), LATER.len());
    for paths in [first, later] {
        let others = changed(&defaults, &paths, &other_than);
        let expected = merged(&defaults, &others);
        for path in &paths {
            assert_ne!(at(&expected, path), at(&defaults, path), "{path}");
        }
        let set = update_settings(&backend, &others).await;
        assert_eq!(set.codes(), Vec::<String>::new(), "{}", set.text);
        assert_eq!(settings(&backend).await, typed(&expected));
        let nulls = changed(&defaults, &paths, &|_, _| Value::Null);
        let unset = update_settings(&backend, &nulls).await;
        assert_eq!(unset.codes(), Vec::<String>::new(), "{}", unset.text);
        assert_eq!(settings(&backend).await, typed(&defaults), "a setting at a time");
    }
    server.finish().await;
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_is_in_force_at_once() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let before = read(&backend).await;
    let input = json!({ "applicationName": "Analytical Engines", "session": { "singleSessionMode": false } });
    let reply = update(&backend, input).await;
    assert_eq!(*errors(&reply), json!([]));
    let after = &reply.body["data"]["instanceSettingsUpdate"]["instanceSettings"];
    assert_eq!(
        after["version"].as_i64(),
        before["version"].as_i64().map(|version| version + 1)
    );
    let mut expected = before.clone();
    expected["version"] = after["version"].clone();
    expected["applicationName"] = json!("Analytical Engines");
    expected["session"]["singleSessionMode"] = json!(false);
    assert_eq!(read(&backend).await, expected, "everything else stays");
    let environment = server.anonymous().get("/v1/environment").await;
    assert_eq!(
        environment.body["display_config"]["application_name"],
        "Analytical Engines"
    );
    assert_eq!(environment.body["auth_config"]["single_session_mode"], false);
    server.finish().await;
}

#[tokio::test]
async fn what_is_left_out_stays_also_where_its_variable_is() {
    let server = TestServer::start().await;
    let backend = server.backend();
    update(
        &backend,
        json!({ "password": { "minLength": 20 }, "applicationName": "Engines" }),
    )
    .await;
    let before = read(&backend).await;
    for input in [
        json!({}),
        json!({ "password": {} }),
        json!({ "theme": { "general": {} } }),
    ] {
        let reply = update(&backend, input).await;
        assert_eq!(*errors(&reply), json!([]), "{}", reply.text);
        assert_eq!(read(&backend).await, before);
    }
    let query = "mutation($length: Int, $name: String, $theme: ThemeSettingsInput) { instanceSettingsUpdate(input: { \
                 applicationName: $name, password: { minLength: $length }, theme: $theme }) { userErrors { code } } }";
    let reply = backend.graphql(query, json!({})).await;
    assert_eq!(*errors(&reply), json!([]), "{}", reply.text);
    assert_eq!(read(&backend).await, before, "a variable that is not given is no null");
    let reply = backend.graphql(query, json!({ "length": null })).await;
    assert_eq!(*errors(&reply), json!([]), "{}", reply.text);
    let after = read(&backend).await;
    assert_eq!(after["password"]["minLength"], 8);
    assert_eq!(after["applicationName"], "Engines");
    server.finish().await;
}

#[tokio::test]
async fn of_two_who_read_the_same_version_the_second_is_told() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let version = read(&backend).await["version"].as_i64();
    let named = |name: &str| json!({ "applicationName": name, "expectedVersion": version });
    let first = update(&backend, named("First")).await;
    assert_eq!(*errors(&first), json!([]));
    let second = update(&backend, named("Second")).await;
    assert_eq!(second.codes(), ["version_conflict"]);
    assert!(second.body["data"]["instanceSettingsUpdate"]["instanceSettings"].is_null());
    assert_eq!(read(&backend).await["applicationName"], "First");
    server.finish().await;
}

#[tokio::test]
async fn every_problem_of_an_update_is_named_and_nothing_is_changed() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let before = read(&backend).await;
    let input = json!({
        "applicationName": "Never",
        "session": { "maximumLifetimeSeconds": 1, "singleSessionMode": false },
        "password": { "minLength": 3, "maxLength": 5_000 },
        "allowedOrigins": ["https://app.example.com/"],
    });
    let reply = update(&backend, input).await;
    let found: BTreeSet<_> = errors(&reply)
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let path = error["field"].as_array().unwrap().iter().filter_map(text);
            (
                text(&error["code"]).unwrap(),
                path.collect::<Vec<_>>().join("."),
                text(&error["meta"]["nearest"]),
            )
        })
        .collect();
    let expected = [
        ("session.maximumLifetimeSeconds", None),
        ("password.minLength", None),
        ("password.maxLength", None),
        ("allowedOrigins", Some("https://app.example.com")),
    ];
    let expected = expected.map(|(path, nearest)| {
        let code = "FORM_PARAM_VALUE_INVALID".to_owned();
        (code, path.to_owned(), nearest.map(str::to_owned))
    });
    assert_eq!(found, BTreeSet::from(expected));
    let mut problems = errors(&reply).as_array().unwrap().iter();
    let length = problems.find(|error| error["field"] == json!(["password", "minLength"]));
    let length = length.unwrap();
    assert_eq!(length["longMessage"], "The value must be between 8 and 4096.");
    assert_eq!((&length["minimum"], &length["maximum"]), (&json!(8), &json!(4096)));
    assert_eq!(read(&backend).await, before);
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_setting_or_of_another_type_is_refused_before_anything_is_changed() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let before = read(&backend).await;
    for (wrong, named) in [
        (json!({ "sesion": {} }), "sesion"),
        (json!({ "password": { "minLenght": 8 } }), "minLenght"),
        (
            json!({ "session": { "singleSessionMode": "perhaps" } }),
            "singleSessionMode",
        ),
        (json!({ "session": { "tokenVersion": "v2" } }), "tokenVersion"),
        (json!({ "password": { "minLength": 8.5 } }), "minLength"),
        (json!({ "allowedOrigins": [7] }), "allowedOrigins"),
    ] {
        let mut input = wrong.clone();
        input["applicationName"] = json!("Never");
        let reply = update(&backend, input).await;
        assert_eq!(reply.codes(), ["bad_user_input"], "{wrong}: {}", reply.text);
        assert!(reply.text.contains(named), "{wrong}: {}", reply.text);
    }
    let wrong = json!({ "theme": { "general": "blue" }, "applicationName": "Never" });
    let reply = update(&backend, wrong).await;
    assert_eq!(reply.codes(), ["bad_user_input"], "{}", reply.text);
    let negative = json!({ "password": { "minLength": -1 }, "applicationName": "Never" });
    let reply = update(&backend, negative).await;
    assert_eq!(reply.codes(), ["form_param_value_invalid"], "{}", reply.text);
    let said = &errors(&reply)[0];
    assert_eq!(said["field"], json!(["password", "minLength"]));
    assert_eq!(
        said["longMessage"],
        "The value must be a whole number that is not negative."
    );
    assert_eq!(read(&backend).await, before);
    server.finish().await;
}

#[tokio::test]
async fn what_only_a_newer_release_knows_outlives_a_start_and_a_change() {
    let mut server = TestServer::start().await;
    server
        .execute(r#"UPDATE instance SET settings = '{"newer": {"a": 1}, "session": {"newer": true}}'"#)
        .await;
    server.restart().await;
    let reply = update(&server.backend(), json!({ "session": { "tokenLifetimeSeconds": 120 } })).await;
    assert_eq!(errors(&reply), &json!([]), "{}", reply.text);
    for (member, count) in [("newer", 2), ("token_lifetime_seconds", 1)] {
        let stored = "SELECT max(length(text) - length(replace(text, 'MEMBER', ''))) \
                      FROM (SELECT CAST(settings AS TEXT) AS text FROM instance) AS stored";
        let found = server.count(&stored.replace("MEMBER", member)).await;
        assert_eq!(found, i64::try_from(member.len()).unwrap() * count, "{member}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_session_without_any_limit_is_refused_by_name() {
    let server = TestServer::start().await;
    let input = json!({ "session": { "maximumLifetimeEnabled": false, "inactivityTimeoutEnabled": false } });
    let reply = update(&server.backend(), input).await;
    assert_eq!(reply.codes(), ["form_param_value_invalid", "form_param_value_invalid"]);
    for (index, name) in ["maximumLifetimeEnabled", "inactivityTimeoutEnabled"]
        .iter()
        .enumerate()
    {
        assert_eq!(errors(&reply)[index]["field"], json!(["session", name]));
    }
    server.finish().await;
}

#[tokio::test]
async fn only_a_secret_key_reads_or_changes_settings() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    for (caller, code) in [
        (server.anonymous(), "authentication_invalid"),
        (client, "authorization_invalid"),
    ] {
        let codes = caller
            .graphql("{ instance { settings { id } } }", json!({}))
            .await
            .codes();
        assert_eq!(codes, [code]);
        assert_eq!(
            update(&caller, json!({ "applicationName": "Mine" })).await.codes(),
            [code]
        );
    }
    assert_ne!(read(&server.backend()).await["applicationName"], "Mine");
    server.finish().await;
}
