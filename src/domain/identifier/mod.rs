//! What people are known by, parsed once: e-mail addresses and usernames.
//!
//! Invariant: every spelling of one identifier has one normalised form (`as_str`), and only that form is compared,
//! looked up and counted against limits; `display` is what the person typed and is only shown. A message about an
//! identifier goes to the address that is stored, never to another spelling typed later: two spellings that compare
//! equal may belong to two mailboxes.

mod domain_name;
mod identification;
mod mailbox;

use domain_name::DomainName;
pub use identification::Identification;
pub use mailbox::{SUBADDRESS_SIGNS, counted_as};

use super::settings::{attribute::AttributeSettings, username::UsernameSettings};
use email_address::Options;
use entity::kind::IdentificationKind;
use unicode_normalization::UnicodeNormalization as _;

/// The most bytes that an e-mail address may have (RFC 5321, 4.5.3.1.3, without the angle brackets).
pub const EMAIL_ADDRESS_MAXIMUM_BYTES: usize = 254;

/// Characters besides letters, digits, `_` and `-` that a username may have where they are switched on.
pub const EXTENDED_USERNAME_CHARACTERS: &str = ".!#$%&'*+/=?^`{|}~";

/// The subaddress that marks an address of a test in a development instance.
const TEST_SUBADDRESS: &str = "clerk_test";

/// The most bytes of an address as it is typed: four times what it may have, since wide letters and accents apart are longer.
const TYPED_MAXIMUM_BYTES: usize = 4 * EMAIL_ADDRESS_MAXIMUM_BYTES;

/// The most bytes before the `@` of an e-mail address (RFC 5321, 4.5.3.1.1).
const LOCAL_PART_MAXIMUM_BYTES: usize = 64;

/// The form in which texts are compared: NFKC, lower case, and NFKC again because lower case may undo it.
fn normalised(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// An e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    normalised: String,
    display: String,
}

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailAddressRejection {
    /// Nothing but blanks.
    Empty,
    /// More than [`EMAIL_ADDRESS_MAXIMUM_BYTES`] bytes.
    TooLong,
    /// A control character, blank or line separator inside.
    ForbiddenCharacter,
    /// Not of the form `local@domain.tld` of RFC 5322.
    Malformed,
    /// Well formed, but no mail can reach it: a part is longer than mail servers take (RFC 5321, 4.5.3.1), its domain is none
    /// that a name server can have, or what stands before the `@` needs an extension that mail servers seldom have (RFC 6531).
    Unmailable,
}

impl EmailAddress {
    /// What was parsed before and stored as its two forms; it is not held to the rules again.
    #[must_use]
    pub const fn from_stored(normalised: String, display: String) -> Self {
        Self { normalised, display }
    }

    /// Parses what a person typed for something new. Blanks around it are dropped.
    ///
    /// # Errors
    /// [`EmailAddressRejection`].
    pub fn parse(text: &str) -> Result<Self, EmailAddressRejection> {
        let address = Self::read(text)?;
        // What was typed is what is written to, so it is held to the rules as well.
        if is_mailable(&address.display) && is_mailable(&address.normalised) {
            Ok(address)
        } else {
            Err(EmailAddressRejection::Unmailable)
        }
    }

    /// Reads what a person typed to name an address that is stored: one that was accepted by other rules still works (a migration
    /// gave stored domains their present form).
    fn read(text: &str) -> Result<Self, EmailAddressRejection> {
        // Composed, because decomposed letters look the same and are refused by mail libraries; and with wide letters made
        // narrow, which a keyboard for other scripts writes and no mailbox has.
        let text = text.trim();
        // Before anything grows: a normal form may be eleven times as long.
        if text.len() > TYPED_MAXIMUM_BYTES {
            return Err(EmailAddressRejection::TooLong);
        }
        let display: String = text.nfkc().collect();
        if display.is_empty() {
            return Err(EmailAddressRejection::Empty);
        }
        let normalised = with_one_domain(&display);
        // Normal forms may be longer, may gain an "@" or a blank that the original hid: both are held to the rules.
        for form in [display.as_str(), normalised.as_str()] {
            if form.len() > EMAIL_ADDRESS_MAXIMUM_BYTES {
                return Err(EmailAddressRejection::TooLong);
            }
            if form
                .chars()
                .any(|character| character.is_control() || character.is_whitespace())
            {
                return Err(EmailAddressRejection::ForbiddenCharacter);
            }
            let options = Options::default()
                .with_required_tld()
                .without_display_text()
                .without_domain_literal();
            email_address::EmailAddress::parse_with_options(form, options)
                .map_err(|_| EmailAddressRejection::Malformed)?;
        }
        Ok(Self { normalised, display })
    }

    /// The normalised form: what is stored, compared, looked up and counted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normalised
    }

    /// The original, trimmed: what is shown.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The normalised part before the last `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.normalised
            .rsplit_once('@')
            .map_or("", |(local_part, _)| local_part)
    }

    /// The normalised part after the last `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.normalised.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// What stands after the first `+` of the local part.
    #[must_use]
    pub fn subaddress(&self) -> Option<&str> {
        self.local_part().split_once('+').map(|(_, subaddress)| subaddress)
    }
}

/// The form in which an address is compared, with its domain in the one form that all of its spellings have. Domains have rules
/// of their own: where a name ends with a capital sigma, lower case is another letter than the one that name servers know.
fn with_one_domain(address: &str) -> String {
    let parsed = address
        .rsplit_once('@')
        .and_then(|(local, domain)| Some((local, DomainName::parse(domain)?)));
    match parsed {
        Some((local, domain)) => format!("{}@{}", normalised(local), domain.unicode),
        None => normalised(address),
    }
}

/// Whether a mail server may take a message for the address, which is one already.
fn is_mailable(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let Some(domain) = DomainName::parse(domain) else {
        return false;
    };
    // Quotes let one mailbox be spelt in many ways (RFC 5321, 4.1.2), and mail libraries do not write all of them.
    if local.contains('"') {
        return false;
    }
    let length = local.len() + 1 + domain.ascii.len();
    local.is_ascii() && local.len() <= LOCAL_PART_MAXIMUM_BYTES && length <= EMAIL_ADDRESS_MAXIMUM_BYTES
}

/// Whether `address` is one for tests: one of its subaddresses is `clerk_test` (`ada+clerk_test@…`,
/// `ada+clerk_test+2@…`, `ada+clerk_test_2@…`). Means nothing outside development instances.
#[must_use]
pub fn is_test_address(address: &EmailAddress) -> bool {
    address.subaddress().is_some_and(|subaddress| {
        subaddress.split('+').any(|part| {
            part == TEST_SUBADDRESS
                || part
                    .strip_prefix(TEST_SUBADDRESS)
                    .is_some_and(|rest| rest.starts_with('_'))
        })
    })
}

/// A username.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username {
    normalised: String,
    display: String,
}

/// Why a text is no username of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameRejection {
    /// Not between these lengths, in characters, inclusive.
    Length {
        /// The fewest characters allowed.
        minimum: u32,
        /// The most characters allowed.
        maximum: u32,
    },
    /// A character that the instance does not allow.
    ForbiddenCharacter,
    /// Only digits, which the instance does not allow.
    NeedsNonNumber,
}

impl Username {
    /// What was parsed before and stored as its two forms; it is not held to the rules again.
    #[must_use]
    pub const fn from_stored(normalised: String, display: String) -> Self {
        Self { normalised, display }
    }

    /// Parses what a person typed, by the rules of an instance. Blanks around it are dropped.
    ///
    /// # Errors
    /// [`UsernameRejection`].
    pub fn parse(text: &str, settings: &UsernameSettings) -> Result<Self, UsernameRejection> {
        let display = text.trim();
        let allowed = |character: char| {
            character.is_ascii_alphanumeric()
                || matches!(character, '_' | '-')
                || (settings.allow_extended_special_characters && EXTENDED_USERNAME_CHARACTERS.contains(character))
        };
        let (minimum, maximum) = (settings.min_length, settings.max_length);
        let length = display.chars().count();
        if !u32::try_from(length).is_ok_and(|length| (minimum..=maximum).contains(&length)) {
            return Err(UsernameRejection::Length { minimum, maximum });
        }
        if !display.chars().all(allowed) {
            return Err(UsernameRejection::ForbiddenCharacter);
        }
        if !settings.allow_numeric_usernames && display.chars().all(|character| character.is_ascii_digit()) {
            return Err(UsernameRejection::NeedsNonNumber);
        }
        Ok(Self {
            display: display.to_owned(),
            normalised: display.to_ascii_lowercase(),
        })
    }

    /// The normalised form: what is stored, compared, looked up and counted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normalised
    }

    /// The original, trimmed: what is shown.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }
}

/// What a person typed into the sign-in box, as far as it can name somebody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// What it can be.
    pub kind: IdentificationKind,
    /// The normalised form, to be looked up among identifications of that kind.
    pub normalised: String,
}

impl Identifier {
    /// Reads `text` as an identifier that people of this instance sign in with; `None` when it can be none.
    ///
    /// Rules for new usernames are not applied: an old one must keep working after the rules have become stricter.
    #[must_use]
    pub fn parse(text: &str, attributes: &AttributeSettings) -> Option<Self> {
        let trimmed = text.trim();
        if trimmed.contains('@') {
            if !attributes.email_address.is_identifier() {
                return None;
            }
            let address = EmailAddress::read(trimmed).ok()?;
            return Some(Self {
                kind: IdentificationKind::EmailAddress,
                normalised: address.normalised,
            });
        }
        let readable = !trimmed.is_empty()
            && trimmed.len() <= EMAIL_ADDRESS_MAXIMUM_BYTES
            && trimmed.chars().all(|character| character.is_ascii_graphic());
        (readable && attributes.username.is_identifier()).then(|| Self {
            kind: IdentificationKind::Username,
            normalised: trimmed.to_ascii_lowercase(),
        })
    }
}

#[cfg(test)]
mod tests;
