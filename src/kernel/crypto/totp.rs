//! Codes of authenticator apps (RFC 6238): HMAC-SHA-1, six digits, a new one every thirty seconds, which is what every app
//! computes.
//!
//! Invariant: neither the secret nor a code shows in `Debug` output.

use crate::runtime::entropy::Entropy;
use std::fmt;
use totp_rs::{Builder, Totp, TotpError};
use zeroize::Zeroizing;

/// How many bytes a secret has: 160 bits, as RFC 4226, section 4 recommends.
pub const SECRET_BYTES: usize = 20;

/// How many seconds a code is shown.
const STEP_SECONDS: u64 = 30;

/// How many steps the clock of a device may be off, each way.
const DRIFT_STEPS: u16 = 1;

/// A new secret.
#[must_use]
pub fn new_secret(entropy: &Entropy) -> Zeroizing<[u8; SECRET_BYTES]> {
    Zeroizing::new(entropy.bytes())
}

/// What an authenticator app and the server share.
pub struct Authenticator(Totp);

impl Authenticator {
    /// The authenticator of a secret. Apps show it under the name of the service (`issuer`) and of the account, in which a
    /// colon would end the name.
    ///
    /// # Errors
    /// When the secret is shorter than 128 bits.
    pub fn new(secret: &[u8], issuer: &str, account: &str) -> Result<Self, TotpError> {
        let name = |text: &str| text.replace(':', " ");
        let totp = Builder::new()
            .with_secret(secret)
            .with_step_duration(STEP_SECONDS)
            .with_skew(DRIFT_STEPS)
            .with_issuer(Some(name(issuer)))
            .with_account_name(name(account))
            .build()?;
        Ok(Self(totp))
    }

    /// The step whose code this is at a time in Unix milliseconds, one step of drift allowed each way; nothing for a wrong one.
    #[must_use]
    pub fn step_of(&self, code: &str, now: i64) -> Option<i64> {
        let seconds = u64::try_from(now / 1_000).ok()?;
        self.0.check(code, seconds).and_then(|step| i64::try_from(step).ok())
    }

    /// The secret as people type it into an app: base 32 (RFC 4648).
    #[must_use]
    pub fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.secret().to_base32())
    }

    /// What a QR code of it holds: `otpauth://totp/<issuer>:<account>?…`.
    ///
    /// # Errors
    /// When the names make no URI.
    pub fn uri(&self) -> Result<Zeroizing<String>, TotpError> {
        self.0.to_url().map(Zeroizing::new)
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Authenticator(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Authenticator, SECRET_BYTES, new_secret};
    use crate::runtime::entropy::Entropy;

    /// The secret of RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    fn authenticator() -> Authenticator {
        Authenticator::new(SECRET, "Acme: Staging", "ada@example.com").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let step = authenticator().step_of(code, seconds * 1_000 + 999);
            assert_eq!(step, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_a_step_off_each_way_and_no_more() {
        let (seconds, code) = (1_111_111_109, "081804");
        let own = seconds / 30;
        for (step, found) in [
            (own - 2, None),
            (own - 1, Some(own)),
            (own, Some(own)),
            (own + 1, Some(own)),
            (own + 2, None),
        ] {
            assert_eq!(authenticator().step_of(code, step * 30_000), found, "{step}");
        }
        for wrong in ["081805", "81804", "0818040", "abcdef", ""] {
            assert_eq!(authenticator().step_of(wrong, seconds * 1_000), None, "{wrong}");
        }
        assert_eq!(authenticator().step_of(code, -1_000), None, "before there were codes");
    }

    #[test]
    fn apps_are_told_the_names_the_secret_and_how_codes_are_made() {
        let authenticator = authenticator();
        assert_eq!(authenticator.secret().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let uri = authenticator.uri().unwrap();
        assert!(uri.starts_with("otpauth://totp/Acme"), "{}", uri.as_str());
        for part in [
            "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "ada%40example.com",
            "issuer=Acme",
        ] {
            assert!(uri.contains(part), "{}", uri.as_str());
        }
        assert_eq!(format!("{authenticator:?}"), "Authenticator(…)");
    }

    #[test]
    fn every_secret_is_another_one_of_160_bits() {
        let entropy = Entropy::seeded(1);
        let secret = new_secret(&entropy);
        assert_eq!(secret.len(), SECRET_BYTES);
        assert_ne!(secret, new_secret(&entropy));
    }
}
