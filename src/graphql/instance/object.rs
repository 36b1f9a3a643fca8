//! What is shown of an instance: its environment to everybody, its settings to the application alone.

use super::setting::{
    attribute::AttributeSet,
    identity::{PasswordRules, SignUpMode, UsernameRules},
    page::Paths,
    root::Sections,
};
use crate::{
    context::{ContextExt as _, Execution, is_secret_key},
    resource::Resource,
    scalar::DateTime,
};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::id::{EnvironmentId, InstanceId, InstanceSettingsId, TypedId as _};
use kernel::{
    caller,
    error::{Code, Result},
};
use service::instance;
use std::sync::Arc;

/// What an instance is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::InstanceEnvironment")]
pub enum InstanceEnvironment {
    /// For building an application: an inbox instead of mail, test codes, any local origin.
    Development,
    /// For real users.
    Production,
}

/// What pages for signing in and up need to know.
pub struct Environment {
    instance: Arc<caller::Instance>,
    /// The origin of the page that asks.
    asking: Option<String>,
}

impl Environment {
    /// What a page at the origin that asks needs to know of the instance.
    pub(super) fn of(instance: Arc<caller::Instance>, asking: Option<&str>) -> Self {
        Self {
            instance,
            asking: asking.map(str::to_owned),
        }
    }

    fn settings(&self) -> &domain::settings::InstanceSettings {
        &self.instance.settings
    }
}

/// What pages for signing in and up need to know.
#[Object]
impl Environment {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        EnvironmentId::sharing_number(&self.instance.id).to_string().into()
    }

    /// The name that people see.
    async fn application_name(&self) -> &str {
        &self.settings().application_name
    }

    /// What the instance is for.
    async fn environment(&self) -> InstanceEnvironment {
        self.instance.environment.into()
    }

    /// The key by which pages name the instance. It is no secret.
    async fn publishable_key(&self) -> &str {
        &self.instance.publishable_key
    }

    /// What people have and sign in with.
    async fn attributes(&self) -> AttributeSet {
        (&self.settings().attribute).into()
    }

    /// What a new password must be like.
    async fn password(&self) -> PasswordRules {
        (&self.settings().password).into()
    }

    /// What a new username must be like.
    async fn username(&self) -> UsernameRules {
        (&self.settings().username).into()
    }

    /// Whether a client has at most one active session.
    async fn single_session_mode(&self) -> bool {
        self.settings().session.single_session_mode
    }

    /// Who may sign up.
    async fn sign_up_mode(&self) -> SignUpMode {
        self.settings().sign_up.mode.into()
    }

    /// Whether sign-up forms show every enabled field and collect them in several steps.
    async fn sign_up_progressive(&self) -> bool {
        self.settings().sign_up.progressive
    }

    /// Where pages are and where people go.
    async fn urls(&self) -> Paths {
        (&self.instance.pages(self.asking.as_deref())).into()
    }
}

impl Resource for Environment {
    type Id = EnvironmentId;

    async fn read(execution: &Execution, id: &EnvironmentId) -> Result<Self> {
        let caller = &execution.acting().caller;
        let instance = instance::environment(caller)?;
        if EnvironmentId::sharing_number(&instance.id) != *id {
            return Err(Code::ResourceNotFound.into());
        }
        Ok(Self::of(instance, caller.request.origin.as_deref()))
    }
}

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

    /// The documents that it trusts.
    async fn document_manifest(&self) -> DocumentManifest {
        let documents = self.0.documents;
        DocumentManifest {
            document_count: documents.count,
            updated_at: documents.set_at.map(Into::into),
        }
    }
}

/// The documents that an instance trusts: callers send their identifiers alone.
#[derive(Clone, Copy, Debug, SimpleObject)]
#[graphql(visible = "is_secret_key")]
pub struct DocumentManifest {
    /// How many there are.
    pub document_count: i32,
    /// When they were last set; null when they never were.
    pub updated_at: Option<DateTime>,
}

/// The settings of an instance. Needs a secret key.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(visible = "is_secret_key")]
pub struct InstanceSettings {
    /// Its identifier.
    #[graphql(owned)]
    pub id: ID,
    /// The version of the settings, which grows by one at each change.
    pub version: i64,
    /// What is set.
    #[graphql(flatten)]
    pub sections: Box<Sections>,
}

impl From<&caller::Instance> for InstanceSettings {
    fn from(instance: &caller::Instance) -> Self {
        Self {
            id: InstanceSettingsId::sharing_number(&instance.id).to_string().into(),
            version: instance.settings_version,
            sections: Box::new((&*instance.settings).into()),
        }
    }
}

impl Resource for InstanceSettings {
    type Id = InstanceSettingsId;

    async fn read(execution: &Execution, id: &InstanceSettingsId) -> Result<Self> {
        let caller = &execution.acting().caller;
        if InstanceSettingsId::sharing_number(&caller.instance.id) != *id {
            return Err(Code::ResourceNotFound.into());
        }
        Ok(Self::from(&*instance::settings(caller)?))
    }
}
