//! The inbox of a development instance: what would have been mailed.

pub use domain::page::Page;

use crate::{app::App, authorise, internal};
use domain::permission::Action;
use entity::{UnixMilliseconds, dev_message, id::DevMessageId};
use kernel::{
    caller::Caller,
    crypto::sealed::Place,
    error::{Code, Problem, Result},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::Tx;

/// A message that was kept instead of being sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its identifier.
    pub id: DevMessageId,
    /// `email` or `sms`.
    pub channel: String,
    /// Address or number.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Its text, and the code in it.
    pub body: Body,
    /// When it was delivered.
    pub created_at: UnixMilliseconds,
}

/// What a message says.
#[derive(Clone, Serialize, Deserialize)]
pub struct Body {
    /// Plain text.
    pub text: String,
    /// The one-time code in it.
    pub code: Option<String>,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Body")
    }
}

/// All that is sealed of a message: its subject line too, since it may hold the code.
#[derive(Serialize, Deserialize)]
struct Content {
    subject: String,
    #[serde(flatten)]
    body: Body,
}

/// Messages, newest first. One more than a page may be asked for, which tells whether there is a further page.
///
/// # Errors
/// `feature_not_enabled` in a production instance, `authorization_invalid` for those who hold only a session token.
pub async fn list(
    app: &App,
    caller: &Caller,
    recipient: Option<&str>,
    page: Page<'_, DevMessageId>,
) -> Result<Vec<Message>> {
    check(caller)?;
    let scope = app.reader(&caller.instance.id);
    let rows = store::dev_message::list(scope, recipient, page.within_bounds()).await?;
    rows.into_iter().map(|row| open(app, row)).collect()
}

/// How many messages there are.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, caller: &Caller, recipient: Option<&str>) -> Result<u64> {
    check(caller)?;
    Ok(store::dev_message::count(app.reader(&caller.instance.id), recipient).await?)
}

/// Those of these messages that there are, in one statement.
///
/// # Errors
/// As [`list`].
pub(crate) async fn read_all(
    app: &App,
    caller: &Caller,
    ids: &[DevMessageId],
) -> Result<HashMap<DevMessageId, Message>> {
    check(caller)?;
    let scope = app.reader(&caller.instance.id);
    let rows = scope.list::<dev_message::Entity>(dev_message::Column::Id, ids).await?;
    let opened = rows
        .into_iter()
        .map(|row| open(app, row).map(|message| (message.id, message)));
    opened.collect()
}

fn check(caller: &Caller) -> Result<()> {
    if !caller.instance.is_development() {
        let problem = Problem::new(Code::FeatureNotEnabled);
        return Err(problem.saying("The inbox is for development instances.").into());
    }
    authorise(caller, Action::ReadDevInbox)
}

/// Keeps a message, which is there once the transaction is committed.
///
/// # Errors
/// When it cannot be sealed or stored.
pub async fn deliver(app: &App, tx: &Tx, to: &str, subject: &str, body: &Body) -> Result<()> {
    let id: DevMessageId = tx.id();
    let content = Content {
        subject: subject.to_owned(),
        body: body.clone(),
    };
    let text = serde_json::to_vec(&content).map_err(internal)?;
    let sealed_body = app
        .keyring()
        .seal(tx.entropy(), place(&id.to_string()), &text)
        .map_err(internal)?;
    let row = dev_message::Model {
        id,
        instance_id: *tx.instance(),
        channel: "email".to_owned(),
        recipient: to.to_owned(),
        sealed_body,
        created_at: tx.now(),
    };
    Ok(tx.scope().insert(row).await?)
}

fn open(app: &App, row: dev_message::Model) -> Result<Message> {
    let text = app
        .keyring()
        .open(place(&row.id.to_string()), &row.sealed_body)
        .map_err(internal)?;
    let content: Content = serde_json::from_slice(&text).map_err(internal)?;
    Ok(Message {
        body: content.body,
        id: row.id,
        channel: row.channel,
        to: row.recipient,
        subject: content.subject,
        created_at: row.created_at,
    })
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "dev_message",
        row: id,
        column: "sealed_body",
    }
}
