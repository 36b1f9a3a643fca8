//! `GET /dev/inbox`: what a development instance would have mailed. Other instances have no such page.
//!
//! Invariant: nothing in a message becomes markup.

use super::{
    asset::{URLS, Urls},
    page::{page, refused},
    time::Moment,
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use entity::{UnixMilliseconds, id::DevMessageId};
use kernel::error::{Code, Result};
use serde::Deserialize;
use service::{
    app::App,
    dev_inbox::{self, Message, Page},
};
use web_kit::{caller::Call, input};

/// Messages of one page.
const PAGE: u64 = 50;

/// The route of this page.
pub(super) fn routes() -> Router<App> {
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
        let to = self.to.filter(|to| !to.is_empty());
        let to = to.map(|to| input::text(to, "to")).transpose()?;
        let after = self.after.map(|after| input::id(&after, "after")).transpose()?;
        Ok((to, after))
    }
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox<'a> {
    assets: &'a Urls,
    /// The application's name.
    name: &'a str,
    /// The present, by which the page's script sets its clock.
    now: UnixMilliseconds,
    /// The recipient whose messages alone are shown.
    to: Option<&'a str>,
    /// Whether these are the newest messages, so that new ones appear here.
    is_newest: bool,
    /// Whether mail leaves by a mail server instead.
    is_sent: bool,
    messages: Vec<Row<'a>>,
    /// The query of the next page.
    older: Option<String>,
}

/// A message as the page shows it.
struct Row<'a> {
    id: String,
    moment: Moment,
    to: &'a str,
    /// The query of this recipient's messages.
    only: String,
    subject: &'a str,
    text: &'a str,
    code: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(message: &'a Message, now: UnixMilliseconds) -> Self {
        Self {
            id: message.id.to_string(),
            moment: Moment::of(message.created_at, now),
            to: &message.to,
            only: query(&[("to", &message.to)]),
            subject: &message.subject,
            text: &message.body.text,
            code: message.body.code.as_deref(),
        }
    }
}

async fn show(State(app): State<App>, Call(caller): Call, Query(filter): Query<Filter>) -> Response {
    if !caller.instance.is_development() {
        return refused(&caller, &Code::ResourceNotFound.into());
    }
    let (to, after) = match filter.read() {
        Ok(filter) => filter,
        Err(error) => return refused(&caller, &error),
    };
    let asked = Page {
        after: after.as_ref(),
        ..Page::first(PAGE)
    };
    let messages = match dev_inbox::list(&app, &caller, to.as_deref(), asked).await {
        Ok(messages) => messages,
        Err(error) => return refused(&caller, &error),
    };
    let to = to.as_deref();
    let now = app.now();
    let inbox = Inbox {
        assets: &URLS,
        name: &caller.instance.settings.application_name,
        now,
        to,
        is_newest: after.is_none(),
        is_sent: app.config().mail.smtp_url.is_some(),
        older: older(&messages, to),
        messages: messages.iter().map(|message| Row::of(message, now)).collect(),
    };
    page(StatusCode::OK, &inbox)
}

/// The query of the page after a full one.
fn older(messages: &[Message], to: Option<&str>) -> Option<String> {
    let last = messages.last().filter(|_| messages.len() as u64 >= PAGE)?;
    let after = last.id.to_string();
    Some(match to {
        Some(to) => query(&[("after", &after), ("to", to)]),
        None => query(&[("after", &after)]),
    })
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::{Inbox, PAGE, Row, URLS, older};
    use askama::Template as _;
    use entity::id::{DevMessageId, TypedId as _};
    use service::dev_inbox::{Body, Message};

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

    fn inbox<'a>(messages: &'a [Message], to: Option<&'a str>) -> Inbox<'a> {
        let now = 1_795_000_120_000;
        Inbox {
            assets: &URLS,
            name: "A & <b>B</b>",
            now,
            to,
            is_newest: true,
            is_sent: false,
            messages: messages.iter().map(|message| Row::of(message, now)).collect(),
            older: None,
        }
    }

    #[test]
    fn nothing_in_a_message_becomes_markup() {
        let messages = [message(0)];
        let html = inbox(&messages, Some("\"><img src=y>")).render().unwrap();
        for markup in ["<script>", "<img", "<b>", "<script src=x"] {
            assert!(!html.contains(markup), "{markup} in {html}");
        }
        assert!(html.contains(">123456<"), "{html}");
        assert!(
            html.contains("datetime=\"2026-11-18T") && html.contains(">2 minutes ago<"),
            "{html}"
        );
    }

    #[test]
    fn a_message_without_a_code_shows_none() {
        let mut one = message(0);
        one.body.code = None;
        let messages = [one];
        let html = inbox(&messages, None).render().unwrap();
        assert!(html.contains("<article") && !html.contains("data-copy"), "{html}");
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
}
