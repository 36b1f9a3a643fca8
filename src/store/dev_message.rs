//! Messages that a development instance keeps instead of sending them.

use super::{Scope, page};
use domain::page::Page;
use entity::{
    dev_message::{Column, Entity, Model},
    id::DevMessageId,
};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, PaginatorTrait as _, QueryFilter as _, Select};

/// Messages, newest first, optionally to one recipient.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    recipient: Option<&str>,
    page: Page<'_, DevMessageId>,
) -> Result<Vec<Model>, DbErr> {
    page::newest_first(scope, to(scope, recipient), Column::Id, page).await
}

/// How many messages there are, optionally to one recipient.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count<C: ConnectionTrait>(scope: Scope<'_, C>, recipient: Option<&str>) -> Result<u64, DbErr> {
    to(scope, recipient).count(scope.connection()).await
}

fn to<C: ConnectionTrait>(scope: Scope<'_, C>, recipient: Option<&str>) -> Select<Entity> {
    let messages = scope.select::<Entity>();
    match recipient {
        Some(recipient) => messages.filter(Column::Recipient.eq(recipient)),
        None => messages,
    }
}
