use crate::support::{Reply, TestClient, TestServer};
use reqwest::Method;
use serde_json::json;

const SIGN_UPS: &str = "/v1/client/sign_ups";
const FORM: &str = "application/x-www-form-urlencoded";

async fn post(client: &TestClient, content_type: Option<&str>, body: &[u8]) -> Reply {
    client.send(Method::POST, SIGN_UPS, content_type, body.to_vec()).await
}

fn codes_and_fields(reply: &Reply) -> Vec<(String, String)> {
    let errors = reply.body["errors"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    errors
        .iter()
        .map(|error| (text(&error["code"]), text(&error["meta"]["param_name"])))
        .collect()
}

#[tokio::test]
async fn every_encoding_says_the_same() {
    let server = TestServer::start().await;
    let spelled: [(&str, &str, &str); 5] = [
        (
            "form",
            FORM,
            "email_address=ada%40example.com&first_name=Ada+M.&unsafe_metadata=%7B%22a%22%3A%22b%22%7D",
        ),
        (
            "brackets",
            FORM,
            "email_address=ada@example.com&first_name=Ada%20M.&unsafe_metadata[a]=b",
        ),
        (
            "encoded brackets",
            FORM,
            "email_address=ada@example.com&first_name=Ada%20M.&unsafe_metadata%5Ba%5D=b",
        ),
        (
            "charset",
            "application/x-www-form-urlencoded; charset=UTF-8",
            "email_address=ada@example.com&first_name=Ada+M.&unsafe_metadata={\"a\":\"b\"}",
        ),
        (
            "json",
            "application/json",
            r#"{"email_address":"ada@example.com","first_name":"Ada M.","unsafe_metadata":{"a":"b"}}"#,
        ),
    ];
    for (what, content_type, body) in spelled {
        let reply = post(&server.anonymous(), Some(content_type), body.as_bytes()).await;
        assert_eq!(reply.status, 200, "{what}: {}", reply.text);
        let sign_up = &reply.body["response"];
        assert_eq!(sign_up["email_address"], "ada@example.com", "{what}");
        assert_eq!(sign_up["first_name"], "Ada M.", "{what}");
        assert_eq!(sign_up["unsafe_metadata"], json!({ "a": "b" }), "{what}");
    }
    server.finish().await;
}

#[tokio::test]
async fn nothing_at_all_is_an_empty_body() {
    let server = TestServer::start().await;
    for (content_type, body) in [
        (None, ""),
        (Some(FORM), ""),
        (Some("application/json"), ""),
        (Some("application/json"), "null"),
        (Some("application/json"), "{}"),
    ] {
        let reply = post(&server.anonymous(), content_type, body.as_bytes()).await;
        assert_eq!(reply.status, 200, "{content_type:?} {body:?}: {}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_such() {
    let server = TestServer::start().await;
    let deep = format!("{{\"unsafe_metadata\":{}1{}}}", "[".repeat(140), "]".repeat(140));
    let many: String = (0..201).map(|number| format!("a{number}=1&")).collect();
    let bodies: [(&str, &[u8]); 8] = [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"\"text\""),
        ("application/json", b"{\"first_name\":\"\xff\"}"),
        ("application/json", deep.as_bytes()),
        (FORM, b"first_name=%zz"),
        (FORM, b"first_name=%ff"),
        (FORM, many.as_bytes()),
    ];
    for (content_type, body) in bodies {
        let reply = post(&server.anonymous(), Some(content_type), body).await;
        let shown = String::from_utf8_lossy(body);
        assert_eq!(
            (reply.status, reply.codes()),
            (400, vec!["request_body_invalid".to_owned()]),
            "{shown}"
        );
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let server = TestServer::start().await;
    for content_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "?",
    ] {
        let reply = post(&server.anonymous(), Some(content_type), b"{}").await;
        assert_eq!(
            (reply.status, reply.codes()),
            (415, vec!["unsupported_content_type".to_owned()]),
            "{content_type}"
        );
    }
    let reply = post(&server.anonymous(), None, b"first_name=Ada").await;
    assert_eq!(
        reply.codes(),
        ["unsupported_content_type"],
        "a body without a content type"
    );
    server.finish().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let server = TestServer::start_with(&[("VESTIBULE_HTTP_BODY_LIMIT_BYTES", "2048")]).await;
    let body = |length: usize| format!("first_name={}", "a".repeat(length));
    let reply = post(&server.anonymous(), Some(FORM), body(4_000).as_bytes()).await;
    assert_eq!(
        (reply.status, reply.codes()),
        (413, vec!["request_body_too_large".to_owned()])
    );
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let reply = post(&server.anonymous(), Some(FORM), body(50).as_bytes()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    server.finish().await;
}

#[tokio::test]
async fn a_parameter_has_one_value_of_its_type() {
    let server = TestServer::start().await;
    for (content_type, body, code, field) in [
        (
            FORM,
            "first_name=Ada&first_name=Eve",
            "form_param_duplicate",
            "first_name",
        ),
        (
            "application/json",
            r#"{"first_name":"Ada","first_name":"Eve"}"#,
            "form_param_duplicate",
            "first_name",
        ),
        (FORM, "first_name[]=Ada", "form_param_type_invalid", "first_name"),
        (
            "application/json",
            r#"{"first_name":7}"#,
            "form_param_type_invalid",
            "first_name",
        ),
        (
            "application/json",
            r#"{"first_name":{"a":1}}"#,
            "form_param_type_invalid",
            "first_name",
        ),
        (
            "application/json",
            r#"{"unsafe_metadata":[1]}"#,
            "form_param_type_invalid",
            "unsafe_metadata",
        ),
        (
            FORM,
            "unsafe_metadata=nonsense",
            "form_param_format_invalid",
            "unsafe_metadata",
        ),
        (FORM, "first_name=A%00B", "form_param_format_invalid", "first_name"),
        (
            FORM,
            "email_address=nonsense",
            "form_param_format_invalid",
            "email_address",
        ),
    ] {
        let reply = post(&server.anonymous(), Some(content_type), body.as_bytes()).await;
        assert_eq!(reply.status, 422, "{body}: {}", reply.text);
        assert_eq!(
            codes_and_fields(&reply),
            [(code.to_owned(), field.to_owned())],
            "{body}"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn a_value_with_a_member_twice_in_it_is_refused_at_any_depth() {
    let server = TestServer::start().await;
    for (content_type, body) in [
        (FORM, r#"unsafe_metadata={"a":[{"b":1,"b":2}]}"#),
        ("application/json", r#"{"unsafe_metadata":{"a":[{"b":1,"\u0062":2}]}}"#),
        ("application/json", r#"{"unsafe_metadata":"{\"a\":1,\"a\":2}"}"#),
    ] {
        let reply = post(&server.anonymous(), Some(content_type), body.as_bytes()).await;
        assert_eq!(reply.status, 422, "{body}: {}", reply.text);
        assert_eq!(
            codes_and_fields(&reply),
            [("form_param_duplicate".to_owned(), "unsafe_metadata".to_owned())],
            "{body}"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_and_not_cut() {
    let server = TestServer::start().await;
    for length in [300, 10_001] {
        let reply = server
            .anonymous()
            .post(SIGN_UPS, &[("first_name", &"a".repeat(length))])
            .await;
        assert_eq!(reply.status, 422);
        assert_eq!(
            codes_and_fields(&reply),
            [("form_param_max_length_exceeded".to_owned(), "first_name".to_owned())],
            "{length}"
        );
    }
    let password = "\u{1f980}".repeat(1_025);
    let fields = [("email_address", "ada@example.com"), ("password", password.as_str())];
    let reply = server.anonymous().post(SIGN_UPS, &fields).await;
    let expected = [("form_password_size_in_bytes_exceeded".to_owned(), "password".to_owned())];
    assert_eq!(codes_and_fields(&reply), expected, "4,100 bytes");
    server.finish().await;
}

#[tokio::test]
async fn what_must_be_there_is_neither_left_out_nor_empty() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let made = client
        .post(
            SIGN_UPS,
            &[("email_address", "ada@example.com"), ("strategy", "email_code")],
        )
        .await;
    let path = format!(
        "{SIGN_UPS}/{}/attempt_verification",
        made.body["response"]["id"].as_str().unwrap()
    );
    let expected = |codes: [&str; 2]| {
        let fields = ["strategy", "code"];
        let both: Vec<_> = codes
            .iter()
            .zip(fields)
            .map(|(code, field)| ((*code).to_owned(), field.to_owned()))
            .collect();
        both
    };
    let empty = client.post(&path, &[("strategy", ""), ("code", "")]).await;
    assert_eq!(
        codes_and_fields(&empty),
        expected(["form_param_nil", "form_param_nil"]),
        "both at once"
    );
    let null = client
        .json("POST", &path, &json!({ "strategy": null, "code": null }))
        .await;
    assert_eq!(codes_and_fields(&null), expected(["form_param_nil", "form_param_nil"]));
    let missing = client.post(&path, &[]).await;
    assert_eq!(
        codes_and_fields(&missing),
        expected(["form_param_missing", "form_param_missing"])
    );
    server.finish().await;
}
