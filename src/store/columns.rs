//! Columns of tables that join a query beside those that the ORM can name.

use sea_orm::{
    ColumnTrait as _, EntityTrait, IdenStatic as _, Iterable as _,
    sea_query::{Alias, Expr, IntoIden, SelectStatement},
};

/// Adds the columns of an entity, read from `table`, to what a query selects, each by its name behind a prefix.
pub(super) fn add<E: EntityTrait>(query: &mut SelectStatement, table: impl IntoIden, prefix: &str) {
    let table = table.into_iden();
    for column in E::Column::iter() {
        let read = column.select_as(Expr::col((table.clone(), column)));
        query.expr_as(read, Alias::new(format!("{prefix}{}", column.as_str())));
    }
}
