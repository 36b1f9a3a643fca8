//! Sign-ins: a row and what was asked for in it, as one domain value.

use super::{
    Scope, Tx, columns, stand_in,
    verification::{self, challenge_of},
};
use domain::{
    proof::{Challenge, Level, Proof},
    sign_in::{Named, SignIn, Stage},
};
use entity::{
    UnixMilliseconds,
    id::{ClientId, IdentificationId, SignInId, TypedId as _, VerificationId},
    kind::{SignInStatus, Strategy},
    sign_in::{Column, Entity, Model},
    user, verification as verification_row,
};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, FromQueryResult as _, JoinType,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, SelectTwo,
    sea_query::{Expr, Func, SubQueryStatement},
};

/// A sign-in together with what is stored beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSignIn {
    /// The sign-in.
    pub sign_in: SignIn,
    /// The identification that was typed, or one that names nothing where nobody shall learn that.
    pub identification_id: Option<IdentificationId>,
}

/// A sign-in and whom it names.
#[derive(Clone, Debug)]
pub struct NamedSignIn {
    /// The sign-in.
    pub stored: StoredSignIn,
    /// The user; the stand-in where it names nobody.
    pub user: Option<user::Model>,
}

/// The sign-in with what was asked for in it. One statement.
///
/// # Errors
/// When the database cannot be reached or the rows make no sign-in.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &SignInId) -> Result<Option<StoredSignIn>, DbErr> {
    let rows = with_challenges(scope, id).all(scope.connection()).await?;
    stored_of(rows)
}

/// Those of the sign-ins that are of that client.
///
/// # Errors
/// When the database cannot be reached.
pub async fn own<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client_id: &ClientId,
    ids: &[SignInId],
) -> Result<Vec<SignInId>, DbErr> {
    let own = scope.select::<Entity>().filter(Column::ClientId.eq(*client_id));
    let asked = own.filter(Column::Id.is_in(ids.iter().copied()));
    asked
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(scope.connection())
        .await
}

/// The same with whom it names, by the same statement whether that is somebody or nobody.
///
/// # Errors
/// When the database cannot be reached or the rows make no sign-in.
pub async fn find_named<C: ConnectionTrait>(scope: Scope<'_, C>, id: &SignInId) -> Result<Option<NamedSignIn>, DbErr> {
    let mut query = with_challenges(scope, id).into_query();
    let named = scope
        .select::<user::Entity>()
        .filter(Expr::col((user::Entity, user::Column::Id)).equals((Entity, Column::UserId)))
        .select_only()
        .column(user::Column::Id)
        .into_query();
    let named = Expr::from(SubQueryStatement::from(named));
    let or_nobody = Func::coalesce([named, Expr::val(*stand_in::USER)]);
    let is_meant = Expr::col((user::Entity, user::Column::Id)).eq(or_nobody);
    query.join(JoinType::LeftJoin, user::Entity, is_meant);
    columns::add::<user::Entity>(&mut query, user::Entity, "C_");
    let (mut rows, mut user) = (Vec::new(), None);
    for row in scope.connection().query_all(&query).await? {
        let asked = verification_row::Model::from_query_result_optional(&row, "B_")?;
        rows.push((Model::from_query_result(&row, "A_")?, asked));
        user = user::Model::from_query_result_optional(&row, "C_")?;
    }
    Ok(stored_of(rows)?.map(|stored| NamedSignIn { stored, user }))
}

fn with_challenges<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &SignInId,
) -> SelectTwo<Entity, verification_row::Entity> {
    let asked = Entity::belongs_to(verification_row::Entity)
        .from((Column::InstanceId, Column::Id))
        .to((verification_row::Column::InstanceId, verification_row::Column::OwnerId))
        .into();
    scope
        .by_id::<Entity>(id)
        .join(JoinType::LeftJoin, asked)
        .select_also(verification_row::Entity)
        // What was asked for last comes last.
        .order_by_asc(verification_row::Column::UpdatedAt)
        .order_by_asc(verification_row::Column::Id)
}

fn stored_of(rows: Vec<(Model, Option<verification_row::Model>)>) -> Result<Option<StoredSignIn>, DbErr> {
    let (mut found, mut challenges) = (None, Vec::new());
    for (row, asked) in rows {
        found = Some(row);
        challenges.extend(asked.as_ref().map(challenge_of).transpose()?);
    }
    let Some(row) = found else { return Ok(None) };
    Ok(Some(StoredSignIn {
        identification_id: row.identification_id,
        sign_in: sign_in_of(&row, challenges)?,
    }))
}

fn sign_in_of(row: &Model, challenges: Vec<Challenge>) -> Result<SignIn, DbErr> {
    Ok(SignIn {
        stage: stage(row)?,
        challenges,
        id: row.id,
        client_id: row.client_id,
        abandon_at: row.abandon_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn stage(row: &Model) -> Result<Stage, DbErr> {
    let first = proof(row.first_strategy, row.first_verification_id, row.first_at);
    let second = proof(row.second_strategy, row.second_verification_id, row.second_at);
    let (identifier, user_id) = (row.identifier.clone(), row.user_id);
    match (row.status, identifier, user_id, row.created_session_id, first) {
        (SignInStatus::NeedsIdentifier, None, None, None, None) => Ok(Stage::NeedsIdentifier),
        (SignInStatus::NeedsFirstFactor, Some(identifier), user_id, None, None) => {
            Ok(Stage::NeedsFirstFactor(Named { identifier, user_id }))
        }
        (SignInStatus::NeedsSecondFactor, Some(identifier), Some(user_id), None, Some(first)) => {
            Ok(Stage::NeedsSecondFactor {
                identifier,
                user_id,
                first,
            })
        }
        (SignInStatus::Complete, Some(identifier), Some(user_id), Some(session_id), Some(first)) => {
            Ok(Stage::Complete {
                identifier,
                user_id,
                session_id,
                first,
                second,
            })
        }
        (SignInStatus::Abandoned, ..) => Ok(Stage::Abandoned),
        _ => Err(DbErr::Type(format!(
            "the status of {} does not fit its columns",
            row.id
        ))),
    }
}

fn proof(
    strategy: Option<Strategy>,
    verification_id: Option<VerificationId>,
    at: Option<UnixMilliseconds>,
) -> Option<Proof> {
    Some(Proof {
        strategy: strategy?,
        verification_id,
        at: at?,
    })
}

/// Stores a new sign-in.
///
/// # Errors
/// When the database refuses a row.
pub async fn insert(tx: &Tx, stored: &StoredSignIn) -> Result<(), DbErr> {
    tx.scope().insert(to_row(tx, stored)).await?;
    verification::save(tx, stored.sign_in.id.as_str(), &[], &stored.sign_in.challenges).await
}

/// Writes back what changed in a sign-in, and tells its listeners.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save(tx: &mut Tx, before: &StoredSignIn, after: &StoredSignIn) -> Result<(), DbErr> {
    tx.announce(Notice::SignIn(after.sign_in.id));
    let (old, new) = (&before.sign_in.challenges, &after.sign_in.challenges);
    verification::save(tx, after.sign_in.id.as_str(), old, new).await?;
    let row = to_row(tx, after);
    tx.scope()
        .update::<Entity>()
        .col_expr(Column::Status, Expr::value(row.status))
        .col_expr(Column::FirstStrategy, Expr::value(row.first_strategy))
        .col_expr(Column::FirstVerificationId, Expr::value(row.first_verification_id))
        .col_expr(Column::FirstAt, Expr::value(row.first_at))
        .col_expr(Column::SecondStrategy, Expr::value(row.second_strategy))
        .col_expr(Column::SecondVerificationId, Expr::value(row.second_verification_id))
        .col_expr(Column::SecondAt, Expr::value(row.second_at))
        .col_expr(Column::CreatedSessionId, Expr::value(row.created_session_id))
        .col_expr(Column::UpdatedAt, Expr::value(row.updated_at))
        .filter(Column::Id.eq(row.id))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

fn to_row(tx: &Tx, stored: &StoredSignIn) -> Model {
    let sign_in = &stored.sign_in;
    let (first, second) = (sign_in.proof(Level::First), sign_in.proof(Level::Second));
    Model {
        id: sign_in.id,
        instance_id: *tx.instance(),
        client_id: sign_in.client_id,
        status: match sign_in.stage {
            Stage::NeedsIdentifier => SignInStatus::NeedsIdentifier,
            Stage::NeedsFirstFactor(_) => SignInStatus::NeedsFirstFactor,
            Stage::NeedsSecondFactor { .. } => SignInStatus::NeedsSecondFactor,
            Stage::Complete { .. } => SignInStatus::Complete,
            Stage::Abandoned => SignInStatus::Abandoned,
        },
        identifier: sign_in.identifier().map(str::to_owned),
        identification_id: stored.identification_id,
        user_id: sign_in.user_id().copied(),
        first_strategy: first.map(|proof| proof.strategy),
        first_verification_id: first.and_then(|proof| proof.verification_id),
        first_at: first.map(|proof| proof.at),
        second_strategy: second.map(|proof| proof.strategy),
        second_verification_id: second.and_then(|proof| proof.verification_id),
        second_at: second.map(|proof| proof.at),
        created_session_id: sign_in.created_session_id().copied(),
        abandon_at: sign_in.abandon_at,
        created_at: sign_in.created_at,
        updated_at: sign_in.updated_at,
    }
}
