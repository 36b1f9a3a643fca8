use crate::support::{Face, SchemaView, TestEvents, TestServer, TestSocket, face::PASSWORD};
use serde_json::{Value, json};

const VIEWER: &str = "{ viewer { id } }";

#[tokio::test]
async fn after_a_mutation_that_changes_the_client_the_document_acts_as_the_new_caller() {
    let server = TestServer::start().await;
    let (user, _) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let client = server.anonymous();
    let document = "mutation($signIn: SignInCreateInput!) { \
                    clientReplace(input: {}) { client { id sessions { id } } userErrors { code } } \
                    signInCreate(input: $signIn) { signIn { createdSessionId } client { id sessions { id user { id } \
                    lastActiveToken { jwt } client { id } } } userErrors { code } } \
                    clientSessionsRemove(input: {}) { client { id sessions { id } } userErrors { code } } }";
    let input = json!({ "identifier": "ada@example.com", "proof": { "password": PASSWORD } });
    let reply = client.graphql(document, json!({ "signIn": input })).await;
    assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
    let data = &reply.body["data"];
    let made = data["clientReplace"]["client"]["id"].as_str().unwrap();
    assert_eq!(data["clientReplace"]["client"]["sessions"], json!([]));
    let signed_in = &data["signInCreate"]["client"];
    assert_eq!(signed_in["id"], made);
    assert_eq!(
        signed_in["sessions"][0]["id"],
        data["signInCreate"]["signIn"]["createdSessionId"]
    );
    assert_eq!(signed_in["sessions"][0]["user"]["id"], user);
    assert_eq!(signed_in["sessions"][0]["client"]["id"], made);
    assert!(signed_in["sessions"][0]["lastActiveToken"]["jwt"].is_string());
    assert_eq!(
        data["clientSessionsRemove"]["client"],
        json!({ "id": made, "sessions": [] })
    );
    let kept = client.graphql("{ client { id } viewer { id } }", json!({})).await;
    assert_eq!(kept.body["data"], json!({ "client": { "id": made }, "viewer": null }));
    server.finish().await;
}

#[tokio::test]
async fn the_cookie_of_the_new_caller_is_set_on_the_answer() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let reply = client
        .graphql("mutation { clientReplace(input: {}) { client { id } } }", json!({}))
        .await;
    let cookies = reply.set_cookies("__client");
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
        assert!(cookies[0].contains(attribute), "{attribute} in {}", cookies[0]);
    }
    assert!(
        !cookies[0].contains("Secure"),
        "the server speaks plain http: {}",
        cookies[0]
    );
    let read = client.graphql("{ client { id } }", json!({})).await;
    assert_eq!(
        read.body["data"]["client"]["id"],
        reply.body["data"]["clientReplace"]["client"]["id"]
    );
    assert_eq!(read.set_cookies("__client"), [] as [&str; 0], "reading changes nothing");
    server.finish().await;
}

#[tokio::test]
async fn signing_in_changes_the_client_token_and_the_old_one_is_dead() {
    let server = TestServer::start().await;
    Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let client = server.anonymous();
    client
        .graphql("mutation { clientReplace(input: {}) { client { id } } }", json!({}))
        .await;
    let before = client.forked();
    Face::Graphql.sign_in(&client, "ada@example.com").await;
    assert_ne!(before.cookie("__client"), client.cookie("__client"));
    let stale = before.graphql("{ client { id } viewer { id } }", json!({})).await;
    assert_eq!(stale.codes(), ["client_token_replaced"], "{}", stale.text);
    let of_rest = before.get("/v1/client").await;
    assert_eq!(of_rest.body["response"], Value::Null, "{}", of_rest.text);
    server.finish().await;
}

#[tokio::test]
async fn after_deleting_the_client_the_rest_of_the_document_is_anonymous() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let id = client.graphql("{ client { id } }", json!({})).await.body["data"]["client"]["id"].clone();
    let document = "mutation { clientDelete(input: {}) { deletedClientId client { id } userErrors { code } } \
                    clientSessionsRemove(input: {}) { client { id } userErrors { code } } }";
    let reply = client.graphql(document, json!({})).await;
    let expected = json!({
        "clientDelete": { "deletedClientId": id, "client": null, "userErrors": [] },
        "clientSessionsRemove": { "client": null, "userErrors": [{ "code": "RESOURCE_NOT_FOUND" }] },
    });
    assert_eq!(reply.body["data"], expected);
    assert!(client.cookie("__client").is_none(), "the answer clears the cookie");
    server.finish().await;
}

#[tokio::test]
async fn the_last_cookie_of_an_answer_is_the_one_that_is_good() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let document =
        "mutation { a: clientReplace(input: {}) { client { id } } b: clientReplace(input: {}) { client { id } } }";
    let reply = client.graphql(document, json!({})).await;
    let read = client.graphql("{ client { id } }", json!({})).await;
    assert_eq!(
        read.body["data"]["client"]["id"],
        reply.body["data"]["b"]["client"]["id"]
    );
    assert_ne!(
        reply.body["data"]["a"]["client"]["id"],
        reply.body["data"]["b"]["client"]["id"]
    );
    server.finish().await;
}

#[tokio::test]
async fn native_callers_keep_the_token_themselves_and_get_no_cookie() {
    let server = TestServer::start().await;
    let native = server.anonymous().with_header("vestibule-native", "1");
    let document = "mutation { clientReplace(input: {}) { client { id } } }";
    let reply = native.graphql(document, json!({})).await;
    let token = reply.header("authorization").unwrap().to_owned();
    assert_eq!(reply.set_cookies("__client"), [] as [&str; 0]);
    let read = native
        .with_header("authorization", &token)
        .graphql("{ client { id } }", json!({}))
        .await;
    assert_eq!(
        read.body["data"]["client"]["id"],
        reply.body["data"]["clientReplace"]["client"]["id"]
    );
    server.finish().await;
}

#[tokio::test]
async fn a_session_token_queries_and_mutates_nothing() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let jwt = Face::Graphql.token(&client, &session).await.unwrap();
    let sign_in = Face::Graphql.sign_in_create(&client, &[]).await.ok().id();
    let sign_up = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
    let before = client
        .graphql("{ client { id updatedAt sessions { id status } } }", json!({}))
        .await
        .body;
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    let read = holder
        .graphql(
            "query($id: ID!) { viewer { id } session(id: $id) { id lastActiveToken { jwt } } }",
            json!({ "id": session }),
        )
        .await;
    assert_eq!(read.body["data"]["viewer"]["id"], user);
    assert_eq!(
        read.body["data"]["session"],
        json!({ "id": session, "lastActiveToken": null }),
        "a leaked token must not renew itself"
    );
    let schema = SchemaView::read(&server.backend()).await;
    let id = |name: &str| match name {
        "sessionId" => session.clone(),
        "signInId" => sign_in.clone(),
        "signUpId" => sign_up.clone(),
        other => panic!("which {other}?"),
    };
    for field in schema.fields("Mutation") {
        let name = field["name"].as_str().unwrap();
        let (document, variables) = schema.request(("mutation", name), None, &id, None);
        let refused = holder.graphql(&document, variables).await;
        assert_eq!(refused.codes(), ["authorization_invalid"], "{name}: {}", refused.text);
        assert!(
            refused.body["errors"][0]["path"] == json!([name]),
            "{name}: {}",
            refused.text
        );
        assert_eq!(refused.set_cookies("__client"), [] as [&str; 0], "{name}");
    }
    let after = client
        .graphql("{ client { id updatedAt sessions { id status } } }", json!({}))
        .await
        .body;
    assert_eq!(after, before);
    server.finish().await;
}

#[tokio::test]
async fn a_request_may_name_the_session_that_acts_and_it_never_falls_back() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let client = server.anonymous();
    let (ada, of_ada) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let (grace, _) = Face::Graphql.sign_up(&server, &client, "grace@example.com").await;
    let viewer = async |session: Option<&str>| {
        let client = match session {
            Some(session) => client.clone().with_header("vestibule-session", session),
            None => client.clone(),
        };
        client.graphql("{ viewer { id } }", json!({})).await
    };
    assert_eq!(viewer(None).await.body["data"]["viewer"]["id"], grace);
    assert_eq!(viewer(Some(&of_ada)).await.body["data"]["viewer"]["id"], ada);
    Face::Graphql.session(&client, "end", &of_ada).await.ok();
    for named in [of_ada.as_str(), "nonsense"] {
        let refused = viewer(Some(named)).await;
        assert_eq!(refused.codes(), ["authentication_invalid"], "{named}");
        assert_eq!(refused.body["data"]["viewer"], Value::Null);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_request_that_was_on_its_way_while_its_client_got_a_new_token_has_no_answer_that_a_cache_would_believe() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let sign_up = Face::Graphql
        .sign_up_create(
            &client,
            &[
                ("email_address", "ada@example.com"),
                ("password", PASSWORD),
                ("strategy", "email_code"),
            ],
        )
        .await
        .ok()
        .id();
    server.run_jobs().await;
    let before = client.forked();
    let code = server.last_code("ada@example.com").await;
    let document = "mutation($input: SignUpAttemptVerificationInput!) { signUpAttemptVerification(input: $input) { \
                    query { viewer { id } client { id } } userErrors { code } } }";
    let input = json!({ "input": { "signUpId": sign_up, "proof": { "emailCode": code } } });
    let verified = client.graphql(document, input.clone()).await;
    assert!(
        verified.body["data"]["signUpAttemptVerification"]["query"]["viewer"].is_object(),
        "{}",
        verified.text
    );
    let shown = "{ viewer { id } client { id } }";
    for reply in [
        before.graphql(shown, json!({})).await,
        before.graphql(document, input).await,
    ] {
        assert_eq!(reply.codes(), ["client_token_replaced"], "{}", reply.text);
        assert!(reply.body.get("data").is_none(), "{}", reply.text);
        assert!(reply.set_cookies("__client").is_empty());
    }
    let strict = before
        .clone()
        .with_header("accept", "application/graphql-response+json");
    assert_eq!(strict.graphql(shown, json!({})).await.status, 401);
    assert!(client.graphql(shown, json!({})).await.body["data"]["viewer"].is_object());
    // Whose answer never came is nobody after a while.
    server.advance(std::time::Duration::from_secs(61));
    let reply = before.graphql(shown, json!({})).await;
    assert_eq!(
        reply.body["data"],
        json!({ "viewer": null, "client": null }),
        "{}",
        reply.text
    );
    server.finish().await;
}

#[tokio::test]
async fn an_empty_authorization_says_nothing_over_http_sockets_and_event_streams() {
    let server = TestServer::start().await;
    let signed_in = server.anonymous();
    let (user, _) = Face::Graphql.sign_up(&server, &signed_in, "ada@example.com").await;
    for empty in ["", " ", "\t  "] {
        let nobody = server.anonymous().with_header("authorization", empty);
        let somebody = signed_in.forked().with_header("authorization", empty);
        for (client, expected) in [(nobody, Value::Null), (somebody, json!({ "id": user }))] {
            let expected = json!({ "viewer": expected });
            let read = client.graphql(VIEWER, json!({})).await;
            assert_eq!(read.body["data"], expected, "{empty:?} {}", read.text);
            let mut events = TestEvents::open(&client, VIEWER, &json!({})).await;
            assert_eq!(events.rest().await[0].1["data"], expected, "{empty:?}");
            let mut socket = TestSocket::connect(&client, json!({ "authorization": empty, "sessionId": empty })).await;
            socket.subscribe("v", VIEWER, json!({})).await;
            assert_eq!(socket.next().await["payload"]["data"], expected, "{empty:?}");
            assert_eq!(client.get("/v1/client").await.status, 200, "{empty:?}");
        }
        let native = server
            .anonymous()
            .with_header("vestibule-native", "1")
            .with_header("authorization", empty)
            .with_header("vestibule-session", empty);
        assert_eq!(native.get("/v1/client").await.status, 200, "{empty:?}");
    }
    // What is begun and not there is a mistake that somebody wants to hear of.
    for broken in ["Bearer", "Bearer ", "Bearer undefined", "Basic"] {
        let client = signed_in.forked().with_header("authorization", broken);
        let refused = client.graphql(VIEWER, json!({})).await;
        assert_eq!(refused.codes(), ["authorization_header_format_invalid"], "{broken}");
    }
    server.finish().await;
}
