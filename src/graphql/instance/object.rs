//! What is shown of an instance: its environment to everybody, its settings to the application alone.

use super::setting::{
    attribute::AttributeSet,
    identity::{PasswordRules, SignUpMode, UsernameRules},
    page::Paths,
    root::Sections,
};
use crate::{
    context::{Execution, is_secret_key},
    resource::Resource,
};
use async_graphql::{ComplexObject, Enum, ID, SimpleObject};
use entity::id::{EnvironmentId, InstanceSettingsId, TypedId as _};
use kernel::{
    caller::Instance,
    error::{Code, Result},
};
use service::instance;

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
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Environment {
    #[graphql(skip)]
    id: EnvironmentId,
    /// The name that people see.
    pub application_name: String,
    /// What the instance is for.
    pub environment: InstanceEnvironment,
    /// The key by which pages name the instance. It is no secret.
    pub publishable_key: String,
    /// What people have and sign in with.
    pub attributes: AttributeSet,
    /// What a new password must be like.
    pub password: PasswordRules,
    /// What a new username must be like.
    pub username: UsernameRules,
    /// Whether a client has at most one active session.
    pub single_session_mode: bool,
    /// Who may sign up.
    pub sign_up_mode: SignUpMode,
    /// Whether sign-up forms show every enabled field and collect them in several steps.
    pub sign_up_progressive: bool,
    /// Where pages are and where people go.
    pub urls: Paths,
}

impl Environment {
    /// What a page at the origin that asks needs to know of the instance.
    pub(super) fn of(instance: &Instance, asking: Option<&str>) -> Self {
        let settings = &instance.settings;
        Self {
            id: EnvironmentId::sharing_number(&instance.id),
            application_name: settings.application_name.clone(),
            environment: instance.environment.into(),
            publishable_key: instance.publishable_key.clone(),
            attributes: (&settings.attribute).into(),
            password: (&settings.password).into(),
            username: (&settings.username).into(),
            single_session_mode: settings.session.single_session_mode,
            sign_up_mode: settings.sign_up.mode.into(),
            sign_up_progressive: settings.sign_up.progressive,
            urls: (&instance.pages(asking)).into(),
        }
    }
}

#[ComplexObject]
impl Environment {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
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
        Ok(Self::of(&instance, caller.request.origin.as_deref()))
    }
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

impl From<&Instance> for InstanceSettings {
    fn from(instance: &Instance) -> Self {
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
