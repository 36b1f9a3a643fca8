//! Reading what pages need to know, and the settings.

use super::{Environment, InstanceSettings};
use crate::{
    context::{ContextExt as _, is_secret_key},
    error::{Nullable, failed, nullable},
};
use async_graphql::{Context, Object};
use service::instance;

/// Queries about the instance.
#[derive(Default)]
pub struct InstanceQuery;

#[Object]
impl InstanceQuery {
    /// What pages for signing in and up need to know.
    async fn environment(&self, context: &Context<'_>) -> async_graphql::Result<Environment> {
        let caller = &context.acting().caller;
        let instance = instance::environment(caller).map_err(|error| failed(context, &error))?;
        Ok(Environment::of(&instance, caller.request.origin.as_deref()))
    }

    /// The settings of the instance. Needs a secret key.
    #[graphql(visible = "is_secret_key")]
    async fn instance_settings(&self, context: &Context<'_>) -> Nullable<InstanceSettings> {
        let settings = instance::settings(&context.acting().caller);
        nullable(
            context,
            settings.map(|instance| Some(InstanceSettings::from(&*instance))),
        )
    }
}
