//! Reading the inbox of a development instance.

use super::DevMessage;
use crate::{
    connection::{Arguments, Asked, Page},
    context::ContextExt as _,
    error::{Nullable, nullable},
};
use async_graphql::{Context, InputObject, Object};
use entity::id::DevMessageId;
use kernel::error::Result;
use service::dev_inbox;
use web_kit::input;

/// Which messages of the inbox to list. What is left out does not matter.
#[derive(Default, InputObject)]
pub(crate) struct DevMessageFilter {
    /// Only messages to this address.
    to: Option<String>,
}

/// Queries about the inbox.
#[derive(Default)]
pub struct DevInboxQuery;

#[expect(clippy::too_many_arguments, reason = "connections have as many")]
#[Object]
impl DevInboxQuery {
    /// What a development instance kept instead of sending it, newest first. Refused in production instances.
    async fn dev_inbox(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "How many messages at most, counted from the newest: 100 at most, 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only messages behind this cursor: the `endCursor` of the page before.")] after: Option<
            String,
        >,
        #[graphql(desc = "How many messages at most, counted from the oldest: 100 at most.")] last: Option<i32>,
        #[graphql(desc = "Only messages ahead of this cursor: the `startCursor` of the page behind.")] before: Option<
            String,
        >,
        #[graphql(desc = "Which messages to list; all when left out.")] filter: Option<DevMessageFilter>,
    ) -> Nullable<Page<DevMessage>> {
        let arguments = Arguments {
            first,
            after,
            last,
            before,
        };
        let page = page(context, &arguments, filter.unwrap_or_default()).await;
        nullable(context, page.map(Some))
    }
}

async fn page(context: &Context<'_>, arguments: &Arguments, filter: DevMessageFilter) -> Result<Page<DevMessage>> {
    let asked = Asked::<DevMessageId>::read(arguments)?;
    let to = filter.to.map(|to| input::text(to, "filter.to")).transpose()?;
    let (app, caller) = (context.app(), &context.acting().caller);
    let messages = dev_inbox::list(app, caller, to.as_deref(), asked.and_one_more()).await?;
    Ok(Page::cut(
        messages,
        &asked,
        |message| message.id.to_string(),
        Box::new(move |app, caller| {
            let to = to.clone();
            Box::pin(async move { dev_inbox::count(&app, &caller, to.as_deref()).await })
        }),
    ))
}
