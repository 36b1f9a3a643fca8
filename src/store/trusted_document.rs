//! Documents that instances trust.
//!
//! Invariant: each change of them is announced with the instance's row, which says how many there are, so that what is remembered of
//! either is outdated by it.

use crate::{Scope, Tx};
use entity::{
    UnixMilliseconds,
    trusted_document::{Column, Entity, Model},
};
use kernel::notice::Notice;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QuerySelect as _};

/// Rows of one statement, which may hold so many values.
const ROWS: usize = 500;

/// How much an instance trusts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Documents.
    pub documents: i64,
    /// Bytes of their texts.
    pub bytes: i64,
}

/// The text of the document of that digest.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_body<C: ConnectionTrait>(scope: Scope<'_, C>, digest: &str) -> Result<Option<String>, DbErr> {
    scope
        .select::<Entity>()
        .select_only()
        .column(Column::Body)
        .filter(Column::Digest.eq(digest))
        .into_tuple()
        .one(scope.connection())
        .await
}

/// How much the instance trusts.
///
/// # Errors
/// When the database cannot be reached.
pub async fn size<C: ConnectionTrait>(scope: Scope<'_, C>) -> Result<Size, DbErr> {
    let found: Option<(i64, Option<i64>)> = scope
        .select::<Entity>()
        .select_only()
        .column_as(Column::Digest.count(), "documents")
        .column_as(Column::Bytes.sum(), "bytes")
        .into_tuple()
        .one(scope.connection())
        .await?;
    let (documents, bytes) = found.unwrap_or_default();
    Ok(Size {
        documents,
        bytes: bytes.unwrap_or_default(),
    })
}

/// Stores documents; those that are there already count as set at that time.
///
/// # Errors
/// When the database refuses a row.
pub async fn put(tx: &mut Tx, documents: Vec<(String, String)>, set_at: UnixMilliseconds) -> Result<(), DbErr> {
    announce(tx);
    let row = |(digest, body): (String, String)| Model {
        instance_id: *tx.instance(),
        digest,
        bytes: i32::try_from(body.len()).unwrap_or(i32::MAX),
        body,
        set_at,
    };
    let rows: Vec<_> = documents.into_iter().map(row).collect();
    for rows in rows.chunks(ROWS) {
        let digests = rows.iter().map(|row| row.digest.as_str());
        tx.scope()
            .delete::<Entity>()
            .filter(Column::Digest.is_in(digests))
            .exec(tx.scope().connection())
            .await?;
        tx.scope().insert_all(rows.iter().cloned()).await?;
    }
    Ok(())
}

/// Deletes the documents that were last set before a time.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_before(tx: &mut Tx, time: UnixMilliseconds) -> Result<(), DbErr> {
    announce(tx);
    tx.scope()
        .delete::<Entity>()
        .filter(Column::SetAt.lt(time))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Deletes all documents.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_all(tx: &mut Tx) -> Result<(), DbErr> {
    announce(tx);
    tx.scope().delete::<Entity>().exec(tx.scope().connection()).await?;
    Ok(())
}

fn announce(tx: &mut Tx) {
    let notice = Notice::Instance(*tx.instance());
    tx.announce(notice);
}
