//! Sign-ups: a row, the identifications given in it, and the proofs asked for these, as one domain value.

use super::{
    Scope, Tx,
    identification::{self, IdentificationState},
    verification,
};
use domain::{
    identifier::Identification,
    settings::password::PasswordSettings,
    sign_up::{Field, PendingIdentification, SignUp, Stage},
};
use entity::{
    id::{ClientId, SignUpId, TypedId as _},
    identification as row,
    kind::SignUpStatus,
    sign_up,
};
use kernel::notice::Notice;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QuerySelect as _, sea_query::Expr};
use serde_json::Value;

/// A sign-up together with what is stored beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSignUp {
    /// The sign-up.
    pub sign_up: SignUp,
    /// PHC string of the password given.
    pub password_digest: Option<String>,
    /// The rules by which that password was judged; nothing where they are not known.
    pub password_rules: Option<PasswordSettings>,
}

/// The sign-up.
///
/// # Errors
/// When the database cannot be reached or the rows make no sign-up.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &SignUpId) -> Result<Option<StoredSignUp>, DbErr> {
    match scope.find::<sign_up::Entity>(id).await? {
        Some(row) => load(scope, row).await.map(Some),
        None => Ok(None),
    }
}

/// Those of the sign-ups that are of that client.
///
/// # Errors
/// When the database cannot be reached.
pub async fn own<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client_id: &ClientId,
    ids: &[SignUpId],
) -> Result<Vec<SignUpId>, DbErr> {
    let own = scope
        .select::<sign_up::Entity>()
        .filter(sign_up::Column::ClientId.eq(*client_id));
    let asked = own.filter(sign_up::Column::Id.is_in(ids.iter().copied()));
    asked
        .select_only()
        .column(sign_up::Column::Id)
        .into_tuple()
        .all(scope.connection())
        .await
}

/// The sign-up, locked until the transaction ends.
///
/// # Errors
/// When the database cannot be reached or the rows make no sign-up.
pub async fn lock(tx: &Tx, id: &SignUpId) -> Result<Option<StoredSignUp>, DbErr> {
    match tx.scope().lock::<sign_up::Entity>(id).await? {
        Some(row) => load(tx.scope(), row).await.map(Some),
        None => Ok(None),
    }
}

/// Stores a new sign-up.
///
/// # Errors
/// When the database refuses a row.
pub async fn insert(tx: &mut Tx, stored: &StoredSignUp) -> Result<(), DbErr> {
    tx.scope().insert(to_row(tx, stored)).await?;
    save_identifications(tx, None, stored).await
}

/// Writes back what changed in a sign-up, and tells its listeners.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save(tx: &mut Tx, before: &StoredSignUp, after: &StoredSignUp) -> Result<(), DbErr> {
    tx.announce(Notice::SignUp(after.sign_up.id));
    let row = to_row(tx, after);
    tx.scope()
        .update::<sign_up::Entity>()
        .col_expr(sign_up::Column::Status, Expr::value(row.status))
        .col_expr(sign_up::Column::PasswordDigest, Expr::value(row.password_digest))
        .col_expr(sign_up::Column::PasswordRules, Expr::value(row.password_rules))
        .col_expr(sign_up::Column::FirstName, Expr::value(row.first_name))
        .col_expr(sign_up::Column::LastName, Expr::value(row.last_name))
        .col_expr(sign_up::Column::UnsafeMetadata, Expr::value(row.unsafe_metadata))
        .col_expr(sign_up::Column::CreatedUserId, Expr::value(row.created_user_id))
        .col_expr(sign_up::Column::CreatedSessionId, Expr::value(row.created_session_id))
        .col_expr(sign_up::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(sign_up::Column::Id.eq(row.id))
        .exec(tx.scope().connection())
        .await?;
    save_identifications(tx, Some(before), after).await
}

async fn load<C: ConnectionTrait>(scope: Scope<'_, C>, row: sign_up::Model) -> Result<StoredSignUp, DbErr> {
    let given = identification::list_of_sign_up(scope, &row.id).await?;
    let mut identifications: Vec<_> = given.into_iter().filter_map(pending).collect();
    identifications.sort_by_key(|pending| pending.field);
    Ok(StoredSignUp {
        sign_up: SignUp {
            stage: stage(&row)?,
            identifications,
            has_password: row.password_digest.is_some(),
            first_name: row.first_name,
            last_name: row.last_name,
            unsafe_metadata: match row.unsafe_metadata {
                Value::Object(metadata) => metadata,
                _ => return Err(DbErr::Type(format!("the metadata of {} is no object", row.id))),
            },
            id: row.id,
            client_id: row.client_id,
            abandon_at: row.abandon_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        },
        password_digest: row.password_digest,
        // Rules that cannot be read are not known either: the password is asked for again.
        password_rules: row.password_rules.and_then(|rules| serde_json::from_value(rules).ok()),
    })
}

/// What was given in a field; nothing for a kind that no field takes.
fn pending(state: IdentificationState) -> Option<PendingIdentification> {
    let IdentificationState { row, verification } = state;
    Some(PendingIdentification {
        field: Field::of(row.kind)?,
        id: row.id,
        given: Identification::from_stored(row.kind, row.value, row.display),
        verification,
    })
}

fn stage(row: &sign_up::Model) -> Result<Stage, DbErr> {
    match (row.status, &row.created_user_id, &row.created_session_id) {
        (SignUpStatus::MissingRequirements, None, None) => Ok(Stage::MissingRequirements),
        (SignUpStatus::Complete, Some(user), Some(session)) => Ok(Stage::Complete {
            user_id: *user,
            session_id: *session,
        }),
        (SignUpStatus::Abandoned, None, None) => Ok(Stage::Abandoned),
        _ => Err(DbErr::Type(format!(
            "the status of {} does not fit its columns",
            row.id
        ))),
    }
}

fn to_row(tx: &Tx, stored: &StoredSignUp) -> sign_up::Model {
    let sign_up = &stored.sign_up;
    sign_up::Model {
        id: sign_up.id,
        instance_id: *tx.instance(),
        client_id: sign_up.client_id,
        status: match sign_up.stage {
            Stage::MissingRequirements => SignUpStatus::MissingRequirements,
            Stage::Complete { .. } => SignUpStatus::Complete,
            Stage::Abandoned => SignUpStatus::Abandoned,
        },
        password_digest: stored.password_digest.clone(),
        password_rules: stored
            .password_rules
            .as_ref()
            .and_then(|rules| serde_json::to_value(rules).ok()),
        first_name: sign_up.first_name.clone(),
        last_name: sign_up.last_name.clone(),
        unsafe_metadata: Value::Object(sign_up.unsafe_metadata.clone()),
        created_user_id: sign_up.created_user_id().copied(),
        created_session_id: sign_up.created_session_id().copied(),
        abandon_at: sign_up.abandon_at,
        created_at: sign_up.created_at,
        updated_at: sign_up.updated_at,
    }
}

async fn save_identifications(tx: &Tx, before: Option<&StoredSignUp>, after: &StoredSignUp) -> Result<(), DbErr> {
    let (before, after) = (before.map(|before| &before.sign_up), &after.sign_up);
    let old = before.map_or(&[][..], |before| &before.identifications);
    for gone in old.iter().filter(|old| after.identification_of(&old.id).is_none()) {
        identification::delete_pending(tx, &gone.id).await?;
    }
    for pending in &after.identifications {
        let old = before.and_then(|before| before.identification_of(&pending.id));
        if old.is_none() {
            insert_identification(tx, &after.id, pending).await?;
        }
        let asked_before = old.map_or(&[][..], |old| old.verification.as_slice());
        verification::save(tx, pending.id.as_str(), asked_before, pending.verification.as_slice()).await?;
    }
    Ok(())
}

async fn insert_identification(tx: &Tx, sign_up: &SignUpId, pending: &PendingIdentification) -> Result<(), DbErr> {
    let row = row::Model {
        id: pending.id,
        instance_id: *tx.instance(),
        kind: pending.given.kind(),
        value: pending.given.as_str().to_owned(),
        display: pending.given.display().to_owned(),
        user_id: None,
        sign_up_id: Some(*sign_up),
        claimed: false,
        verified: false,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    tx.scope().insert(row).await
}
