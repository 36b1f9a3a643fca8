//! What is shown of a sign-up.

use crate::{
    context::Execution,
    error::Nullable,
    resource::{self, Followed, Resource},
    scalar::{DateTime, Document, Strategy, mirrored},
    session::Session,
    user::User,
    verification::Verification,
};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::{proof::NextAction as DomainAction, sign_up::Field};
use entity::UnixMilliseconds;
use entity::id::SignUpId;
use kernel::{
    error::{Code, Result},
    notice::Topic,
};
use service::sign_up::{SignUpState, SignUpVerificationState};
use std::sync::Arc;

/// Where a sign-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::SignUpStatus")]
pub enum SignUpStatus {
    /// Fields are missing or unverified.
    MissingRequirements,
    /// User and session were created.
    Complete,
    /// Given up by time.
    Abandoned,
}

/// A field of a sign-up. There may be more one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Field")]
pub enum SignUpField {
    /// The e-mail address.
    EmailAddress,
    /// The username.
    Username,
    /// The given name.
    FirstName,
    /// The family name.
    LastName,
    /// The password.
    Password,
}

/// What is to be done about a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum NextAction {
    /// Ask for a code.
    NeedsPrepare,
    /// Enter the code.
    NeedsAttempt,
}

/// A sign-up.
pub struct SignUp(Arc<SignUpState>);

impl From<SignUpState> for SignUp {
    fn from(state: SignUpState) -> Self {
        Self(Arc::new(state))
    }
}

impl From<Arc<SignUpState>> for SignUp {
    fn from(state: Arc<SignUpState>) -> Self {
        Self(state)
    }
}

impl Resource for SignUp {
    type Id = SignUpId;

    async fn read(execution: &Execution, id: &SignUpId) -> Result<Self> {
        let state = execution.acting().loaders.sign_up(id).await?;
        Ok(state.ok_or(Code::ResourceNotFound)?.into())
    }
}

impl Followed for SignUp {
    fn topic(id: &SignUpId) -> Topic {
        Topic::SignUp(*id)
    }

    fn changes_at(&self) -> Option<UnixMilliseconds> {
        self.0.changes_at()
    }

    fn is_over(&self) -> bool {
        !self.0.is_pending()
    }
}

/// Somebody becoming a user.
#[Object]
impl SignUp {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where it stands now.
    async fn status(&self) -> SignUpStatus {
        self.0.status.into()
    }

    /// The fields that it cannot do without.
    async fn required_fields(&self) -> Vec<SignUpField> {
        mirrored(&self.0.required_fields)
    }

    /// The fields that it takes but does not need.
    async fn optional_fields(&self) -> Vec<SignUpField> {
        mirrored(&self.0.optional_fields)
    }

    /// The required fields that are still to be given.
    async fn missing_fields(&self) -> Vec<SignUpField> {
        mirrored(&self.0.missing_fields)
    }

    /// The fields that were given and are still to be verified.
    async fn unverified_fields(&self) -> Vec<SignUpField> {
        mirrored(&self.0.unverified_fields)
    }

    /// The e-mail address that was given, as it was written.
    async fn email_address(&self) -> Option<&str> {
        self.0.known_by(Field::EmailAddress)
    }

    /// The username that was given, as it was written.
    async fn username(&self) -> Option<&str> {
        self.0.known_by(Field::Username)
    }

    /// The given name.
    async fn first_name(&self) -> Option<&str> {
        self.0.first_name.as_deref()
    }

    /// The family name.
    async fn last_name(&self) -> Option<&str> {
        self.0.last_name.as_deref()
    }

    /// Whether a password was given.
    async fn has_password(&self) -> bool {
        self.0.has_password
    }

    /// What the application's pages hang on it; becomes the user's.
    async fn unsafe_metadata(&self) -> Document {
        self.0.unsafe_metadata.clone().into()
    }

    /// How the verifications of what was given stand.
    async fn verifications(&self) -> SignUpVerifications {
        SignUpVerifications {
            email_address: self.0.verification(Field::EmailAddress).map(SignUpVerification::from),
        }
    }

    /// The identifier of the user that it became.
    async fn created_user_id(&self) -> Option<ID> {
        self.0.created_user_id.as_ref().map(|id| id.to_string().into())
    }

    /// The identifier of the session that began with it.
    async fn created_session_id(&self) -> Option<ID> {
        self.0.created_session_id.as_ref().map(|id| id.to_string().into())
    }

    /// The user that it became, while the caller may see them.
    async fn created_user(&self, context: &Context<'_>) -> Nullable<User> {
        resource::named(context, self.0.created_user_id.as_ref()).await
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

/// How the verifications of a sign-up stand.
#[derive(Clone, Debug, SimpleObject)]
pub struct SignUpVerifications {
    /// That of the e-mail address; null while no code was asked for.
    pub email_address: Option<SignUpVerification>,
}

/// How one verification of a sign-up stands.
#[derive(Clone, Debug, SimpleObject)]
pub struct SignUpVerification {
    /// What is to be done about it; null when nothing is.
    pub next_action: Option<NextAction>,
    /// How it may be proven.
    pub supported_strategies: Vec<Strategy>,
    /// The proof that was asked for last.
    pub verification: Verification,
}

impl From<&SignUpVerificationState> for SignUpVerification {
    fn from(state: &SignUpVerificationState) -> Self {
        Self {
            next_action: match state.verification.next_action {
                DomainAction::NeedsPrepare => Some(NextAction::NeedsPrepare),
                DomainAction::NeedsAttempt => Some(NextAction::NeedsAttempt),
                DomainAction::Nothing => None,
            },
            supported_strategies: mirrored(&state.supported_strategies),
            verification: state.verification.into(),
        }
    }
}
