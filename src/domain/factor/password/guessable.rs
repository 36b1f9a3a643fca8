//! Passwords that are among the first to be tried: those that everybody uses, and those made of what is known about
//! somebody (ASVS 5.0 V6.2.4, V6.2.11; NIST SP 800-63B-4 section 3.1.1.2).
//!
//! Invariant: judging one takes bounded time, however long it is.

use unicode_normalization::UnicodeNormalization as _;

/// The most characters that zxcvbn is given at once: its time grows with the square of their number.
const JUDGED_CHARACTERS: usize = 40;
/// Signs that zxcvbn reads as letters. It tries every combination of what they may stand for, so that a dozen different
/// ones take it a second; as many as this are left to it, and the others stand for nothing.
const SIGNS_FOR_LETTERS: [char; 10] = ['@', '(', '{', '[', '<', '!', '|', '$', '+', '%'];
const JUDGED_SIGNS: usize = 3;
/// The fewest guesses, as zxcvbn estimates them, that a password must withstand. Everything on its list of 30,000 common
/// passwords needs fewer, and so does such a word with a digit or two, a row of keys, or a date.
const ENOUGH_GUESSES: u64 = 1_000_000;
/// The fewest characters of a word that is looked for in passwords.
const SHORTEST_WORD: usize = 3;
/// The most words that are looked for, and the most characters of each.
const WORDS: usize = 64;
const WORD_CHARACTERS: usize = 64;
/// How much besides known words makes a password nobody's guess: so many characters, or so many digits.
const ENOUGH_CHARACTERS: usize = 4;
const ENOUGH_DIGITS: usize = 9;

/// The part of `text` that zxcvbn may be given: so long that no common password is longer, and of bounded cost.
pub(super) fn judged(text: impl Iterator<Item = char>) -> String {
    let mut signs = Vec::new();
    text.take(JUDGED_CHARACTERS)
        .map(|one| {
            if !SIGNS_FOR_LETTERS.contains(&one) || signs.contains(&one) {
                one
            } else if signs.len() < JUDGED_SIGNS {
                signs.push(one);
                one
            } else {
                '~'
            }
        })
        .collect()
}

/// Whether a password is one of those that everybody uses, or hardly differs from one. What is longer than
/// [`JUDGED_CHARACTERS`] is judged by its beginning and by its end, and is common only if both are.
pub(super) fn is_common(password: &str) -> bool {
    // The same letters apart, in full width, or with signs between them that nobody sees, are guessed as soon.
    let together: String = folded(password).chars().filter(|one| one.is_alphanumeric()).collect();
    is_common_as_written(password) || (!together.is_empty() && is_common_as_written(&together))
}

fn is_common_as_written(password: &str) -> bool {
    let is_soon_guessed = |part: String| zxcvbn::zxcvbn(&part, &[]).guesses() < ENOUGH_GUESSES;
    let skipped = password.chars().count().saturating_sub(JUDGED_CHARACTERS);
    is_soon_guessed(judged(password.chars()))
        && (skipped == 0 || is_soon_guessed(judged(password.chars().skip(skipped))))
}

/// Whether a password consists of `known` words, forwards or backwards and in whatever case, with the usual digits for
/// letters, and of next to nothing else: separators, a few digits or up to three other characters.
pub(super) fn is_derived(password: &str, known: &[&str]) -> bool {
    let words = words_of(known);
    let letters: Vec<char> = folded(password).chars().filter(|one| one.is_alphanumeric()).collect();
    let mut rest = letters.as_slice();
    let mut left = Vec::new();
    let mut is_word_found = false;
    while let Some((first, behind)) = rest.split_first() {
        // The longest one first, so that what is left of a word that holds another is not counted.
        let found = words.iter().find(|word| starts_with(rest, word));
        if let Some(after) = found.and_then(|word| rest.get(word.len()..)) {
            is_word_found = true;
            rest = after;
        } else {
            left.push(*first);
            rest = behind;
        }
    }
    let only_digits = left.iter().all(|one| one.is_numeric());
    is_word_found && (left.len() < ENOUGH_CHARACTERS || (only_digits && left.len() < ENOUGH_DIGITS))
}

/// The words that are looked for, each whole and in its parts, forwards and backwards, the longest first.
fn words_of(known: &[&str]) -> Vec<Vec<char>> {
    let mut words: Vec<Vec<char>> = Vec::new();
    for text in known {
        let text = folded(text);
        let parts = text.split(|one: char| !one.is_alphanumeric());
        let whole = text.chars().filter(|one| one.is_alphanumeric()).collect::<String>();
        for word in parts.map(str::to_owned).chain([whole]) {
            let forwards: Vec<char> = word.chars().collect();
            if (SHORTEST_WORD..=WORD_CHARACTERS).contains(&forwards.len()) && words.len() < WORDS * 2 {
                let backwards = forwards.iter().rev().copied().collect();
                words.extend([forwards, backwards]);
            }
        }
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

fn starts_with(text: &[char], word: &[char]) -> bool {
    text.len() >= word.len() && text.iter().zip(word).all(|(given, meant)| stands_for(*given, *meant))
}

/// Whether `given` is `meant`, or the digit that is usually written for it.
const fn stands_for(given: char, meant: char) -> bool {
    given == meant
        || matches!(
            (given, meant),
            ('0', 'o') | ('1', 'i' | 'l') | ('3', 'e') | ('4', 'a') | ('5', 's') | ('7', 't') | ('8', 'b') | ('9', 'g')
        )
}

/// Composed, in lower case, and with the letters for which `@` and `$` usually stand.
fn folded(text: &str) -> String {
    let lower = text.nfkc().collect::<String>().to_lowercase();
    lower.replace('@', "a").replace('$', "s")
}

#[cfg(test)]
mod tests {
    use super::{JUDGED_CHARACTERS, is_common, is_derived, judged};

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of passwords")]
    fn what_everybody_uses_is_common_and_so_is_what_hardly_differs() {
        for password in [
            "password",
            "12345678",
            "123456789",
            "1234567890",
            "iloveyou",
            "sunshine",
            "princess",
            "football",
            "baseball",
            "qwertyuiop",
            "superman",
            "trustno1",
            "1q2w3e4r",
            "1qaz2wsx",
            "zaq12wsx",
            "asdfghjkl",
            "password1",
            "starwars",
            "computer",
            "corvette",
            "mercedes",
            "michelle",
            "jennifer",
            "elizabeth",
            "liverpool",
            "chocolate",
            "butterfly",
            "11111111",
            "88888888",
            "87654321",
            "11223344",
            "abcd1234",
            "a1b2c3d4",
            "qwerty123",
            "letmein1",
            "welcome1",
            "passw0rd",
            "P@ssw0rd",
            "P@$$w0rd!",
            "PASSWORD",
            "Password1",
            "Password1!",
            "drowssap",
            "iloveyou1",
            "monkey12",
            "michael1987",
            "letmein2024",
            "baseball2023",
            "sunflower22",
            "aaaaaaaaaaaa",
            "abcdefgh",
            "qwertyqwerty",
            "passwordpassword",
        ] {
            assert!(is_common(password), "{password}");
        }
        for password in [
            &"a".repeat(64),
            &"1".repeat(4096),
            &"password".repeat(16),
            &"abc".repeat(50),
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn what_takes_guessing_is_not_common() {
        for password in [
            "correct horse battery staple",
            "correcthorsebatterystaple",
            "canary-password-of-a-person",
            "a brand new password",
            "xkqzwvbp",
            "lovelace1815",
            "Tr0ub4dour&3",
            "qwfpzebra19",
            "tromsdalstindenx1",
            "пароль-на-весну",
            "Schloßgärten im Mai",
        ] {
            assert!(!is_common(password), "{password}");
        }
        // A long one is as good as its better end.
        let tail = "kx7vq2zmw9pf4tjb8hnc3rgd6yls5aeu1oi0QWPX";
        assert!(!is_common(&format!("{}{tail}", "a".repeat(200))));
        assert!(!is_common(&format!("{tail}{}", "a".repeat(200))));
    }

    #[test]
    fn a_password_made_of_what_is_known_is_derived() {
        let known = [
            "ada.lovelace",
            "analytical-engines.example",
            "ada_l",
            "Ada",
            "Lovelace",
            "My application",
            "vestibule",
            "auth.example.com:4000",
            "Zoë",
        ];
        for password in [
            "lovelace",
            "Lovelace1",
            "lovelace1815",
            "LOVELACE!!!",
            "1815lovelace",
            "ada-lovelace-1815",
            "adalovelace",
            "AdaAdaAda",
            "ecalevol99",
            "l0vel4ce!",
            "L0v3lac3",
            "vestibule2026",
            "Vestibule#1",
            "application1",
            "my application",
            "myapplication",
            "analyticalengines",
            "auth.example.com",
            "adalovelace19870512",
            "vestibuleabc",
            "ｌｏｖｅｌａｃｅ1",
            "zoë-zoë-zoë",
        ] {
            assert!(is_derived(password, &known), "{password}");
        }
        for password in [
            "lovelace and the loom",
            "lovelace-kx7v",
            "adalovelace198705123",
            "correct horse battery staple",
            "12345678",
            "kx7vq2zm",
            "a brand new password",
            "",
            "!!!!!!!!",
        ] {
            assert!(!is_derived(password, &known), "{password}");
        }
        assert!(!is_derived("lovelace", &[]));
        // Words of one or two letters are everywhere.
        assert!(!is_derived("alalalal", &["al", "x"]));
    }

    #[test]
    fn what_is_judged_has_a_bounded_length_and_few_signs_for_letters() {
        let hostile = "4@8({[<369|!1/|7$5+7%2".repeat(20);
        let part = judged(hostile.chars());
        assert_eq!(part.chars().count(), JUDGED_CHARACTERS);
        assert!(part.starts_with("4@8({~~369~~1/~7~5~7~24@8({~"), "{part}");
        assert_eq!(judged("P@$$w0rd!".chars()), "P@$$w0rd!");
    }

    #[test]
    fn many_known_words_and_a_huge_password_are_looked_at_all_the_same() {
        let word = "a".repeat(64);
        let known: Vec<&str> = std::iter::repeat_n(word.as_str(), 1_000).collect();
        assert!(!is_derived(&format!("{}{}", "a".repeat(63), "b".repeat(4_033)), &known));
        assert!(is_derived(&"a".repeat(4_096), &known));
    }
}
