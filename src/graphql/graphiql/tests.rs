use super::{ASSETS, Asset, EXAMPLES, SCRIPTS, STYLE, rendered};
use crate::schema::{Introspection, schema};
use async_graphql::{Request, Variables};
use axum::http::header;
use http_body_util::BodyExt as _;
use kernel::runtime::entropy::Entropy;

async fn page(seed: u64, application: &str) -> (String, String) {
    let answer = rendered(&Entropy::seeded(seed), application);
    let policy = answer.headers().get(header::CONTENT_SECURITY_POLICY).unwrap();
    let policy = policy.to_str().unwrap().to_owned();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (policy, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn every_script_has_the_nonce_of_the_policy_and_a_new_one_each_time() {
    let (policy, body) = page(1, "Acme").await;
    let nonce = policy
        .split("script-src 'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap();
    assert_eq!(
        body.matches("<script").count(),
        body.matches(&format!("<script nonce=\"{nonce}\"")).count()
    );
    assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"));
    assert!(!body.contains("{{"), "a placeholder is left");
    assert_ne!(page(2, "Acme").await.0, policy);
}

#[tokio::test]
async fn files_are_pinned_and_come_from_us() {
    let (_, body) = page(1, "Acme").await;
    for asset in SCRIPTS.iter().chain([&STYLE]) {
        assert!(body.contains(&format!("=\"{}\"", asset.url())), "{}", asset.url());
        assert!(body.contains(asset.integrity), "{}", asset.path);
    }
    // The name space of the icon is an address that nobody loads.
    for beginning in ["\"http", "\"//", "(http", "import(", "import "] {
        assert!(!body.contains(beginning), "{beginning}");
    }
}

#[test]
fn the_files_are_those_that_the_script_writes() {
    let written: serde_json::Value = serde_json::from_str(include_str!("asset/package.json")).unwrap();
    for asset in SCRIPTS.iter().chain([&STYLE]) {
        assert_eq!(
            written["dependencies"][asset.package], asset.version,
            "{}",
            asset.package
        );
        // RFC 1952: packed by gzip, with nothing of when and where.
        assert_eq!(asset.packed[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0], "{}", asset.path);
        assert_eq!(asset.packed[9], 255, "{}", asset.path);
    }
    let bytes: usize = SCRIPTS.iter().chain([&STYLE]).map(|asset| asset.packed.len()).sum();
    assert!(bytes < 700_000, "the program grows by {bytes} bytes");
}

#[tokio::test]
async fn a_name_cannot_break_out_of_the_script() {
    let (_, body) = page(1, "</script><script>alert(1)</script>").await;
    assert!(!body.contains("<script>alert"));
    assert!(body.contains(r"\u003c/script>"));
}

#[test]
fn only_listed_files_are_found() {
    for asset in SCRIPTS.iter().chain([&STYLE]) {
        let path = asset.url().split_off(ASSETS.len() + 1);
        assert!(
            Asset::find(&path).is_some_and(|found| found.integrity == asset.integrity),
            "{path}"
        );
    }
    for path in [
        "",
        "graphiql",
        "graphiql@4.1.2",
        "graphiql@4.1.2/package.json",
        "graphiql/graphiql.min.js",
        "graphiql@/graphiql.min.js",
        "graphiql@4/graphiql.min.js",
        "graphiql@4.1.2/../graphiql@4.1.2/graphiql.min.js",
        "../graphiql@4.1.2/graphiql.min.js",
        "react@18.3.1/umd/react.production.min.js/",
        "react@18.3.1//umd/react.production.min.js",
    ] {
        assert!(Asset::find(path).is_none(), "{path}");
    }
}

#[tokio::test]
async fn every_example_fits_the_schema() {
    let schema = schema(Introspection::Open);
    for (document, variables, _) in EXAMPLES {
        let variables = match variables {
            "" => Variables::default(),
            text => Variables::from_json(serde_json::from_str(text).unwrap()),
        };
        // The type at the end is unknown, so that validation always stops there and nothing ever executes.
        let probe = format!("{document}\nfragment Probe on Nothing {{ id }}");
        let response = schema.execute(Request::new(probe).variables(variables)).await;
        let messages: Vec<_> = response.errors.iter().map(|error| error.message.as_str()).collect();
        assert!(
            messages
                .iter()
                .all(|message| message.contains("Probe") || message.contains("Nothing")),
            "{document}: {messages:?}"
        );
        assert!(!messages.is_empty());
    }
}

#[test]
fn the_tabs_are_numbered_and_say_which_are_for_a_secret_key() {
    for (number, (document, _, headers)) in (1..).zip(EXAMPLES) {
        assert!(document.starts_with(&format!("# {number}. ")), "{document}");
        assert_eq!(document.contains("secret key"), !headers.is_empty(), "{document}");
    }
}
