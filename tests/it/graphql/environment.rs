use crate::support::TestServer;
use serde_json::{Value, json};

const QUERY: &str = "{ environment { applicationName environment publishableKey singleSessionMode signUpMode \
                     signUpProgressive password { minLength requireNumbers } username { minLength } \
                     attributes { username { enabled required } emailAddress { verifyAtSignUp } } \
                     urls { homeUrl signInUrl } } }";
const UPDATE: &str = "mutation($input: InstanceSettingsUpdateInput!) { instanceSettingsUpdate(input: $input) { \
                      instanceSettings { version } userErrors { code field } } }";

#[tokio::test]
async fn everybody_reads_what_pages_need() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let read = anonymous.graphql(QUERY, json!({})).await;
    let environment = &read.body["data"]["environment"];
    assert_eq!(environment["environment"], "DEVELOPMENT", "{}", read.text);
    assert_eq!(environment["singleSessionMode"], true);
    assert_eq!(environment["signUpMode"], "PUBLIC");
    assert_eq!(environment["attributes"]["username"]["enabled"], false);
    let rest = anonymous.get("/v1/environment").await;
    assert_eq!(
        environment["applicationName"], rest.body["display_config"]["application_name"],
        "both faces tell the same"
    );
    let application = server.backend().graphql(QUERY, json!({})).await;
    assert_eq!(application.body["data"], read.body["data"]);
    server.finish().await;
}

#[tokio::test]
async fn a_change_of_settings_shows_at_once_and_a_refused_one_never() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let before = anonymous.graphql(QUERY, json!({})).await.body;
    let input = json!({
        "applicationName": "Ada's",
        "session": { "singleSessionMode": false },
        "password": { "minLength": 12, "requireNumbers": true },
        "attribute": { "username": { "enabled": true } },
        "path": { "homeUrl": "https://app.example.com/" },
    });
    let wrong = json!({ "session": { "tokenLifetimeSeconds": 1 }, "applicationName": "Eve's" });
    let refused = server.backend().graphql(UPDATE, json!({ "input": wrong })).await;
    assert_eq!(refused.codes(), ["form_param_value_invalid"]);
    let unknown = json!({ "session": { "noSuchThing": 1 }, "applicationName": "Eve's" });
    let refused = server.backend().graphql(UPDATE, json!({ "input": unknown })).await;
    assert_eq!(refused.codes(), ["bad_user_input"]);
    assert_eq!(anonymous.graphql(QUERY, json!({})).await.body, before);
    let changed = server.backend().graphql(UPDATE, json!({ "input": input })).await;
    assert_eq!(changed.codes(), Vec::<String>::new(), "{}", changed.text);
    let after = anonymous.graphql(QUERY, json!({})).await;
    let environment = &after.body["data"]["environment"];
    assert_eq!(environment["applicationName"], "Ada's");
    assert_eq!(environment["singleSessionMode"], false);
    assert_eq!(
        environment["password"],
        json!({ "minLength": 12, "requireNumbers": true })
    );
    assert_eq!(environment["attributes"]["username"]["enabled"], true);
    assert_eq!(environment["urls"]["homeUrl"], "https://app.example.com/");
    assert_eq!(
        environment["publishableKey"],
        before["data"]["environment"]["publishableKey"]
    );
    server.finish().await;
}

#[tokio::test]
async fn within_one_document_the_settings_that_were_just_made_are_in_force() {
    let server = TestServer::start().await;
    let document = "mutation($first: InstanceSettingsUpdateInput!, $second: InstanceSettingsUpdateInput!) { \
                    first: instanceSettingsUpdate(input: $first) { instanceSettings { version applicationName } userErrors { code } } \
                    second: instanceSettingsUpdate(input: $second) { instanceSettings { version applicationName } userErrors { code } } }";
    let version = server
        .backend()
        .graphql("{ instance { settings { version } } }", json!({}))
        .await;
    let version = version.body["data"]["instance"]["settings"]["version"]
        .as_i64()
        .unwrap();
    let input = |name: &str, version: i64| json!({ "applicationName": name, "expectedVersion": version });
    let variables = json!({ "first": input("A", version), "second": input("B", version + 1) });
    let done = server.backend().graphql(document, variables.clone()).await;
    let of = |reply: &Value, alias: &str| {
        let made = &reply["data"][alias]["instanceSettings"];
        (made["version"].clone(), made["applicationName"].clone())
    };
    assert_eq!(
        of(&done.body, "first"),
        (json!(version + 1), json!("A")),
        "{}",
        done.text
    );
    assert_eq!(
        of(&done.body, "second"),
        (json!(version + 2), json!("B")),
        "{}",
        done.text
    );
    let again = server.backend().graphql(document, variables).await;
    assert_eq!(again.codes(), ["version_conflict", "version_conflict"]);
    server.finish().await;
}
