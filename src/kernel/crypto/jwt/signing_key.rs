//! The RSA key of an instance: signs tokens, and shows its public half as PEM and JWK (RFC 7517).
//!
//! Invariant: the key pair is parsed once and kept. Parsing it for each token would cost more than the signature.

use super::TokenError;
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use std::fmt;
use zeroize::Zeroizing;

/// What a token is, as told by the `cat` field of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCategory {
    /// The token of a session.
    Session,
    /// A token made from a template of the operator's.
    Template,
}

impl TokenCategory {
    /// The text in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "cl_B7d4PD111AAA",
            Self::Template => "cl_B7d4PD222AAA",
        }
    }
}

/// The public half of a signing key in JSON (RFC 7517 section 4, RFC 7518 section 6.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    /// What it is for: `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// The key type: `RSA`.
    pub kty: &'static str,
    /// Its identifier.
    pub kid: String,
    /// The algorithm: `RS256`.
    pub alg: &'static str,
    /// The modulus, base64url of the big-endian bytes.
    pub n: String,
    /// The exponent, likewise.
    pub e: String,
}

/// A key that signs tokens. `Debug` shows its identifier only.
pub struct SigningKey {
    kid: String,
    pair: KeyPair,
    /// Encoded headers: without category, of a session token, of a template token.
    headers: [String; 3],
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new RSA key of 2048 bits with the exponent 65537. Takes tens to hundreds of milliseconds: keep it off the
    /// threads that serve requests. Its randomness is AWS-LC's own, since the library takes no other.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signing`] when the library fails.
    pub fn generate(kid: impl Into<String>) -> Result<Self, TokenError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| TokenError::Signing)?;
        Ok(Self::new(kid.into(), pair))
    }

    /// A stored key.
    ///
    /// # Errors
    ///
    /// [`TokenError::Malformed`] when `der` is not PKCS#8 (RFC 5208) of a consistent RSA key of at least 2048 bits.
    pub fn from_pkcs8_der(kid: impl Into<String>, der: &[u8]) -> Result<Self, TokenError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| TokenError::Malformed)?;
        Ok(Self::new(kid.into(), pair))
    }

    fn new(kid: String, pair: KeyPair) -> Self {
        let categories = [None, Some(TokenCategory::Session), Some(TokenCategory::Template)];
        let headers = categories.map(|category| encoded_header(&kid, category));
        Self { kid, pair, headers }
    }

    /// The private key in PKCS#8 (RFC 5208), to be sealed and stored.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signing`] when the library fails.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| TokenError::Signing)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The key's identifier.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as `SubjectPublicKeyInfo` in PEM (RFC 7468 section 13).
    ///
    /// # Errors
    ///
    /// [`TokenError::Signing`] when the library fails.
    pub fn public_pem(&self) -> Result<String, TokenError> {
        let line_ending = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        let block = pem::Pem::new("PUBLIC KEY", self.public_der()?.as_ref());
        Ok(pem::encode_config(&block, line_ending))
    }

    /// The same without header, footer and line ends: the one line that fits an environment variable.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signing`] when the library fails.
    pub fn public_line(&self) -> Result<String, TokenError> {
        Ok(STANDARD.encode(self.public_der()?.as_ref()))
    }

    fn public_der(&self) -> Result<PublicKeyX509Der<'_>, TokenError> {
        self.pair.public_key().as_der().map_err(|_| TokenError::Signing)
    }

    /// The public half for a key set.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        let components = PublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        Jwk {
            usage: "sig",
            kty: "RSA",
            kid: self.kid.clone(),
            alg: "RS256",
            n: URL_SAFE_NO_PAD.encode(components.n),
            e: URL_SAFE_NO_PAD.encode(components.e),
        }
    }

    /// The public half, to verify with.
    #[must_use]
    pub fn verification_key(&self) -> VerificationKey {
        VerificationKey {
            kid: self.kid.clone(),
            key: DecodingKey::from_rsa_der(self.pair.public_key().as_ref()),
        }
    }

    /// A token of these claims: `alg` RS256 (RFC 7518 section 3.3), `typ` JWT, this key's `kid` and the category's `cat`.
    ///
    /// # Errors
    ///
    /// [`TokenError::Signing`] when the claims do not serialise or the library fails.
    pub fn sign(&self, category: Option<TokenCategory>, claims: &impl Serialize) -> Result<String, TokenError> {
        let claims = serde_json::to_vec(claims).map_err(|_| TokenError::Signing)?;
        let [plain, session, template] = &self.headers;
        let header = match category {
            None => plain,
            Some(TokenCategory::Session) => session,
            Some(TokenCategory::Template) => template,
        };
        self.sign_encoded(header, &claims)
    }

    /// Signs an encoded header with claims that are already JSON.
    pub(super) fn sign_encoded(&self, header: &str, claims: &[u8]) -> Result<String, TokenError> {
        let mut token = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // The padding of RS256 is deterministic, and the library ignores this argument.
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                token.as_bytes(),
                &mut signature,
            )
            .map_err(|_| TokenError::Signing)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
        Ok(token)
    }
}

/// The encoded header of a key and category.
fn encoded_header(kid: &str, category: Option<TokenCategory>) -> String {
    let mut header = serde_json::json!({ "alg": "RS256", "kid": kid, "typ": "JWT" });
    if let (Some(fields), Some(category)) = (header.as_object_mut(), category) {
        fields.insert("cat".to_owned(), category.as_str().into());
    }
    URL_SAFE_NO_PAD.encode(header.to_string())
}

/// The public half of a signing key, ready to verify tokens.
#[derive(Clone)]
pub struct VerificationKey {
    kid: String,
    key: DecodingKey,
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerificationKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl VerificationKey {
    /// A key stored as [`SigningKey::public_pem`].
    ///
    /// # Errors
    ///
    /// [`TokenError::Malformed`] when `pem` is not an RSA public key in PEM.
    pub fn from_public_pem(kid: impl Into<String>, pem: &str) -> Result<Self, TokenError> {
        let key = DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| TokenError::Malformed)?;
        Ok(Self { kid: kid.into(), key })
    }

    /// The key's identifier.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn decoding_key(&self) -> &DecodingKey {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::{SigningKey, TokenCategory, VerificationKey};
    use crate::crypto::jwt::TokenError;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use serde_json::{Value, json};

    fn validation() -> Validation {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation
    }

    #[test]
    fn a_key_signs_what_its_public_forms_verify_also_after_storage() {
        let generated = SigningKey::generate("ins_1").unwrap();
        let stored = SigningKey::from_pkcs8_der("ins_1", &generated.to_pkcs8_der().unwrap()).unwrap();
        assert_eq!(stored.jwk(), generated.jwk());
        let token = stored
            .sign(Some(TokenCategory::Session), &json!({ "sub": "x" }))
            .unwrap();

        let jwk = serde_json::to_value(generated.jwk()).unwrap();
        assert_eq!(
            [&jwk["use"], &jwk["kty"], &jwk["kid"], &jwk["alg"], &jwk["e"]],
            ["sig", "RSA", "ins_1", "RS256", "AQAB"]
        );
        let pem = generated.public_pem().unwrap();
        assert!(
            pem.starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
            "{pem}"
        );
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        assert_eq!(generated.public_line().unwrap(), body);
        let stored_key = VerificationKey::from_public_pem("ins_1", &pem).unwrap();
        for key in [
            DecodingKey::from_jwk(&serde_json::from_value(jwk).unwrap()).unwrap(),
            DecodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
            stored_key.decoding_key().clone(),
            generated.verification_key().decoding_key().clone(),
        ] {
            let read = jsonwebtoken::decode::<Value>(&token, &key, &validation()).unwrap();
            assert_eq!(read.claims, json!({ "sub": "x" }));
        }
    }

    #[test]
    fn the_header_names_algorithm_key_type_and_category() {
        let key = SigningKey::generate("ins_1").unwrap();
        for (category, expected) in [
            (None, json!({ "alg": "RS256", "kid": "ins_1", "typ": "JWT" })),
            (
                Some(TokenCategory::Session),
                json!({ "alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": "ins_1", "typ": "JWT" }),
            ),
            (
                Some(TokenCategory::Template),
                json!({ "alg": "RS256", "cat": "cl_B7d4PD222AAA", "kid": "ins_1", "typ": "JWT" }),
            ),
        ] {
            let token = key.sign(category, &json!({})).unwrap();
            assert_eq!(super::super::read_header::<Value>(&token), Some(expected));
        }
    }

    #[test]
    fn rubbish_is_no_key() {
        assert_eq!(SigningKey::from_pkcs8_der("k", b"").unwrap_err(), TokenError::Malformed);
        assert_eq!(
            SigningKey::from_pkcs8_der("k", &[0x30; 1_200]).unwrap_err(),
            TokenError::Malformed
        );
        assert_eq!(
            VerificationKey::from_public_pem("k", "no PEM").unwrap_err(),
            TokenError::Malformed
        );
    }

    #[test]
    fn debug_shows_the_identifier_only() {
        let key = SigningKey::generate("ins_1").unwrap();
        assert_eq!(format!("{key:?}"), r#"SigningKey { kid: "ins_1", .. }"#);
    }
}
