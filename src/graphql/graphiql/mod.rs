//! The `GraphiQL` page of development instances: our own page, and what it loads, which is built into the program.
//!
//! `scripts/graphiql` takes the files from npm, of the last version that is published in one piece: from 5 on its editors are
//! modules and workers, which would have to come from elsewhere or from a build of ours. Invariant: the page runs nothing whose
//! hash does not stand here, and loads nothing from another host.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header, request::Parts},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{caller::Instance, error::Code, runtime::entropy::Entropy};
use serde_json::json;
use service::app::App;
use web_kit::{file, host::instance_of, refusal::refused};

/// Below which path the files are.
const ASSETS: &str = "/graphql/assets";
const PAGE: &str = include_str!("page.html");
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// One file of an npm package.
struct Asset {
    package: &'static str,
    version: &'static str,
    path: &'static str,
    /// Subresource integrity (W3C SRI) of the published file.
    integrity: &'static str,
    content_type: &'static str,
    /// The published file, by gzip (RFC 1952), which browsers take over http too.
    packed: &'static [u8],
}

static STYLE: Asset = Asset {
    package: "graphiql",
    version: "4.1.2",
    path: "graphiql.min.css",
    integrity: "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
    content_type: CSS,
    packed: include_bytes!("asset/graphiql.min.css.gz"),
};

/// In the order in which they run.
static SCRIPTS: [Asset; 3] = [
    Asset {
        package: "react",
        version: "18.3.1",
        path: "umd/react.production.min.js",
        integrity: "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
        content_type: JAVASCRIPT,
        packed: include_bytes!("asset/react.production.min.js.gz"),
    },
    Asset {
        package: "react-dom",
        version: "18.3.1",
        path: "umd/react-dom.production.min.js",
        integrity: "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
        content_type: JAVASCRIPT,
        packed: include_bytes!("asset/react-dom.production.min.js.gz"),
    },
    Asset {
        package: "graphiql",
        version: "4.1.2",
        path: "graphiql.min.js",
        integrity: "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
        content_type: JAVASCRIPT,
        packed: include_bytes!("asset/graphiql.min.js.gz"),
    },
];

impl Asset {
    /// It names the version, so it leads to the same for ever.
    fn url(&self) -> String {
        let Self {
            package, version, path, ..
        } = self;
        format!("{ASSETS}/{package}@{version}/{path}")
    }

    /// The asset of a path under [`ASSETS`].
    fn find(path: &str) -> Option<&'static Self> {
        let (specifier, path) = path.split_once('/')?;
        let (package, version) = specifier.split_once('@')?;
        SCRIPTS
            .iter()
            .chain([&STYLE])
            .find(|asset| asset.package == package && asset.version == version && asset.path == path)
    }

    /// As it is, since nothing here could unpack it: who asks for no coding in particular takes any (RFC 9110 section 12.5.3).
    fn answer(&self) -> Response {
        let mut answer = file::built_in(self.content_type, self.packed);
        answer
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        answer
    }
}

/// The route of the files.
pub fn routes() -> Router<App> {
    Router::new().route("/graphql/assets/{*path}", get(asset))
}

/// A listed file, where its page is served; anything else does not exist.
async fn asset(State(app): State<App>, Path(path): Path<String>, parts: Parts) -> Response {
    let instance = match instance_of(&app, &parts).await {
        Ok(instance) => instance,
        Err(error) => return refused(&parts, &error),
    };
    match Asset::find(&path) {
        Some(asset) if instance.is_development() => asset.answer(),
        _ => refused(&parts, &Code::ResourceNotFound.into()),
    }
}

/// The page.
pub(super) fn page(app: &App, instance: &Instance) -> Response {
    rendered(app.entropy(), &instance.settings.application_name)
}

fn rendered(entropy: &Entropy, application: &str) -> Response {
    let nonce = STANDARD.encode(entropy.bytes::<16>());
    let scripts = SCRIPTS.each_ref().map(|script| {
        let (url, integrity) = (script.url(), script.integrity);
        format!(r#"<script nonce="{nonce}" src="{url}" integrity="{integrity}"></script>"#)
    });
    let (url, integrity) = (STYLE.url(), STYLE.integrity);
    let style = format!(r#"<link nonce="{nonce}" rel="stylesheet" href="{url}" integrity="{integrity}">"#);
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
        .map(|(query, variables, headers)| json!({ "query": query.trim_start(), "variables": variables, "headers": headers }))
        .collect();
    json!({ "application": application, "tabs": tabs })
}

/// The header of what is for a backend. Under an instance's own address its secret key may come from a page, which is this one.
const SECRET_KEY: &str = r#"{
  "Authorization": "Bearer sk_test_paste_the_printed_one"
}"#;

/// Documents with their variables and their headers.
const EXAMPLES: [(&str, &str, &str); 17] = [
    (include_str!("example/environment.graphql"), "", ""),
    (
        include_str!("example/sign_up_create.graphql"),
        r#"{
  "input": {
    "emailAddress": "ada+clerk_test@example.com",
    "password": "correct horse battery staple",
    "firstName": "Ada"
  }
}"#,
        "",
    ),
    (
        include_str!("example/sign_up_prepare_verification.graphql"),
        r#"{
  "input": {
    "signUpId": "sua_…",
    "strategy": "EMAIL_CODE"
  }
}"#,
        "",
    ),
    (
        include_str!("example/sign_up_attempt_verification.graphql"),
        r#"{
  "input": {
    "signUpId": "sua_…",
    "proof": { "emailCode": "424242" }
  }
}"#,
        "",
    ),
    (include_str!("example/viewer.graphql"), "", ""),
    (
        include_str!("example/session_token_create.graphql"),
        r#"{
  "input": {}
}"#,
        "",
    ),
    (include_str!("example/client_updated.graphql"), "", ""),
    (include_str!("example/client_sessions_remove.graphql"), "", ""),
    (
        include_str!("example/sign_in_create.graphql"),
        r#"{
  "input": {
    "identifier": "ada+clerk_test@example.com",
    "strategy": "EMAIL_CODE"
  }
}"#,
        "",
    ),
    (
        include_str!("example/sign_in_attempt_first_factor.graphql"),
        r#"{
  "input": {
    "signInId": "sia_…",
    "proof": { "emailCode": "424242" }
  }
}"#,
        "",
    ),
    (
        include_str!("example/dev_inbox.graphql"),
        r#"{
  "to": null
}"#,
        "",
    ),
    (
        include_str!("example/instance_settings_update.graphql"),
        r#"{
  "input": {
    "attribute": {
      "authenticatorApp": { "enabled": true },
      "backupCode": { "enabled": true }
    }
  }
}"#,
        SECRET_KEY,
    ),
    (include_str!("example/totp_create.graphql"), "", ""),
    (
        include_str!("example/totp_attempt_verification.graphql"),
        r#"{
  "input": {
    "proof": { "totp": "123456" }
  }
}"#,
        "",
    ),
    (
        include_str!("example/sign_in_attempt_second_factor.graphql"),
        r#"{
  "input": {
    "signInId": "sia_…",
    "proof": { "totp": "123456" }
  }
}"#,
        "",
    ),
    (
        include_str!("example/nodes.graphql"),
        r#"{
  "ids": ["user_…", "sess_…"]
}"#,
        "",
    ),
    (include_str!("example/session_token_refreshed.graphql"), "", ""),
];

#[cfg(test)]
mod tests;
