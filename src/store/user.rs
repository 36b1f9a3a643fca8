//! Users.

use super::{
    Scope, Tx,
    identification::{self, IdentificationState},
    lockout,
};
use domain::lockout::Counter;
use entity::{UnixMilliseconds, id::UserId, user};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, JoinType, QueryFilter as _,
    QuerySelect as _,
    sea_query::{Expr, LockType},
};
use std::collections::HashMap;

/// A user and its identifications, oldest first.
#[derive(Clone, Debug)]
pub struct StoredUser {
    /// The row.
    pub row: user::Model,
    /// E-mail addresses, usernames and so on.
    pub identifications: Vec<IdentificationState>,
    /// Failed attempts of strangers at the account.
    pub failures: Counter,
}

/// A user and what it can be named by.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user.
    pub user: user::Model,
    /// Its identifications, oldest first.
    pub identifications: Vec<entity::identification::Model>,
}

/// The account of a user. Two statements.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_account<C: ConnectionTrait>(scope: Scope<'_, C>, id: &UserId) -> Result<Option<Account>, DbErr> {
    let found = find(scope, id).await?;
    let identifications = identification::list_of_users(scope, std::slice::from_ref(id)).await?;
    Ok(found.map(|user| Account { user, identifications }))
}

/// The user.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &UserId) -> Result<Option<user::Model>, DbErr> {
    scope
        .select::<user::Entity>()
        .filter(user::Column::Id.eq(id.clone()))
        .one(scope.connection())
        .await
}

/// The user, locked until the transaction ends: counting wrong attempts must not lose one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock(tx: &Tx, id: &UserId) -> Result<Option<user::Model>, DbErr> {
    tx.scope()
        .select::<user::Entity>()
        .filter(user::Column::Id.eq(id.clone()))
        .lock(LockType::NoKeyUpdate)
        .one(tx.scope().connection())
        .await
}

/// The users of those identifiers with all that belongs to them, in two statements, however many they are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn stored_by_ids<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    ids: &[UserId],
) -> Result<HashMap<UserId, StoredUser>, DbErr> {
    let users = scope
        .select::<user::Entity>()
        .filter(user::Column::Id.is_in(ids.iter().cloned()))
        .join(JoinType::LeftJoin, lockout::of_users())
        .select_also(entity::lockout::Entity)
        .all(scope.connection())
        .await?;
    let given = identification::list_of_users_with_proofs(scope, ids).await?;
    let mut stored: HashMap<_, _> = users
        .into_iter()
        .map(|(row, counter)| {
            let stored = StoredUser {
                identifications: Vec::new(),
                failures: counter.as_ref().map(lockout::counter_of).unwrap_or_default(),
                row,
            };
            (stored.row.id.clone(), stored)
        })
        .collect();
    for state in given {
        if let Some(owner) = state.row.user_id.as_ref().and_then(|owner| stored.get_mut(owner)) {
            owner.identifications.push(state);
        }
    }
    Ok(stored)
}

/// Stores a new user.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &Tx, row: user::Model) -> Result<(), DbErr> {
    user::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.scope().connection())
        .await?;
    Ok(())
}

/// Records a sign-in.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_signed_in(tx: &mut Tx, id: &UserId) -> Result<(), DbErr> {
    tx.scope()
        .update::<user::Entity>()
        .col_expr(user::Column::LastSignInAt, Expr::value(tx.now()))
        .col_expr(user::Column::LastActiveAt, Expr::value(tx.now()))
        .filter(user::Column::Id.eq(id.clone()))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(id.clone()));
    Ok(())
}

/// Records that an authenticator app is asked for from now on, or no more.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_totp(tx: &mut Tx, id: &UserId, is_enabled: bool) -> Result<(), DbErr> {
    let since = is_enabled.then(|| tx.now());
    let mut update = tx
        .scope()
        .update::<user::Entity>()
        .col_expr(user::Column::TotpEnabledAt, Expr::value(since))
        .col_expr(user::Column::MfaEnabledAt, Expr::value(since))
        .col_expr(user::Column::UpdatedAt, Expr::value(tx.now()));
    if !is_enabled {
        update = update.col_expr(user::Column::MfaDisabledAt, Expr::value(tx.now()));
    }
    update
        .filter(user::Column::Id.eq(id.clone()))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(id.clone()));
    Ok(())
}

/// Records that there are codes that stand in for a second proof from now on, or no more.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_backup_codes(tx: &mut Tx, id: &UserId, is_enabled: bool) -> Result<(), DbErr> {
    let since = is_enabled.then(|| tx.now());
    tx.scope()
        .update::<user::Entity>()
        .col_expr(user::Column::BackupCodeEnabledAt, Expr::value(since))
        .col_expr(user::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(user::Column::Id.eq(id.clone()))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(id.clone()));
    Ok(())
}

/// Replaces a password digest by an up-to-date one of the same password, unless it changed meanwhile.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upgrade_password_digest(tx: &mut Tx, id: &UserId, from: &str, to: &str) -> Result<(), DbErr> {
    tx.scope()
        .update::<user::Entity>()
        .col_expr(user::Column::PasswordDigest, Expr::value(to))
        .filter(user::Column::Id.eq(id.clone()))
        .filter(user::Column::PasswordDigest.eq(from))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(id.clone()));
    Ok(())
}

/// Records when the user was last active. Nobody is told: whoever remembers the user finds out within a minute.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_activity<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &UserId,
    now: UnixMilliseconds,
) -> Result<(), DbErr> {
    scope
        .update::<user::Entity>()
        .col_expr(user::Column::LastActiveAt, Expr::value(now))
        .filter(user::Column::Id.eq(id.clone()))
        .exec(scope.connection())
        .await?;
    Ok(())
}
