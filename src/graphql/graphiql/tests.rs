use super::{ASSETS, Asset, CDN, EXAMPLES, SCRIPTS, STYLE, rendered};
use crate::schema::{Introspection, schema};
use async_graphql::{Request, Variables};
use axum::http::header;
use http_body_util::BodyExt as _;
use kernel::runtime::entropy::Entropy;

async fn page(seed: u64, is_local: bool, application: &str) -> (String, String) {
    let answer = rendered(&Entropy::seeded(seed), is_local, application);
    let policy = answer.headers().get(header::CONTENT_SECURITY_POLICY).unwrap();
    let policy = policy.to_str().unwrap().to_owned();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (policy, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn every_script_has_the_nonce_of_the_policy_and_a_new_one_each_time() {
    let (policy, body) = page(1, false, "Acme").await;
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
    assert_ne!(page(2, false, "Acme").await.0, policy);
}

#[tokio::test]
async fn files_come_pinned_from_the_cdn_or_from_us() {
    for (is_local, prefix) in [(false, CDN), (true, ASSETS)] {
        let (_, body) = page(1, is_local, "Acme").await;
        for asset in SCRIPTS.iter().chain([&STYLE]) {
            let url = asset.url(is_local);
            assert!(url.starts_with(prefix) && body.contains(&url), "{url}");
            assert!(is_local || url.contains(asset.version), "{url}");
            assert!(body.contains(asset.integrity));
        }
        assert_eq!(body.contains(&format!("src=\"{CDN}")), !is_local);
    }
}

#[tokio::test]
async fn a_name_cannot_break_out_of_the_script() {
    let (_, body) = page(1, false, "</script><script>alert(1)</script>").await;
    assert!(!body.contains("<script>alert"));
    assert!(body.contains(r"\u003c/script>"));
}

#[test]
fn only_listed_files_are_found() {
    for asset in SCRIPTS.iter().chain([&STYLE]) {
        let path = asset.url(true).split_off(ASSETS.len() + 1);
        assert!(
            Asset::find(&path).is_some_and(|found| found.integrity == asset.integrity),
            "{path}"
        );
    }
    for path in [
        "",
        "graphiql",
        "graphiql/package.json",
        "graphiql/../graphiql/graphiql.min.js",
        "../graphiql/graphiql.min.js",
        "react/umd/react.production.min.js/",
        "react//umd/react.production.min.js",
    ] {
        assert!(Asset::find(path).is_none(), "{path}");
    }
}

#[tokio::test]
async fn every_example_fits_the_schema() {
    let schema = schema(Introspection::Open);
    for (document, variables) in EXAMPLES {
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
