//! Applications, instances, and the keys that belong to them. Not scoped: this is where scopes come from.

#![expect(clippy::disallowed_methods, reason = "what is read here says which scopes there are")]

use super::{
    Scope, Tx,
    conflict::{self, Conflict},
    stand_in,
};
use entity::{
    UnixMilliseconds, application, data_key,
    id::{InstanceId, SecretKeyId},
    instance, secret_key, signing_key,
};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
    sea_query::{Expr, LockType},
};
use serde_json::Value;

/// Tells everybody that the transaction's instance, its settings or its keys have changed.
fn announce(tx: &mut Tx) {
    let notice = Notice::Instance(*tx.instance());
    tx.announce(notice);
}

/// Every data key, oldest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_data_keys<C: ConnectionTrait>(connection: &C) -> Result<Vec<data_key::Model>, DbErr> {
    data_key::Entity::find()
        .order_by_asc(data_key::Column::Id)
        .all(connection)
        .await
}

/// Stores a data key.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert_data_key<C: ConnectionTrait>(connection: &C, row: data_key::Model) -> Result<(), DbErr> {
    data_key::Entity::insert(row.into_active_model())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Stores an application.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert_application<C: ConnectionTrait>(connection: &C, row: application::Model) -> Result<(), DbErr> {
    application::Entity::insert(row.into_active_model())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// The oldest application, which the first start makes.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_first_application<C: ConnectionTrait>(connection: &C) -> Result<Option<application::Model>, DbErr> {
    application::Entity::find()
        .filter(application::Column::Id.ne(*stand_in::APPLICATION))
        .order_by_asc(application::Column::Id)
        .one(connection)
        .await
}

/// Stores an instance, or reports that its slug or host is taken.
///
/// # Errors
/// When the database cannot be reached.
pub async fn insert(tx: &mut Tx, row: instance::Model) -> Result<Result<(), Conflict>, DbErr> {
    tx.announce(Notice::Instance(row.id));
    let inserted = instance::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.scope().connection())
        .await;
    Ok(conflict::catch(inserted)?.map(drop))
}

/// Every instance with its application, oldest first; not that of the stand-in.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
) -> Result<Vec<(instance::Model, Option<application::Model>)>, DbErr> {
    instance::Entity::find()
        .find_also_related(application::Entity)
        .filter(instance::Column::Id.ne(*stand_in::INSTANCE))
        .order_by_asc(instance::Column::Id)
        .all(connection)
        .await
}

/// The instance of that identifier with its application; never that of the stand-in.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(
    connection: &C,
    id: &InstanceId,
) -> Result<Option<(instance::Model, Option<application::Model>)>, DbErr> {
    instance::Entity::find_by_id(*id)
        .find_also_related(application::Entity)
        .filter(instance::Column::Id.ne(*stand_in::INSTANCE))
        .one(connection)
        .await
}

/// Something that differs whenever an instance, its settings or its signing keys have changed. Two narrow statements.
///
/// # Errors
/// When the database cannot be reached.
pub async fn fingerprint<C: ConnectionTrait>(connection: &C) -> Result<Vec<(String, Option<i64>)>, DbErr> {
    use sea_orm::QuerySelect as _;
    let mut found: Vec<(String, Option<i64>)> = instance::Entity::find()
        .select_only()
        .column(instance::Column::Id)
        .column(instance::Column::UpdatedAt)
        .order_by_asc(instance::Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    let keys: Vec<(String, Option<i64>)> = signing_key::Entity::find()
        .select_only()
        .column(signing_key::Column::Id)
        .column(signing_key::Column::RetiredAt)
        .order_by_asc(signing_key::Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    found.extend(keys);
    Ok(found)
}

/// The settings document and its version, locked for this transaction.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock(tx: &Tx) -> Result<Option<instance::Model>, DbErr> {
    use sea_orm::QuerySelect as _;
    instance::Entity::find_by_id(*tx.instance())
        .lock(LockType::NoKeyUpdate)
        .one(tx.scope().connection())
        .await
}

/// Replaces the settings if their version is still `expected`. Returns whether it was.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_settings(tx: &mut Tx, expected: i64, settings: Value) -> Result<bool, DbErr> {
    announce(tx);
    let updated = instance::Entity::update_many()
        .col_expr(instance::Column::Settings, Expr::value(settings))
        .col_expr(instance::Column::SettingsVersion, Expr::value(expected + 1))
        .col_expr(instance::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(instance::Column::Id.eq(*tx.instance()))
        .filter(instance::Column::SettingsVersion.eq(expected))
        .exec(tx.scope().connection())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Records how many documents the instance trusts from now on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_documents(tx: &mut Tx, count: i32, set_at: UnixMilliseconds) -> Result<(), DbErr> {
    announce(tx);
    instance::Entity::update_many()
        .col_expr(instance::Column::DocumentCount, Expr::value(count))
        .col_expr(instance::Column::DocumentsSetAt, Expr::value(set_at))
        .col_expr(instance::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(instance::Column::Id.eq(*tx.instance()))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Records the application's own origin.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_home_origin(tx: &mut Tx, home_origin: &str) -> Result<(), DbErr> {
    announce(tx);
    instance::Entity::update_many()
        .col_expr(instance::Column::HomeOrigin, Expr::value(home_origin))
        .col_expr(instance::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(instance::Column::Id.eq(*tx.instance()))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Moves an instance to another origin, when the operator changed the configured one.
///
/// # Errors
/// When the database cannot be reached, or the host is another instance's.
pub async fn update_origin(tx: &mut Tx, origin: &str, host: &str) -> Result<(), DbErr> {
    announce(tx);
    instance::Entity::update_many()
        .col_expr(instance::Column::Origin, Expr::value(origin))
        .col_expr(instance::Column::Host, Expr::value(host))
        .col_expr(instance::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(instance::Column::Id.eq(*tx.instance()))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Stores the hash of a secret key, or reports that it is stored already.
///
/// # Errors
/// When the database cannot be reached.
pub async fn insert_secret_key(tx: &Tx, row: secret_key::Model) -> Result<Result<(), Conflict>, DbErr> {
    let inserted = tx.scope().insert(row).await;
    Ok(conflict::catch(inserted)?.map(drop))
}

/// The secret key of that hash, revoked or not.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_secret_key<C: ConnectionTrait>(
    connection: &C,
    digest: &str,
) -> Result<Option<secret_key::Model>, DbErr> {
    secret_key::Entity::find()
        .filter(secret_key::Column::Digest.eq(digest))
        .one(connection)
        .await
}

/// The secret keys of an instance, oldest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_secret_keys<C: ConnectionTrait>(scope: Scope<'_, C>) -> Result<Vec<secret_key::Model>, DbErr> {
    scope
        .select::<secret_key::Entity>()
        .order_by_asc(secret_key::Column::Id)
        .all(scope.connection())
        .await
}

/// Revokes a secret key of the transaction's instance. Returns whether there was one in use.
///
/// # Errors
/// When the database cannot be reached.
pub async fn revoke_secret_key(tx: &Tx, id: &SecretKeyId) -> Result<bool, DbErr> {
    let updated = tx
        .scope()
        .update::<secret_key::Entity>()
        .col_expr(secret_key::Column::RevokedAt, Expr::value(tx.now()))
        .filter(secret_key::Column::Id.eq(*id))
        .filter(secret_key::Column::RevokedAt.is_null())
        .exec(tx.scope().connection())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Stores a signing key of the transaction's instance.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert_signing_key(tx: &mut Tx, row: signing_key::Model) -> Result<(), DbErr> {
    announce(tx);
    tx.scope().insert(row).await
}

/// The signing keys of an instance whose tokens may still be alive, newest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_signing_keys<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    alive_since: UnixMilliseconds,
) -> Result<Vec<signing_key::Model>, DbErr> {
    scope
        .select::<signing_key::Entity>()
        .filter(
            signing_key::Column::RetiredAt
                .is_null()
                .or(signing_key::Column::RetiredAt.gte(alive_since)),
        )
        .order_by_desc(signing_key::Column::Id)
        .all(scope.connection())
        .await
}

/// Retires every signing key of the transaction's instance that is in use.
///
/// # Errors
/// When the database cannot be reached.
pub async fn retire_signing_keys(tx: &mut Tx) -> Result<(), DbErr> {
    announce(tx);
    tx.scope()
        .update::<signing_key::Entity>()
        .col_expr(signing_key::Column::RetiredAt, Expr::value(tx.now()))
        .filter(signing_key::Column::RetiredAt.is_null())
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}
