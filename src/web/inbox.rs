//! `GET /dev/inbox`: what a development instance would have mailed. Other instances have no such page.
//!
//! Invariant: nothing in a message becomes markup, and the page may run no script whatever a message says.

use crate::{
    app::App,
    error::{Code, Error, Problem, Result},
    http::{caller::Call, input},
    service::dev_inbox::{self, Message},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat};
use entity::{UnixMilliseconds, id::DevMessageId};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// Messages of one page.
const PAGE: u64 = 50;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
    color-scheme:light dark}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;\
    padding:.5rem;border-bottom:1px solid #8888;overflow-wrap:anywhere}.code{font:1.25rem ui-monospace,monospace}\
    pre{white-space:pre-wrap;margin:0}";

/// Only the page's own style, by its hash (CSP 3 section 2.3.1), and nothing else.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// The routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/dev/inbox", get(show))
}

/// Which messages.
#[derive(Debug, Deserialize)]
struct Filter {
    /// Only to this recipient.
    to: Option<String>,
    /// Only older than this message.
    after: Option<String>,
}

impl Filter {
    /// The recipient and the last message of the page before.
    fn read(self) -> Result<(Option<String>, Option<DevMessageId>)> {
        let to = self.to.map(|to| input::text(to, "to")).transpose()?;
        let after = self.after.map(|after| input::id(&after, "after")).transpose()?;
        Ok((to, after))
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox of {{ application }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<h1>Inbox of {{ application }}</h1>
<p>Messages of this development instance are kept here instead of being sent. <a href="/dev/inbox">Newest</a></p>
{%- if messages.is_empty() %}
<p>No messages.</p>
{%- else %}
<table>
<thead><tr><th scope="col">Time</th><th scope="col">To</th><th scope="col">Message</th><th scope="col">Code</th></tr></thead>
<tbody>
{%- for message in messages %}
<tr>
<td><time datetime="{{ message.time }}">{{ message.time }}</time></td>
<td>{{ message.to }}</td>
<td><details><summary>{{ message.subject }}</summary><pre>{{ message.text }}</pre></details></td>
<td class="code">{{ message.code }}</td>
</tr>
{%- endfor %}
</tbody>
</table>
{%- endif %}
{%- if let Some(older) = older %}
<p><a href="/dev/inbox?{{ older }}">Older</a></p>
{%- endif %}
</body>
</html>
"#
)]
struct Page<'a> {
    application: &'a str,
    style: &'a str,
    messages: Vec<Row<'a>>,
    /// The query of the next page.
    older: Option<String>,
}

/// A message as the page shows it.
struct Row<'a> {
    time: String,
    to: &'a str,
    subject: &'a str,
    text: &'a str,
    code: &'a str,
}

impl<'a> Row<'a> {
    fn of(message: &'a Message) -> Self {
        Self {
            time: time(message.created_at),
            to: &message.to,
            subject: &message.subject,
            text: &message.body.text,
            code: message.body.code.as_deref().unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{{ text }}</title></head>\
              <body><p>{{ text }}</p></body></html>\n"
)]
struct Refusal<'a> {
    text: &'a str,
}

async fn show(State(app): State<App>, Call(caller): Call, Query(filter): Query<Filter>) -> Response {
    if !caller.instance.is_development() {
        return refused(&Code::ResourceNotFound.into());
    }
    let (to, after) = match filter.read() {
        Ok(filter) => filter,
        Err(error) => return refused(&error),
    };
    let listed = dev_inbox::list(&app, &caller, to.as_deref(), after.as_ref(), PAGE).await;
    let messages = match listed {
        Ok(messages) => messages,
        Err(error) => {
            if let Some(cause) = error.cause() {
                tracing::error!(
                    trace_id = caller.request.trace_id,
                    error = format!("{cause:#}"),
                    "the inbox failed"
                );
            }
            return refused(&error);
        }
    };
    let page = Page {
        application: &caller.instance.settings.application_name,
        style: STYLE,
        older: older(&messages, to.as_deref()),
        messages: messages.iter().map(Row::of).collect(),
    };
    page_of(StatusCode::OK, &page)
}

/// The query of the page after a full one.
fn older(messages: &[Message], to: Option<&str>) -> Option<String> {
    let last = messages.last().filter(|_| messages.len() as u64 >= PAGE)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("after", &last.id.to_string());
    if let Some(to) = to {
        query.append_pair("to", to);
    }
    Some(query.finish())
}

/// RFC 3339 in UTC, to the second.
fn time(at: UnixMilliseconds) -> String {
    DateTime::from_timestamp_millis(at)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn refused(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = error
        .problems()
        .first()
        .map_or(error.code().message(), Problem::long_message);
    page_of(status, &Refusal { text })
}

fn page_of(status: StatusCode, page: &impl Template) -> Response {
    let (status, text) = match page.render() {
        Ok(text) => (status, text),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    };
    let policy = HeaderValue::from_str(&CONTENT_SECURITY_POLICY)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::{CONTENT_SECURITY_POLICY, PAGE, Page, Row, STYLE, older, page_of, time};
    use crate::service::dev_inbox::{Body, Message};
    use askama::Template as _;
    use axum::http::{StatusCode, header};
    use entity::id::{DevMessageId, TypedId as _};

    fn message(number: i64) -> Message {
        Message {
            id: DevMessageId::generate(1_795_000_000_000 + number * 4, [0; 15]),
            channel: "email".to_owned(),
            to: "<script>@example.com".to_owned(),
            subject: "\"><img src=x onerror=alert(1)>".to_owned(),
            body: Body {
                text: "</pre><script>alert(1)</script>".to_owned(),
                code: Some("123456".to_owned()),
            },
            created_at: 1_795_000_000_000,
        }
    }

    fn page(messages: &[Message], older: Option<String>) -> Page<'_> {
        Page {
            application: "A & <b>B</b>",
            style: STYLE,
            messages: messages.iter().map(Row::of).collect(),
            older,
        }
    }

    #[test]
    fn nothing_in_a_message_becomes_markup() {
        let html = page(&[message(0)], None).render().unwrap();
        for markup in ["<script", "<img", "<b>"] {
            assert!(!html.contains(markup), "{markup} in {html}");
        }
        assert!(html.contains("123456") && html.contains(">2026-11-18T"), "{html}");
    }

    #[test]
    fn the_policy_allows_the_style_that_the_page_has_and_no_script() {
        let response = page_of(StatusCode::OK, &page(&[], None));
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("script") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(policy, *CONTENT_SECURITY_POLICY);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        // The hash covers exactly what stands between the tags.
        let html = page(&[], None).render().unwrap();
        assert!(html.contains(&format!("<style>{STYLE}</style>")), "{html}");
    }

    #[test]
    fn a_full_page_leads_to_older_messages_of_the_same_recipient() {
        let full: Vec<_> = (0..PAGE)
            .map(|number| message(i64::try_from(number).unwrap()))
            .collect();
        let query = older(&full, Some("a+b@example.com&x=y")).unwrap();
        let last = &full.last().unwrap().id;
        assert_eq!(query, format!("after={last}&to=a%2Bb%40example.com%26x%3Dy"));
        assert_eq!(older(&full[1..], None), None);
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
    }
}
