//! Sealing of secrets at rest: AES-256-GCM (NIST SP 800-38D), bound to the place where the ciphertext is stored.
//!
//! Text form: `v1.<key id>.<base64url of nonce ‖ ciphertext ‖ tag>`. Invariant: a ciphertext opens only in the table, row
//! and column that it was sealed for.

use crate::runtime::entropy::Entropy;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;
use zeroize::Zeroizing;

/// The version of the text form. It is part of what the tag covers.
const VERSION: &str = "v1";

/// Why something could not be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// The text is not of the sealed form.
    #[error("not a sealed text")]
    Malformed,
    /// The text was sealed by a key that is not here.
    #[error("sealed by the key {key_id}, which is not available")]
    UnknownKey {
        /// The identifier of that key.
        key_id: String,
    },
    /// The tag does not fit: the text was changed, moved from its place, or sealed by another key of that identifier.
    #[error("the sealed text was changed or belongs to another place")]
    Refused,
    /// The cryptographic library failed (out of memory, or a text beyond its 64 GiB).
    #[error("the cryptographic library failed")]
    Library,
}

/// Where a ciphertext lives. It is authenticated with it, not stored in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's identifier.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
}

impl Place<'_> {
    /// The associated data. Each part carries its length, so that no two places encode alike.
    fn associated_bytes(self) -> Vec<u8> {
        let parts = [VERSION, self.table, self.row, self.column];
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + size_of::<u64>()).sum());
        for part in parts {
            // A length in memory fits in 64 bits on every platform.
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// One key that seals and opens.
///
/// Nonces are random: a key must seal fewer than 2^32 texts, which the rotation of data keys keeps far away.
pub struct Sealer {
    key_id: String,
    key: LessSafeKey,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sealer")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl Sealer {
    /// A sealer by `key`, whose texts name `key_id` (any text without a full stop).
    ///
    /// # Errors
    ///
    /// `Malformed` when `key_id` is empty or contains a full stop; `Library` when the library cannot hold the key.
    pub fn new(key_id: impl Into<String>, key: &[u8; 32]) -> Result<Self, SealedError> {
        let key_id = key_id.into();
        if key_id.is_empty() || key_id.contains('.') {
            return Err(SealedError::Malformed);
        }
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealedError::Library)?;
        Ok(Self {
            key_id,
            key: LessSafeKey::new(key),
        })
    }

    /// The identifier that this sealer's texts carry.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals `secret` for one place.
    ///
    /// # Errors
    ///
    /// `Library` when the library fails.
    pub fn seal(&self, entropy: &Entropy, place: Place<'_>, secret: &[u8]) -> Result<String, SealedError> {
        let nonce = entropy.bytes::<NONCE_LEN>();
        // The capacity holds the tag too, so that the secret is encrypted where it stands and no plain copy stays behind.
        let mut text = Vec::with_capacity(secret.len() + AES_256_GCM.tag_len());
        text.extend_from_slice(secret);
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.associated_bytes()),
                &mut text,
            )
            .map_err(|_| SealedError::Library)?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &text].concat());
        Ok(format!("{VERSION}.{}.{body}", self.key_id))
    }

    /// Opens what [`Sealer::seal`] made for the same place.
    ///
    /// # Errors
    ///
    /// `Malformed`, `UnknownKey` when another key sealed it, `Refused` when it was changed or moved.
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let (key_id, body) = split(sealed)?;
        if key_id != self.key_id {
            return Err(SealedError::UnknownKey {
                key_id: key_id.to_owned(),
            });
        }
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealedError::Malformed)?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealedError::Malformed)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(place.associated_bytes()),
                &mut text,
            )
            .map_err(|_| SealedError::Refused)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

/// The identifier of the key that sealed a text.
///
/// # Errors
///
/// `Malformed` when the text is not of the sealed form.
pub fn key_id_of(sealed: &str) -> Result<&str, SealedError> {
    split(sealed).map(|(key_id, _)| key_id)
}

/// Splits the text form into key identifier and body.
fn split(sealed: &str) -> Result<(&str, &str), SealedError> {
    sealed
        .strip_prefix(VERSION)
        .and_then(|rest| rest.strip_prefix('.'))
        .and_then(|rest| rest.split_once('.'))
        .ok_or(SealedError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::{Place, SealedError, Sealer, key_id_of};
    use crate::runtime::entropy::Entropy;

    const PLACE: Place<'_> = Place {
        table: "signing_key",
        row: "skey_1",
        column: "private_key",
    };

    fn sealer() -> Sealer {
        Sealer::new("dkey_1", &[7; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_place() {
        let (key, entropy) = (sealer(), Entropy::seeded(1));
        for secret in [b"".as_slice(), b"secret", &[0; 5_000]] {
            let sealed = key.seal(&entropy, PLACE, secret).unwrap();
            assert_eq!(key.open(PLACE, &sealed).unwrap().as_slice(), secret);
            assert_eq!(key_id_of(&sealed), Ok("dkey_1"));
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let (key, entropy) = (sealer(), Entropy::seeded(1));
        let first = key.seal(&entropy, PLACE, b"secret").unwrap();
        assert_ne!(first, key.seal(&entropy, PLACE, b"secret").unwrap());
    }

    #[test]
    fn a_ciphertext_does_not_open_in_another_place() {
        let key = sealer();
        let sealed = key.seal(&Entropy::seeded(1), PLACE, b"secret").unwrap();
        for place in [
            Place {
                table: "signing",
                ..PLACE
            },
            Place { row: "skey_2", ..PLACE },
            Place {
                column: "public_key",
                ..PLACE
            },
            // The same letters, cut elsewhere.
            Place {
                table: "signing_keys",
                row: "key_1",
                ..PLACE
            },
            Place {
                row: "skey_1p",
                column: "rivate_key",
                ..PLACE
            },
        ] {
            assert_eq!(key.open(place, &sealed), Err(SealedError::Refused), "{place:?}");
        }
    }

    #[test]
    fn one_changed_character_is_refused() {
        let key = sealer();
        let sealed = key.seal(&Entropy::seeded(1), PLACE, b"secret").unwrap();
        for position in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(key.open(PLACE, &changed).is_err(), "position {position}");
        }
    }

    #[test]
    fn another_key_and_malformed_texts_are_refused() {
        let sealed = sealer().seal(&Entropy::seeded(1), PLACE, b"secret").unwrap();
        let unknown = Sealer::new("dkey_2", &[7; 32]).unwrap().open(PLACE, &sealed);
        assert_eq!(
            unknown,
            Err(SealedError::UnknownKey {
                key_id: "dkey_1".to_owned()
            })
        );
        let wrong = Sealer::new("dkey_1", &[8; 32]).unwrap().open(PLACE, &sealed);
        assert_eq!(wrong, Err(SealedError::Refused));
        for text in [
            "",
            "v1",
            "v1.",
            "v1.dkey_1",
            "v2.dkey_1.AAAA",
            "v1.dkey_1.",
            "v1.dkey_1.AAAA",
            "v1.dkey_1.é",
        ] {
            assert_eq!(sealer().open(PLACE, text), Err(SealedError::Malformed), "{text}");
        }
        assert_eq!(Sealer::new("a.b", &[0; 32]).unwrap_err(), SealedError::Malformed);
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", sealer()), r#"Sealer { key_id: "dkey_1", .. }"#);
    }
}
