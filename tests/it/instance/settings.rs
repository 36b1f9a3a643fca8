use crate::support::{Face, Reply, TestClient, TestServer};
use serde_json::{Value, json};

async fn update(client: &TestClient, patch: Value, expected_version: Option<i64>) -> Reply {
    let query = "mutation($input: InstanceSettingsUpdateInput!) { instanceSettingsUpdate(input: $input) { \
                 instanceSettings { id version settings } userErrors { code message longMessage field meta } } }";
    client
        .graphql(
            query,
            json!({ "input": { "patch": patch, "expectedVersion": expected_version } }),
        )
        .await
}

async fn read(client: &TestClient) -> Value {
    let reply = client
        .graphql("{ instanceSettings { id version settings } }", json!({}))
        .await;
    reply.body["data"]["instanceSettings"].clone()
}

fn errors(reply: &Reply) -> &Value {
    &reply.body["data"]["instanceSettingsUpdate"]["userErrors"]
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_is_in_force_at_once() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let before = read(&backend).await;
    let patch = json!({ "application_name": "Analytical Engines", "session": { "single_session_mode": false } });
    let reply = update(&backend, patch, None).await;
    assert_eq!(*errors(&reply), json!([]));
    let after = &reply.body["data"]["instanceSettingsUpdate"]["instanceSettings"];
    assert_eq!(
        after["version"].as_i64(),
        before["version"].as_i64().map(|version| version + 1)
    );
    let mut expected = before["settings"].clone();
    expected["application_name"] = json!("Analytical Engines");
    expected["session"]["single_session_mode"] = json!(false);
    assert_eq!(after["settings"], expected, "everything else stays");
    assert_eq!(read(&backend).await, *after);
    let environment = server.anonymous().get("/v1/environment").await;
    assert_eq!(
        environment.body["display_config"]["application_name"],
        "Analytical Engines"
    );
    assert_eq!(environment.body["auth_config"]["single_session_mode"], false);
    server.finish().await;
}

#[tokio::test]
async fn null_goes_back_to_the_default() {
    let server = TestServer::start().await;
    let backend = server.backend();
    update(&backend, json!({ "password": { "min_length": 20 } }), None).await;
    let reply = update(&backend, json!({ "password": { "min_length": null } }), None).await;
    let settings = &reply.body["data"]["instanceSettingsUpdate"]["instanceSettings"]["settings"];
    assert_eq!(settings["password"]["min_length"], 8);
    server.finish().await;
}

#[tokio::test]
async fn of_two_who_read_the_same_version_the_second_is_told() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let version = read(&backend).await["version"].as_i64();
    let first = update(&backend, json!({ "application_name": "First" }), version).await;
    assert_eq!(*errors(&first), json!([]));
    let second = update(&backend, json!({ "application_name": "Second" }), version).await;
    assert_eq!(second.codes(), ["version_conflict"]);
    assert!(second.body["data"]["instanceSettingsUpdate"]["instanceSettings"].is_null());
    assert_eq!(read(&backend).await["settings"]["application_name"], "First");
    server.finish().await;
}

#[tokio::test]
async fn every_problem_of_a_patch_is_named_and_nothing_is_changed() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let before = read(&backend).await;
    let patch = json!({
        "application_name": "Never",
        "sesion": {},
        "session": { "maximum_lifetime_enabled": false, "single_session_mode": "perhaps" },
        "password": { "min_length": 3, "min_lenght": 8 },
    });
    let reply = update(&backend, patch, None).await;
    let found: Vec<_> = errors(&reply)
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let meta = &error["meta"];
            (
                text(&error["code"]).unwrap(),
                text(&meta["param_name"]).unwrap(),
                text(&meta["nearest"]),
            )
        })
        .collect();
    for expected in [
        ("FORM_PARAM_UNKNOWN", "sesion", Some("session")),
        ("FORM_PARAM_UNKNOWN", "password.min_lenght", Some("password.min_length")),
        ("FORM_PARAM_VALUE_INVALID", "session.single_session_mode", None),
        ("FORM_PARAM_VALUE_INVALID", "password.min_length", None),
    ] {
        let (code, field, nearest) = expected;
        let expected = (code.to_owned(), field.to_owned(), nearest.map(str::to_owned));
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let length = errors(&reply).as_array().unwrap().iter();
    let mut length = length.filter(|error| error["meta"]["param_name"] == "password.min_length");
    let length = length.next().unwrap();
    assert_eq!(length["longMessage"], "The value must be between 8 and 4096.");
    assert_eq!(
        (&length["meta"]["minimum"], &length["meta"]["maximum"]),
        (&json!(8), &json!(4096))
    );
    assert_eq!(read(&backend).await, before);
    server.finish().await;
}

#[tokio::test]
async fn a_session_without_any_limit_is_refused_by_name() {
    let server = TestServer::start().await;
    let patch = json!({ "session": { "maximum_lifetime_enabled": false, "inactivity_timeout_enabled": false } });
    let reply = update(&server.backend(), patch, None).await;
    assert_eq!(reply.codes(), ["form_param_value_invalid", "form_param_value_invalid"]);
    for (index, name) in ["maximum_lifetime_enabled", "inactivity_timeout_enabled"]
        .iter()
        .enumerate()
    {
        let error = &errors(&reply)[index];
        assert_eq!(error["meta"]["param_name"], format!("session.{name}"));
        assert_eq!(error["field"][0], "session");
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
        let codes = caller.graphql("{ instanceSettings { id } }", json!({})).await.codes();
        assert_eq!(codes, [code]);
        assert_eq!(
            update(&caller, json!({ "application_name": "Mine" }), None)
                .await
                .codes(),
            [code]
        );
    }
    assert_ne!(read(&server.backend()).await["settings"]["application_name"], "Mine");
    server.finish().await;
}
