//! The `GraphiQL` page of development instances: our own page, its scripts pinned by version and hash.
//!
//! The scripts come from a CDN or, where a directory is configured, from there. Invariant: the page runs nothing whose hash
//! does not stand here, and only the files listed here are ever read from the directory.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{caller::Instance, runtime::entropy::Entropy};
use serde_json::json;
use service::app::App;
use web_kit::file;

/// Where the files are when no directory is configured.
const CDN: &str = "https://cdn.jsdelivr.net/npm";
/// Where we serve them from otherwise.
const ASSETS: &str = "/graphql/assets";
const PAGE: &str = include_str!("page.html");

/// One file of an npm package.
struct Asset {
    package: &'static str,
    version: &'static str,
    path: &'static str,
    /// Subresource integrity (W3C SRI) of the published file.
    integrity: &'static str,
    content_type: &'static str,
}

static STYLE: Asset = Asset {
    package: "graphiql",
    version: "3.8.2",
    path: "graphiql.min.css",
    integrity: "sha384-Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    content_type: "text/css; charset=utf-8",
};

/// In the order in which they run.
static SCRIPTS: [Asset; 3] = [
    Asset {
        package: "react",
        version: "18.3.1",
        path: "umd/react.production.min.js",
        integrity: "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
        content_type: "text/javascript; charset=utf-8",
    },
    Asset {
        package: "react-dom",
        version: "18.3.1",
        path: "umd/react-dom.production.min.js",
        integrity: "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
        content_type: "text/javascript; charset=utf-8",
    },
    Asset {
        package: "graphiql",
        version: "3.8.2",
        path: "graphiql.min.js",
        integrity: "sha384-WbG8FxjKLHIn8rXXIkCk98zN52bWTZvZROLPcuKUa+nOhbZwMjh1lLFAHVvV9VUc",
        content_type: "text/javascript; charset=utf-8",
    },
];

impl Asset {
    fn url(&self, is_local: bool) -> String {
        let Self {
            package, version, path, ..
        } = self;
        if is_local {
            format!("{ASSETS}/{package}/{path}")
        } else {
            format!("{CDN}/{package}@{version}/{path}")
        }
    }

    /// The asset of a path under [`ASSETS`].
    fn find(path: &str) -> Option<&'static Self> {
        let (package, path) = path.split_once('/')?;
        SCRIPTS
            .iter()
            .chain([&STYLE])
            .find(|asset| asset.package == package && asset.path == path)
    }
}

/// The route of the files, for servers with a directory of them.
pub fn routes() -> Router<App> {
    Router::new().route("/graphql/assets/{*path}", get(asset))
}

/// A listed file from the configured directory; anything else does not exist.
async fn asset(State(app): State<App>, Path(path): Path<String>, request: Request) -> Response {
    let found = app.config().http.graphiql_dir.as_ref().zip(Asset::find(&path));
    let Some((directory, asset)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Only names that stand in this file are joined, so that no request can name another one.
    let file = directory.join(asset.package).join(asset.path);
    file::send(file, asset.content_type, request)
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(%error, asset.path = asset.path, "a file of GraphiQL cannot be read");
            StatusCode::NOT_FOUND.into_response()
        })
}

/// The page.
pub(super) fn page(app: &App, instance: &Instance) -> Response {
    let is_local = app.config().http.graphiql_dir.is_some();
    rendered(app.entropy(), is_local, &instance.settings.application_name)
}

fn rendered(entropy: &Entropy, is_local: bool, application: &str) -> Response {
    let nonce = STANDARD.encode(entropy.bytes::<16>());
    let scripts = SCRIPTS.each_ref().map(|script| {
        let (url, integrity) = (script.url(is_local), script.integrity);
        format!(r#"<script nonce="{nonce}" src="{url}" integrity="{integrity}" crossorigin="anonymous"></script>"#)
    });
    let (url, integrity) = (STYLE.url(is_local), STYLE.integrity);
    let style = format!(
        r#"<link nonce="{nonce}" rel="stylesheet" href="{url}" integrity="{integrity}" crossorigin="anonymous">"#
    );
    // `<` would end the script element; in JSON strings it may be written otherwise.
    let examples = examples(application).to_string().replace('<', "\\u003c");
    let page = PAGE
        .replace("{{style}}", &style)
        .replace("{{scripts}}", &scripts.concat())
        .replace("{{nonce}}", &nonce)
        .replace("{{examples}}", &examples);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; \
         font-src data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let mut answer = Html(page).into_response();
    let headers = answer.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    answer
}

/// The whole journey, one step a tab. The cookie carries the client from step to step.
fn examples(application: &str) -> serde_json::Value {
    let tabs: Vec<_> = EXAMPLES
        .iter()
        .map(|(query, variables)| json!({ "query": query.trim_start(), "variables": variables }))
        .collect();
    json!({ "application": application, "tabs": tabs })
}

/// Documents with their variables.
const EXAMPLES: [(&str, &str); 8] = [
    (include_str!("example/environment.graphql"), ""),
    (
        include_str!("example/sign_up_create.graphql"),
        r#"{
  "input": {
    "emailAddress": "ada+clerk_test@example.com",
    "password": "correct horse battery staple",
    "firstName": "Ada",
    "strategy": "EMAIL_CODE"
  }
}"#,
    ),
    (
        include_str!("example/sign_up_attempt_verification.graphql"),
        r#"{
  "input": { "signUpId": "sua_…", "proof": { "emailCode": "424242" } }
}"#,
    ),
    (include_str!("example/viewer.graphql"), ""),
    (include_str!("example/session_token_create.graphql"), ""),
    (include_str!("example/client_updated.graphql"), ""),
    (include_str!("example/client_sessions_remove.graphql"), ""),
    (
        include_str!("example/sign_in_create.graphql"),
        r#"{
  "input": {
    "identifier": "ada+clerk_test@example.com",
    "proof": { "password": "correct horse battery staple" }
  }
}"#,
    ),
];

#[cfg(test)]
mod tests;
