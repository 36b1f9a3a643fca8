//! Any object by its identifier, whose prefix tells the type.
//!
//! Invariant: an object is found here exactly by those who may read it on its own path; for others it does not exist.

use super::{
    client::{self, Client},
    context::ContextExt as _,
    dev_inbox::DevMessage,
    error::{Nullable, nullable},
    instance::InstanceSettings,
    list::Items,
    session::{self, Session},
    sign_in::{self, SignIn},
    sign_up::{self, SignUp},
    user::{EmailAddress, User},
};
use async_graphql::{Context, ID, Interface, Object};
use entity::{
    id::{ClientId, DevMessageId, IdentificationId, InstanceId, SessionId, SignInId, SignUpId, TypedId, UserId},
    kind::IdentificationKind,
};
use kernel::error::{Code, Result};
use service::dev_inbox;
use web_kit::input;

/// An object that has an identifier by which it can be read again.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The object's identifier."))]
pub enum Node {
    /// A client.
    Client(Client),
    /// A session.
    Session(Session),
    /// A sign-in.
    SignIn(SignIn),
    /// A sign-up.
    SignUp(SignUp),
    /// A user.
    User(User),
    /// An e-mail address of a user.
    EmailAddress(EmailAddress),
    /// A message in the inbox of a development instance.
    DevMessage(DevMessage),
    /// The settings of an instance, by the instance's identifier.
    InstanceSettings(InstanceSettings),
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
        nullable(context, visible(read(context, &id).await))
    }

    /// The objects of those identifiers, in the same order; null for each that is none the caller may see.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The objects' identifiers, at most 100.", validator(max_items = 100))] ids: Vec<ID>,
    ) -> Items<Nullable<Node>> {
        let reads = ids
            .iter()
            .map(async |id| nullable(context, visible(read(context, id).await)));
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

async fn read(context: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let (app, acting) = (context.app(), context.acting());
    let caller = &acting.caller;
    Ok(match id.split_once('_').map_or("", |(prefix, _)| prefix) {
        ClientId::PREFIX if caller.actor.client_id().is_some_and(|own| own.as_str() == id) => {
            client::read(context).await?.map(Node::from)
        }
        SessionId::PREFIX => Some(session::read(context, id).await?.into()),
        SignInId::PREFIX => Some(sign_in::read(context, id).await?.into()),
        SignUpId::PREFIX => Some(sign_up::read(context, id).await?.into()),
        UserId::PREFIX => {
            let state = service::user::read(app, caller, &input::id(id, "id")?).await?;
            Some(User::from(state).into())
        }
        IdentificationId::PREFIX => {
            let state = service::user::read_identification(app, caller, &input::id(id, "id")?).await?;
            (state.row.kind == IdentificationKind::EmailAddress).then(|| EmailAddress(state).into())
        }
        DevMessageId::PREFIX => {
            let message = dev_inbox::read(app, caller, &input::id(id, "id")?).await?;
            Some(DevMessage::from(message).into())
        }
        InstanceId::PREFIX if caller.instance.id.as_str() == id => {
            Some(InstanceSettings::try_from(&*service::instance::settings(caller)?)?.into())
        }
        _ => None,
    })
}
