//! Giving out codes.

use crate::{
    change::{carry_out, inputs_of_one_id, payloads},
    error::Nullable,
    or_empty::OrEmpty,
    parsing::acting_in,
    scalar::DateTime,
};
use async_graphql::{Context, ID, Object, SimpleObject};
use entity::id::SessionId;
use service::backup_code::{self, BackupCodesState};

/// Codes that were just given out: each stands in once for a second proof that is not at hand.
#[derive(Clone, SimpleObject)]
pub struct BackupCodes {
    /// Its identifier.
    pub id: ID,
    /// The codes. They are shown this once.
    pub codes: Vec<String>,
    /// When they were made.
    pub created_at: DateTime,
}

impl From<BackupCodesState> for BackupCodes {
    fn from(state: BackupCodesState) -> Self {
        Self {
            id: state.id.to_string().into(),
            codes: state.codes,
            created_at: state.created_at.into(),
        }
    }
}

inputs_of_one_id! {
    /// The identifier of the session to act in; null for the one that acts when none is named.
    session_id: Option<SessionId>;
    /// Whose codes to make.
    BackupCodesCreateInput,
}

payloads! {
    /// What came of asking for codes.
    BackupCodesCreatePayload {
        /// The codes; null when none were given out.
        backup_codes: BackupCodes, client
    }
}

/// Mutations of codes that stand in for a second proof.
#[derive(Default)]
pub struct BackupCodeMutation;

#[Object]
impl BackupCodeMutation {
    /// Gives the person new codes; those that they had are void. It takes another second proof to have some.
    /// Codes: `BACKUP_CODES_NOT_AVAILABLE`, `FEATURE_NOT_ENABLED`, `FORM_PARAM_FORMAT_INVALID`,
    /// `SESSION_REVERIFICATION_REQUIRED`.
    async fn backup_codes_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose codes to make.", default)] input: OrEmpty<BackupCodesCreateInput>,
    ) -> Nullable<BackupCodesCreatePayload> {
        carry_out(context, async |app, caller| {
            backup_code::create(app, &acting_in(caller, input.0.id()?)).await
        })
        .await
    }
}
