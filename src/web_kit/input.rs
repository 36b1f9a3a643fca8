//! Where texts become parsed types, for both faces: each problem is collected with the wire name of its parameter.
//!
//! Invariant: what comes out of here can be stored, whichever face it came through: [`text`], [`secret`] and [`object`] are
//! the only checks of that. What is said of a parameter is for people: its name stands beside the sentence.

use domain::{
    change::Change,
    metadata::MetadataChange,
    person_name::{self, PersonName, PersonNameRejection},
    proof::{Given, Level, Parameter, Rules},
    settings::InstanceSettings,
    sign_up::Field,
    storable::{self, Unstorable},
};
use entity::kind::Strategy;
use kernel::error::{Code, Problem};
use serde_json::{Map, Value};
use service::{
    sign_in::{CreateSignIn, Step},
    sign_up::{SignUpFields, field_problem},
};
use zeroize::Zeroizing;

/// The fields of a sign-up as texts.
#[derive(Default)]
pub struct RawSignUp {
    /// Each field by its own word.
    pub fields: Vec<(Field, Change<String>)>,
    /// `unsafe_metadata`; replaces what there is.
    pub unsafe_metadata: Change<Map<String, Value>>,
}

impl RawSignUp {
    /// Every field as a face has it; what an account is known by comes first.
    pub fn read(mut given: impl FnMut(Field) -> Change<String>) -> Vec<(Field, Change<String>)> {
        let identifying = Field::identifying().map(|(field, _)| field);
        identifying
            .chain([Field::Password, Field::FirstName, Field::LastName])
            .map(|field| (field, given(field)))
            .collect()
    }

    fn take(&mut self, field: Field) -> Change<String> {
        let place = self.fields.iter().position(|(of, _)| *of == field);
        place.map(|place| self.fields.swap_remove(place).1).unwrap_or_default()
    }
}

/// The fields of a new sign-in as texts.
#[derive(Default)]
pub struct RawSignIn {
    /// `identifier`
    pub identifier: Option<String>,
    /// `strategy`
    pub strategy: Option<String>,
    /// `password`
    pub password: Option<String>,
}

/// A text of at most 10,000 characters without NUL.
///
/// # Errors
/// `form_param_format_invalid`, `form_param_max_length_exceeded`, naming the parameter.
pub fn text(text: String, field: &str) -> Result<String, Problem> {
    match storable::check_text(&text) {
        Ok(()) => Ok(text),
        Err(reason) => Err(unstorable(reason, field)),
    }
}

/// A password, which has no NUL; how long it may be is not judged here.
///
/// # Errors
/// `form_param_format_invalid` naming the parameter.
pub fn secret(text: String, field: &str) -> Result<String, Problem> {
    match storable::check_secret(&text) {
        Ok(()) => Ok(text),
        Err(reason) => Err(unstorable(reason, field)),
    }
}

/// A JSON object without NUL in its texts and keys, nested at most 32 deep.
///
/// # Errors
/// `form_param_type_invalid`, `form_param_format_invalid`, naming the parameter.
pub fn object(value: Value, field: &str) -> Result<Map<String, Value>, Problem> {
    storable::check_json(&value).map_err(|reason| unstorable(reason, field))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Problem::of(Code::FormParamTypeInvalid, field).saying("The value must be an object.")),
    }
}

fn unstorable(reason: Unstorable, field: &str) -> Problem {
    match reason {
        Unstorable::Nul => {
            Problem::of(Code::FormParamFormatInvalid, field).saying("The value must not contain the character NUL.")
        }
        Unstorable::ImmoderateNumber => Problem::of(Code::FormParamFormatInvalid, field)
            .saying("The value must not contain a number beyond 1e64 or nearer to zero than 1e-64."),
        Unstorable::TooDeep => Problem::of(Code::FormParamFormatInvalid, field)
            .saying(format!(
                "The value must not have more than {} lists and objects inside one another.",
                storable::NESTING_LIMIT
            ))
            .with_meta("maximum", storable::NESTING_LIMIT),
        Unstorable::TooLong => too_long(field, "The value", storable::MAXIMUM_CHARACTERS),
    }
}

fn too_long(field: &str, what: &str, maximum: usize) -> Problem {
    Problem::of(Code::FormParamMaxLengthExceeded, field)
        .saying(format!("{what} must have at most {maximum} characters."))
        .with_meta("maximum", maximum)
}

/// The parsed fields of a sign-up, with what could not be parsed.
#[must_use]
pub fn sign_up(mut raw: RawSignUp, settings: &InstanceSettings) -> SignUpFields {
    let mut problems = Vec::new();
    let identifications = Field::identifying().map(|(field, rules)| {
        let change = parsed(&mut problems, raw.take(field), |given| {
            let given = text(given, field.as_str())?;
            (rules.read)(&given, settings).map_err(|rejection| field_problem(field, rejection))
        });
        (field, change)
    });
    SignUpFields {
        identifications: identifications.collect(),
        password: parsed(&mut problems, raw.take(Field::Password), |given| {
            password(given, Field::Password.as_str())
        }),
        first_name: parsed(&mut problems, raw.take(Field::FirstName), |given| {
            person_name(given, Field::FirstName.as_str())
        }),
        last_name: parsed(&mut problems, raw.take(Field::LastName), |given| {
            person_name(given, Field::LastName.as_str())
        }),
        unsafe_metadata: match raw.unsafe_metadata {
            Change::Keep => None,
            Change::Clear => Some(MetadataChange::Replace(Value::Object(Map::new()))),
            Change::Set(metadata) => Some(MetadataChange::Replace(Value::Object(metadata))),
        },
        problems,
    }
}

/// The parsed fields of a new sign-in, with what could not be parsed.
#[must_use]
pub fn sign_in(raw: RawSignIn) -> CreateSignIn {
    let mut problems = Vec::new();
    let strategy = given(&mut problems, raw.strategy, |given| strategy(&given));
    let step = match strategy {
        // A password says by itself what it is.
        None if raw.password.is_some() => Some(Strategy::Password),
        strategy => strategy,
    };
    let parameters = Parameters {
        password: raw.password,
        code: None,
    };
    let step = step.map(|strategy| match Rules::of(strategy).challenge {
        Some(_) => parameters.refuse_others(None).map(|()| Step::Prepare(strategy)),
        None => parameters.proof(Level::First, strategy).map(Step::Prove),
    });
    let mut begun = first_step(raw.identifier, step);
    begun.problems.splice(0..0, problems);
    begun
}

/// A new sign-in with the step that is taken at once, if one is: that takes somebody who is named.
#[must_use]
pub fn first_step(identifier: Option<String>, step: Option<Result<Step, Vec<Problem>>>) -> CreateSignIn {
    let mut problems = Vec::new();
    let identifier = given(&mut problems, identifier, |given| text(given, "identifier"));
    if step.is_some() && identifier.is_none() {
        problems.push(Problem::of(Code::FormParamMissing, "identifier"));
    }
    CreateSignIn {
        step: step.unwrap_or(Ok(Step::Nothing)).unwrap_or_else(|found| {
            problems.extend(found);
            Step::Nothing
        }),
        identifier,
        problems,
    }
}

/// The parameters that carry proofs, as texts.
#[derive(Default)]
pub struct Parameters {
    /// `password`
    pub password: Option<String>,
    /// `code`
    pub code: Option<String>,
}

impl Parameters {
    /// The proof at a level of a sign-in that goes with a strategy. What goes with another one makes no sense beside it.
    ///
    /// # Errors
    /// `strategy_for_user_invalid`, `form_param_missing`, `form_param_format_invalid`, `form_param_unknown`, naming the parameters.
    pub fn proof(mut self, level: Level, strategy: Strategy) -> Result<Given, Vec<Problem>> {
        serving(level, strategy).map_err(|problem| vec![problem])?;
        let own = Rules::of(strategy).parameter;
        let proof = match self.take(own) {
            Some(text) => proof(strategy, text),
            None => Err(Problem::of(Code::FormParamMissing, own.as_str())),
        };
        match (proof, self.refuse_others(Some(own))) {
            (Ok(proof), Ok(())) => Ok(proof),
            (proof, others) => {
                let others = others.err().unwrap_or_default();
                Err(proof.err().into_iter().chain(others).collect())
            }
        }
    }

    fn refuse_others(&self, own: Option<Parameter>) -> Result<(), Vec<Problem>> {
        let is_superfluous = |parameter: &Parameter| Some(*parameter) != own && self.has(*parameter);
        let unknown: Vec<_> = Parameter::ALL
            .into_iter()
            .filter(is_superfluous)
            .map(|parameter| Problem::of(Code::FormParamUnknown, parameter.as_str()))
            .collect();
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(unknown),
        }
    }

    const fn has(&self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::Password => self.password.is_some(),
            Parameter::Code => self.code.is_some(),
        }
    }

    fn take(&mut self, parameter: Parameter) -> Option<String> {
        match parameter {
            Parameter::Password => self.password.take(),
            Parameter::Code => self.code.take(),
        }
    }
}

/// A proof of a strategy, from its parameter.
///
/// # Errors
/// `form_param_format_invalid` for what no proof of the strategy looks like.
pub fn proof(strategy: Strategy, text: String) -> Result<Given, Problem> {
    let rules = Rules::of(strategy);
    let text = secret(text, rules.parameter.as_str()).map(Zeroizing::new)?;
    Given::read(strategy, &text).map_err(|_| {
        let what = match rules.parameter {
            Parameter::Password => "The password",
            Parameter::Code => "The code",
        };
        Problem::of(Code::FormParamFormatInvalid, rules.parameter.as_str())
            .saying(format!("{what} must consist of {}.", rules.format))
    })
}

/// A password as it was typed.
///
/// # Errors
/// As [`secret`].
pub fn password(text: String, field: &str) -> Result<Zeroizing<String>, Problem> {
    secret(text, field).map(Zeroizing::new)
}

/// A strategy by its wire word.
///
/// # Errors
/// `form_param_value_invalid` for a word that is none here, with those that are as `allowed`.
pub fn strategy(text: &str) -> Result<Strategy, Problem> {
    Strategy::parse(text).ok_or_else(|| {
        let known: Vec<_> = Strategy::ALL.iter().map(|strategy| strategy.as_str()).collect();
        Problem::of(Code::FormParamValueInvalid, "strategy")
            .saying("There is no such strategy.")
            .with_meta("allowed", known)
    })
}

/// A strategy that can be a proof at a level of a sign-in: before the parameters are judged that another one would take.
///
/// # Errors
/// `strategy_for_user_invalid`.
pub fn serving(level: Level, strategy: Strategy) -> Result<Strategy, Problem> {
    match Rules::of(strategy).serves(level) {
        true => Ok(strategy),
        false => Err(Problem::of(Code::StrategyForUserInvalid, "strategy")),
    }
}

/// A code of an authenticator app, from `code`.
///
/// # Errors
/// `form_param_format_invalid` for what is not six digits.
pub fn totp(text: String) -> Result<domain::factor::totp::Given, Problem> {
    match proof(Strategy::Totp, text)? {
        Given::Totp(code) => Ok(code),
        _ => Err(Problem::of(Code::FormParamValueInvalid, "code")),
    }
}

/// An identifier of an object, from a parameter.
///
/// # Errors
/// `form_param_format_invalid` naming the parameter.
pub fn id<T>(text: &str, field: &str) -> Result<T, Problem>
where
    T: std::str::FromStr,
{
    text.parse().map_err(|_| {
        Problem::of(Code::FormParamFormatInvalid, field).saying("This is not an identifier of what belongs here.")
    })
}

fn parsed<T>(
    problems: &mut Vec<Problem>,
    text: Change<String>,
    parse: impl FnOnce(String) -> Result<T, Problem>,
) -> Change<T> {
    text.try_map(parse).unwrap_or_else(|problem| {
        problems.push(problem);
        Change::Keep
    })
}

fn given<T>(
    problems: &mut Vec<Problem>,
    text: Option<String>,
    parse: impl FnOnce(String) -> Result<T, Problem>,
) -> Option<T> {
    let parsed = text.map(parse).transpose();
    parsed.unwrap_or_else(|problem| {
        problems.push(problem);
        None
    })
}

fn person_name(given: String, field: &str) -> Result<PersonName, Problem> {
    PersonName::parse(&text(given, field)?).map_err(|rejection| match rejection {
        PersonNameRejection::Empty => Problem::of(Code::FormParamNil, field),
        PersonNameRejection::TooLong => too_long(field, "A name", person_name::MAXIMUM_CHARACTERS),
        PersonNameRejection::ForbiddenCharacter => Problem::of(Code::FormParamFormatInvalid, field)
            .saying("A name must not contain control characters or line breaks."),
    })
}

#[cfg(test)]
mod tests {
    use super::{Parameters, RawSignUp, id, object, person_name, proof, strategy, text};
    use domain::{change::Change, proof::Level, sign_up::Field};
    use entity::{id::SignInId, kind::Strategy};
    use kernel::error::{Code, Problem};
    use serde_json::json;

    #[test]
    fn every_field_of_a_sign_up_is_read_once() {
        let raw = RawSignUp::read(|field| Change::Set(field.as_str().to_owned()));
        let mut read: Vec<_> = raw.iter().map(|(field, _)| *field).collect();
        read.sort_unstable();
        assert_eq!(read, Field::ALL);
        for (field, given) in &raw {
            assert_eq!(given.value().map(String::as_str), Some(field.as_str()));
        }
    }

    #[test]
    fn a_proof_goes_with_its_strategy_and_with_nothing_else() {
        let proof = |strategy, password: Option<&str>, code: Option<&str>| {
            let parameters = Parameters {
                password: password.map(str::to_owned),
                code: code.map(str::to_owned),
            };
            parameters.proof(Level::First, strategy)
        };
        assert!(proof(Strategy::Password, Some("x"), None).is_ok());
        assert!(proof(Strategy::EmailCode, None, Some("424242")).is_ok());
        let missing = |field| Problem::of(Code::FormParamMissing, field);
        let unknown = |field| Problem::of(Code::FormParamUnknown, field);
        for (strategy, password, code, problems) in [
            (Strategy::Password, None, None, vec![missing("password")]),
            (Strategy::EmailCode, None, None, vec![missing("code")]),
            (Strategy::Password, Some("x"), Some("424242"), vec![unknown("code")]),
            (
                Strategy::EmailCode,
                Some("x"),
                None,
                vec![missing("code"), unknown("password")],
            ),
        ] {
            assert_eq!(proof(strategy, password, code).unwrap_err(), problems, "{strategy:?}");
        }
        let wrong = proof(Strategy::EmailCode, None, Some("12")).unwrap_err();
        assert_eq!(
            wrong.first().map(|problem| problem.code),
            Some(Code::FormParamFormatInvalid)
        );
        let said = wrong.first().map(Problem::long_message);
        assert_eq!(said, Some("The code must consist of six digits."));
    }

    #[test]
    fn what_has_a_number_says_it_as_a_fact_too() {
        let long = text("x".repeat(10_001), "identifier").unwrap_err();
        assert_eq!(long.long_message(), "The value must have at most 10000 characters.");
        let name = person_name("x".repeat(257), "first_name").unwrap_err();
        assert_eq!(name.long_message(), "A name must have at most 256 characters.");
        let nested = (0..33).fold(json!({}), |inner, _| json!([inner]));
        let deep = object(json!({ "a": nested }), "unsafe_metadata").unwrap_err();
        for (problem, maximum) in [(long, 10_000), (name, 256), (deep, 32)] {
            assert_eq!(problem.meta.get("maximum"), Some(&json!(maximum)), "{problem:?}");
        }
    }

    #[test]
    fn no_sentence_has_a_word_of_the_wire() {
        for problem in [
            text("a\0".to_owned(), "email_address").unwrap_err(),
            person_name("a\tb".to_owned(), "first_name").unwrap_err(),
            strategy("phone_code").unwrap_err(),
            object(json!([]), "unsafe_metadata").unwrap_err(),
            object(json!({ "a": 1e65 }), "unsafe_metadata").unwrap_err(),
            proof(Strategy::BackupCode, "-".to_owned()).unwrap_err(),
            id::<SignInId>("sia_x", "sign_in_id").unwrap_err(),
        ] {
            let said = problem.long_message();
            assert!(said.starts_with(char::is_uppercase) && said.ends_with('.'), "{said}");
            assert!(!said.contains(['_', '`']), "{said}");
        }
    }
}
