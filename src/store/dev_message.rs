//! Messages that a development instance keeps instead of sending them.

use super::{
    Scope,
    page::{self, Page},
};
use entity::{
    dev_message::{Column, Entity, Model},
    id::DevMessageId,
};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _};

/// Messages, newest first, optionally to one recipient.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    recipient: Option<&str>,
    page: Page<'_, DevMessageId>,
) -> Result<Vec<Model>, DbErr> {
    let mut messages = scope.select::<Entity>();
    if let Some(recipient) = recipient {
        messages = messages.filter(Column::Recipient.eq(recipient));
    }
    page::newest_first(scope, messages, Column::Id, page).await
}
