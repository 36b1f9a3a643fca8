//! Changing the settings.

use super::InstanceSettings;
use crate::{
    budget::InTime,
    change::{change, payloads},
    context::is_secret_key,
    error::Nullable,
    scalar::Json,
};
use async_graphql::{Context, InputObject, Object};
use kernel::caller::Caller;
use service::{
    client::{Changed, Credential, Sessions},
    instance,
};

/// What to change about the settings.
#[derive(InputObject)]
#[graphql(visible = "is_secret_key")]
pub struct InstanceSettingsUpdateInput {
    /// A JSON merge patch (RFC 7396) of the settings: absent keeps, null goes back to the default.
    patch: Json,
    /// The version that the patch is meant for. When somebody else has changed the settings since, nothing is done.
    expected_version: Option<i64>,
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

#[Object(guard = "InTime")]
impl InstanceMutation {
    /// Changes the settings of the instance. Needs a secret key.
    #[graphql(visible = "is_secret_key")]
    async fn instance_settings_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: InstanceSettingsUpdateInput,
    ) -> Nullable<InstanceSettingsUpdatePayload> {
        let (Json(patch), expected) = (input.patch, input.expected_version);
        change(context, async |app, caller| {
            let instance = instance::update_settings(app, caller, &patch, expected).await?;
            Ok(Changed {
                value: InstanceSettings::try_from(&*instance)?,
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
