//! What is shown of a message that was kept instead of being sent.

use crate::{context::Execution, resource::Resource, scalar::DateTime};
use async_graphql::{ID, Object};
use entity::id::DevMessageId;
use kernel::error::{Code, Result};
use service::dev_inbox::Message;
use std::sync::Arc;

/// A message that a development instance kept instead of sending it.
pub struct DevMessage(Arc<Message>);

impl From<Arc<Message>> for DevMessage {
    fn from(message: Arc<Message>) -> Self {
        Self(message)
    }
}

impl From<Message> for DevMessage {
    fn from(message: Message) -> Self {
        Self(Arc::new(message))
    }
}

impl Resource for DevMessage {
    type Id = DevMessageId;

    async fn read(execution: &Execution, id: &DevMessageId) -> Result<Self> {
        let message = execution.acting().loaders.dev_message(id).await?;
        Ok(message.ok_or(Code::ResourceNotFound)?.into())
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
