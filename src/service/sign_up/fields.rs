//! What a person fills in, checked against the instance's rules and against what others have taken.

use super::problem_of;
use crate::{app::App, password};
use domain::{
    change::Change,
    factor::password::{MAXIMUM_BYTES, PasswordProblem, PasswordSuggestion},
    identifier::Identification,
    metadata::MetadataChange,
    person_name::PersonName,
    sign_up::{Field, SignUp, SignUpChanges},
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::sign_up::StoredSignUp;
use zeroize::Zeroizing;

/// The fields of a request, parsed. What could not be parsed is in `problems`, to be reported with everything else.
#[derive(Default)]
pub struct SignUpFields {
    /// What the account is to be known by.
    pub identifications: Vec<(Field, Change<Identification>)>,
    /// Password.
    pub password: Change<Zeroizing<String>>,
    /// Given name.
    pub first_name: Change<PersonName>,
    /// Family name.
    pub last_name: Change<PersonName>,
    /// What the application's pages hang on it.
    pub unsafe_metadata: Option<MetadataChange>,
    /// What could not be parsed.
    pub problems: Vec<Problem>,
}

impl std::fmt::Debug for SignUpFields {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SignUpFields")
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

/// Fields that passed every check, the password hashed.
pub(super) struct Checked {
    changes: SignUpChanges,
    password_digest: Change<String>,
}

impl SignUpFields {
    /// What the account is to be known by, so far as it is given.
    fn given(&self) -> impl Iterator<Item = (Field, &Identification)> {
        let given = self.identifications.iter();
        given.filter_map(|(field, change)| Some((*field, change.value()?)))
    }

    /// What the instance does not admit.
    fn not_admitted(&self, caller: &Caller) -> impl Iterator<Item = Problem> {
        self.given().filter_map(|(field, given)| {
            let rules = field.identification()?;
            let is_admitted = (rules.is_admitted)(given, caller.settings());
            (!is_admitted).then(|| Problem::of(Code::NotAllowedAccess, field.as_str()))
        })
    }

    /// What others are known by. Where nobody shall learn who has an account, it is told only when nothing else is missing: after
    /// a code, which tells only the owner of an address, or where a name is all that an account is known by.
    async fn taken(&self, app: &App, caller: &Caller) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        if caller.conceals_accounts() {
            return Ok(problems);
        }
        let attributes = &caller.settings().attribute;
        for (field, given) in self.given().filter(|(field, _)| field.is_enabled(attributes)) {
            let scope = app.reader(&caller.instance.id);
            if store::identification::is_claimed(scope, given.kind(), given.as_str()).await? {
                problems.push(Problem::of(Code::FormIdentifierExists, field.as_str()));
            }
        }
        Ok(problems)
    }

    /// Whose the password is, by these fields and those that were given before.
    fn owner(&self, current: &SignUp) -> password::Owner {
        let pending = current.identifications.iter().map(|pending| &pending.given);
        let identifiers = self.given().map(|(_, given)| given).chain(pending);
        let names = [
            self.first_name.value().map(PersonName::as_str),
            self.last_name.value().map(PersonName::as_str),
            current.first_name.as_deref(),
            current.last_name.as_deref(),
        ];
        password::Owner {
            identifiers: identifiers.map(|given| given.display().to_owned()).collect(),
            names: names.into_iter().flatten().map(str::to_owned).collect(),
        }
    }
}

/// Checks the fields, all problems at once, and hashes the password; nothing is held meanwhile.
pub(super) async fn check(app: &App, caller: &Caller, current: &SignUp, mut fields: SignUpFields) -> Result<Checked> {
    let mut problems = std::mem::take(&mut fields.problems);
    problems.extend(fields.not_admitted(caller));
    problems.extend(fields.taken(app, caller).await?);
    if let Change::Set(password) = &fields.password {
        let found = password::check_new(app, caller, password, fields.owner(current)).await?;
        problems.extend(found.into_iter().map(password_problem));
    }
    let SignUpFields {
        identifications,
        password,
        first_name,
        last_name,
        unsafe_metadata,
        problems: _,
    } = fields;
    let attributes = &caller.settings().attribute;
    let now = app.now();
    let changes = SignUpChanges {
        identifications: identifications
            .into_iter()
            .map(|(field, change)| (field, change.map(|given| (app.entropy().id(now), given))))
            .collect(),
        password: match &password {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(_) => Change::Set(()),
        },
        first_name,
        last_name,
        unsafe_metadata,
    };
    if let Err(rejections) = current.clone().apply(changes.clone(), attributes, now) {
        problems.extend(rejections.into_iter().map(problem_of));
    }
    if !problems.is_empty() {
        return Err(Error::from_problems(problems));
    }
    Ok(Checked {
        changes,
        password_digest: match password {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(password) => Change::Set(password::hash(app, &password).await?),
        },
    })
}

impl Checked {
    /// Applies the fields to a sign-up.
    pub(super) fn apply(self, stored: StoredSignUp, caller: &Caller, now: i64) -> Result<StoredSignUp> {
        let sign_up = stored
            .sign_up
            .apply(self.changes, &caller.settings().attribute, now)
            .map_err(|rejections| Error::from_problems(rejections.into_iter().map(problem_of).collect()))?;
        Ok(StoredSignUp {
            sign_up,
            password_rules: match &self.password_digest {
                Change::Keep => stored.password_rules,
                Change::Clear => None,
                Change::Set(_) => Some(caller.settings().password.clone()),
            },
            password_digest: self.password_digest.apply(stored.password_digest),
        })
    }
}

fn password_problem(problem: PasswordProblem) -> Problem {
    let of = |code| Problem::of(code, "password");
    match problem {
        PasswordProblem::TooShort { minimum } => of(Code::FormPasswordLengthTooShort)
            .saying(format!("The password must have at least {minimum} characters."))
            .with_meta("minimum", minimum),
        PasswordProblem::TooLong { maximum } => of(Code::FormPasswordLengthTooLong)
            .saying(format!("The password must have at most {maximum} characters."))
            .with_meta("maximum", maximum),
        PasswordProblem::SizeExceeded => of(Code::FormPasswordSizeInBytesExceeded)
            .saying(format!("The password must have at most {MAXIMUM_BYTES} bytes."))
            .with_meta("maximum", MAXIMUM_BYTES),
        PasswordProblem::NoUppercase => of(Code::FormPasswordNoUppercase),
        PasswordProblem::NoLowercase => of(Code::FormPasswordNoLowercase),
        PasswordProblem::NoNumber => of(Code::FormPasswordNoNumber),
        PasswordProblem::NoSpecialCharacter => of(Code::FormPasswordNoSpecialChar),
        PasswordProblem::MatchesIdentifier => of(Code::FormPasswordMatchesIdentifier),
        PasswordProblem::Common => of(Code::FormPasswordPwned),
        PasswordProblem::MadeOfKnownWords => {
            let sentence = "The password must not be made of your names and addresses, or of those of this service.";
            // Pages look for suggestions wherever they find that code.
            suggesting(of(Code::FormPasswordNotStrongEnough).saying(sentence), Vec::new())
        }
        PasswordProblem::NotStrongEnough { suggestions } => {
            suggesting(of(Code::FormPasswordNotStrongEnough), suggestions)
        }
    }
}

/// With what would make the password stronger, where pages look for it.
fn suggesting(problem: Problem, suggestions: Vec<PasswordSuggestion>) -> Problem {
    let suggestions: Vec<_> = suggestions
        .into_iter()
        .map(|suggestion| serde_json::json!({ "code": suggestion.code, "message": suggestion.message }))
        .collect();
    problem.with_meta("zxcvbn", serde_json::json!({ "suggestions": suggestions }))
}
