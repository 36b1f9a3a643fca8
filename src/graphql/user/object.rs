//! What is shown of a user. What only the application may see is hidden from others, and refused to them.

use crate::{
    context::{ContextExt as _, Execution, is_secret_key},
    error::{Nullable, nullable},
    resource::Resource,
    scalar::{DateTime, Document},
    verification::Verification,
};
use async_graphql::{Context, ID, Interface, Object};
use entity::{
    UnixMilliseconds,
    id::{IdentificationId, UserId},
    kind::IdentificationKind,
};
use kernel::error::{Code, Result};
use service::{
    user::{self, IdentificationState, UserState},
    verification::VerificationState,
};
use std::sync::Arc;

/// A person with an account.
pub struct User(Arc<UserState>);

impl From<Arc<UserState>> for User {
    fn from(state: Arc<UserState>) -> Self {
        Self(state)
    }
}

impl From<UserState> for User {
    fn from(state: UserState) -> Self {
        Self(Arc::new(state))
    }
}

impl Resource for User {
    type Id = UserId;

    async fn read(execution: &Execution, id: &UserId) -> Result<Self> {
        Ok(user::read(&execution.acting().loaders, id).await?.into())
    }
}

/// A person with an account.
#[Object]
impl User {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.id().to_string().into()
    }

    /// The given name.
    async fn first_name(&self) -> Option<&str> {
        self.0.first_name()
    }

    /// The family name.
    async fn last_name(&self) -> Option<&str> {
        self.0.last_name()
    }

    /// The username, as the person wrote it.
    async fn username(&self) -> Option<&str> {
        self.0.username()
    }

    /// The identifier of the e-mail address that mail goes to.
    async fn primary_email_address_id(&self) -> Option<ID> {
        self.0.primary_email_address_id().map(|id| id.to_string().into())
    }

    /// The e-mail address that mail goes to.
    async fn primary_email_address(&self) -> Option<EmailAddress> {
        let primary = self.0.primary_email_address_id()?;
        let mut addresses = self.0.identifications_of(IdentificationKind::EmailAddress);
        addresses.find(|address| address.id == primary).map(EmailAddress::from)
    }

    /// The e-mail addresses, oldest first.
    async fn email_addresses(&self) -> Vec<EmailAddress> {
        let addresses = self.0.identifications_of(IdentificationKind::EmailAddress);
        addresses.map(EmailAddress::from).collect()
    }

    /// Whether there is a password.
    async fn password_enabled(&self) -> bool {
        self.0.has_password()
    }

    /// Whether the person has shown that an authenticator app works. It is asked for at sign-in while the instance takes such apps.
    async fn totp_enabled(&self) -> bool {
        self.0.totp_enabled()
    }

    /// Whether there are codes that stand in for a second proof.
    async fn backup_code_enabled(&self) -> bool {
        self.0.backup_code_enabled()
    }

    /// Whether the person has a second proof. It is asked for at sign-in while the instance takes one that they have.
    async fn two_factor_enabled(&self) -> bool {
        self.0.two_factor_enabled()
    }

    /// Since when the person has a second proof; null where they have none.
    async fn mfa_enabled_at(&self) -> Option<DateTime> {
        self.0.mfa_enabled_at().map(DateTime)
    }

    /// When the last second proof was removed; null where none ever was.
    async fn mfa_disabled_at(&self) -> Option<DateTime> {
        self.0.mfa_disabled_at().map(DateTime)
    }

    /// What the application lets everybody read who may read the user.
    async fn public_metadata(&self) -> Document {
        self.0.public_metadata().clone().into()
    }

    /// What the person may change, so that nothing in it is to be trusted.
    async fn unsafe_metadata(&self) -> Document {
        self.0.unsafe_metadata().clone().into()
    }

    /// What the application keeps for itself. Needs a secret key.
    #[graphql(visible = "is_secret_key")]
    async fn private_metadata(&self, context: &Context<'_>) -> Nullable<Document> {
        let metadata = user::private_metadata(&context.acting().caller, &self.0);
        nullable(context, metadata.map(|metadata| Some(metadata.clone().into())))
    }

    /// Whether the account is locked after too many wrong attempts.
    async fn locked(&self) -> bool {
        self.0.is_locked()
    }

    /// When the account opens again; null when it is not locked.
    async fn lockout_expires_at(&self) -> Option<DateTime> {
        self.0.lockout_expires_at.map(DateTime)
    }

    /// Whether the person may not sign in.
    async fn banned(&self) -> bool {
        self.0.is_banned()
    }

    /// The absolute URL of the person's image, or of one that stands for it.
    async fn image_url(&self, context: &Context<'_>) -> String {
        context.acting().caller.instance.avatar_url(self.0.id())
    }

    /// Whether the image is the person's own.
    async fn has_image(&self) -> bool {
        false
    }

    /// When a session was last begun.
    async fn last_sign_in_at(&self) -> Option<DateTime> {
        self.0.last_sign_in_at().map(DateTime)
    }

    /// When a session was last used.
    async fn last_active_at(&self) -> Option<DateTime> {
        self.0.last_active_at().map(DateTime)
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at().into()
    }

    /// When the account last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at().into()
    }
}

/// What a person is known by. There may be more kinds one day.
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Its identifier."),
    field(
        name = "identifier",
        ty = "&str",
        desc = "What the person is known by, as they wrote it."
    ),
    field(
        name = "verification",
        ty = "Option<Verification>",
        desc = "The latest proof that was asked for; null when none was."
    )
)]
pub enum Identification {
    /// An e-mail address.
    EmailAddress(EmailAddress),
}

/// An e-mail address of a user.
pub struct EmailAddress {
    id: IdentificationId,
    display: String,
    verified: bool,
    verification: Option<VerificationState>,
    created_at: UnixMilliseconds,
    updated_at: UnixMilliseconds,
}

impl From<IdentificationState<'_>> for EmailAddress {
    fn from(state: IdentificationState<'_>) -> Self {
        Self {
            id: *state.id,
            display: state.display.to_owned(),
            verified: state.verified,
            verification: state.verification,
            created_at: state.created_at,
            updated_at: state.updated_at,
        }
    }
}

impl Resource for EmailAddress {
    type Id = IdentificationId;

    async fn read(execution: &Execution, id: &IdentificationId) -> Result<Self> {
        let owner = user::read_owner(&execution.acting().loaders, id).await?;
        let mut addresses = owner.identifications_of(IdentificationKind::EmailAddress);
        let address = addresses.find(|address| address.id == id);
        Ok(address.ok_or(Code::ResourceNotFound)?.into())
    }
}

/// An e-mail address of a user.
#[Object]
impl EmailAddress {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// The address, as the person wrote it.
    async fn email_address(&self) -> &str {
        &self.display
    }

    /// The same, as every kind of identification has it.
    pub async fn identifier(&self) -> &str {
        &self.display
    }

    /// Whether its owner has proven it.
    async fn verified(&self) -> bool {
        self.verified
    }

    /// The latest proof that was asked for; null when none was.
    pub async fn verification(&self) -> Option<Verification> {
        self.verification.map(Verification::from)
    }

    /// When it was given.
    async fn created_at(&self) -> DateTime {
        self.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.updated_at.into()
    }
}
