//! Whom a sign-in is about: somebody, or nobody where nobody shall learn that.
//!
//! Nobody goes the same way as somebody, with the stand-in's account in place of one's own: the same statements are run, the
//! same work is done, the same is counted. Invariant: only [`Subject::judge`] and [`Subject::user_id`] tell them apart, and a
//! proof of nobody is never right.

use crate::{app::App, factor};
use domain::{
    identifier::{Identification, Identifier, masked},
    lockout::{Counter, Refusal},
    proof::{Challenge, Enrolled, Factor, Finding, Level, UserIdentification, offered},
};
use entity::{
    id::{ID_ENTROPY_BYTES, IdentificationId, TypedId as _, UserId},
    user,
};
use kernel::{
    caller::{Caller, Instance},
    error::{Code, Problem, Result},
    notice::Version,
};
use sea_orm::ConnectionTrait;
use store::{
    Scope, Tx,
    sign_in::{NamedSignIn, StoredSignIn},
    stand_in,
    user::{Account, StoredUser},
};

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

/// Whom a sign-in is about, while nothing more is known of the account than its own row: enough to hold a proof against.
#[derive(Clone, Debug)]
pub(crate) struct Found(Subject);

impl Found {
    fn new(user: user::Model, identifier: String, shown: IdentificationId, is_concealed: bool) -> Self {
        let identifications = Vec::new();
        Self(Subject {
            who: Who::of(&user),
            account: Account { user, identifications },
            identifier,
            shown,
            is_concealed,
        })
    }

    /// What was typed, normalised.
    pub(super) fn identifier(&self) -> &str {
        self.0.identifier()
    }

    /// The identification that was typed, by the name that it is shown by.
    pub(super) const fn shown(&self) -> &IdentificationId {
        self.0.shown()
    }

    /// Whose rows are looked up: the account's, which may be the stand-in's.
    pub(super) const fn id(&self) -> &UserId {
        self.0.id()
    }

    /// The account's row, which may be the stand-in's.
    pub(super) const fn account(&self) -> &user::Model {
        self.0.account()
    }

    /// Who it is; nothing for nobody.
    pub(super) fn user_id(&self) -> Option<&UserId> {
        self.0.user_id()
    }

    /// With all of the account.
    ///
    /// # Errors
    /// `client_state_invalid` when there is no such account any more.
    pub(super) async fn read<C: ConnectionTrait>(self, scope: Scope<'_, C>) -> Result<Subject> {
        let Self(mut subject) = self;
        let scope = match subject.who {
            Who::Somebody => scope,
            // So that a row is found for nobody too.
            Who::Nobody => Scope::new(scope.connection(), &stand_in::INSTANCE),
        };
        subject.account = store::user::find_account(scope, subject.id())
            .await?
            .ok_or(Code::ClientStateInvalid)?;
        Ok(subject)
    }

    /// With all of the account, which is locked for the rest of the transaction: guesses at it take turns. Also gives the
    /// version at which that may be remembered.
    ///
    /// # Errors
    /// `client_state_invalid` when there is no such account any more and that is no secret.
    pub(super) async fn lock(self, tx: &Tx) -> Result<(Subject, Option<Version>)> {
        let version = tx.version(self.id());
        let Self(mut subject) = self;
        let locked = match subject.is_concealed {
            true => store::user::lock_account_or_stand_in(tx, subject.id()).await?,
            false => store::user::lock_account(tx, subject.id()).await?,
        };
        // Somebody who is gone meanwhile is nobody, or nobody is told of.
        subject.account = locked.ok_or(Code::ClientStateInvalid)?;
        subject.who = Who::of(&subject.account.user);
        Ok((subject, version))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Somebody,
    Nobody,
}

impl Who {
    fn of(user: &user::Model) -> Self {
        match user.id == *stand_in::USER {
            true => Self::Nobody,
            false => Self::Somebody,
        }
    }
}

impl Subject {
    /// Whom a typed text names. Where nobody shall learn who has an account, an unknown one names nobody and looks the same.
    ///
    /// # Errors
    /// `form_identifier_not_found`.
    pub(super) async fn named(app: &App, caller: &Caller, text: &str) -> Result<Found> {
        let settings = caller.settings();
        let unknown = || Problem::of(Code::FormIdentifierNotFound, "identifier");
        let identifier = Identifier::parse(text, &settings.attribute).ok_or_else(unknown)?;
        let (kind, value) = (identifier.kind, identifier.normalised.as_str());
        let scope = app.reader(&caller.instance.id);
        let is_concealed = caller.conceals_accounts();
        let (shown, user) = match is_concealed {
            true => {
                let shown = concealed(app, caller, &identifier);
                let user = store::user::find_named_or_stand_in(scope, kind, value).await?;
                (shown, user.ok_or_else(unknown)?)
            }
            false => store::user::find_named(scope, kind, value).await?.ok_or_else(unknown)?,
        };
        Ok(Found::new(user, identifier.normalised, shown, is_concealed))
    }

    /// Whom a stored sign-in names; nothing where nobody is named yet, or where there is no such account any more and that is
    /// no secret.
    pub(super) fn of(caller: &Caller, named: &NamedSignIn) -> Option<Found> {
        let identifier = named.stored.sign_in.identifier()?.to_owned();
        let shown = named.stored.identification_id.clone()?;
        let found = Found::new(named.user.clone()?, identifier, shown, caller.conceals_accounts());
        (found.0.who == Who::Somebody || found.0.is_concealed).then_some(found)
    }

    /// The same with all of the account.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(super) async fn read<C: ConnectionTrait>(
        scope: Scope<'_, C>,
        caller: &Caller,
        stored: &StoredSignIn,
    ) -> Result<Option<Self>> {
        let (Some(identifier), Some(shown)) = (stored.sign_in.identifier(), &stored.identification_id) else {
            return Ok(None);
        };
        let is_concealed = caller.conceals_accounts();
        let somebody = match stored.sign_in.user_id() {
            Some(id) => store::user::find_account(scope, id).await?,
            None => None,
        };
        let account = match somebody {
            None if is_concealed => {
                let scope = Scope::new(scope.connection(), &stand_in::INSTANCE);
                store::user::find_account(scope, &stand_in::USER).await?
            }
            found => found,
        };
        Ok(account.map(|account| Self {
            who: Who::of(&account.user),
            account,
            identifier: identifier.to_owned(),
            shown: shown.clone(),
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

    /// The account with another row, as it is remembered while no failures are counted.
    pub(super) fn stored_as(&self, row: user::Model) -> StoredUser {
        StoredUser {
            row,
            identifications: self.account.identifications.clone(),
            failures: Counter::default(),
        }
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
        // Before somebody has signed in, nobody learns what else the account is known by.
        for factor in &mut factors {
            let known_by = factor.safe_identifier.take();
            factor.safe_identifier = known_by.map(|value| match value == self.identifier {
                true => value,
                false => masked(&value),
            });
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
    pub(super) fn target(&self, challenge: &Challenge, instance: &Instance) -> Option<Identification> {
        let target = challenge.target.as_ref()?;
        let is_possible = |factor: &Factor| {
            factor.strategy == challenge.strategy && factor.identification_id.as_ref() == Some(target)
        };
        self.own_factors(Level::of(challenge.purpose), instance)
            .iter()
            .find(|factor| is_possible(factor))?;
        let rows = &self.account.identifications;
        let row = rows.iter().map(|state| &state.row).find(|row| row.id == *target)?;
        Some(Identification::from_stored(
            row.kind,
            row.value.clone(),
            row.display.clone(),
        ))
    }

    /// The identification that was typed, if a proof can really go by it.
    fn typed(&self, instance: &Instance) -> Option<&IdentificationId> {
        let rows = &self.account.identifications;
        let typed = rows
            .iter()
            .map(|state| &state.row)
            .find(|row| row.value == self.identifier)?;
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
                .map(|state| &state.row)
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
