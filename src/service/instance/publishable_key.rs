//! Publishable keys: which host the SDKs of an application are told, and how they tell development from production by it.
//!
//! Invariant: every address that an SDK derives from a key lies on the host of the key's instance.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use entity::kind::InstanceEnvironment;
use kernel::{caller::Instance, runtime::entropy::Entropy};

/// What the text of a development key ends with. By it alone SDKs enter development mode; it never is a host of ours, and
/// here it ends a path.
const DEVELOPMENT_SUFFIX: &str = ".clerk.accounts.dev";

/// A key for an instance at `host`: `pk_live_` and the unpadded base64 of `<host>$`, or `pk_test_` and that of
/// `<host>/<word>.clerk.accounts.dev$` with a new word. SDKs append their paths to it, or to its host alone.
pub(super) fn generate(entropy: &Entropy, environment: InstanceEnvironment, host: &str) -> String {
    match environment {
        InstanceEnvironment::Production => production(host),
        InstanceEnvironment::Development => development(host, &new_word(entropy)),
    }
}

/// A stored key as it is told now: for the host that the instance has by now, and with the word that it had, which older
/// versions stored as a host of its own. What has another form is left as it is.
pub(super) fn current(stored: &str, environment: InstanceEnvironment, host: &str) -> String {
    match environment {
        InstanceEnvironment::Production => production(host),
        InstanceEnvironment::Development => {
            word_of(stored).map_or_else(|| stored.to_owned(), |word| development(host, &word))
        }
    }
}

/// The first segment of the paths that SDKs derive from the key of a development instance, without slashes.
#[must_use]
pub fn key_segment(instance: &Instance) -> Option<String> {
    let word = word_of(&instance.publishable_key).filter(|_| instance.is_development())?;
    Some(format!("{word}{DEVELOPMENT_SUFFIX}"))
}

/// Whether a segment of a path is one that SDKs derive from the key of some development instance.
#[must_use]
pub fn is_key_segment(segment: &str) -> bool {
    segment.strip_suffix(DEVELOPMENT_SUFFIX).is_some_and(is_word)
}

fn production(host: &str) -> String {
    format!("pk_live_{}", STANDARD_NO_PAD.encode(format!("{host}$")))
}

fn development(host: &str, word: &str) -> String {
    let named = format!("{host}/{word}{DEVELOPMENT_SUFFIX}$");
    format!("pk_test_{}", STANDARD_NO_PAD.encode(named))
}

fn word_of(key: &str) -> Option<String> {
    let decoded = STANDARD_NO_PAD.decode(key.strip_prefix("pk_test_")?).ok()?;
    let named = str::from_utf8(&decoded).ok()?.strip_suffix('$')?;
    let segment = named.rsplit_once('/').map_or(named, |(_, segment)| segment);
    let word = segment.strip_suffix(DEVELOPMENT_SUFFIX)?;
    is_word(word).then(|| word.to_owned())
}

/// Words are made of these alone, so that a path has one spelling of each.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn new_word(entropy: &Entropy) -> String {
    let [first, second, high, low] = entropy.bytes::<4>();
    let number = u16::from_be_bytes([high, low]) % 100;
    format!("{}-{}-{number}", one_of(&ADJECTIVES, first), one_of(&NOUNS, second))
}

const ADJECTIVES: [&str; 16] = [
    "amber", "brave", "calm", "clever", "eager", "fair", "gentle", "golden", "happy", "keen", "lucid", "merry",
    "noble", "quiet", "swift", "warm",
];
const NOUNS: [&str; 16] = [
    "badger", "beacon", "cedar", "falcon", "harbor", "heron", "lantern", "maple", "meadow", "otter", "pebble", "raven",
    "river", "sparrow", "willow", "wren",
];

fn one_of(words: &'static [&'static str; 16], byte: u8) -> &'static str {
    words.get(usize::from(byte % 16)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{current, generate, is_key_segment};
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    use entity::kind::InstanceEnvironment::{Development, Production};
    use kernel::runtime::entropy::Entropy;

    fn decoded(key: &str, prefix: &str) -> String {
        String::from_utf8(STANDARD_NO_PAD.decode(key.strip_prefix(prefix).unwrap()).unwrap()).unwrap()
    }

    fn encoded(text: &str) -> String {
        format!("pk_test_{}", STANDARD_NO_PAD.encode(text))
    }

    #[test]
    fn a_development_key_names_the_own_host_and_ends_as_sdks_expect_it_in_development() {
        for host in ["localhost:4000", "[::1]:4000", "auth.example.com"] {
            let key = decoded(&generate(&Entropy::seeded(1), Development, host), "pk_test_");
            let word = key
                .strip_prefix(host)
                .and_then(|rest| rest.strip_prefix('/'))
                .and_then(|rest| rest.strip_suffix(".clerk.accounts.dev$"))
                .unwrap_or_else(|| panic!("{key}"));
            let parts: Vec<_> = word.split('-').collect();
            assert!(
                matches!(parts.as_slice(), [_, _, number] if number.parse::<u8>().is_ok()),
                "{word}"
            );
            // SDKs split a key at its underscores and refuse it when there are more than two.
            assert_eq!(generate(&Entropy::seeded(1), Development, host).matches('_').count(), 2);
        }
    }

    #[test]
    fn a_production_key_names_the_own_host() {
        let key = generate(&Entropy::seeded(1), Production, "clerk.example.com");
        assert_eq!(decoded(&key, "pk_live_"), "clerk.example.com$");
    }

    #[test]
    fn a_stored_key_is_told_for_the_present_host_with_the_word_that_it_had() {
        let expected = encoded("localhost:4000/amber-otter-7.clerk.accounts.dev$");
        for stored in [
            "amber-otter-7.clerk.accounts.dev$",
            "localhost:4000/amber-otter-7.clerk.accounts.dev$",
            "old.example.com/amber-otter-7.clerk.accounts.dev$",
            "[::1]:80/amber-otter-7.clerk.accounts.dev$",
        ] {
            assert_eq!(
                current(&encoded(stored), Development, "localhost:4000"),
                expected,
                "{stored}"
            );
        }
        let moved = current("pk_live_YXV0aC5leGFtcGxlLmNvbSQ", Production, "new.example.com");
        assert_eq!(decoded(&moved, "pk_live_"), "new.example.com$");
    }

    #[test]
    fn a_key_of_another_form_is_left_as_it_is() {
        for stored in [
            "pk_test_x".to_owned(),
            "pk_test_".to_owned(),
            "nonsense".to_owned(),
            encoded("amber.clerk.accounts.dev"),
            encoded("clerk.example.com$"),
            encoded(".clerk.accounts.dev$"),
            encoded("a.b.clerk.accounts.dev$"),
        ] {
            assert_eq!(current(&stored, Development, "localhost:4000"), stored);
        }
    }

    #[test]
    fn only_whole_words_before_the_suffix_are_segments_of_keys() {
        assert!(is_key_segment("amber-otter-7.clerk.accounts.dev"));
        for other in [
            "",
            "v1",
            ".clerk.accounts.dev",
            "Amber.clerk.accounts.dev",
            "a.b.clerk.accounts.dev",
            "a%2d.clerk.accounts.dev",
            "amber-otter-7.clerk.accounts.dev.",
        ] {
            assert!(!is_key_segment(other), "{other}");
        }
    }
}
