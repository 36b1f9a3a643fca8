//! Lists that are read a page at a time, in the order of identifiers, which is that of time.
//!
//! Invariant: a page begins behind an identifier, not at a number, so that nothing is shown twice or left out because of
//! what came meanwhile.

use super::{Scope, scope::TenantEntity};
use domain::page::{End, Page};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Value,
};

/// The rows of a page, newest first. `id` is the column of the identifier.
///
/// # Errors
/// When the database cannot be reached.
pub async fn newest_first<E, I, C>(
    scope: Scope<'_, C>,
    mut rows: Select<E>,
    id: E::Column,
    page: Page<'_, I>,
) -> Result<Vec<E::Model>, DbErr>
where
    E: TenantEntity,
    I: Clone + Into<Value>,
    C: ConnectionTrait,
{
    if let Some(after) = page.after {
        rows = rows.filter(id.lt(after.clone()));
    }
    if let Some(before) = page.before {
        rows = rows.filter(id.gt(before.clone()));
    }
    let rows = match page.from {
        End::Head => rows.order_by_desc(id),
        End::Tail => rows.order_by_asc(id),
    };
    let mut rows = rows.limit(page.limit).all(scope.connection()).await?;
    if page.from == End::Tail {
        rows.reverse();
    }
    Ok(rows)
}
