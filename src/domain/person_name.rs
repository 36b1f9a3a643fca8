//! A first or last name.
//!
//! Invariant: one line of readable text, so that a name can stand in a mail header, a log line or a page.

/// The most characters that a name may have.
pub const MAXIMUM_CHARACTERS: usize = 256;

/// A first or last name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonNameRejection {
    /// Nothing but blanks.
    Empty,
    /// More than [`MAXIMUM_CHARACTERS`] characters.
    TooLong,
    /// A control character or line separator inside.
    ForbiddenCharacter,
}

impl PersonName {
    /// Parses what a person typed. Blanks around it are dropped.
    ///
    /// # Errors
    /// [`PersonNameRejection`].
    pub fn parse(text: &str) -> Result<Self, PersonNameRejection> {
        let name = text.trim();
        if name.is_empty() {
            return Err(PersonNameRejection::Empty);
        }
        if name.chars().count() > MAXIMUM_CHARACTERS {
            return Err(PersonNameRejection::TooLong);
        }
        if name.contains(|character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')) {
            return Err(PersonNameRejection::ForbiddenCharacter);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_CHARACTERS, PersonName, PersonNameRejection};

    #[test]
    fn a_name_is_kept_as_typed_but_trimmed() {
        let name = PersonName::parse("  Anne-Marie O’Neill 李 ").unwrap();
        assert_eq!(name.as_str(), "Anne-Marie O’Neill 李");
        assert_eq!(String::from(name), "Anne-Marie O’Neill 李");
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason() {
        use PersonNameRejection::{Empty, ForbiddenCharacter, TooLong};
        for (text, reason) in [
            (String::new(), Empty),
            (" \t".to_owned(), Empty),
            ("é".repeat(MAXIMUM_CHARACTERS + 1), TooLong),
            ("Ada\r\nBcc: eve".to_owned(), ForbiddenCharacter),
            ("Ada\0".to_owned(), ForbiddenCharacter),
            ("A\u{2028}da".to_owned(), ForbiddenCharacter),
            ("A\u{2029}da".to_owned(), ForbiddenCharacter),
        ] {
            assert_eq!(PersonName::parse(&text), Err(reason), "{text:?}");
        }
        assert!(PersonName::parse(&"é".repeat(MAXIMUM_CHARACTERS)).is_ok());
    }
}
