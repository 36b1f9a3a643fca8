//! Reading a session token: signature, header, issuer, times and claims.
//!
//! Invariant: a token is accepted only if every check passes, and claims are looked at only after the signature. Whether
//! the session still exists is for the caller to ask.

use super::{
    TokenError, read_header,
    signing_key::{TokenCategory, VerificationKey},
};
use entity::id::{OrganizationId, SessionId, UserId};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// The longest token that is looked at, in bytes.
const MAXIMUM_LENGTH: usize = 8 * 1024;

/// The longest key identifier that is looked up, in bytes.
const MAXIMUM_KID_LENGTH: usize = 64;

/// How far another node's clock may be off, in seconds.
const LEEWAY: i64 = 5;

/// What a session token says. Times are Unix seconds, as in RFC 7519 section 4.1. Further claims are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTokenClaims {
    /// The instance's issuer.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// When it was issued.
    pub iat: i64,
    /// When it expires.
    pub exp: i64,
    /// When it becomes valid.
    pub nbf: i64,
    /// The origin that it was issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// The active organization, in tokens of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrganizationId>,
    /// The active organization, in tokens of version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub o: Option<SessionOrganization>,
}

/// The active organization in a token of version 2. Further claims are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOrganization {
    /// The organization.
    pub id: OrganizationId,
}

impl SessionTokenClaims {
    /// The active organization, whatever the token's version.
    #[must_use]
    pub fn organization(&self) -> Option<&OrganizationId> {
        self.org_id
            .as_ref()
            .or_else(|| self.o.as_ref().map(|organization| &organization.id))
    }
}

/// The header of a session token. Every other field is refused: `crit` and `b64` (RFC 7797) change what is verified, and
/// `jku`, `jwk`, `x5u` and `x5c` let a token choose its own key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenHeader {
    alg: Algorithm,
    kid: String,
    typ: String,
    cat: String,
}

/// Verifies a session token at `now` (Unix milliseconds) and reads its claims. `keys` finds a key by its `kid`, among the
/// keys of the instance whose issuer is `issuer`; five seconds of leeway are given to `exp` and `nbf`.
///
/// # Errors
///
/// `Malformed`, `UnknownKey`, `Signature`, `Issuer`, `Claims`, `Expired` or `NotYetValid`.
pub fn verify_session_token(
    token: &str,
    keys: impl Fn(&str) -> Option<Arc<VerificationKey>>,
    issuer: &str,
    now: i64,
) -> Result<SessionTokenClaims, TokenError> {
    if token.len() > MAXIMUM_LENGTH {
        return Err(TokenError::Malformed);
    }
    let header: TokenHeader = read_header(token).ok_or(TokenError::Malformed)?;
    if header.alg != Algorithm::RS256
        || !header.typ.eq_ignore_ascii_case("JWT")
        || header.cat != TokenCategory::Session.as_str()
        || !is_plausible_kid(&header.kid)
    {
        return Err(TokenError::Malformed);
    }
    let key = keys(&header.kid).ok_or(TokenError::UnknownKey)?;
    let verified = jsonwebtoken::decode::<UniqueClaims>(token, key.decoding_key(), &validation(issuer))
        .map_err(|error| reason(error.kind()))?;
    let claims: SessionTokenClaims =
        serde_json::from_value(Value::Object(verified.claims.0)).map_err(|_| TokenError::Claims)?;
    check_times(&claims, now)?;
    Ok(claims)
}

/// Key identifiers are ours, so anything else (a path, a query, a control character) never reaches a lookup.
fn is_plausible_kid(kid: &str) -> bool {
    (1..=MAXIMUM_KID_LENGTH).contains(&kid.len())
        && kid
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "sub"]);
    // The library would also take a list of issuers that contains ours; the typed claim refuses lists.
    validation.set_issuer(&[issuer]);
    // The library reads the system's clock; times are checked below against the time that was handed in.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    // Session tokens have no audience, but an operator's custom claims may add one.
    validation.validate_aud = false;
    validation
}

fn reason(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) | ErrorKind::Json(_) => {
            TokenError::Claims
        }
        _ => TokenError::Malformed,
    }
}

fn check_times(claims: &SessionTokenClaims, now: i64) -> Result<(), TokenError> {
    let expires_at = claims.exp.saturating_add(LEEWAY).saturating_mul(1_000);
    if now >= expires_at {
        return Err(TokenError::Expired);
    }
    let starts_at = claims.nbf.saturating_sub(LEEWAY).saturating_mul(1_000);
    if now < starts_at {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

/// The claims of a token, none of them twice (RFC 7519 section 4 leaves the choice; the strict one leaves no doubt).
struct UniqueClaims(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ClaimsVisitor;

        impl<'de> Visitor<'de> for ClaimsVisitor {
            type Value = UniqueClaims;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object without repeated names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<UniqueClaims, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a claim is repeated"));
                    }
                }
                Ok(UniqueClaims(claims))
            }
        }

        deserializer.deserialize_map(ClaimsVisitor)
    }
}

#[cfg(test)]
mod tests;
