//! Client tokens and development-browser tokens: HS256 JWTs by the client token key, which name a row and carry the
//! rotating secret whose digest the row stores.
//!
//! They say who asks, not that it may: the caller compares [`super::digest::secret_digest`] of `rotating` with the row.
//! Invariant: the two kinds are told apart by `typ` (RFC 8725 section 3.11), and neither is ever taken for the other.

use super::{
    jwt::TokenError,
    keyring::{ClientTokenKey, Keyring},
};
use entity::id::{ClientId, DevBrowserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

/// The longest token that is looked at, in bytes.
const MAXIMUM_LENGTH: usize = 4 * 1024;

const CLIENT_TYPE: &str = "client+jwt";
const DEV_BROWSER_TYPE: &str = "dev_browser+jwt";

/// What a client token says. `Debug` hides the rotating secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientToken {
    /// The client.
    pub client: ClientId,
    /// The rotating secret.
    pub rotating: String,
}

impl fmt::Debug for ClientToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientToken")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl ClientToken {
    /// The signed token, issued at `now` (Unix milliseconds).
    ///
    /// # Errors
    ///
    /// [`TokenError::Signing`] when the library fails.
    pub fn issue(&self, keyring: &Keyring, now: i64) -> Result<String, TokenError> {
        let claims = Claims {
            id: self.client,
            rotating_token: self.rotating.clone(),
            iat: now.div_euclid(1_000),
        };
        sign(keyring.client_token_key(), CLIENT_TYPE, &claims)
    }

    /// What a token says, when it is one of ours; `None` for anything else.
    #[must_use]
    pub fn read(keyring: &Keyring, token: &str) -> Option<Self> {
        let claims: Claims<ClientId> = verify(keyring, CLIENT_TYPE, token)?;
        Some(Self {
            client: claims.id,
            rotating: claims.rotating_token,
        })
    }
}

/// What a development-browser token says. `Debug` hides the rotating secret.
#[derive(Clone, PartialEq, Eq)]
pub struct DevBrowserToken {
    /// The development browser.
    pub dev_browser: DevBrowserId,
    /// The rotating secret.
    pub rotating: String,
}

impl fmt::Debug for DevBrowserToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DevBrowserToken")
            .field("dev_browser", &self.dev_browser)
            .finish_non_exhaustive()
    }
}

impl DevBrowserToken {
    /// The signed token, issued at `now` (Unix milliseconds).
    ///
    /// # Errors
    ///
    /// [`TokenError::Signing`] when the library fails.
    pub fn issue(&self, keyring: &Keyring, now: i64) -> Result<String, TokenError> {
        let claims = Claims {
            id: self.dev_browser,
            rotating_token: self.rotating.clone(),
            iat: now.div_euclid(1_000),
        };
        sign(keyring.client_token_key(), DEV_BROWSER_TYPE, &claims)
    }

    /// What a token says, when it is one of ours; `None` for anything else.
    #[must_use]
    pub fn read(keyring: &Keyring, token: &str) -> Option<Self> {
        let claims: Claims<DevBrowserId> = verify(keyring, DEV_BROWSER_TYPE, token)?;
        Some(Self {
            dev_browser: claims.id,
            rotating: claims.rotating_token,
        })
    }
}

/// The claims of both kinds. There are no others, and none twice.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims<Id> {
    id: Id,
    rotating_token: String,
    iat: i64,
}

/// The header of both kinds. Any other field (`crit`, `jku`, `jwk`, `b64` and the like) is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenHeader {
    alg: Algorithm,
    kid: String,
    typ: String,
}

fn sign(key: &ClientTokenKey, typ: &str, claims: &impl Serialize) -> Result<String, TokenError> {
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(typ.to_owned());
    header.kid = Some(key.id.to_string());
    let secret = EncodingKey::from_secret(key.secret.as_slice());
    jsonwebtoken::encode(&header, claims, &secret).map_err(|_| TokenError::Signing)
}

fn verify<Id: DeserializeOwned>(keyring: &Keyring, typ: &str, token: &str) -> Option<Claims<Id>> {
    if token.len() > MAXIMUM_LENGTH {
        return None;
    }
    let header: TokenHeader = super::jwt::read_header(token)?;
    if header.alg != Algorithm::HS256 || header.typ != typ {
        return None;
    }
    let key = keyring.find_client_token_key(&header.kid)?;
    let mut validation = Validation::new(Algorithm::HS256);
    // The token has no times and no audience: it lives as long as the row that holds its secret's digest.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    // The library parses the claims only after the signature has been verified.
    jsonwebtoken::decode(token, &DecodingKey::from_secret(key.secret.as_slice()), &validation)
        .ok()
        .map(|token| token.claims)
}

#[cfg(test)]
mod tests {
    use super::{CLIENT_TYPE, ClientToken, DEV_BROWSER_TYPE, DevBrowserToken, sign};
    use crate::{
        crypto::keyring::{KeyMaterial, Keyring},
        runtime::entropy::Entropy,
    };
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use entity::{id::TypedId as _, kind::DataKeyClass};
    use jsonwebtoken::{Algorithm, EncodingKey};
    use serde_json::{Value, json};

    const NOW: i64 = 1_795_000_000_000;

    fn client_token(entropy: &Entropy) -> ClientToken {
        ClientToken {
            client: entropy.id(NOW),
            rotating: entropy.token(),
        }
    }

    #[test]
    fn a_token_is_read_as_it_was_issued() {
        let entropy = Entropy::seeded(1);
        let keyring = Keyring::new(Keyring::new_materials(&entropy, NOW)).unwrap();
        let client = client_token(&entropy);
        let token = client.issue(&keyring, NOW).unwrap();
        assert_eq!(ClientToken::read(&keyring, &token), Some(client));
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("client+jwt"));

        let dev_browser = DevBrowserToken {
            dev_browser: entropy.id(NOW),
            rotating: entropy.token(),
        };
        let token = dev_browser.issue(&keyring, NOW).unwrap();
        assert_eq!(DevBrowserToken::read(&keyring, &token), Some(dev_browser));
    }

    #[test]
    fn neither_kind_is_taken_for_the_other() {
        let entropy = Entropy::seeded(1);
        let keyring = Keyring::new(Keyring::new_materials(&entropy, NOW)).unwrap();
        let client = client_token(&entropy);
        let token = client.issue(&keyring, NOW).unwrap();
        assert_eq!(DevBrowserToken::read(&keyring, &token), None);
        // Even when the type is right, the id must be of its kind.
        let claims = json!({ "id": client.client, "rotating_token": "x", "iat": 1 });
        let crossed = sign(keyring.client_token_key(), DEV_BROWSER_TYPE, &claims).unwrap();
        assert_eq!(DevBrowserToken::read(&keyring, &crossed), None);
        assert_eq!(ClientToken::read(&keyring, &crossed), None);
    }

    #[test]
    fn tokens_of_an_older_key_are_read_and_of_an_unknown_key_are_not() {
        let entropy = Entropy::seeded(1);
        let mut materials = Keyring::new_materials(&entropy, NOW);
        let before = Keyring::new(materials.clone()).unwrap();
        let old = client_token(&entropy).issue(&before, NOW).unwrap();
        materials.push(KeyMaterial::generate(&entropy, NOW + 1_000, DataKeyClass::ClientToken));
        let after = Keyring::new(materials).unwrap();
        let new = client_token(&entropy).issue(&after, NOW).unwrap();
        assert!(ClientToken::read(&after, &old).is_some());
        assert!(ClientToken::read(&after, &new).is_some());
        assert_eq!(ClientToken::read(&before, &new), None);
    }

    #[test]
    fn one_changed_character_is_refused() {
        let entropy = Entropy::seeded(1);
        let keyring = Keyring::new(Keyring::new_materials(&entropy, NOW)).unwrap();
        let token = client_token(&entropy).issue(&keyring, NOW).unwrap();
        for position in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(ClientToken::read(&keyring, &changed), None, "position {position}");
        }
    }

    /// A token with any header and claims, signed by the right key with `algorithm`.
    fn forge(keyring: &Keyring, algorithm: Algorithm, header: &Value, claims: &str) -> String {
        let message = [header.to_string().as_str(), claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .join(".");
        let key = EncodingKey::from_secret(keyring.client_token_key().secret.as_slice());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
        format!("{message}.{signature}")
    }

    #[test]
    fn well_signed_tokens_of_another_shape_are_refused() {
        let entropy = Entropy::seeded(1);
        let keyring = Keyring::new(Keyring::new_materials(&entropy, NOW)).unwrap();
        let id = client_token(&entropy).client;
        let kid = keyring.client_token_key().id.to_string();
        let header = json!({ "alg": "HS256", "kid": kid, "typ": CLIENT_TYPE });
        let claims = format!(r#"{{"id":"{id}","rotating_token":"x","iat":1}}"#);
        let forged = forge(&keyring, Algorithm::HS256, &header, &claims);
        assert!(
            ClientToken::read(&keyring, &forged).is_some(),
            "the forgery itself is sound"
        );

        for (field, value) in [
            ("typ", json!("JWT")),
            ("typ", json!("CLIENT+JWT")),
            ("typ", Value::Null),
            ("kid", json!("../../etc/passwd")),
            ("kid", json!("")),
            ("alg", json!("none")),
            ("alg", json!("RS256")),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
            ("jwk", json!({})),
        ] {
            let mut changed = header.clone();
            changed[field] = value;
            let token = forge(&keyring, Algorithm::HS256, &changed, &claims);
            assert_eq!(ClientToken::read(&keyring, &token), None, "{changed}");
        }
        let stronger = json!({ "alg": "HS512", "kid": kid, "typ": CLIENT_TYPE });
        let token = forge(&keyring, Algorithm::HS512, &stronger, &claims);
        assert_eq!(ClientToken::read(&keyring, &token), None);

        for claims in [
            "{}".to_owned(),
            "[]".to_owned(),
            String::new(),
            format!(r#"{{"id":"{id}","rotating_token":"x"}}"#),
            format!(r#"{{"id":"{id}","iat":1}}"#),
            format!(r#"{{"id":"{id}","id":"{id}","rotating_token":"x","iat":1}}"#),
            format!(r#"{{"id":"{id}","rotating_token":"x","iat":1,"admin":true}}"#),
            r#"{"id":"client_1","rotating_token":"x","iat":1}"#.to_owned(),
        ] {
            let token = forge(&keyring, Algorithm::HS256, &header, &claims);
            assert_eq!(ClientToken::read(&keyring, &token), None, "{claims}");
        }
    }

    #[test]
    fn rubbish_is_refused_and_never_panics() {
        let entropy = Entropy::seeded(1);
        let keyring = Keyring::new(Keyring::new_materials(&entropy, NOW)).unwrap();
        let token = client_token(&entropy).issue(&keyring, NOW).unwrap();
        let unsigned = token.rsplit_once('.').unwrap().0;
        for text in [
            "",
            ".",
            "..",
            "...",
            "é.é.é",
            unsigned,
            &format!("{unsigned}."),
            &format!("{token}."),
            &format!(".{token}"),
            &format!("{token}.{token}"),
            &format!(" {token}"),
            &format!("{token}="),
            &token[..token.len() - 1],
            &"a".repeat(1_000_000),
        ] {
            assert_eq!(ClientToken::read(&keyring, text), None, "{text:.40}");
        }
    }

    #[test]
    fn debug_hides_the_rotating_secret() {
        let client = client_token(&Entropy::seeded(1));
        assert!(!format!("{client:?}").contains(&client.rotating));
        assert!(format!("{client:?}").contains(client.client.as_str()));
    }
}
