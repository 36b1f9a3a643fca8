//! What is shown of a sign-in. Where nobody shall learn who has an account, nothing here tells.

use crate::{
    context::ContextExt as _,
    list::Items,
    scalar::{DateTime, IdentifierKind, Strategy, mirrored},
    user::Verification,
};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::sign_in::{Factor, Stage, supported_identifiers};
use service::sign_in::StoredSignIn;

/// Where a sign-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::SignInStatus")]
pub enum SignInStatus {
    /// Nobody is named yet.
    NeedsIdentifier,
    /// Somebody is named; the first proof is missing.
    NeedsFirstFactor,
    /// A session was created.
    Complete,
    /// Given up by time.
    Abandoned,
}

/// A sign-in.
pub struct SignIn(Box<StoredSignIn>);

impl From<StoredSignIn> for SignIn {
    fn from(stored: StoredSignIn) -> Self {
        Self(Box::new(stored))
    }
}

/// Somebody getting into an account.
#[Object]
impl SignIn {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.sign_in.id.to_string().into()
    }

    /// Where it stands now.
    async fn status(&self, context: &Context<'_>) -> SignInStatus {
        self.0.sign_in.status_at(context.app().now()).into()
    }

    /// Who is named, as it was normalised; null when nobody is.
    async fn identifier(&self) -> Option<&str> {
        self.0.sign_in.identifier()
    }

    /// The kinds of identifier that people may be named by.
    async fn supported_identifiers(&self, context: &Context<'_>) -> Vec<IdentifierKind> {
        mirrored(&supported_identifiers(&context.acting().caller.settings().attribute))
    }

    /// The proofs on offer while the first one is missing.
    async fn supported_first_factors(&self) -> Items<FirstFactor> {
        match &self.0.sign_in.stage {
            Stage::NeedsFirstFactor { identified, .. } => identified.factors.iter().map(FirstFactor::from).collect(),
            Stage::NeedsIdentifier | Stage::Complete { .. } | Stage::Abandoned => Items::from(Vec::new()),
        }
    }

    /// How the code that was asked for stands; null when none was.
    async fn first_factor_verification(&self, context: &Context<'_>) -> Option<Verification> {
        let proof = match &self.0.sign_in.stage {
            Stage::NeedsFirstFactor { prepared, .. } => prepared.as_ref().map(|prepared| &prepared.verification),
            Stage::Complete { verification, .. } => verification.as_ref(),
            Stage::NeedsIdentifier | Stage::Abandoned => None,
        };
        proof.map(|proof| Verification::at(proof, context.app().now()))
    }

    /// How to greet who is named; null when nobody is, and where nobody shall learn who has an account.
    async fn user_data(&self, context: &Context<'_>) -> Option<SignInUserData> {
        let acting = context.acting();
        if acting.caller.settings().attack_protection.enumeration_protection {
            return None;
        }
        let user = &self.0.account.as_ref()?.user;
        Some(SignInUserData {
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            image_url: acting.caller.instance.avatar_url(&user.id),
            has_image: false,
        })
    }

    /// The identifier of the session that began with it.
    async fn created_session_id(&self) -> Option<ID> {
        self.0.sign_in.created_session_id().map(|id| id.to_string().into())
    }

    /// When it is given up.
    async fn abandon_at(&self) -> DateTime {
        self.0.sign_in.abandon_at.into()
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        self.0.sign_in.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.sign_in.updated_at.into()
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
