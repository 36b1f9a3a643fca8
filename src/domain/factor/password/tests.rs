use super::{Known, MAXIMUM_BYTES, PasswordProblem, advice, check_new_password, normal_form};
use crate::settings::password::PasswordSettings;
use zxcvbn::feedback::Suggestion;

/// Without what concerns guessing, which has tests of its own.
fn lenient() -> PasswordSettings {
    PasswordSettings {
        refuse_guessable: false,
        ..PasswordSettings::default()
    }
}

fn identifiers<'a>(identifiers: &[&'a str]) -> Known<'a> {
    Known {
        identifiers: identifiers.to_vec(),
        words: Vec::new(),
    }
}

fn check(policy: &PasswordSettings, password: &str) -> Vec<PasswordProblem> {
    check_new_password(policy, password, &Known::default())
        .err()
        .unwrap_or_default()
}

#[test]
fn the_length_is_counted_in_characters_and_bounded_on_both_sides() {
    let policy = PasswordSettings {
        min_length: 8,
        max_length: 10,
        ..lenient()
    };
    for letter in ["x", "é", "🔑"] {
        for (length, problems) in [
            (0, vec![PasswordProblem::TooShort { minimum: 8 }]),
            (7, vec![PasswordProblem::TooShort { minimum: 8 }]),
            (8, vec![]),
            (10, vec![]),
            (11, vec![PasswordProblem::TooLong { maximum: 10 }]),
        ] {
            assert_eq!(check(&policy, &letter.repeat(length)), problems, "{length} of {letter}");
        }
    }
}

#[test]
fn a_passphrase_of_64_characters_and_more_is_accepted_by_default() {
    for length in [64, 128] {
        assert_eq!(check(&lenient(), &"x".repeat(length)), []);
    }
}

#[test]
fn a_huge_password_is_refused_unread() {
    let policy = PasswordSettings {
        max_length: 4096,
        require_numbers: true,
        ..lenient()
    };
    assert_eq!(check(&policy, &"1".repeat(MAXIMUM_BYTES)), []);
    assert_eq!(
        check(&policy, &"x".repeat(MAXIMUM_BYTES + 1)),
        [PasswordProblem::SizeExceeded]
    );
    assert_eq!(MAXIMUM_BYTES, 4096);
}

#[test]
fn each_kind_of_character_is_demanded_by_its_own_setting() {
    let with = |change: fn(&mut PasswordSettings)| {
        let mut policy = lenient();
        change(&mut policy);
        policy
    };
    for (policy, poor, rich, problem) in [
        (
            with(|policy| policy.require_uppercase = true),
            "abcdef1!",
            "Abcdef1!",
            PasswordProblem::NoUppercase,
        ),
        (
            with(|policy| policy.require_lowercase = true),
            "ABCDEF1!",
            "aBCDEF1!",
            PasswordProblem::NoLowercase,
        ),
        (
            with(|policy| policy.require_numbers = true),
            "Abcdefg!",
            "Abcdef1!",
            PasswordProblem::NoNumber,
        ),
        (
            with(|policy| policy.require_special_char = true),
            "Abcdef12",
            "Abcdef1!",
            PasswordProblem::NoSpecialCharacter,
        ),
    ] {
        assert_eq!(check(&policy, poor), [problem]);
        assert_eq!(check(&policy, rich), []);
        assert_eq!(check(&lenient(), poor), []);
    }
}

#[test]
fn every_problem_is_found_at_once() {
    let policy = PasswordSettings {
        require_uppercase: true,
        require_lowercase: true,
        require_numbers: true,
        require_special_char: true,
        ..lenient()
    };
    assert_eq!(
        check(&policy, ""),
        [
            PasswordProblem::TooShort { minimum: 8 },
            PasswordProblem::NoUppercase,
            PasswordProblem::NoLowercase,
            PasswordProblem::NoNumber,
            PasswordProblem::NoSpecialCharacter,
        ]
    );
}

#[test]
fn a_password_that_is_ones_identifier_is_refused_in_any_spelling() {
    let policy = lenient();
    let known = identifiers(&["", "ada@example.com", "lovelace1815"]);
    for password in [
        "ada@example.com",
        "ADA@Example.com",
        " ada@example.com",
        "ａｄａ@example.com",
        "Lovelace1815",
    ] {
        assert_eq!(
            check_new_password(&policy, password, &known),
            Err(vec![PasswordProblem::MatchesIdentifier]),
            "{password}"
        );
    }
    assert_eq!(check_new_password(&policy, "lovelace1816", &known), Ok(()));
    assert_eq!(check_new_password(&policy, "        ", &known), Ok(()));
}

#[test]
fn a_weak_password_is_refused_only_where_strength_is_demanded() {
    let policy = |min_zxcvbn_strength| PasswordSettings {
        min_zxcvbn_strength,
        ..lenient()
    };
    assert_eq!(check(&policy(0), "password"), []);
    let problems = check(&policy(1), "password");
    let [PasswordProblem::NotStrongEnough { suggestions }] = problems.as_slice() else {
        panic!("{problems:?}");
    };
    assert!(
        suggestions.iter().any(|suggestion| suggestion.code == "anotherWord"),
        "{suggestions:?}"
    );
    assert_eq!(check(&policy(4), "correct horse battery staple"), []);
}

#[test]
fn the_demanded_strength_itself_suffices() {
    let password = "qwfpzebra19";
    let score = u32::from(u8::from(zxcvbn::zxcvbn(password, &[]).score()));
    assert!(
        (1..4).contains(&score),
        "the example must lie between the ends, but scores {score}"
    );
    let policy = |min_zxcvbn_strength| PasswordSettings {
        min_zxcvbn_strength,
        ..lenient()
    };
    assert_eq!(check(&policy(score), password), []);
    assert!(matches!(
        check(&policy(score + 1), password).as_slice(),
        [PasswordProblem::NotStrongEnough { .. }]
    ));
}

#[test]
fn identifiers_weaken_a_password_that_contains_them() {
    let policy = PasswordSettings {
        min_zxcvbn_strength: 3,
        ..lenient()
    };
    let password = "tromsdalstindenx1";
    assert_eq!(check_new_password(&policy, password, &Known::default()), Ok(()));
    assert!(check_new_password(&policy, password, &identifiers(&["tromsdalstinden"])).is_err());
}

#[test]
fn every_suggestion_has_its_code() {
    for (suggestion, code) in [
        (Suggestion::UseAFewWordsAvoidCommonPhrases, "useWords"),
        (Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters, "noNeed"),
        (Suggestion::AddAnotherWordOrTwo, "anotherWord"),
        (Suggestion::CapitalizationDoesntHelpVeryMuch, "capitalization"),
        (
            Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase,
            "allUppercase",
        ),
        (Suggestion::ReversedWordsArentMuchHarderToGuess, "reverseWords"),
        (Suggestion::PredictableSubstitutionsDontHelpVeryMuch, "l33t"),
        (
            Suggestion::UseALongerKeyboardPatternWithMoreTurns,
            "longerKeyboardPattern",
        ),
        (Suggestion::AvoidRepeatedWordsAndCharacters, "repeated"),
        (Suggestion::AvoidSequences, "sequences"),
        (Suggestion::AvoidRecentYears, "recentYears"),
        (Suggestion::AvoidYearsThatAreAssociatedWithYou, "associatedYears"),
        (Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou, "dates"),
    ] {
        assert_eq!(advice(suggestion).code, code);
        assert!(advice(suggestion).message.ends_with('.'));
    }
}

#[test]
fn every_spelling_of_a_password_has_one_normal_form() {
    for (spellings, normal) in [
        (&["caf\u{e9}", "cafe\u{301}"][..], "caf\u{e9}"),
        (&["\u{ff50}\u{ff57}", "pw"], "pw"),
        (&["\u{1112}\u{1161}\u{11ab}", "\u{d55c}"], "\u{d55c}"),
        (&["\u{fb01}", "fi"], "fi"),
        (&["a\u{a0}b", "a b"], "a b"),
        (&["correct horse", " Aa1\t"], ""),
    ] {
        for spelling in spellings {
            // Last: what is plain stays as it is, blanks and case included.
            let expected = if normal.is_empty() { *spelling } else { normal };
            assert_eq!(*normal_form(spelling), expected, "{spelling:?}");
            assert_eq!(*normal_form(&normal_form(spelling)), expected, "{spelling:?}");
        }
    }
}

#[test]
fn the_normal_form_is_what_is_judged() {
    let policy = PasswordSettings {
        min_length: 8,
        max_length: 8,
        ..lenient()
    };
    // Eight letters, however many characters were sent for them.
    for spelling in ["\u{e9}".repeat(8), "e\u{301}".repeat(8)] {
        assert_eq!(check(&policy, &spelling), [], "{spelling}");
    }
    assert_eq!(
        check(&policy, &"e\u{301}".repeat(7)),
        [PasswordProblem::TooShort { minimum: 8 }]
    );
    let digits = PasswordSettings {
        require_numbers: true,
        require_uppercase: true,
        ..lenient()
    };
    assert_eq!(check(&digits, "\u{ff21}\u{ff11}correct horse"), []);
    // One character that stands for eighteen.
    let grown = "\u{fdfa}".repeat(MAXIMUM_BYTES / 4);
    assert!(grown.len() <= MAXIMUM_BYTES);
    assert_eq!(check(&lenient(), &grown), [PasswordProblem::SizeExceeded]);
}

#[test]
fn any_text_is_a_password_as_it_stands() {
    let typed = zeroize::Zeroizing::new(" Ada's \u{e9}\n".to_owned());
    assert_eq!(super::read(&typed).unwrap(), typed);
}

#[test]
fn only_a_password_that_is_long_enough_is_judged_by_how_it_could_be_guessed() {
    let policy = PasswordSettings::default();
    let short = PasswordProblem::TooShort {
        minimum: policy.min_length,
    };
    assert_eq!(check(&policy, "123456"), std::slice::from_ref(&short));
    assert_eq!(check(&policy, "123456789"), [PasswordProblem::Common]);
    assert_eq!(check(&lenient(), "123456789"), []);
    let known = |password, identifiers: &[&'static str], words: &[&'static str]| {
        let known = Known {
            identifiers: identifiers.to_vec(),
            words: words.to_vec(),
        };
        check_new_password(&policy, password, &known).err().unwrap_or_default()
    };
    assert_eq!(
        known("quibblefax99", &[], &["quibblefax"]),
        [PasswordProblem::MadeOfKnownWords]
    );
    assert_eq!(known("quibbl", &[], &["quibbl"]), [short]);
    assert_eq!(
        known("quibblefax99", &["Quibblefax99"], &[]),
        [PasswordProblem::MatchesIdentifier]
    );
    // Nobody signs in with nothing, so an empty identifier forbids no password.
    assert_eq!(known("wqzjfkbvnx", &[""], &[]), []);
}
