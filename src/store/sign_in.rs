//! Sign-ins: a row, whose account it names, and the proof being asked for, as one domain value.

use super::{Scope, Tx, identification, user};
use domain::{
    identifier::Identifier,
    settings::InstanceSettings,
    sign_in::{
        Factor, Identified, PreparedFactor, SignIn, Stage, UserIdentification, concealed_first_factors,
        supported_first_factors,
    },
    verification::Verification,
};
use entity::{
    id::{IdentificationId, SignInId, UserId},
    identification as identification_row,
    kind::SignInStatus,
    sign_in, user as user_row,
};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, sea_query::Expr,
};

/// A sign-in together with the account that it names.
#[derive(Clone, Debug)]
pub struct StoredSignIn {
    /// The sign-in.
    pub sign_in: SignIn,
    /// Who is named; nothing when nobody is.
    pub account: Option<Account>,
    /// The identification that was typed, or one that names nothing where nobody shall learn that.
    pub identification_id: Option<IdentificationId>,
}

/// A user and what it can be named by.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user.
    pub user: user_row::Model,
    /// Its identifications, oldest first.
    pub identifications: Vec<identification_row::Model>,
}

impl Account {
    /// The account of a user. Where there is a decoy, its rows are read for nobody, so that nobody takes as long as
    /// somebody.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn of<C: ConnectionTrait>(
        scope: Scope<'_, C>,
        user: Option<&UserId>,
        decoy: Option<&UserId>,
    ) -> Result<Option<Self>, DbErr> {
        let Some(id) = user.or(decoy) else {
            return Ok(None);
        };
        let found = user::find(scope, id).await?;
        let identifications = identification::list_of_users(scope, std::slice::from_ref(id)).await?;
        let account = found.map(|user| Self { user, identifications });
        Ok(account.filter(|_| user.is_some()))
    }

    /// The identification that a normalised text names.
    #[must_use]
    pub fn named_by(&self, normalised: &str) -> Option<&IdentificationId> {
        self.identifications
            .iter()
            .find(|row| row.value == normalised)
            .map(|row| &row.id)
    }

    /// The proofs that this account can give.
    #[must_use]
    pub fn first_factors(&self, settings: &InstanceSettings) -> Vec<Factor> {
        let identifications: Vec<_> = self
            .identifications
            .iter()
            .map(|row| UserIdentification {
                id: row.id.clone(),
                kind: row.kind,
                value: row.value.clone(),
                is_verified: row.verified,
                is_primary: self.user.primary_email_address_id.as_ref() == Some(&row.id),
            })
            .collect();
        supported_first_factors(
            &identifications,
            self.user.password_digest.is_some(),
            &settings.attribute,
        )
    }
}

/// The sign-in, with the proofs that the settings offer now.
///
/// # Errors
/// When the database cannot be reached or the rows make no sign-in.
pub async fn find<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &SignInId,
    settings: &InstanceSettings,
    decoy: Option<&UserId>,
) -> Result<Option<StoredSignIn>, DbErr> {
    let row = scope
        .select::<sign_in::Entity>()
        .filter(sign_in::Column::Id.eq(id.clone()))
        .one(scope.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let account = Account::of(scope, row.user_id.as_ref(), decoy).await?;
    let verification = match &row.first_factor_verification_id {
        Some(id) => identification::find_verification(scope, id).await?,
        None => None,
    };
    let shown = row.identification_id.clone();
    let typed = row
        .identifier
        .as_deref()
        .and_then(|text| account.as_ref()?.named_by(text));
    let prepared = verification.and_then(|row| {
        let real = row.identification_id.clone()?;
        // Where identifications are concealed, the one that was typed is shown by another name.
        let identification_id = match shown {
            Some(shown) if typed == Some(&real) => shown,
            _ => real,
        };
        Some(PreparedFactor {
            identification_id,
            verification: identification::verification_of(row),
        })
    });
    Ok(Some(StoredSignIn {
        identification_id: row.identification_id.clone(),
        sign_in: SignIn {
            stage: stage(&row, account.as_ref(), prepared, settings)?,
            id: row.id,
            client_id: row.client_id,
            abandon_at: row.abandon_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        },
        account,
    }))
}

/// The proofs on offer to whoever typed `identifier`: those of the account, or what everybody is shown where nobody shall
/// learn who has one. None for what nobody signs in with any more.
#[must_use]
pub fn offered_factors(
    identifier: &str,
    identification: Option<&IdentificationId>,
    account: Option<&Account>,
    settings: &InstanceSettings,
) -> Vec<Factor> {
    let Some(identifier) = Identifier::parse(identifier, &settings.attribute) else {
        return Vec::new();
    };
    if settings.attack_protection.enumeration_protection
        && let Some(identification) = identification
    {
        return concealed_first_factors(&identifier, identification, &settings.attribute);
    }
    account
        .map(|account| account.first_factors(settings))
        .unwrap_or_default()
}

fn stage(
    row: &sign_in::Model,
    account: Option<&Account>,
    prepared: Option<PreparedFactor>,
    settings: &InstanceSettings,
) -> Result<Stage, DbErr> {
    match (
        row.status,
        row.identifier.clone(),
        row.user_id.clone(),
        row.created_session_id.clone(),
    ) {
        (SignInStatus::NeedsIdentifier, None, None, None) => Ok(Stage::NeedsIdentifier),
        (SignInStatus::NeedsFirstFactor, Some(identifier), user_id, None) => {
            let factors = offered_factors(&identifier, row.identification_id.as_ref(), account, settings);
            Ok(Stage::NeedsFirstFactor {
                identified: Identified {
                    identifier,
                    user_id,
                    factors,
                },
                prepared,
            })
        }
        (SignInStatus::Complete, Some(identifier), Some(user_id), Some(session_id)) => {
            let verification = prepared
                .map(|prepared| prepared.verification)
                .filter(Verification::is_verified);
            Ok(Stage::Complete {
                identifier,
                user_id,
                session_id,
                verification,
            })
        }
        (SignInStatus::Abandoned, ..) => Ok(Stage::Abandoned),
        _ => Err(DbErr::Type(format!(
            "the status of {} does not fit its columns",
            row.id
        ))),
    }
}

/// Stores a new sign-in.
///
/// # Errors
/// When the database refuses a row.
pub async fn insert(tx: &mut Tx, stored: &StoredSignIn) -> Result<(), DbErr> {
    save_verification(tx, None, stored).await?;
    let row = to_row(tx, stored);
    sign_in::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.scope().connection())
        .await?;
    Ok(())
}

/// Writes back what changed in a sign-in, and tells its listeners.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save(tx: &mut Tx, before: &SignIn, after: &StoredSignIn) -> Result<(), DbErr> {
    tx.announce(Notice::SignIn(after.sign_in.id.clone()));
    save_verification(tx, Some(before), after).await?;
    let row = to_row(tx, after);
    tx.scope()
        .update::<sign_in::Entity>()
        .col_expr(sign_in::Column::Status, Expr::value(row.status))
        .col_expr(
            sign_in::Column::FirstFactorVerificationId,
            Expr::value(row.first_factor_verification_id),
        )
        .col_expr(sign_in::Column::CreatedSessionId, Expr::value(row.created_session_id))
        .col_expr(sign_in::Column::UpdatedAt, Expr::value(row.updated_at))
        .filter(sign_in::Column::Id.eq(row.id))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

fn to_row(tx: &Tx, stored: &StoredSignIn) -> sign_in::Model {
    let sign_in = &stored.sign_in;
    let user_id = match &sign_in.stage {
        Stage::NeedsFirstFactor { identified, .. } => identified.user_id.clone(),
        Stage::Complete { user_id, .. } => Some(user_id.clone()),
        Stage::NeedsIdentifier | Stage::Abandoned => None,
    };
    sign_in::Model {
        id: sign_in.id.clone(),
        instance_id: tx.instance().clone(),
        client_id: sign_in.client_id.clone(),
        status: match sign_in.stage {
            Stage::NeedsIdentifier => SignInStatus::NeedsIdentifier,
            Stage::NeedsFirstFactor { .. } => SignInStatus::NeedsFirstFactor,
            Stage::Complete { .. } => SignInStatus::Complete,
            Stage::Abandoned => SignInStatus::Abandoned,
        },
        identifier: sign_in.identifier().map(str::to_owned),
        identification_id: stored.identification_id.clone(),
        user_id,
        first_factor_verification_id: verification(sign_in).map(|(_, verification)| verification.id.clone()),
        created_session_id: sign_in.created_session_id().cloned(),
        abandon_at: sign_in.abandon_at,
        created_at: sign_in.created_at,
        updated_at: sign_in.updated_at,
    }
}

fn verification(sign_in: &SignIn) -> Option<(Option<&IdentificationId>, &Verification)> {
    match &sign_in.stage {
        Stage::NeedsFirstFactor { prepared, .. } => prepared
            .as_ref()
            .map(|prepared| (Some(&prepared.identification_id), &prepared.verification)),
        Stage::Complete { verification, .. } => verification.as_ref().map(|verification| (None, verification)),
        Stage::NeedsIdentifier | Stage::Abandoned => None,
    }
}

async fn save_verification(tx: &Tx, before: Option<&SignIn>, after: &StoredSignIn) -> Result<(), DbErr> {
    let Some((shown, next)) = verification(&after.sign_in) else {
        return Ok(());
    };
    match before.and_then(verification).map(|(_, verification)| verification) {
        Some(old) if old == next => Ok(()),
        Some(old) if old.id == next.id => identification::save_verification(tx, next).await,
        _ => {
            let typed = after.account.as_ref().zip(after.sign_in.identifier());
            let real = typed.and_then(|(account, text)| account.named_by(text));
            // The mail goes to the real one, by whatever name it is shown.
            let addressed = if shown == after.identification_id.as_ref() {
                real.or(shown)
            } else {
                shown
            };
            identification::insert_verification(tx, next, addressed).await
        }
    }
}
