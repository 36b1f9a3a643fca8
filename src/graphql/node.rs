//! Any object by its identifier, whose prefix tells the type.
//!
//! Invariant: an object is found here exactly by those who may read it on its own path; for others it does not exist.

use super::{
    client::Client,
    context::{ContextExt as _, Execution},
    dev_inbox::DevMessage,
    error::{Nullable, nullable},
    instance::{Environment, Instance, InstanceSettings},
    list::Items,
    resource::{self, Resource},
    session::Session,
    sign_in::SignIn,
    sign_up::SignUp,
    user::{EmailAddress, User},
};
use async_graphql::{Context, ID, Interface, Object};
use entity::id::TypedId;
use kernel::error::{Code, Result};

/// Defines what has an identifier, and how it is read by that.
macro_rules! nodes {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// An object that has an identifier by which it can be read again.
        #[derive(Interface)]
        #[graphql(field(name = "id", ty = "ID", desc = "The object's identifier."))]
        pub enum Node {
            $($(#[$doc])* $name($name),)+
        }

        async fn read(execution: &Execution, id: &str) -> Result<Option<Node>> {
            match id.split_once('_').map_or("", |(prefix, _)| prefix) {
                $(<<$name as Resource>::Id as TypedId>::PREFIX => {
                    let object: $name = resource::read(execution, id).await?;
                    Ok(Some(object.into()))
                })+
                _ => Ok(None),
            }
        }
    };
}

nodes! {
    /// A client.
    Client,
    /// A session.
    Session,
    /// A sign-in.
    SignIn,
    /// A sign-up.
    SignUp,
    /// A user.
    User,
    /// An e-mail address of a user.
    EmailAddress,
    /// A message in the inbox of a development instance.
    DevMessage,
    /// What pages need to know of the instance.
    Environment,
    /// The instance.
    Instance,
    /// The settings of the instance.
    InstanceSettings,
}

/// Queries by identifier.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object of that identifier; null when there is none that the caller may see.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object's identifier.")] id: ID,
    ) -> Nullable<Node> {
        nullable(context, visible(read(context.execution(), &id).await))
    }

    /// The objects of those identifiers, in the same order; null for each that is none the caller may see.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The objects' identifiers, at most 100.", validator(max_items = 100))] ids: Vec<ID>,
    ) -> Items<Nullable<Node>> {
        let execution = context.execution();
        let reads = ids
            .iter()
            .map(async |id| nullable(context, visible(read(execution, id).await)));
        futures_util::future::join_all(reads).await.into()
    }
}

/// Whoever may not see an object learns no more than that there is none.
fn visible(outcome: Result<Option<Node>>) -> Result<Option<Node>> {
    match outcome {
        Err(error)
            if matches!(
                error.code(),
                Code::ResourceNotFound
                    | Code::AuthenticationInvalid
                    | Code::AuthorizationInvalid
                    | Code::FeatureNotEnabled
                    | Code::FormParamFormatInvalid
            ) =>
        {
            Ok(None)
        }
        outcome => outcome,
    }
}
