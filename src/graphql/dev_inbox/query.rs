//! Reading the inbox of a development instance.

use super::DevMessage;
use crate::{
    connection::{Asked, Page},
    context::ContextExt as _,
    error::{Nullable, nullable},
};
use async_graphql::{Context, ID, Object};
use entity::id::DevMessageId;
use kernel::error::Result;
use service::dev_inbox;
use web_kit::input;

/// The size of a page when none is asked for.
const PAGE: u64 = 20;

/// Queries about the inbox.
#[derive(Default)]
pub struct DevInboxQuery;

#[Object]
impl DevInboxQuery {
    /// What a development instance kept instead of sending it, newest first. Refused in production instances.
    async fn dev_inbox(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "How many messages at most, from 1 to 100; 20 when left out.",
            validator(minimum = 1, maximum = 100)
        )]
        first: Option<u64>,
        #[graphql(desc = "The `endCursor` of the page before; null for the newest messages.")] after: Option<ID>,
        #[graphql(desc = "Only messages to this address.")] to: Option<String>,
    ) -> Nullable<Page<DevMessage>> {
        let page = page(context, first.unwrap_or(PAGE), after, to).await;
        nullable(context, page.map(Some))
    }
}

async fn page(context: &Context<'_>, size: u64, after: Option<ID>, to: Option<String>) -> Result<Page<DevMessage>> {
    let after: Option<DevMessageId> = after.map(|id| input::id(&id, "after")).transpose()?;
    let to = to.map(|to| input::text(to, "to")).transpose()?;
    let caller = &context.acting().caller;
    let messages = dev_inbox::list(context.app(), caller, to.as_deref(), after.as_ref(), size + 1).await?;
    let asked = Asked {
        size: usize::try_from(size).unwrap_or(usize::MAX),
        continues: after.is_some(),
    };
    Ok(Page::cut(messages, asked, |message| message.id.to_string()))
}
