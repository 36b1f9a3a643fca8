//! Session tokens as somebody else's backend reads them: by the key set alone, with a library of its own.

use super::TestServer;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::Error, jwk::JwkSet};
use serde_json::Value;

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The header, unverified.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

/// The claims, unverified.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The claims, after the signature and the issuer were verified by what the server publishes.
pub async fn verify(server: &TestServer, token: &str) -> Result<Value, Error> {
    let document = server.anonymous().get("/.well-known/jwks.json").await;
    let keys: JwkSet = serde_json::from_str(&document.text).unwrap();
    let kid = header(token)["kid"].as_str().unwrap().to_owned();
    let key = keys.find(&kid).expect("the key set has the key that the token names");
    let mut validation = Validation::new(Algorithm::RS256);
    // The clock of a test is its own.
    validation.validate_exp = false;
    validation.set_issuer(&[&server.origin]);
    let decoded = jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation)?;
    Ok(decoded.claims)
}
