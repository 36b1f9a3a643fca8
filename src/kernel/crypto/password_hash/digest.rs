//! Stored digests: how new ones are made, and which ones verify.
//!
//! Argon2 and PBKDF2-HMAC-SHA256 as PHC strings, and Django's spelling of the latter. Invariant: a digest tells its own
//! cost, and one that would cost more than the bounds below is refused before any work, so that an imported digest cannot
//! stall the server.

use super::{HasherError, Verdict, pool::Memory};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

/// Bytes of a new digest's output.
pub(super) const OUTPUT_BYTES: usize = 32;

/// Bytes of a new digest's salt (RFC 9106 section 3.1 recommends 16).
pub(super) const SALT_BYTES: usize = 16;

/// Most memory that a stored Argon2 digest may ask for, in KiB: 1 GiB.
const MAXIMUM_ARGON2_MEMORY_KIB: u32 = 1024 * 1024;

/// Most passes that a stored Argon2 digest may ask for.
const MAXIMUM_ARGON2_ITERATIONS: u32 = 20;

/// Most iterations that a stored PBKDF2 digest may ask for: about a second.
const MAXIMUM_PBKDF2_ITERATIONS: u32 = 10_000_000;

/// Outputs of a PBKDF2 digest, in bytes. Each 32 cost the iterations once more, and fewer than 16 are too easily met.
const PBKDF2_OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

const fn unsupported(reason: &'static str) -> HasherError {
    HasherError::Unsupported { reason }
}

/// How new digests are made, and what stored ones are compared with.
#[derive(Clone, Debug)]
pub(super) struct Scheme {
    params: Params,
}

impl Scheme {
    pub(super) fn new(params: Params) -> Self {
        Self { params }
    }

    /// Blocks of memory (of 1 KiB) that a new digest takes.
    pub(super) fn block_count(&self) -> usize {
        self.params.block_count()
    }

    /// A new digest of `password`.
    pub(super) fn hash(
        &self,
        memory: &mut Memory,
        password: &[u8],
        salt: &[u8; SALT_BYTES],
    ) -> Result<String, HasherError> {
        let mut output = [0; OUTPUT_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
            .hash_password_into_with_memory(password, salt, &mut output, memory.blocks(self.block_count()))
            .map_err(failed)?;
        self.digest_text(salt, &output)
    }

    /// The PHC string of a salt and an output.
    pub(super) fn digest_text(
        &self,
        salt: &[u8; SALT_BYTES],
        output: &[u8; OUTPUT_BYTES],
    ) -> Result<String, HasherError> {
        let digest = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(failed)?,
            salt: Some(Salt::new(salt).map_err(failed)?),
            hash: Some(Output::new(output).map_err(failed)?),
        };
        Ok(digest.to_string())
    }

    /// Checks `password` against any supported digest.
    pub(super) fn verify(&self, memory: &mut Memory, password: &[u8], digest: &str) -> Result<Verdict, HasherError> {
        if let Some(fields) = digest.strip_prefix("pbkdf2_sha256$") {
            return verify_django(password, fields);
        }
        let digest = PasswordHash::new(digest).map_err(|_| unsupported("it is of no known form"))?;
        match digest.algorithm.as_str() {
            "argon2id" | "argon2i" | "argon2d" => self.verify_argon2(memory, password, &digest),
            "pbkdf2-sha256" => verify_pbkdf2_phc(password, &digest),
            _ => Err(unsupported("its algorithm is not known")),
        }
    }

    fn verify_argon2(
        &self,
        memory: &mut Memory,
        password: &[u8],
        digest: &PasswordHash,
    ) -> Result<Verdict, HasherError> {
        let algorithm =
            Algorithm::new(digest.algorithm.as_str()).map_err(|_| unsupported("its algorithm is not known"))?;
        let version = match digest.version {
            // Digests without a version are of the first one (the reference implementation wrote none then).
            None => Version::V0x10,
            Some(version) => Version::try_from(version).map_err(|_| unsupported("its version is not known"))?,
        };
        let params = Params::try_from(digest).map_err(|_| unsupported("its parameters are malformed"))?;
        if params.m_cost() > MAXIMUM_ARGON2_MEMORY_KIB || params.t_cost() > MAXIMUM_ARGON2_ITERATIONS {
            return Err(unsupported("it costs too much"));
        }
        let (Some(salt), Some(expected)) = (&digest.salt, &digest.hash) else {
            return Err(unsupported("it lacks its salt or its output"));
        };
        let outdated = algorithm != Algorithm::Argon2id || version != Version::V0x13 || params != self.params;
        let mut output = vec![0; expected.len()];
        let blocks = memory.blocks(params.block_count());
        Argon2::new(algorithm, version, params)
            .hash_password_into_with_memory(password, salt, &mut output, blocks)
            .map_err(failed)?;
        Ok(Verdict {
            matches: verify_slices_are_equal(&output, expected.as_bytes()).is_ok(),
            outdated,
        })
    }
}

/// `$pbkdf2-sha256$i=<iterations>[,l=<length>]$<salt>$<output>`.
fn verify_pbkdf2_phc(password: &[u8], digest: &PasswordHash) -> Result<Verdict, HasherError> {
    let (Some(salt), Some(expected)) = (&digest.salt, &digest.hash) else {
        return Err(unsupported("it lacks its salt or its output"));
    };
    let iterations = digest
        .params
        .get_decimal("i")
        .ok_or(unsupported("it lacks its iterations"))?;
    let length = digest.params.get_decimal("l");
    if length.is_some_and(|length| usize::try_from(length) != Ok(expected.len())) {
        return Err(unsupported("its length is not that of its output"));
    }
    verify_pbkdf2(password, salt.as_ref(), iterations, expected.as_bytes())
}

/// `pbkdf2_sha256$<iterations>$<salt, as text>$<output, in padded base64>`, of which the caller has taken the first field.
fn verify_django(password: &[u8], fields: &str) -> Result<Verdict, HasherError> {
    let mut fields = fields.split('$');
    let (Some(iterations), Some(salt), Some(output), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(unsupported("it has not the four fields of its form"));
    };
    let iterations = iterations
        .parse()
        .map_err(|_| unsupported("its iterations are malformed"))?;
    let expected = STANDARD
        .decode(output)
        .map_err(|_| unsupported("its output is malformed"))?;
    verify_pbkdf2(password, salt.as_bytes(), iterations, &expected)
}

fn verify_pbkdf2(password: &[u8], salt: &[u8], iterations: u32, expected: &[u8]) -> Result<Verdict, HasherError> {
    if !(1..=MAXIMUM_PBKDF2_ITERATIONS).contains(&iterations) {
        return Err(unsupported("its iterations are none or too many"));
    }
    if !PBKDF2_OUTPUT_BYTES.contains(&expected.len()) {
        return Err(unsupported("its output is too short or too long"));
    }
    let mut output = vec![0; expected.len()];
    pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut output);
    Ok(Verdict {
        matches: verify_slices_are_equal(&output, expected).is_ok(),
        outdated: true,
    })
}

/// A failure of the library on input that was checked before. The error names a cause and holds no part of the input.
fn failed(error: impl std::fmt::Display) -> HasherError {
    tracing::error!(%error, "a password digest could not be computed");
    HasherError::Failed
}

#[cfg(test)]
mod tests {
    use super::{OUTPUT_BYTES, Scheme};
    use crate::crypto::password_hash::{HasherError, Verdict, pool::Memory};
    use argon2::Params;

    const OUTDATED: Verdict = Verdict {
        matches: true,
        outdated: true,
    };
    const WRONG: Verdict = Verdict {
        matches: false,
        outdated: true,
    };

    fn verify(password: &str, digest: &str) -> Result<Verdict, HasherError> {
        let scheme = Scheme::new(Params::new(64, 1, 1, Some(OUTPUT_BYTES)).unwrap());
        scheme.verify(&mut Memory::new(64), password.as_bytes(), digest)
    }

    /// Made by other implementations: the Argon2 reference code, and Python's hashlib for PBKDF2.
    const FOREIGN: &[&str] = &[
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        "$pbkdf2-sha256$i=1000$c29tZXNhbHRzb21lc2FsdA$s5LQUeAEZUMuFVrnmF3OMNPXs3QWnF8SO/5BXmCj6QQ",
        "$pbkdf2-sha256$i=1000,l=32$c29tZXNhbHRzb21lc2FsdA$s5LQUeAEZUMuFVrnmF3OMNPXs3QWnF8SO/5BXmCj6QQ",
        "pbkdf2_sha256$1000$somesaltsomesalt$s5LQUeAEZUMuFVrnmF3OMNPXs3QWnF8SO/5BXmCj6QQ=",
    ];

    #[test]
    fn digests_of_other_implementations_verify_and_are_outdated() {
        for digest in FOREIGN {
            assert_eq!(verify("password", digest), Ok(OUTDATED), "{digest}");
            assert_eq!(verify("Password", digest), Ok(WRONG), "{digest}");
            assert_eq!(verify("", digest), Ok(WRONG), "{digest}");
        }
    }

    #[test]
    fn a_digest_of_the_configured_cost_is_current() {
        let scheme = Scheme::new(Params::new(256, 2, 1, Some(OUTPUT_BYTES)).unwrap());
        let current = Verdict {
            matches: true,
            outdated: false,
        };
        assert_eq!(
            scheme.verify(&mut Memory::new(256), b"password", FOREIGN[0]),
            Ok(current)
        );
    }

    #[test]
    fn used_memory_changes_no_digest() {
        let scheme = Scheme::new(Params::new(64, 2, 1, Some(OUTPUT_BYTES)).unwrap());
        let mut memory = Memory::new(64);
        let fresh = scheme.hash(&mut memory, b"password", &[1; 16]).unwrap();
        scheme.hash(&mut memory, b"another", &[2; 16]).unwrap();
        assert_eq!(scheme.hash(&mut memory, b"password", &[1; 16]).unwrap(), fresh);
    }

    #[test]
    fn digests_that_would_cost_too_much_are_refused() {
        let tail = "c29tZXNhbHRzb21lc2FsdA$hqwOFtdrWxqoMyKWXm5d6VmxRYg6wAX0sPIdYHfqJeg";
        let django = "somesalt$hqwOFtdrWxqoMyKWXm5d6VmxRYg6wAX0sPIdYHfqJeg=";
        for digest in [
            format!("$argon2id$v=19$m=1048577,t=1,p=1${tail}"),
            format!("$argon2id$v=19$m=4294967295,t=1,p=1${tail}"),
            format!("$argon2i$v=19$m=64,t=21,p=1${tail}"),
            format!("$argon2d$v=19$m=64,t=4294967295,p=1${tail}"),
            format!("$pbkdf2-sha256$i=10000001${tail}"),
            format!("$pbkdf2-sha256$i=1000000000${tail}"),
            format!("pbkdf2_sha256$10000001${django}"),
            format!("pbkdf2_sha256$99999999999999999999${django}"),
        ] {
            assert!(
                matches!(verify("password", &digest), Err(HasherError::Unsupported { .. })),
                "{digest}"
            );
        }
    }

    #[test]
    fn malformed_digests_are_unsupported_and_never_panic() {
        let output = "hqwOFtdrWxqoMyKWXm5d6VmxRYg6wAX0sPIdYHfqJeg";
        for digest in [
            String::new(),
            "$".to_owned(),
            "password".to_owned(),
            "$2b$12$KIXQ4nVnGQf6y1xkR1v8eO8vQ9Y8xS5sY6pH0g7Qm9mC9gTzZk5aW".to_owned(),
            "$argon2id".to_owned(),
            "$argon2id$v=19".to_owned(),
            "$argon2id$v=19$m=64,t=1,p=1".to_owned(),
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA".to_owned(),
            format!("$argon2id$v=99$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$argon2id$v=19$m=-1,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$argon2x$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$pbkdf2-sha256$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$pbkdf2-sha256$i=0$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$pbkdf2-sha256$i=1,l=16$c29tZXNhbHRzb21lc2FsdA${output}"),
            format!("$pbkdf2-sha512$i=1$c29tZXNhbHRzb21lc2FsdA${output}"),
            "pbkdf2_sha256$".to_owned(),
            "pbkdf2_sha256$1$salt".to_owned(),
            format!("pbkdf2_sha256$0$salt${output}="),
            format!("pbkdf2_sha256$-1$salt${output}="),
            "pbkdf2_sha256$1$salt$".to_owned(),
            "pbkdf2_sha256$1$salt$AAAA".to_owned(),
            format!("pbkdf2_sha256$1$salt${output}=$"),
            format!("pbkdf2_sha256$1$salt${}", "A".repeat(1_000_000)),
        ] {
            let refused = verify("password", &digest);
            assert!(
                matches!(refused, Err(HasherError::Unsupported { .. })),
                "{digest:.80}: {refused:?}"
            );
        }
    }
}
