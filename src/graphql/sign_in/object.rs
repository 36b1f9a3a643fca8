//! What is shown of a sign-in. Where nobody shall learn who has an account, nothing here tells.

use crate::{
    context::Execution,
    error::Nullable,
    list::Items,
    resource::{self, Followed, Resource},
    scalar::{DateTime, IdentifierKind, Strategy, mirrored},
    session::Session,
    verification::Verification,
};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::proof::Factor;
use entity::UnixMilliseconds;
use entity::id::SignInId;
use kernel::{
    error::{Code, Result},
    notice::Topic,
};
use service::sign_in::{Greeting, SignInState};
use std::sync::Arc;

/// Where a sign-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::SignInStatus")]
pub enum SignInStatus {
    /// Nobody is named yet.
    NeedsIdentifier,
    /// Somebody is named; the first proof is missing.
    NeedsFirstFactor,
    /// The first proof was right; the account asks for a second one.
    NeedsSecondFactor,
    /// A session was created.
    Complete,
    /// Given up by time.
    Abandoned,
}

/// A sign-in.
pub struct SignIn(Arc<SignInState>);

impl From<SignInState> for SignIn {
    fn from(state: SignInState) -> Self {
        Self(Arc::new(state))
    }
}

impl From<Arc<SignInState>> for SignIn {
    fn from(state: Arc<SignInState>) -> Self {
        Self(state)
    }
}

impl Resource for SignIn {
    type Id = SignInId;

    async fn read(execution: &Execution, id: &SignInId) -> Result<Self> {
        let state = execution.acting().loaders.sign_in(id).await?;
        Ok(state.ok_or(Code::ResourceNotFound)?.into())
    }
}

impl Followed for SignIn {
    fn topic(id: &SignInId) -> Topic {
        Topic::SignIn(*id)
    }

    fn changes_at(&self) -> Option<UnixMilliseconds> {
        self.0.changes_at()
    }

    fn is_over(&self) -> bool {
        !self.0.is_pending()
    }
}

/// Somebody getting into an account.
#[Object]
impl SignIn {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where it stands now.
    async fn status(&self) -> SignInStatus {
        self.0.status.into()
    }

    /// Who is named, as it was normalised; null when nobody is.
    async fn identifier(&self) -> Option<&str> {
        self.0.identifier.as_deref()
    }

    /// The kinds of identifier that people may be named by.
    async fn supported_identifiers(&self) -> Vec<IdentifierKind> {
        mirrored(&self.0.supported_identifiers)
    }

    /// The first proofs on offer; none while nobody is named.
    async fn supported_first_factors(&self) -> Items<FirstFactor> {
        let factors = self.0.supported_first_factors.iter().flatten();
        factors.map(FirstFactor::from).collect()
    }

    /// How the first proof stands; null when none was asked for or given.
    async fn first_factor_verification(&self) -> Option<Verification> {
        self.0.first_factor_verification.map(Verification::from)
    }

    /// The second proofs on offer; none where none is asked for, or before the first one was given.
    async fn supported_second_factors(&self) -> Items<SecondFactor> {
        let factors = self.0.supported_second_factors.iter().flatten();
        factors.map(SecondFactor::from).collect()
    }

    /// How the second proof stands; null when none was asked for or given.
    async fn second_factor_verification(&self) -> Option<Verification> {
        self.0.second_factor_verification.map(Verification::from)
    }

    /// How to greet who is named; null when nobody is, and where nobody shall learn who has an account.
    async fn user_data(&self) -> Option<SignInUserData> {
        self.0.user_data.clone().map(SignInUserData::from)
    }

    /// The identifier of the session that began with it.
    async fn created_session_id(&self) -> Option<ID> {
        self.0.created_session_id.as_ref().map(|id| id.to_string().into())
    }

    /// The session that began with it, while the caller may see it.
    async fn created_session(&self, context: &Context<'_>) -> Nullable<Session> {
        resource::named(context, self.0.created_session_id.as_ref()).await
    }

    /// When it is given up.
    async fn abandons_at(&self) -> DateTime {
        self.0.abandon_at.into()
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

/// A first proof on offer.
#[derive(Clone, Debug, SimpleObject)]
pub struct FirstFactor {
    /// How the proof is given.
    pub strategy: Strategy,
    /// The identifier of the e-mail address that a code goes to; null for proofs that go nowhere.
    pub email_address_id: Option<ID>,
    /// What people recognise that address by.
    pub safe_identifier: Option<String>,
    /// Whether that address is the primary one.
    pub primary: bool,
}

impl From<&Factor> for FirstFactor {
    fn from(factor: &Factor) -> Self {
        Self {
            strategy: factor.strategy.into(),
            email_address_id: factor.identification_id.as_ref().map(|id| id.to_string().into()),
            safe_identifier: factor.safe_identifier.clone(),
            primary: factor.primary,
        }
    }
}

/// A second proof on offer.
#[derive(Clone, Debug, SimpleObject)]
pub struct SecondFactor {
    /// How the proof is given.
    pub strategy: Strategy,
}

impl From<&Factor> for SecondFactor {
    fn from(factor: &Factor) -> Self {
        Self {
            strategy: factor.strategy.into(),
        }
    }
}

/// How to greet who is named in a sign-in.
#[derive(Clone, Debug, SimpleObject)]
pub struct SignInUserData {
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The absolute URL of the person's image, or of one that stands for it.
    pub image_url: String,
    /// Whether the image is the person's own.
    pub has_image: bool,
}

impl From<Greeting> for SignInUserData {
    fn from(greeting: Greeting) -> Self {
        Self {
            first_name: greeting.first_name,
            last_name: greeting.last_name,
            image_url: greeting.image_url,
            has_image: false,
        }
    }
}
