//! DNS rebinding (RFC 1918 networks and loopback in browsers) and RFC 9112 section 3.2: a name that nobody has configured is
//! answered by nothing, and a request that names two hosts by neither.

use super::raw;
use crate::support::{TestServer, route, server::SECRET_KEY};
use serde_json::json;

/// Names that a stranger's name server can turn to this machine, and addresses that nobody has configured.
const STRANGE: [&str; 12] = [
    "rebound.evil.example",
    "rebound.evil.example:4000",
    "localhost.evil.example",
    "evillocalhost",
    "127.0.0.1.evil.example",
    "127.0.0.2",
    "0.0.0.0:4000",
    "192.168.1.5",
    "[::]",
    "[::ffff:127.0.0.1]",
    "localhost@evil.example",
    "nonsense:port",
];

/// What the table of REST lacks: the other faces, and what belongs to none.
const PATHS: [&str; 6] = [
    "/",
    "/dev/inbox",
    "/graphql",
    "/graphql?query=%7B__typename%7D",
    "/graphql/assets/graphiql@4.1.2/graphiql.min.js",
    "/v1/nowhere",
];

#[tokio::test]
async fn a_name_that_was_turned_to_this_machine_reads_nothing() {
    let server = TestServer::start().await;
    for host in STRANGE {
        let client = server.anonymous().at_host(host).with_header("accept", "text/html");
        let others = PATHS.iter().map(|path| (*path).to_owned());
        let reads = route::reads().map(|route| route::path(route, &route::nobodys));
        for path in others.chain(reads) {
            let refused = client.get(&path).await;
            let told = (refused.status, refused.codes());
            assert_eq!(
                told,
                (400, vec!["host_invalid".to_owned()]),
                "{host} {path} {}",
                refused.text
            );
        }
        for route in route::writes() {
            let refused = route::ask(&client, route, &route::path(route, &route::nobodys)).await;
            assert_eq!(refused.codes(), ["host_invalid"], "{host} {}", route.path);
        }
        let refused = client.graphql("{ devInbox { nodes { code } } }", json!({})).await;
        assert_eq!(refused.codes(), ["host_invalid"], "{host} {}", refused.text);
        let upgrade = [
            ("Host", host),
            // Once it is answered the connection ends, which is what this test reads up to.
            ("Connection", "Upgrade, close"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
        ];
        let refused = raw::send(&server, ("GET", "/graphql"), &upgrade, "").await;
        assert_eq!(refused.status, 400, "{host} {refused:?}");
        let code = refused.json()["errors"][0]["extensions"]["code"].clone();
        assert_eq!(code, "HOST_INVALID", "{host}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_only_instance_answers_to_its_own_host_to_this_machine_and_to_what_is_configured() {
    for production in [false, true] {
        let server = TestServer::start_with(&[("VESTIBULE_HTTP_ALLOWED_HOSTS", "vestibule, auth.internal:4000")]).await;
        if production {
            server.make_production().await;
        }
        let own = server.origin.trim_start_matches("http://");
        for host in [
            own,
            &own.to_uppercase(),
            "localhost",
            "localhost.:1",
            "app.localhost:3000",
            "127.0.0.1:80",
            "[::1]:4000",
            "vestibule",
            "vestibule:9000",
            "AUTH.internal:4000",
        ] {
            let client = server.anonymous().at_host(host);
            assert_eq!(client.get("/v1/environment").await.status, 200, "{host}");
        }
        for host in ["auth.internal", "auth.internal:4001", "vestibule.evil.example"] {
            let refused = server.anonymous().at_host(host).get("/v1/environment").await;
            assert_eq!(refused.codes(), ["host_invalid"], "{host}");
        }
        server.finish().await;
    }
}

#[tokio::test]
async fn balancers_ask_after_health_by_any_name_and_backends_by_their_key() {
    let server = TestServer::start().await;
    let stranger = server.anonymous().at_host("10.0.0.7:4000");
    for path in ["/livez", "/readyz"] {
        assert_eq!(stranger.get(path).await.status, 200, "{path}");
    }
    for path in ["/livez/", "//livez", "/livez/../dev/inbox", "/readyz/x"] {
        let refused = raw::send(&server, ("GET", path), &[("Host", "10.0.0.7:4000")], "").await;
        assert_eq!(refused.status, 400, "{path} {refused:?}");
    }
    let backend = stranger.clone().with_secret_key(SECRET_KEY);
    let read = backend
        .graphql("{ instance { settings { version } } }", json!({}))
        .await;
    assert_eq!((read.status, read.codes()), (200, Vec::new()), "{}", read.text);
    // The form of a key is none: it opens nothing by another name.
    let forged = stranger.with_secret_key("sk_test_ffffffffffffffffffffffffffffffff");
    for path in ["/dev/inbox", "/v1/client", "/v1/environment"] {
        assert_eq!(forged.get(path).await.status, 401, "{path}");
    }
    for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration"] {
        assert_eq!(forged.get(path).await.codes(), ["host_invalid"], "{path}");
    }
    let page = forged.with_header("accept", "text/html").get("/graphql").await;
    assert!(page.status >= 400, "{} {}", page.status, page.text);
    server.finish().await;
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let server = TestServer::start().await;
    let own = format!("localhost:{}", raw::port(&server));
    for headers in [
        &[("Host", own.as_str()), ("Host", "evil.example")][..],
        &[("Host", "evil.example"), ("Host", &own)],
        &[("Host", &own), ("Host", &own)],
        &[("Host", &own), ("host", &own)],
        &[("Host", "")],
        &[("Host", "localhost, evil.example")],
        &[("Host", "local\u{ff}host")],
    ] {
        for path in ["/v1/client", "/dev/inbox", "/.well-known/jwks.json"] {
            let refused = raw::send(&server, ("GET", path), headers, "").await;
            assert_eq!(refused.status, 400, "{path} {headers:?} {refused:?}");
        }
    }
    // A proxy forwards `Host`; what it forwards beside it is nobody's word.
    let forwarded = [("Host", "evil.example"), ("X-Forwarded-Host", &*own)];
    assert_eq!(
        raw::send(&server, ("GET", "/v1/client"), &forwarded, "").await.status,
        400
    );
    let absolute = format!("http://{own}/v1/client");
    let beside = [("Host", "evil.example")];
    assert_eq!(raw::send(&server, ("GET", &absolute), &beside, "").await.status, 200);
    server.finish().await;
}
