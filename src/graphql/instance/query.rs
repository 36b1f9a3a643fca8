//! Reading what pages need to know, and the settings.

use super::{Environment, Instance};
use crate::{
    context::{ContextExt as _, is_secret_key},
    error::{Nullable, nullable},
};
use async_graphql::{Context, Object};
use service::instance;

/// Queries about the instance.
#[derive(Default)]
pub struct InstanceQuery;

#[Object]
impl InstanceQuery {
    /// What pages for signing in and up need to know.
    async fn environment(&self, context: &Context<'_>) -> Nullable<Environment> {
        let caller = &context.acting().caller;
        let shown = |instance| Some(Environment::of(instance, caller.request.origin.as_deref()));
        nullable(context, instance::environment(caller).map(shown))
    }

    /// The instance. Needs a secret key.
    #[graphql(visible = "is_secret_key")]
    async fn instance(&self, context: &Context<'_>) -> Nullable<Instance> {
        let instance = instance::settings(&context.acting().caller);
        nullable(context, instance.map(|instance| Some(instance.into())))
    }
}
