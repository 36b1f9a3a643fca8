//! Whom a sign-in is about: somebody, or nobody where nobody shall learn that.
//!
//! Nobody goes the same way as somebody, with the stand-in's account in place of one's own: the same statements are run, the
//! same work is done, the same is counted. Invariant: only [`Subject::judge`] and [`Subject::user_id`] tell them apart, and a
//! proof of nobody is never right.

use crate::{app::App, factor};
use domain::{
    identifier::{EmailAddress, Identifier},
    lockout::Refusal,
    proof::{Challenge, Enrolled, Factor, Finding, Level, UserIdentification, offered},
};
use entity::{
    id::{ID_ENTROPY_BYTES, IdentificationId, TypedId as _, UserId},
    kind::IdentificationKind,
    user,
};
use kernel::{
    caller::{Caller, Instance},
    error::{Code, Problem, Result},
};
use sea_orm::ConnectionTrait;
use store::{Scope, Tx, sign_in::StoredSignIn, stand_in, user::Account};

/// Whom a sign-in is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    who: Who,
    /// The account; the stand-in's for nobody.
    account: Account,
    /// What was typed, normalised.
    identifier: String,
    /// The identification that was typed, by the name that it is shown by.
    shown: IdentificationId,
    is_concealed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Somebody,
    Nobody,
}

impl Subject {
    /// Whom a typed text names. Where nobody shall learn who has an account, an unknown one names nobody and looks the same.
    ///
    /// # Errors
    /// `form_identifier_not_found`.
    pub(super) async fn named(app: &App, caller: &Caller, text: &str) -> Result<Self> {
        let settings = caller.settings();
        let unknown = || Problem::of(Code::FormIdentifierNotFound, "identifier");
        let identifier = Identifier::parse(text, &settings.attribute).ok_or_else(unknown)?;
        let scope = app.reader(&caller.instance.id);
        let found = store::identification::find_claimed(scope, identifier.kind, &identifier.normalised).await?;
        let owner = found.as_ref().and_then(|(_, owner)| owner.as_ref());
        let is_concealed = caller.conceals_accounts();
        let shown = match &found {
            Some((id, _)) if !is_concealed => id.clone(),
            _ => concealed(app, caller, &identifier),
        };
        let subject = Self::read(scope, caller, owner, identifier.normalised, shown).await?;
        Ok(subject.ok_or_else(unknown)?)
    }

    /// Whom a stored sign-in names; nothing where nobody is named yet, or where there is no such account any more and that is
    /// no secret.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn of<C: ConnectionTrait>(
        scope: Scope<'_, C>,
        caller: &Caller,
        stored: &StoredSignIn,
    ) -> Result<Option<Self>> {
        let (Some(identifier), Some(shown)) = (stored.sign_in.identifier(), &stored.identification_id) else {
            return Ok(None);
        };
        let user = stored.sign_in.user_id();
        Self::read(scope, caller, user, identifier.to_owned(), shown.clone()).await
    }

    async fn read<C: ConnectionTrait>(
        scope: Scope<'_, C>,
        caller: &Caller,
        user: Option<&UserId>,
        identifier: String,
        shown: IdentificationId,
    ) -> Result<Option<Self>> {
        let is_concealed = caller.conceals_accounts();
        let somebody = match user {
            Some(id) => store::user::find_account(scope, id).await?,
            None => None,
        };
        let found = match somebody {
            Some(account) => Some((Who::Somebody, account)),
            None if is_concealed => {
                let scope = Scope::new(scope.connection(), &stand_in::INSTANCE);
                let account = store::user::find_account(scope, &stand_in::USER).await?;
                account.map(|account| (Who::Nobody, account))
            }
            None => None,
        };
        Ok(found.map(|(who, account)| Self {
            who,
            account,
            identifier,
            shown,
            is_concealed,
        }))
    }

    /// What was typed, normalised.
    pub(crate) fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The identification that was typed, by the name that it is shown by.
    pub(crate) const fn shown(&self) -> &IdentificationId {
        &self.shown
    }

    /// Whose rows are looked up: the account's, which may be the stand-in's.
    pub(crate) const fn id(&self) -> &UserId {
        &self.account.user.id
    }

    /// The account's row, which may be the stand-in's.
    pub(crate) const fn account(&self) -> &user::Model {
        &self.account.user
    }

    /// Who it is; nothing for nobody.
    pub(crate) fn user_id(&self) -> Option<&UserId> {
        (self.who == Who::Somebody).then_some(&self.account.user.id)
    }

    /// The account's row, to whom it may be shown; nothing where nobody shall learn who has an account.
    pub(crate) fn greeted(&self) -> Option<&user::Model> {
        (self.who == Who::Somebody && !self.is_concealed).then_some(&self.account.user)
    }

    /// Whether nobody shall learn that there is an account.
    pub(crate) const fn is_concealed(&self) -> bool {
        self.is_concealed
    }

    /// Reads the account again, for the rest of the transaction: guesses at it take turns.
    pub(super) async fn lock(&mut self, tx: &Tx) -> Result<()> {
        if let Some(user) = store::user::lock(tx, self.id()).await? {
            self.account.user = user;
        }
        Ok(())
    }

    /// Why a proof is not even looked at, where that may be told.
    pub(super) fn told(&self, refusal: Option<Refusal>) -> Option<Refusal> {
        refusal.filter(|_| !self.is_concealed)
    }

    /// What is found of a proof, judged: nobody's is wrong, and so is one that is refused.
    pub(super) fn judge(&self, finding: Finding, refusal: Option<Refusal>) -> Finding {
        match (self.who, refusal) {
            (Who::Somebody, None) => finding,
            _ => Finding::Mismatch,
        }
    }

    /// The proofs on offer at a level. Where nobody shall learn who has an account, the first ones are those that everybody is
    /// offered who types such a thing, and none for what nobody signs in with any more.
    pub(crate) fn offered(&self, level: Level, instance: &Instance) -> Vec<Factor> {
        let attributes = &instance.settings.attribute;
        if level == Level::Second {
            return match self.who {
                Who::Somebody => offered(level, &self.enrolled(), attributes),
                Who::Nobody => Vec::new(),
            };
        }
        let Some(identifier) = Identifier::parse(&self.identifier, attributes) else {
            return Vec::new();
        };
        match self.is_concealed {
            true => {
                let typed = self.typed(instance).unwrap_or(&self.shown);
                offered(level, &Enrolled::usual(&identifier, typed), attributes)
            }
            false => offered(level, &self.enrolled(), attributes),
        }
    }

    /// The proofs on offer at a level, each by the name that its identification is shown by.
    pub(crate) fn shown_factors(&self, level: Level, instance: &Instance) -> Vec<Factor> {
        let mut factors = self.offered(level, instance);
        if self.is_concealed && level == Level::First {
            for factor in &mut factors {
                factor.identification_id = factor.identification_id.take().map(|_| self.shown.clone());
            }
        }
        factors
    }

    /// The proofs that the account can give at a level, whatever was typed: for its own person alone.
    pub(crate) fn own_factors(&self, level: Level, instance: &Instance) -> Vec<Factor> {
        offered(level, &self.enrolled(), &instance.settings.attribute)
    }

    /// The identification that is meant by the one that is shown.
    pub(super) fn meant<'a>(&'a self, shown: &'a IdentificationId, instance: &Instance) -> &'a IdentificationId {
        match self.is_concealed && *shown == self.shown {
            true => self.typed(instance).unwrap_or(shown),
            false => shown,
        }
    }

    /// Where a challenge really goes to; nothing when it is only for show. Mail goes to the address as its owner wrote it,
    /// never to a spelling typed later.
    pub(super) fn address(&self, challenge: &Challenge, instance: &Instance) -> Option<EmailAddress> {
        let target = challenge.target.as_ref()?;
        let is_possible = |factor: &Factor| factor.identification_id.as_ref() == Some(target);
        self.own_factors(Level::First, instance)
            .iter()
            .find(|factor| is_possible(factor))?;
        let rows = &self.account.identifications;
        let row = rows
            .iter()
            .find(|row| row.id == *target && row.kind == IdentificationKind::EmailAddress)?;
        Some(EmailAddress::from_stored(row.value.clone(), row.display.clone()))
    }

    /// The identification that was typed, if a proof can really go by it.
    fn typed(&self, instance: &Instance) -> Option<&IdentificationId> {
        let rows = &self.account.identifications;
        let typed = rows.iter().find(|row| row.value == self.identifier)?;
        let factors = self.own_factors(Level::First, instance);
        let is_possible = factors
            .iter()
            .any(|factor| factor.identification_id.as_ref() == Some(&typed.id));
        is_possible.then_some(&typed.id)
    }

    fn enrolled(&self) -> Enrolled {
        let Account { user, identifications } = &self.account;
        Enrolled {
            secrets: factor::secrets_of(user),
            identifications: identifications
                .iter()
                .map(|row| UserIdentification {
                    id: row.id.clone(),
                    kind: row.kind,
                    value: row.value.clone(),
                    is_verified: row.verified,
                    is_primary: user.primary_email_address_id.as_ref() == Some(&row.id),
                })
                .collect(),
        }
    }
}

/// The identification that is shown where nobody shall learn who has an account: always the same for the same text, and
/// telling neither whether it exists nor since when.
fn concealed(app: &App, caller: &Caller, identifier: &Identifier) -> IdentificationId {
    let subject = format!("{} {} {}", caller.instance.id, identifier.kind, identifier.normalised);
    let digest = hex::decode(app.keyring().lookup_digest("concealed_identification", &subject)).unwrap_or_default();
    let mut entropy = [0; ID_ENTROPY_BYTES];
    for (byte, derived) in entropy.iter_mut().zip(digest) {
        *byte = derived;
    }
    IdentificationId::generate(CONCEALED_AT, entropy)
}

/// When every concealed identification pretends to have been made, in Unix milliseconds.
const CONCEALED_AT: i64 = 1_700_000_000_000;
