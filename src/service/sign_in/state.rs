//! A sign-in as it is shown, by both faces alike.
//!
//! Invariant: where nobody shall learn who has an account, nothing here tells before somebody has signed in.

use super::Subject;
use crate::verification::VerificationState;
use domain::{
    proof::{Factor, Level},
    sign_in::supported_identifiers,
};
use entity::{
    UnixMilliseconds,
    id::{ClientId, SessionId, SignInId},
    kind::{IdentificationKind, SignInStatus},
};
use kernel::caller::Caller;
use store::sign_in::StoredSignIn;

/// A sign-in as it stands at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInState {
    /// Its identifier.
    pub id: SignInId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Where it stands.
    pub status: SignInStatus,
    /// The kinds of identifier that people may be named by.
    pub supported_identifiers: Vec<IdentificationKind>,
    /// Who is named, as it was normalised.
    pub identifier: Option<String>,
    /// The first proofs on offer; nothing while nobody is named.
    pub supported_first_factors: Option<Vec<Factor>>,
    /// The second proofs on offer; nothing where none is asked for.
    pub supported_second_factors: Option<Vec<Factor>>,
    /// How the first proof stands.
    pub first_factor_verification: Option<VerificationState>,
    /// How the second proof stands.
    pub second_factor_verification: Option<VerificationState>,
    /// How to greet who is named; nothing when nobody is, and where nobody shall learn who has an account.
    pub user_data: Option<Greeting>,
    /// The session that began with it.
    pub created_session_id: Option<SessionId>,
    /// When it is given up.
    pub abandon_at: UnixMilliseconds,
    /// When it began.
    pub created_at: UnixMilliseconds,
    /// When it last changed.
    pub updated_at: UnixMilliseconds,
}

/// How to greet somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The absolute URL of the person's image, or of one that stands for it.
    pub image_url: String,
}

impl SignInState {
    /// A stored sign-in as it stands at `now`.
    pub(super) fn of(stored: &StoredSignIn, subject: Option<&Subject>, caller: &Caller, now: UnixMilliseconds) -> Self {
        let (sign_in, instance) = (&stored.sign_in, &caller.instance);
        let second = match sign_in.status_at(now) {
            SignInStatus::NeedsSecondFactor => {
                let shown = |subject: &Subject| subject.shown_factors(Level::Second, instance);
                Some(subject.map(shown).unwrap_or_default())
            }
            _ => None,
        };
        // What nobody can complete any more, because the instance or the person has given up every second proof, is given up.
        let status = match &second {
            Some(factors) if factors.is_empty() => SignInStatus::Abandoned,
            _ => sign_in.status_at(now),
        };
        let is_named = !matches!(status, SignInStatus::NeedsIdentifier | SignInStatus::Abandoned);
        let subject = subject.filter(|_| is_named);
        let first = subject.map(|subject| match status {
            // Whoever has signed in may see what they have.
            SignInStatus::Complete => subject.own_factors(Level::First, instance),
            _ => subject.shown_factors(Level::First, instance),
        });
        let verification = |level: Level| match sign_in.challenge(level) {
            Some(challenge) => Some(VerificationState::of(challenge, now)),
            None => sign_in.proof(level).map(VerificationState::proven),
        };
        let greeted = subject.and_then(Subject::greeted);
        Self {
            id: sign_in.id,
            client_id: sign_in.client_id,
            status,
            supported_identifiers: supported_identifiers(&instance.settings.attribute),
            identifier: sign_in.identifier().map(str::to_owned),
            supported_first_factors: is_named.then(|| first.unwrap_or_default()),
            supported_second_factors: second.filter(|factors| !factors.is_empty()),
            first_factor_verification: verification(Level::First),
            second_factor_verification: verification(Level::Second),
            user_data: greeted.map(|user| Greeting {
                first_name: user.first_name.clone(),
                last_name: user.last_name.clone(),
                image_url: instance.avatar_url(&user.id),
            }),
            created_session_id: sign_in.created_session_id().copied(),
            abandon_at: sign_in.abandon_at,
            created_at: sign_in.created_at,
            updated_at: sign_in.updated_at,
        }
    }

    /// When time alone changes it next: gives it up, or ends what was asked for.
    #[must_use]
    pub fn changes_at(&self) -> Option<UnixMilliseconds> {
        let asked = [&self.first_factor_verification, &self.second_factor_verification];
        let asked = asked.into_iter().flatten().filter_map(VerificationState::ends_at);
        self.is_pending()
            .then(|| asked.fold(self.abandon_at, UnixMilliseconds::min))
    }

    /// Whether it waits for its person.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        !matches!(self.status, SignInStatus::Complete | SignInStatus::Abandoned)
    }
}
