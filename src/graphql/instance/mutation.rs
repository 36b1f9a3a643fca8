//! Changing the settings.

use super::{
    InstanceSettings,
    setting::{
        mirror::Setting as _,
        root::{Sections, SectionsInput},
    },
};
use crate::{
    change::{change, payloads},
    context::is_secret_key,
    error::Nullable,
    or_empty::OrEmpty,
};
use async_graphql::{Context, InputObject, Object};
use kernel::{caller::Caller, error::Error};
use service::{
    client::{Changed, Credential, Sessions},
    instance,
};

/// What to change about the settings, at any depth: what is left out stays as it is, null goes back to the default.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(visible = "is_secret_key")]
pub struct InstanceSettingsUpdateInput {
    /// The version that the change is meant for. When somebody else has changed the settings since, nothing is done.
    expected_version: Option<i64>,
    #[graphql(flatten)]
    sections: SectionsInput,
}

payloads! {
    /// What came of changing the settings.
    #[graphql(visible = "is_secret_key")]
    InstanceSettingsUpdatePayload {
        /// The settings as they are now; null when nothing was changed.
        instance_settings: InstanceSettings
    }
}

/// Mutations of the instance.
#[derive(Default)]
pub struct InstanceMutation;

#[Object]
impl InstanceMutation {
    /// Changes the settings of the instance. Needs a secret key.
    /// Codes: `FORM_PARAM_VALUE_INVALID`, `VERSION_CONFLICT`.
    #[graphql(visible = "is_secret_key")]
    async fn instance_settings_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.", default)] input: OrEmpty<InstanceSettingsUpdateInput>,
    ) -> Nullable<InstanceSettingsUpdatePayload> {
        let OrEmpty(input) = input;
        change(context, async |app, caller| {
            let patch = Sections::patch(input.sections).map_err(Error::internal)?;
            let instance = instance::update_settings(app, caller, &patch, input.expected_version).await?;
            Ok(Changed {
                value: InstanceSettings::from(&*instance),
                caller: Caller {
                    instance,
                    ..caller.clone()
                },
                credential: Credential::Keep,
                sessions: Sessions::Unchanged,
            })
        })
        .await
    }
}
