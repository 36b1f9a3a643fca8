//! A page whose browser keeps the cookie back: what its developer is told.

use crate::support::{Face, Reply, TestClient, TestEvents, TestServer, TestSocket, for_each_face};
use serde_json::{Value, json};

const SIGN_IN: &str = "mutation($id: ID!) { signInAttemptFirstFactor(input: { signInId: $id, proof: { emailCode: \"424242\" } }) \
                       { userErrors { code message longMessage } } }";
const TOTP: &str = "mutation { totpCreate { userErrors { code } } }";

/// The sentence that an answer has for people, whichever face it came through.
fn sentence(reply: &Reply) -> String {
    let error = [
        &reply.body["data"]["signInAttemptFirstFactor"]["userErrors"][0]["longMessage"],
        &reply.body["errors"][0]["long_message"],
        &reply.body["errors"][0]["message"],
    ];
    let found = error.into_iter().find_map(Value::as_str);
    found.unwrap_or_else(|| panic!("{}", reply.text)).to_owned()
}

/// What a step of somebody's sign-in is answered with, and what needs somebody to be signed in.
async fn told(face: Face, client: &TestClient, sign_in: &str) -> [String; 2] {
    let replies = match face {
        Face::Graphql => [
            client.graphql(SIGN_IN, json!({ "id": sign_in })).await,
            client.graphql(TOTP, json!({})).await,
        ],
        Face::Rest => {
            let path = format!("/v1/client/sign_ins/{sign_in}/attempt_first_factor");
            let fields = [("strategy", "email_code"), ("code", "424242")];
            [client.post(&path, &fields).await, client.get("/v1/me").await]
        }
    };
    assert_eq!(
        replies.each_ref().map(|reply| reply.codes()[0].clone()),
        ["resource_not_found", "authentication_invalid"]
    );
    replies.each_ref().map(sentence)
}

async fn sign_in(server: &TestServer, face: Face) -> (TestClient, String) {
    let browser = server.anonymous();
    face.sign_up(server, &browser, "ada@example.com").await;
    let begun = face
        .sign_in_create(
            &browser,
            &[("identifier", "ada@example.com"), ("strategy", "email_code")],
        )
        .await;
    server.run_jobs().await;
    (browser, begun.ok().id())
}

fn port(server: &TestServer) -> u16 {
    url::Url::parse(&server.address).unwrap().port().unwrap()
}

async fn many_sessions() -> TestServer {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    server
}

#[tokio::test]
async fn a_page_at_another_name_of_this_machine_is_told_to_use_one_name_for_both() {
    for_each_face(async |face| {
        let server = many_sessions().await;
        let (_, id) = sign_in(&server, face).await;
        for (page, asked) in [("127.0.0.1", "localhost"), ("localhost", "127.0.0.1"), ("app.localhost", "localhost")] {
            let client = server
                .anonymous()
                .at_host(&format!("{asked}:{}", port(&server)))
                .with_header("origin", &format!("http://{page}:3000"));
            // Some browsers say where a request comes from, others leave it to the names.
            for client in [client.clone(), client.with_header("sec-fetch-site", "cross-site")] {
                let expected = format!(
                    "No cookie came along: the page is at {page}, it asks {asked}, and to browsers these are two sites. \
                     Use one host name for both."
                );
                for told in told(face, &client, &id).await {
                    assert!(told.ends_with(&expected), "{told}");
                    assert_ne!(told, expected, "what is wrong is said as well");
                }
            }
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_port_is_told_to_ask_with_credentials() {
    for_each_face(async |face| {
        let server = many_sessions().await;
        let (browser, id) = sign_in(&server, face).await;
        let page = |client: &TestClient| client.forked().with_header("origin", "http://localhost:3000");
        for client in [
            page(&server.anonymous()),
            page(&server.anonymous()).with_header("sec-fetch-site", "same-site"),
        ] {
            for told in told(face, &client, &id).await {
                assert!(told.contains("credentials: 'include'"), "{told}");
            }
        }
        // With its cookie it is somebody.
        let viewer = page(&browser).graphql("{ viewer { id } }", json!({})).await;
        assert!(viewer.body["data"]["viewer"]["id"].is_string(), "{}", viewer.text);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_shows_something_or_is_no_page_elsewhere_is_told_nothing_of_cookies() {
    for_each_face(async |face| {
        let server = many_sessions().await;
        let (_, id) = sign_in(&server, face).await;
        let page = server.anonymous().with_header("origin", "http://127.0.0.1:3000");
        let former = page.forked();
        former.set_cookie("__client", "a.cookie.that.is.over");
        for (who, client) in [
            ("a program", server.anonymous()),
            (
                "a page of the server's own",
                server.anonymous().with_header("origin", &server.origin),
            ),
            (
                "a page of the same origin",
                page.clone().with_header("sec-fetch-site", "same-origin"),
            ),
            ("a cookie that is over", former),
            (
                "a native application",
                page.clone().with_header("vestibule-native", "1"),
            ),
            ("another native application", page.clone().with_query("_is_native", "1")),
        ] {
            for told in told(face, &client, &id).await {
                assert!(!told.contains("cookie"), "{who}: {told}");
            }
        }
        server
            .settings(json!({ "allowed_origins": ["http://127.0.0.1:3000"] }))
            .await;
        server.make_production().await;
        for told in told(face, &page, &id).await {
            assert!(!told.contains("cookie"), "production: {told}");
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn what_has_nothing_to_do_with_who_calls_is_said_as_ever_and_whoever_becomes_known_is_told_no_more() {
    let server = many_sessions().await;
    let (_, id) = sign_in(&server, Face::Graphql).await;
    let page = server.anonymous().with_header("origin", "http://127.0.0.1:3000");
    let unknown = page
        .post("/v1/client/sign_ins", &[("identifier", "nobody@example.com")])
        .await;
    assert_eq!(unknown.codes(), ["form_identifier_not_found"]);
    assert!(!unknown.text.contains("cookie"), "{}", unknown.text);
    let both = format!(
        "mutation {{ signInCreate {{ userErrors {{ code }} }} \
         signInPrepareFirstFactor(input: {{ signInId: \"{id}\", strategy: EMAIL_CODE }}) {{ userErrors {{ code longMessage }} }} }}"
    );
    let reply = page.graphql(&both, json!({})).await;
    assert_eq!(reply.codes(), ["resource_not_found"], "{}", reply.text);
    assert!(!reply.text.contains("cookie"), "{}", reply.text);
    server.finish().await;
}

#[tokio::test]
async fn event_streams_and_sockets_say_the_same() {
    let server = many_sessions().await;
    let page = server.anonymous().with_header("origin", "http://127.0.0.1:3000");
    let document = "subscription { sessionRevoked { session { id } } }";
    let mut events = TestEvents::open(&page, document, &json!({})).await;
    let of_events = events.rest().await[0].1["errors"][0]["message"].clone();
    let mut socket = TestSocket::connect(&page, json!({})).await;
    socket.subscribe("1", document, json!({})).await;
    let of_socket = socket.next().await;
    let of_socket = of_socket.to_string();
    for told in [of_events.as_str().unwrap(), &of_socket] {
        assert!(told.contains("Use one host name for both."), "{told}");
    }
    server.finish().await;
}
