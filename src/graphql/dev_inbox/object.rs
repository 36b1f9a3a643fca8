//! What is shown of a message that was kept instead of being sent.

use crate::{connection::PageInfo, list::Items, scalar::DateTime};
use async_graphql::{ID, Object, SimpleObject};
use service::dev_inbox::Message;

/// A message that a development instance kept instead of sending it.
pub struct DevMessage(Message);

impl From<Message> for DevMessage {
    fn from(message: Message) -> Self {
        Self(message)
    }
}

/// A message that a development instance kept instead of sending it.
#[Object]
impl DevMessage {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// How it would have been sent: `email`.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// The address that it would have gone to.
    async fn to(&self) -> &str {
        &self.0.to
    }

    /// The subject line.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The text, without markup.
    async fn text(&self) -> &str {
        &self.0.body.text
    }

    /// The one-time code in it; null when there is none.
    async fn code(&self) -> Option<&str> {
        self.0.body.code.as_deref()
    }

    /// When it was delivered.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A page of messages.
#[derive(SimpleObject)]
pub struct DevMessageConnection {
    /// The messages, newest first.
    pub nodes: Items<DevMessage>,
    /// Where the page ends.
    pub page_info: PageInfo,
}
