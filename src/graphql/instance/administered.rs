//! What is shown of an instance to the application alone.

use super::{Environment, InstanceSettings};
use crate::{
    context::{ContextExt as _, Execution, is_secret_key},
    resource::Resource,
};
use async_graphql::{Context, ID, Object};
use entity::id::InstanceId;
use kernel::{
    caller,
    error::{Code, Result},
};
use service::instance;
use std::sync::Arc;

/// An instance of an application.
pub struct Instance(Arc<caller::Instance>);

impl From<Arc<caller::Instance>> for Instance {
    fn from(instance: Arc<caller::Instance>) -> Self {
        Self(instance)
    }
}

impl Resource for Instance {
    type Id = InstanceId;

    async fn read(execution: &Execution, id: &InstanceId) -> Result<Self> {
        let instance = instance::settings(&execution.acting().caller)?;
        if instance.id != *id {
            return Err(Code::ResourceNotFound.into());
        }
        Ok(instance.into())
    }
}

/// An instance of an application: what its pages need to know, and what the application has set. Needs a secret key.
#[Object(visible = "is_secret_key")]
impl Instance {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What its pages need to know.
    async fn environment(&self, context: &Context<'_>) -> Environment {
        Environment::of(Arc::clone(&self.0), context.acting().caller.request.origin.as_deref())
    }

    /// Its settings.
    async fn settings(&self) -> InstanceSettings {
        (&*self.0).into()
    }
}
