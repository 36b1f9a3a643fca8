//! What a new password must be like. Hashing and verifying are not here.
//!
//! Invariant: every problem is found at once, and a password is judged whole or refused, never cut off. What is judged is
//! its normal form, which is also what is hashed.

mod guessable;

use crate::{
    proof::{Enrolled, Factor, Malformed, Parameter, Rules},
    settings::{attribute::AttributeSettings, password::PasswordSettings},
};
use entity::kind::Strategy;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;
use zxcvbn::feedback::Suggestion;

/// The most bytes that a password may have; what is longer is not even looked at.
pub const MAXIMUM_BYTES: usize = 4096;

/// What a password is like as a proof.
pub const RULES: Rules = Rules {
    first: true,
    second: None,
    challenge: None,
    parameter: Parameter::Password,
    format: "characters",
    object: "verification_password",
};

/// A password as it was typed.
pub type Given = Zeroizing<String>;

/// Reads a typed password. Any text is one.
///
/// # Errors
/// Never.
pub fn read(text: &Zeroizing<String>) -> Result<Given, Malformed> {
    Ok(text.clone())
}

/// Whoever has a password can give it.
pub(crate) fn offers(enrolled: &Enrolled, attributes: &AttributeSettings) -> Vec<Factor> {
    let is_offered = enrolled.has(Strategy::Password) && attributes.password.enabled;
    is_offered.then(|| Factor::of(Strategy::Password)).into_iter().collect()
}

/// One thing that is wrong with a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Fewer characters than this.
    TooShort {
        /// The fewest characters allowed.
        minimum: u32,
    },
    /// More characters than this.
    TooLong {
        /// The most characters allowed.
        maximum: u32,
    },
    /// More than [`MAXIMUM_BYTES`] bytes.
    SizeExceeded,
    /// No upper-case letter, where one is needed.
    NoUppercase,
    /// No lower-case letter, where one is needed.
    NoLowercase,
    /// No digit, where one is needed.
    NoNumber,
    /// No character that is neither letter nor digit, where one is needed.
    NoSpecialCharacter,
    /// The same as an identifier of its owner.
    MatchesIdentifier,
    /// One of those that are tried first, because so many people have them.
    Common,
    /// Made of what is known about its owner or about the service.
    MadeOfKnownWords,
    /// Too easy to guess.
    NotStrongEnough {
        /// What would make it better.
        suggestions: Vec<PasswordSuggestion>,
    },
}

/// Advice for a better password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordSuggestion {
    /// The word by which pages choose their translation (the keys of zxcvbn-ts).
    pub code: &'static str,
    /// The advice in English.
    pub message: &'static str,
}

/// What is known to whoever guesses.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// What the owner signs in with.
    pub identifiers: Vec<&'a str>,
    /// Names of the owner, of the application and of where it is served, and the parts of addresses.
    pub words: Vec<&'a str>,
}

/// Judges a new password.
///
/// Takes milliseconds, so such calls belong where slow work is done; how many is bounded, however long the password is.
///
/// # Errors
/// Every problem at once; only [`PasswordProblem::SizeExceeded`] stands alone.
pub fn check_new_password(
    policy: &PasswordSettings,
    password: &str,
    known: &Known<'_>,
) -> Result<(), Vec<PasswordProblem>> {
    if password.len() > MAXIMUM_BYTES {
        return Err(vec![PasswordProblem::SizeExceeded]);
    }
    let password = &*normal_form(password);
    if password.len() > MAXIMUM_BYTES {
        return Err(vec![PasswordProblem::SizeExceeded]);
    }
    let mut problems = Vec::new();
    check_length(policy, password, &mut problems);
    check_characters(policy, password, &mut problems);
    check_guessing(policy, password, known, &mut problems);
    if !problems.contains(&PasswordProblem::MadeOfKnownWords) {
        check_strength(policy, password, &known.identifiers, &mut problems);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The one spelling of a password that is judged and hashed: NFKC, as NIST SP 800-63B-4 section 3.1.1.2 recommends. One
/// keyboard sends a letter with its accent, another sends both apart, and who types it sees no difference.
#[must_use]
pub fn normal_form(password: &str) -> Zeroizing<String> {
    // Measured first, since a text that grows leaves copies of itself behind.
    let bytes = password.nfkc().map(char::len_utf8).sum();
    let mut normal = Zeroizing::new(String::with_capacity(bytes));
    for character in password.nfkc() {
        normal.push(character);
    }
    normal
}

/// The form in which passwords and identifiers are compared here (and only here).
fn folded(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase()
}

fn check_length(policy: &PasswordSettings, password: &str, problems: &mut Vec<PasswordProblem>) {
    // At most MAXIMUM_BYTES characters, so the count always fits.
    let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
    if length < policy.min_length {
        problems.push(PasswordProblem::TooShort {
            minimum: policy.min_length,
        });
    }
    if length > policy.max_length {
        problems.push(PasswordProblem::TooLong {
            maximum: policy.max_length,
        });
    }
}

fn check_characters(policy: &PasswordSettings, password: &str, problems: &mut Vec<PasswordProblem>) {
    let special = |character: char| !character.is_alphanumeric();
    for (required, found, problem) in [
        (
            policy.require_uppercase,
            password.contains(char::is_uppercase),
            PasswordProblem::NoUppercase,
        ),
        (
            policy.require_lowercase,
            password.contains(char::is_lowercase),
            PasswordProblem::NoLowercase,
        ),
        (
            policy.require_numbers,
            password.contains(char::is_numeric),
            PasswordProblem::NoNumber,
        ),
        (
            policy.require_special_char,
            password.contains(special),
            PasswordProblem::NoSpecialCharacter,
        ),
    ] {
        if required && !found {
            problems.push(problem);
        }
    }
}

fn check_guessing(policy: &PasswordSettings, password: &str, known: &Known<'_>, problems: &mut Vec<PasswordProblem>) {
    let is_too_short = matches!(problems.first(), Some(PasswordProblem::TooShort { .. }));
    let is_judged = policy.refuse_guessable && !is_too_short;
    let mut identifiers = known.identifiers.iter();
    if identifiers.any(|identifier| !identifier.is_empty() && folded(identifier) == folded(password)) {
        problems.push(PasswordProblem::MatchesIdentifier);
    } else if is_judged && guessable::is_derived(password, &known.words) {
        problems.push(PasswordProblem::MadeOfKnownWords);
    }
    if is_judged && guessable::is_common(password) {
        problems.push(PasswordProblem::Common);
    }
}

fn check_strength(
    policy: &PasswordSettings,
    password: &str,
    identifiers: &[&str],
    problems: &mut Vec<PasswordProblem>,
) {
    if policy.min_zxcvbn_strength == 0 {
        return;
    }
    let strength = zxcvbn::zxcvbn(&guessable::judged(password.chars()), identifiers);
    if u32::from(u8::from(strength.score())) < policy.min_zxcvbn_strength {
        let feedback = strength
            .feedback()
            .map_or(&[] as &[Suggestion], |feedback| feedback.suggestions());
        let suggestions = feedback.iter().map(|suggestion| advice(*suggestion)).collect();
        problems.push(PasswordProblem::NotStrongEnough { suggestions });
    }
}

fn advice(suggestion: Suggestion) -> PasswordSuggestion {
    let (code, message) = match suggestion {
        Suggestion::UseAFewWordsAvoidCommonPhrases => ("useWords", "Use several words, but no well-known phrase."),
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => (
            "noNeed",
            "Symbols, digits and upper-case letters are not needed for a strong password.",
        ),
        Suggestion::AddAnotherWordOrTwo => ("anotherWord", "Add a word or two; unusual ones are better."),
        Suggestion::CapitalizationDoesntHelpVeryMuch => {
            ("capitalization", "Use upper case in more places than the first letter.")
        }
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => (
            "allUppercase",
            "Mix upper and lower case instead of using upper case alone.",
        ),
        Suggestion::ReversedWordsArentMuchHarderToGuess => ("reverseWords", "Avoid words spelt backwards."),
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => {
            ("l33t", "Avoid replacing letters in the usual way, such as @ for a.")
        }
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => (
            "longerKeyboardPattern",
            "Use a longer pattern of keys that changes its direction more often.",
        ),
        Suggestion::AvoidRepeatedWordsAndCharacters => ("repeated", "Avoid repeated words and characters."),
        Suggestion::AvoidSequences => ("sequences", "Avoid sequences of characters that are well known."),
        Suggestion::AvoidRecentYears => ("recentYears", "Avoid recent years."),
        Suggestion::AvoidYearsThatAreAssociatedWithYou => ("associatedYears", "Avoid years that have to do with you."),
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            ("dates", "Avoid dates and years that have to do with you.")
        }
    };
    PasswordSuggestion { code, message }
}

#[cfg(test)]
mod tests;
