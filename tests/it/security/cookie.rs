//! CVE-2026-25748 (authentik: a malformed cookie failed open): whatever a cookie is, if it is not exactly ours it names
//! nobody, and nothing breaks.

use super::raw;
use crate::support::{Face, TestServer};
use serde_json::{Value, json};

/// Asks everything that looks at the cookie, and finds nobody.
async fn names_nobody(server: &TestServer, cookies: &[&str], host: Option<&str>) {
    let mut headers: Vec<_> = cookies.iter().map(|cookie| ("Cookie", *cookie)).collect();
    headers.extend(host.map(|host| ("Host", host)));
    let what = cookies
        .iter()
        .map(|cookie| cookie.chars().take(80).collect::<String>())
        .collect::<Vec<_>>();
    let me = raw::send(server, ("GET", "/v1/me"), &headers, "").await;
    let client = raw::send(server, ("GET", "/v1/client"), &headers, "").await;
    let mut posted = headers.clone();
    posted.push(("Content-Type", "application/json"));
    let query = json!({ "query": "{ viewer { id } client { id } }" }).to_string();
    let graphql = raw::send(server, ("POST", "/graphql"), &posted, &query).await;
    let begun = raw::send(server, ("POST", "/v1/client/sign_ins"), &posted, "{}").await;
    if matches!(me.status, 400 | 431) {
        // Too large for any header at all.
        assert!(
            [&client, &graphql, &begun]
                .iter()
                .all(|reply| matches!(reply.status, 400 | 431)),
            "{what:?}"
        );
        return;
    }
    assert_eq!(me.status, 401, "{what:?} {me:?}");
    assert_eq!(
        (client.status, client.json()["response"].clone()),
        (200, Value::Null),
        "{what:?} {client:?}"
    );
    let read = graphql.json();
    assert!(read["data"].is_object(), "{what:?} {graphql:?}");
    assert!(
        read["data"]["viewer"].is_null() && read["data"]["client"].is_null(),
        "{what:?} {graphql:?}"
    );
    assert_eq!(begun.status, 200, "{what:?} {begun:?}");
    assert!(
        begun.head.to_lowercase().contains("set-cookie: __client="),
        "{what:?} {begun:?}"
    );
}

#[tokio::test]
async fn a_cookie_that_is_not_exactly_ours_names_nobody() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let token = client.cookie("__client").unwrap();
    let right = format!("__client={token}");
    let accepted = raw::send(&server, ("GET", "/v1/me"), &[("Cookie", &right)], "").await;
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let (head, signature) = token.rsplit_once('.').unwrap();
    for value in [
        String::new(),
        " ".to_owned(),
        "null".to_owned(),
        "undefined".to_owned(),
        "a.b.c".to_owned(),
        "..".to_owned(),
        "%00".to_owned(),
        "\u{80}\u{ff}".to_owned(),
        format!("\"{token}\""),
        format!("{token}="),
        format!("{token}.x"),
        format!("{token}%3D"),
        format!("{token}\t{token}"),
        format!("{head}."),
        format!("{head}.{}", "A".repeat(signature.len())),
        format!("{head}.{}", &signature[1..]),
        head.to_owned(),
        token.to_uppercase(),
        token[..token.len() / 2].to_owned(),
        "a".repeat(5_000),
        "a".repeat(9_000),
        "a".repeat(60_000),
        format!("{token}{}", " x".repeat(3_000)),
    ] {
        names_nobody(&server, &[&format!("__client={value}")], None).await;
    }
    for cookie in [
        "__client",
        "=",
        ";;;",
        "=;=",
        "__client;=",
        "__CLIENT=x",
        &format!("__Client={token}"),
    ] {
        names_nobody(&server, &[cookie], None).await;
    }
    for name in [
        "__host-__client",
        "__Secure-__client",
        " x__client",
        "__client_uat",
        "__session",
    ] {
        names_nobody(&server, &[&format!("{name}={token}")], None).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn a_neighbours_cookie_of_any_octets_signs_nobody_out() {
    let server = TestServer::start().await;
    let ada = server.anonymous();
    Face::Rest.sign_up(&server, &ada, "ada@example.com").await;
    let ada = format!("__client={}", ada.cookie("__client").unwrap());
    for cookies in [
        &[&*format!("town=Köln; {ada}")][..],
        &[&format!("{ada}; town=Köln")],
        &[&format!("{ada};Köln=town;\u{80}")],
        // As HTTP/2 may split them.
        &["town=Köln", &ada],
        &[&ada, "\u{80}\u{ff}"],
    ] {
        let headers: Vec<_> = cookies.iter().map(|cookie| ("Cookie", *cookie)).collect();
        let me = raw::send(&server, ("GET", "/v1/me"), &headers, "").await;
        assert_eq!(me.status, 200, "{cookies:?} {me:?}");
        let mut posted = headers;
        posted.push(("Content-Type", "application/json"));
        let query = json!({ "query": "{ viewer { id } }" }).to_string();
        let graphql = raw::send(&server, ("POST", "/graphql"), &posted, &query).await.json();
        assert!(graphql["data"]["viewer"]["id"].is_string(), "{cookies:?} {graphql}");
    }
    server.finish().await;
}

#[tokio::test]
async fn of_two_different_cookies_neither_counts() {
    let server = TestServer::start().await;
    let (ada, eve) = (server.anonymous(), server.anonymous());
    Face::Rest.sign_up(&server, &ada, "ada@example.com").await;
    Face::Rest.sign_up(&server, &eve, "eve@example.com").await;
    let [ada, eve] = [ada, eve].map(|client| format!("__client={}", client.cookie("__client").unwrap()));
    names_nobody(&server, &[&format!("{ada}; {eve}")], None).await;
    names_nobody(&server, &[&ada, &eve], None).await;
    names_nobody(&server, &[&format!("{ada}; __client=")], None).await;
    names_nobody(&server, &["__client=junk", &ada], None).await;
    names_nobody(&server, &[&ada, "__client=\u{80}"], None).await;
    let same = raw::send(&server, ("GET", "/v1/me"), &[("Cookie", &format!("{ada}; {ada}"))], "").await;
    assert_eq!(same.status, 200, "the same one twice leaves no doubt: {same:?}");
    server.finish().await;
}

#[tokio::test]
async fn a_cookie_of_another_instance_names_nobody_here() {
    let server = TestServer::start().await;
    let (host, _) = server.second_instance().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let cookie = format!("__client={}", client.cookie("__client").unwrap());
    names_nobody(&server, &[&cookie], Some(&host)).await;
    assert_eq!(client.get("/v1/me").await.status, 200);
    server.finish().await;
}

#[tokio::test]
async fn tokens_of_other_kinds_are_no_client_cookie() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let jwt = Face::Rest.token(&client, &session).await.unwrap();
    let created = server.anonymous().post("/v1/dev_browser", &[]).await;
    let dev_browser = created.body["token"].as_str().unwrap();
    for token in [&jwt, dev_browser, crate::support::server::SECRET_KEY, &session] {
        names_nobody(&server, &[&format!("__client={token}")], None).await;
    }
    let cookie = client.cookie("__client").unwrap();
    let as_dev_browser = server.anonymous().with_query("__clerk_db_jwt", &cookie);
    assert_eq!(
        as_dev_browser.get("/v1/client").await.codes(),
        ["dev_browser_unauthenticated"]
    );
    let as_bearer = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {cookie}"));
    assert_eq!(as_bearer.get("/v1/me").await.status, 401);
    server.finish().await;
}
