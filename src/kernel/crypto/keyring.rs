//! The keys: the operator's master key, and the data keys that it seals.
//!
//! Data keys are random, one ring per class. Invariant: the newest key of a class makes new things, and every key of the
//! class still opens or verifies old ones; rotating the master key reseals only the data keys.

use super::sealed::{self, Place, SealedError, Sealer};
use crate::runtime::entropy::Entropy;
use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use entity::{
    id::{DataKeyId, TypedId as _},
    kind::DataKeyClass,
};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// A text is not a master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 32 bytes in base64")]
pub struct InvalidMasterKey;

/// Why the keyring could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is no data key of this class.
    #[error("there is no data key of the class {0}")]
    MissingClass(DataKeyClass),
    /// A key could not be used.
    #[error(transparent)]
    Key(#[from] SealedError),
}

/// The operator's key: 32 random bytes that seal the data keys and nothing else.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("MasterKey").field(&self.id()).finish()
    }
}

impl MasterKey {
    /// A new master key.
    #[must_use]
    pub fn generate(entropy: &Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// Reads a master key from base64 (RFC 4648 section 4 or 5), padded or not; white space around it is ignored.
    ///
    /// # Errors
    ///
    /// When the text is something else, or is not of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidMasterKey> {
        let text = text.trim();
        let alphabet = if text.contains(['-', '_']) {
            &alphabet::URL_SAFE
        } else {
            &alphabet::STANDARD
        };
        let either_padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let bytes = GeneralPurpose::new(alphabet, either_padding)
            .decode(text)
            .map(Zeroizing::new)
            .map_err(|_| InvalidMasterKey)?;
        let key = bytes.as_slice().try_into().map_err(|_| InvalidMasterKey)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key in padded base64 (RFC 4648 section 4), for an operator to keep.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    /// A name for the key that tells nothing useful about it: sealed data keys carry it, so that a wrong master key is
    /// reported as such.
    #[must_use]
    pub fn id(&self) -> String {
        let mut input = Zeroizing::new(b"master key id\0".to_vec());
        input.extend_from_slice(self.0.as_slice());
        let hash = digest(&SHA256, &input);
        format!(
            "mkey_{}",
            hex::encode(hash.as_ref().iter().take(6).copied().collect::<Vec<_>>())
        )
    }

    fn sealer(&self) -> Result<Sealer, SealedError> {
        Sealer::new(self.id(), &self.0)
    }
}

/// An opened data key.
#[derive(Clone)]
pub struct KeyMaterial {
    /// Its identifier, which also tells its age.
    pub id: DataKeyId,
    /// What it is for.
    pub class: DataKeyClass,
    /// The key.
    pub key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyMaterial")
            .field("id", &self.id)
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}

impl KeyMaterial {
    /// A new data key, made at `now` (Unix milliseconds).
    #[must_use]
    pub fn generate(entropy: &Entropy, now: i64, class: DataKeyClass) -> Self {
        Self {
            id: entropy.id(now),
            class,
            key: Zeroizing::new(entropy.bytes()),
        }
    }
}

/// The column name that a sealed data key is bound to. The class is part of it, so that a key cannot change its class.
fn data_key_column(class: DataKeyClass) -> String {
    format!("sealed_key:{class}")
}

/// Seals a data key for its row in `data_key`.
///
/// # Errors
///
/// [`SealedError::Library`] when the library fails.
pub fn seal_data_key(master: &MasterKey, material: &KeyMaterial, entropy: &Entropy) -> Result<String, SealedError> {
    let column = data_key_column(material.class);
    let place = Place {
        table: "data_key",
        row: material.id.as_str(),
        column: &column,
    };
    master.sealer()?.seal(entropy, place, material.key.as_slice())
}

/// Opens a data key from its row in `data_key`.
///
/// # Errors
///
/// [`SealedError::UnknownKey`] when another master key sealed it; else as [`Sealer::open`].
pub fn open_data_key(
    master: &MasterKey,
    id: DataKeyId,
    class: DataKeyClass,
    sealed: &str,
) -> Result<KeyMaterial, SealedError> {
    let column = data_key_column(class);
    let place = Place {
        table: "data_key",
        row: id.as_str(),
        column: &column,
    };
    let bytes = master.sealer()?.open(place, sealed)?;
    let key = bytes.as_slice().try_into().map_err(|_| SealedError::Malformed)?;
    Ok(KeyMaterial {
        id,
        class,
        key: Zeroizing::new(key),
    })
}

/// The keys of one class, newest first. There is always one.
struct Ring<T> {
    newest: T,
    older: Vec<T>,
}

impl<T> Ring<T> {
    fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

/// A key that signs client tokens, with its identifier.
pub(super) struct ClientTokenKey {
    pub(super) id: DataKeyId,
    pub(super) secret: Zeroizing<[u8; 32]>,
}

struct Keys {
    seal: Ring<Sealer>,
    code: Ring<hmac::Key>,
    lookup: Ring<hmac::Key>,
    client_token: Ring<ClientTokenKey>,
}

/// Every data key, ready for use. Cheap to clone.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keyring").finish_non_exhaustive()
    }
}

impl Keyring {
    /// A keyring of these keys, in any order.
    ///
    /// # Errors
    ///
    /// [`KeyringError::MissingClass`] when a class has no key.
    pub fn new(mut materials: Vec<KeyMaterial>) -> Result<Self, KeyringError> {
        // Identifiers sort by their time, so the greatest is the newest.
        materials.sort_by_key(|material| std::cmp::Reverse(material.id));
        let of = |class| materials.iter().filter(move |material| material.class == class);
        let sealers = of(DataKeyClass::Seal).map(|material| Sealer::new(material.id.as_str(), &material.key));
        let hmac_key = |material: &KeyMaterial| hmac::Key::new(hmac::HMAC_SHA256, material.key.as_slice());
        let client_token_key = |material: &KeyMaterial| ClientTokenKey {
            id: material.id,
            secret: material.key.clone(),
        };
        Ok(Self(Arc::new(Keys {
            seal: ring(DataKeyClass::Seal, sealers.collect::<Result<Vec<_>, _>>()?)?,
            code: ring(DataKeyClass::Code, of(DataKeyClass::Code).map(hmac_key))?,
            lookup: ring(DataKeyClass::Lookup, of(DataKeyClass::Lookup).map(hmac_key))?,
            client_token: ring(
                DataKeyClass::ClientToken,
                of(DataKeyClass::ClientToken).map(client_token_key),
            )?,
        })))
    }

    /// One new key of every class: what a new installation starts with.
    #[must_use]
    pub fn new_materials(entropy: &Entropy, now: i64) -> Vec<KeyMaterial> {
        DataKeyClass::ALL
            .iter()
            .map(|class| KeyMaterial::generate(entropy, now, *class))
            .collect()
    }

    /// Seals a secret for one place, by the newest key.
    ///
    /// # Errors
    ///
    /// [`SealedError::Library`] when the library fails.
    pub fn seal(&self, entropy: &Entropy, place: Place<'_>, secret: &[u8]) -> Result<String, SealedError> {
        self.0.seal.newest.seal(entropy, place, secret)
    }

    /// Opens a secret sealed for this place, by whichever key sealed it.
    ///
    /// # Errors
    ///
    /// As [`Sealer::open`].
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let key_id = sealed::key_id_of(sealed)?;
        match self.0.seal.iter().find(|key| key.key_id() == key_id) {
            Some(key) => key.open(place, sealed),
            None => Err(SealedError::UnknownKey {
                key_id: key_id.to_owned(),
            }),
        }
    }

    /// The identifier of the key that [`Keyring::seal`] uses: what a rotation compares with [`sealed::key_id_of`].
    #[must_use]
    pub fn seal_key_id(&self) -> &str {
        self.0.seal.newest.key_id()
    }

    /// A keyed hash by which a value that can be guessed is looked up: HMAC-SHA256 (RFC 2104) by the newest lookup key,
    /// 64 hexadecimal digits. Values of different `domain`s never meet.
    #[must_use]
    pub fn lookup_digest(&self, domain: &str, value: &str) -> String {
        lookup_digest(&self.0.lookup.newest, domain, value)
    }

    /// The same hash by every lookup key, newest first: what a query must ask for while rows of older keys remain.
    #[must_use]
    pub fn lookup_digests(&self, domain: &str, value: &str) -> Vec<String> {
        let keys = self.0.lookup.iter();
        keys.map(|key| lookup_digest(key, domain, value)).collect()
    }

    /// The key that derives new one-time codes.
    pub(super) fn code_key(&self) -> &hmac::Key {
        &self.0.code.newest
    }

    /// The keys that may have derived a code that is still alive, newest first.
    pub(super) fn code_keys(&self) -> impl Iterator<Item = &hmac::Key> {
        self.0.code.iter()
    }

    /// The key that signs new client tokens.
    pub(super) fn client_token_key(&self) -> &ClientTokenKey {
        &self.0.client_token.newest
    }

    /// The client token key of an identifier.
    pub(super) fn find_client_token_key(&self, id: &str) -> Option<&ClientTokenKey> {
        self.0.client_token.iter().find(|key| key.id.as_str() == id)
    }
}

/// A ring of keys that come newest first.
fn ring<T>(class: DataKeyClass, keys: impl IntoIterator<Item = T>) -> Result<Ring<T>, KeyringError> {
    let mut keys = keys.into_iter();
    let newest = keys.next().ok_or(KeyringError::MissingClass(class))?;
    Ok(Ring {
        newest,
        older: keys.collect(),
    })
}

fn lookup_digest(key: &hmac::Key, domain: &str, value: &str) -> String {
    let mut context = hmac::Context::with_key(key);
    // The length keeps `a` + `bc` apart from `ab` + `c`.
    context.update(&(domain.len() as u64).to_be_bytes());
    context.update(domain.as_bytes());
    context.update(value.as_bytes());
    hex::encode(context.sign())
}

#[cfg(test)]
mod tests {
    use super::{InvalidMasterKey, KeyMaterial, Keyring, KeyringError, MasterKey, open_data_key, seal_data_key};
    use crate::{
        crypto::sealed::{Place, SealedError, key_id_of},
        runtime::entropy::Entropy,
    };
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
    };
    use entity::{id::TypedId as _, kind::DataKeyClass};

    const NOW: i64 = 1_795_000_000_000;
    const PLACE: Place<'_> = Place {
        table: "signing_key",
        row: "skey_1",
        column: "private_key",
    };

    #[test]
    fn a_master_key_is_read_in_every_spelling_of_base64() {
        let bytes = [0xfb; 32];
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            let text = format!(" {}\n", engine.encode(bytes));
            let key = MasterKey::from_base64(&text).unwrap();
            assert_eq!(*key.to_base64(), STANDARD.encode(bytes));
        }
    }

    #[test]
    fn other_texts_are_no_master_key() {
        for text in [
            "",
            "secret",
            &STANDARD.encode([1; 31]),
            &STANDARD.encode([1; 33]),
            &"+_".repeat(22),
        ] {
            assert_eq!(MasterKey::from_base64(text).unwrap_err(), InvalidMasterKey, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let entropy = Entropy::seeded(1);
        let master = MasterKey::from_base64(&STANDARD.encode([0x41; 32])).unwrap();
        assert!(!format!("{master:?}").contains("QUFB"));
        assert!(!format!("{master:?}").contains("65, 65"));
        let material = KeyMaterial {
            key: zeroize::Zeroizing::new([0x41; 32]),
            ..KeyMaterial::generate(&entropy, NOW, DataKeyClass::Seal)
        };
        assert!(!format!("{material:?}").contains("65"), "{material:?}");
    }

    #[test]
    fn a_data_key_opens_only_by_its_master_for_its_row_and_class() {
        let entropy = Entropy::seeded(1);
        let (master, other) = (MasterKey::generate(&entropy), MasterKey::generate(&entropy));
        let material = KeyMaterial::generate(&entropy, NOW, DataKeyClass::Code);
        let sealed = seal_data_key(&master, &material, &entropy).unwrap();

        let opened = open_data_key(&master, material.id, DataKeyClass::Code, &sealed).unwrap();
        assert_eq!(opened.key, material.key);

        let moved_class = open_data_key(&master, material.id, DataKeyClass::Seal, &sealed);
        assert_eq!(moved_class.unwrap_err(), SealedError::Refused);
        let moved_row = open_data_key(&master, entropy.id(NOW), DataKeyClass::Code, &sealed);
        assert_eq!(moved_row.unwrap_err(), SealedError::Refused);
        let wrong_master = open_data_key(&other, material.id, DataKeyClass::Code, &sealed);
        assert_eq!(
            wrong_master.unwrap_err(),
            SealedError::UnknownKey { key_id: master.id() }
        );
    }

    #[test]
    fn every_class_must_have_a_key() {
        let entropy = Entropy::seeded(1);
        for missing in DataKeyClass::ALL {
            let mut materials = Keyring::new_materials(&entropy, NOW);
            materials.retain(|material| material.class != *missing);
            assert_eq!(
                Keyring::new(materials).unwrap_err(),
                KeyringError::MissingClass(*missing)
            );
        }
    }

    #[test]
    fn the_newest_key_seals_and_older_ones_still_open() {
        let entropy = Entropy::seeded(1);
        let mut materials = Keyring::new_materials(&entropy, NOW);
        let before = Keyring::new(materials.clone()).unwrap();
        let old = before.seal(&entropy, PLACE, b"secret").unwrap();

        let newest = KeyMaterial::generate(&entropy, NOW + 1_000, DataKeyClass::Seal);
        materials.insert(0, newest.clone());
        let after = Keyring::new(materials).unwrap();
        let new = after.seal(&entropy, PLACE, b"secret").unwrap();
        assert_eq!(key_id_of(&new), Ok(newest.id.as_str()));
        assert_eq!(after.seal_key_id(), newest.id.as_str());
        assert_ne!(key_id_of(&old), key_id_of(&new));
        for sealed in [&old, &new] {
            assert_eq!(after.open(PLACE, sealed).unwrap().as_slice(), b"secret");
        }
        assert!(matches!(before.open(PLACE, &new), Err(SealedError::UnknownKey { .. })));
    }

    #[test]
    fn lookup_digests_keep_domains_and_keys_apart_and_find_older_rows() {
        let entropy = Entropy::seeded(1);
        let mut materials = Keyring::new_materials(&entropy, NOW);
        let before = Keyring::new(materials.clone()).unwrap();
        let digest = before.lookup_digest("email", "a@example.com");
        assert_eq!(digest.len(), 64);
        assert_eq!(digest, before.lookup_digest("email", "a@example.com"));
        assert_ne!(digest, before.lookup_digest("emai", "la@example.com"));
        assert_ne!(digest, before.lookup_digest("phone", "a@example.com"));

        materials.push(KeyMaterial::generate(&entropy, NOW + 1_000, DataKeyClass::Lookup));
        let after = Keyring::new(materials).unwrap();
        let newest = after.lookup_digest("email", "a@example.com");
        assert_ne!(newest, digest);
        assert_eq!(after.lookup_digests("email", "a@example.com"), [newest, digest]);
    }
}
