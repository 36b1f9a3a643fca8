//! Messages that a development instance keeps instead of sending them.

use super::{Scope, Tx};
use entity::{dev_message, id::DevMessageId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

/// Stores a message.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &Tx, row: dev_message::Model) -> Result<(), DbErr> {
    dev_message::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.scope().connection())
        .await?;
    Ok(())
}

/// The message.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &DevMessageId,
) -> Result<Option<dev_message::Model>, DbErr> {
    scope
        .select::<dev_message::Entity>()
        .filter(dev_message::Column::Id.eq(id.clone()))
        .one(scope.connection())
        .await
}

/// Messages, newest first, `after` an older page's last one, optionally to one recipient.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    recipient: Option<&str>,
    after: Option<&DevMessageId>,
    limit: u64,
) -> Result<Vec<dev_message::Model>, DbErr> {
    let mut query = scope.select::<dev_message::Entity>();
    if let Some(recipient) = recipient {
        query = query.filter(dev_message::Column::Recipient.eq(recipient));
    }
    if let Some(after) = after {
        query = query.filter(dev_message::Column::Id.lt(after.clone()));
    }
    query
        .order_by_desc(dev_message::Column::Id)
        .limit(limit)
        .all(scope.connection())
        .await
}
