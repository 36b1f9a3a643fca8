//! Users.

use super::{
    Scope, Tx, columns,
    identification::{self, IdentificationState},
    lockout, stand_in,
};
use domain::lockout::Counter;
use entity::{
    UnixMilliseconds,
    id::{IdentificationId, InstanceId, UserId},
    kind::IdentificationKind,
    user,
};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, FromQueryResult as _, JoinType,
    QueryFilter as _, QueryOrder as _, QuerySelect, QueryTrait as _, RelationDef, RelationTrait as _, Select,
    SelectThree, TopologyStar,
    sea_query::{Expr, Func, LockType, SubQueryStatement},
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
    pub identifications: Vec<IdentificationState>,
}

/// The account of a user. One statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_account<C: ConnectionTrait>(scope: Scope<'_, C>, id: &UserId) -> Result<Option<Account>, DbErr> {
    account(scope.connection(), scope.by_id::<user::Entity>(id)).await
}

/// The account of a user, which is locked until the transaction ends: counting wrong attempts must not lose one. One
/// statement; who had to wait for the lock sees the user as it is then, but its identifications as they were before.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock_account(tx: &Tx, id: &UserId) -> Result<Option<Account>, DbErr> {
    let scope = tx.scope();
    let mut select = scope.by_id::<user::Entity>(id);
    // Of this table alone: PostgreSQL locks nothing that an outer join may lack.
    QuerySelect::query(&mut select).lock_with_tables(LockType::NoKeyUpdate, [user::Entity]);
    account(scope.connection(), select).await
}

/// The account of a user, which is locked until the transaction ends; or the stand-in's, by the same statement, which is not: all
/// who guess at nobody would take turns. One statement, of which the same holds as of [`lock_account`].
///
/// # Errors
/// When the database cannot be reached.
#[expect(clippy::disallowed_methods, reason = "the stand-in is of another instance")]
pub async fn lock_account_or_stand_in(tx: &Tx, id: &UserId) -> Result<Option<Account>, DbErr> {
    let scope = tx.scope();
    let instances = [scope.instance(), &*stand_in::INSTANCE].map(InstanceId::clone);
    let shown = user::Entity::find()
        .filter(user::Column::InstanceId.is_in(instances))
        .filter(user::Column::Id.eq(*id));
    let mut query = with_identifications(shown).into_query();
    let own = scope.by_id::<user::Entity>(id).lock(LockType::NoKeyUpdate).into_query();
    let is_own = Expr::col(("own", user::Column::Id)).equals((user::Entity, user::Column::Id));
    query.join_subquery(JoinType::LeftJoin, own, "own", is_own);
    columns::add::<user::Entity>(&mut query, "own", "D_");
    let mut rows = Vec::new();
    for row in scope.connection().query_all(&query).await? {
        // Who had to wait sees by the lock what the row is then, and beside it what it was before.
        let user = match *id == *stand_in::USER {
            true => Some(user::Model::from_query_result(&row, "A_")?),
            false => user::Model::from_query_result_optional(&row, "D_")?,
        };
        let identification = entity::identification::Model::from_query_result_optional(&row, "B_")?;
        let proof = entity::verification::Model::from_query_result_optional(&row, "C_")?;
        rows.extend(user.map(|user| (user, identification.map(|identification| (identification, proof)))));
    }
    account_of(rows)
}

async fn account<C: ConnectionTrait>(connection: &C, select: Select<user::Entity>) -> Result<Option<Account>, DbErr> {
    let rows = with_identifications(select).all(connection).await?;
    let rows = rows
        .into_iter()
        .map(|(user, identification, proof)| (user, identification.map(|identification| (identification, proof))));
    account_of(rows)
}

fn with_identifications(
    select: Select<user::Entity>,
) -> SelectThree<user::Entity, entity::identification::Entity, entity::verification::Entity, TopologyStar> {
    // The index begins with the instance.
    let owned: RelationDef = user::Entity::belongs_to(entity::identification::Entity)
        .from((user::Column::InstanceId, user::Column::Id))
        .to((
            entity::identification::Column::InstanceId,
            entity::identification::Column::UserId,
        ))
        .into();
    select
        .order_by_asc(entity::identification::Column::Id)
        .order_by_asc(entity::verification::Column::Id)
        .join(JoinType::LeftJoin, owned)
        .select_also(entity::identification::Entity)
        .find_also(entity::identification::Entity, entity::verification::Entity)
}

/// An identification and one of the proofs asked for it.
type Given = (entity::identification::Model, Option<entity::verification::Model>);

/// The account of which each row has one of the identifications.
fn account_of(rows: impl IntoIterator<Item = (user::Model, Option<Given>)>) -> Result<Option<Account>, DbErr> {
    let (mut found, mut given) = (None, Vec::new());
    for (user, identification) in rows {
        found = Some(user);
        given.extend(identification);
    }
    let Some(user) = found else { return Ok(None) };
    let identifications = identification::states_of(given)?;
    Ok(Some(Account { user, identifications }))
}

/// The user whom a claimed identification names, and that identification. One statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_named<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    kind: IdentificationKind,
    value: &str,
) -> Result<Option<(IdentificationId, user::Model)>, DbErr> {
    let found = identification::claimed(scope, kind, value)
        .join(JoinType::InnerJoin, entity::identification::Relation::User.def())
        .select_also(user::Entity)
        .one(scope.connection())
        .await?;
    Ok(found.and_then(|(identification, user)| Some((identification.id, user?))))
}

/// The user whom a claimed identification names; the stand-in, by the same statement, where it names nobody.
///
/// # Errors
/// When the database cannot be reached.
#[expect(clippy::disallowed_methods, reason = "the stand-in is of another instance")]
pub async fn find_named_or_stand_in<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    kind: IdentificationKind,
    value: &str,
) -> Result<Option<user::Model>, DbErr> {
    let owner = identification::claimed(scope, kind, value)
        .select_only()
        .column(entity::identification::Column::UserId)
        .into_query();
    let owner = Expr::from(SubQueryStatement::from(owner));
    let nobody = Expr::val(*stand_in::USER);
    // Whom the identification names is of the scope's instance, as it is itself.
    user::Entity::find()
        .filter(user::Column::InstanceId.is_in([scope.instance(), &*stand_in::INSTANCE].map(InstanceId::clone)))
        .filter(Expr::col((user::Entity, user::Column::Id)).eq(Func::coalesce([owner, nobody])))
        .one(scope.connection())
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
        .filter(user::Column::Id.is_in(ids.iter().copied()))
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
            (stored.row.id, stored)
        })
        .collect();
    for state in given {
        if let Some(owner) = state.row.user_id.as_ref().and_then(|owner| stored.get_mut(owner)) {
            owner.identifications.push(state);
        }
    }
    Ok(stored)
}

/// A user of whom nothing is known yet.
#[must_use]
pub fn blank(tx: &Tx, id: &UserId) -> user::Model {
    let nothing = || serde_json::Value::Object(serde_json::Map::new());
    user::Model {
        id: *id,
        instance_id: *tx.instance(),
        external_id: None,
        first_name: None,
        last_name: None,
        password_digest: None,
        password_updated_at: None,
        primary_email_address_id: None,
        public_metadata: nothing(),
        private_metadata: nothing(),
        unsafe_metadata: nothing(),
        totp_enabled_at: None,
        backup_code_enabled_at: None,
        mfa_enabled_at: None,
        mfa_disabled_at: None,
        banned: false,
        failed_attempts: 0,
        locked_until: None,
        last_sign_in_at: None,
        last_active_at: None,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// Makes an identification the primary one of its kind, where that kind has one.
pub fn make_primary(row: &mut user::Model, kind: IdentificationKind, id: &IdentificationId) {
    match kind {
        IdentificationKind::EmailAddress => row.primary_email_address_id = Some(*id),
        IdentificationKind::PhoneNumber | IdentificationKind::Username => {}
    }
}

/// Stores a new user.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &mut Tx, row: user::Model) -> Result<(), DbErr> {
    tx.announce(Notice::User(row.id));
    tx.scope().insert(row).await
}

/// Records a sign-in. Returns the user as it is from then on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_signed_in(tx: &mut Tx, id: &UserId) -> Result<Option<user::Model>, DbErr> {
    let updated = tx
        .scope()
        .update::<user::Entity>()
        .col_expr(user::Column::LastSignInAt, Expr::value(tx.now()))
        .col_expr(user::Column::LastActiveAt, Expr::value(tx.now()))
        .filter(user::Column::Id.eq(*id))
        .exec_with_returning(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(*id));
    Ok(updated.into_iter().next())
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
        .filter(user::Column::Id.eq(*id))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(*id));
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
        .filter(user::Column::Id.eq(*id))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(*id));
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
        .filter(user::Column::Id.eq(*id))
        .filter(user::Column::PasswordDigest.eq(from))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::User(*id));
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
        .filter(user::Column::Id.eq(*id))
        .exec(scope.connection())
        .await?;
    Ok(())
}
