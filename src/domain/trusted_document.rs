//! The manifests by which applications say which documents of GraphQL are theirs, as their tools write them.
//!
//! Invariant: what is read names each document by 64 hexadecimal digits. Whether these are the SHA-256 of its text is for the service
//! to find out, which can hash.

use crate::storable;
use serde_json::{Map, Value};

/// The most documents of an instance.
pub const MAXIMUM_DOCUMENTS: i64 = 5_000;
/// The most bytes of all their texts.
pub const MAXIMUM_BYTES: i64 = 16 * 1024 * 1024;
/// The most problems that are told of at once.
pub const MAXIMUM_PROBLEMS: usize = 20;

/// What Apollo's manifest calls itself.
const APOLLO: &str = "apollo-persisted-query-manifest";
/// The version of it that is read.
const APOLLO_VERSION: i64 = 1;
/// Characters of the hexadecimal form of an MD5, by which Relay names documents unless it is told otherwise.
const MD5_DIGITS: usize = 32;
/// Characters of the hexadecimal form of a SHA-256.
const SHA256_DIGITS: usize = 64;
/// Characters of a place that are told; it is made of what was given.
const PLACE_CHARACTERS: usize = 100;

/// A document of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Where in the manifest it is: its identifier, or in Apollo's form its number among the operations.
    pub place: String,
    /// By what it is known and what it says.
    pub document: Result<Document, Flaw>,
}

/// A document with the digest that it is said to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// 64 lower-case hexadecimal digits.
    pub digest: String,
    /// The text, byte for byte.
    pub text: String,
}

/// What is wrong with a manifest or with a document of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It has no form that is known.
    Form,
    /// It is Apollo's, of another version.
    Version,
    /// The document is no text.
    NoText,
    /// The document has a character that no database holds.
    Nul,
    /// The identifier is an MD5.
    Md5,
    /// The identifier is something else than a SHA-256.
    Identifier,
    /// The identifier is the SHA-256 of another text.
    OtherText,
    /// The document is none that could ever run.
    Unfit,
}

impl Flaw {
    /// What is wrong, as a sentence for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Form => {
                "The manifest has none of the forms that are known: an object of identifiers and documents, as graphql-codegen and \
                 Relay write it, or the manifest of Apollo."
            }
            Self::Version => "Of Apollo's manifest version 1 is read alone.",
            Self::NoText => "A document of the manifest is no text.",
            Self::Nul => "A document of the manifest contains the character NUL.",
            Self::Md5 => {
                "A document of the manifest is known by an MD5, which two texts may share. Let Relay write the SHA-256: persistConfig: \
                 { file: \"…\", algorithm: \"SHA256\" }."
            }
            Self::Identifier => {
                "A document of the manifest is not known by its SHA-256, in 64 lower-case hexadecimal digits, perhaps behind sha256: ."
            }
            Self::OtherText => "A document of the manifest is known by the SHA-256 of another text.",
            Self::Unfit => "A document of the manifest could not be carried out for anybody.",
        }
    }
}

/// The documents of a manifest of graphql-codegen, Relay or Apollo.
///
/// # Errors
/// [`Flaw::Form`] and [`Flaw::Version`], of the whole.
pub fn documents_of(manifest: &Value) -> Result<Vec<Given>, Flaw> {
    let manifest = manifest.as_object().ok_or(Flaw::Form)?;
    if manifest.get("operations").is_some_and(Value::is_array) {
        return of_apollo(manifest);
    }
    Ok(manifest
        .iter()
        .map(|(id, text)| given(id.clone(), Some(id), Some(text)))
        .collect())
}

fn of_apollo(manifest: &Map<String, Value>) -> Result<Vec<Given>, Flaw> {
    if manifest.get("format").and_then(Value::as_str) != Some(APOLLO) {
        return Err(Flaw::Form);
    }
    if manifest.get("version").and_then(Value::as_i64) != Some(APOLLO_VERSION) {
        return Err(Flaw::Version);
    }
    let operations = manifest.get("operations").and_then(Value::as_array).ok_or(Flaw::Form)?;
    let given = operations.iter().enumerate().map(|(index, operation)| {
        let id = operation.get("id").and_then(Value::as_str);
        given(format!("operations[{index}]"), id, operation.get("body"))
    });
    Ok(given.collect())
}

fn given(place: String, id: Option<&str>, text: Option<&Value>) -> Given {
    let place = match place.char_indices().nth(PLACE_CHARACTERS) {
        Some((end, _)) => place.get(..end).unwrap_or_default().to_owned(),
        None => place,
    };
    let document = digest(id.unwrap_or_default()).and_then(|digest| {
        let text = text.and_then(Value::as_str).ok_or(Flaw::NoText)?;
        storable::check_secret(text).map_err(|_| Flaw::Nul)?;
        Ok(Document {
            digest: digest.to_owned(),
            text: text.to_owned(),
        })
    });
    Given { place, document }
}

/// The digits of an identifier: `sha256:` and the digits, or these alone.
fn digest(id: &str) -> Result<&str, Flaw> {
    let (digits, is_prefixed) = match id.strip_prefix("sha256:") {
        Some(digits) => (digits, true),
        None => (id.strip_prefix("md5:").unwrap_or(id), false),
    };
    let are_digits = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    match digits.len() {
        SHA256_DIGITS if are_digits && (is_prefixed || digits.len() == id.len()) => Ok(digits),
        MD5_DIGITS if are_digits && !is_prefixed => Err(Flaw::Md5),
        _ => Err(Flaw::Identifier),
    }
}

#[cfg(test)]
mod tests {
    use super::{APOLLO, Document, Flaw, Given, documents_of};
    use serde_json::{Value, json};

    const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn apollo(operations: &Value) -> Value {
        json!({ "format": APOLLO, "version": 1, "operations": operations })
    }

    fn document(place: &str) -> Given {
        let document = Document {
            digest: DIGEST.to_owned(),
            text: "abc".to_owned(),
        };
        Given {
            place: place.to_owned(),
            document: Ok(document),
        }
    }

    /// What is wrong with the only document.
    fn flaw(manifest: &Value) -> Flaw {
        let given = documents_of(manifest).unwrap();
        assert_eq!(given.len(), 1);
        given[0].document.clone().unwrap_err()
    }

    #[test]
    fn each_form_of_a_manifest_gives_its_documents() {
        let prefixed = format!("sha256:{DIGEST}");
        assert_eq!(documents_of(&json!({ DIGEST: "abc" })), Ok(vec![document(DIGEST)]));
        assert_eq!(
            documents_of(&json!({ &prefixed: "abc" })),
            Ok(vec![document(&prefixed)])
        );
        let operations = json!([
            { "id": DIGEST, "name": "A", "type": "query", "body": "abc" },
            { "id": prefixed, "name": "B", "type": "query", "body": "abc" },
        ]);
        assert_eq!(
            documents_of(&apollo(&operations)),
            Ok(vec![document("operations[0]"), document("operations[1]")])
        );
        for nothing in [json!({}), apollo(&json!([]))] {
            assert_eq!(documents_of(&nothing), Ok(vec![]));
        }
    }

    #[test]
    fn what_is_no_manifest_is_refused_as_a_whole() {
        for (manifest, flaw) in [
            (json!([]), Flaw::Form),
            (json!("{}"), Flaw::Form),
            (json!(null), Flaw::Form),
            (json!({ "operations": [] }), Flaw::Form),
            (json!({ "format": "other", "version": 1, "operations": [] }), Flaw::Form),
            (
                json!({ "format": APOLLO, "version": 2, "operations": [] }),
                Flaw::Version,
            ),
            (json!({ "format": APOLLO, "operations": [] }), Flaw::Version),
        ] {
            assert_eq!(documents_of(&manifest), Err(flaw), "{manifest}");
        }
    }

    #[test]
    fn each_document_says_what_is_wrong_with_it() {
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        for (id, expected) in [
            (md5.to_owned(), Flaw::Md5),
            (format!("md5:{md5}"), Flaw::Md5),
            (format!("sha256:{md5}"), Flaw::Identifier),
            (format!("md5:{DIGEST}"), Flaw::Identifier),
            (DIGEST.to_uppercase(), Flaw::Identifier),
            (format!("{DIGEST}0"), Flaw::Identifier),
            (DIGEST.replace('a', "g"), Flaw::Identifier),
            (md5.replace(['a', '9'], "z"), Flaw::Identifier),
            (String::new(), Flaw::Identifier),
        ] {
            assert_eq!(flaw(&json!({ &id: "abc" })), expected, "{id}");
        }
        assert_eq!(flaw(&json!({ DIGEST: 7 })), Flaw::NoText);
        assert_eq!(flaw(&json!({ DIGEST: "a\0" })), Flaw::Nul);
        for operation in [json!(7), json!({ "body": "abc" }), json!({ "id": 7, "body": "abc" })] {
            assert_eq!(flaw(&apollo(&json!([operation]))), Flaw::Identifier);
        }
        assert_eq!(flaw(&apollo(&json!([{ "id": DIGEST }]))), Flaw::NoText);
    }

    #[test]
    fn a_place_is_told_up_to_a_length() {
        let given = documents_of(&json!({ "é".repeat(101): "" })).unwrap();
        assert_eq!(given[0].place, "é".repeat(100));
    }
}
