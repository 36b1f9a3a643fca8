use super::{
    EXTENDED_USERNAME_CHARACTERS, EmailAddress, EmailAddressRejection, Identifier, Username, UsernameRejection,
    is_test_address, masked,
};
use crate::settings::{attribute::AttributeSettings, username::UsernameSettings};
use entity::kind::IdentificationKind;

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap_or_else(|rejection| panic!("{text:?}: {rejection:?}"))
}

/// An address with a domain of as many characters as are needed to reach `bytes`.
fn email_of(bytes: usize) -> String {
    let mut text = "a@".to_owned();
    while text.len() + 51 < bytes - 3 {
        text.push_str(&"d".repeat(50));
        text.push('.');
    }
    let rest = bytes - text.len() - 3;
    text + &"e".repeat(rest) + ".io"
}

#[test]
fn every_spelling_of_an_address_has_one_normalised_form() {
    for spelling in [
        "ada@example.com",
        "  Ada@Example.COM ",
        "ADA@EXAMPLE.COM",
        "ａｄａ@example.com",
        "ada@ｅxample.com",
        "\tada@example.com\n",
    ] {
        assert_eq!(email(spelling).as_str(), "ada@example.com", "{spelling:?}");
    }
    for spelling in [
        "ada@b\u{fc}cher.example",
        "ada@bu\u{308}cher.example",
        "Ada@B\u{dc}CHER.example",
        "ada@xn--bcher-kva.example",
        "ada@XN--BCHER-KVA.example",
    ] {
        assert_eq!(email(spelling).as_str(), "ada@b\u{fc}cher.example", "{spelling:?}");
    }
    assert_ne!(
        email("ada@stra\u{df}e.example").as_str(),
        email("ada@strasse.example").as_str()
    );
}

#[test]
fn what_no_mail_can_reach_is_refused_for_something_new_and_still_names_what_is_stored() {
    let long = format!("{}@example.com", "a".repeat(65));
    // 250 bytes as it is written and 255 as a mail server gets it.
    let encoded = format!("ada@{}\u{fc}.{}.io", "d.".repeat(119), "e".repeat(2));
    for text in [
        "\u{fc}ber@example.com",
        "u\u{308}ber@example.com",
        "\u{444}\u{451}\u{434}\u{43e}\u{440}@example.com",
        "ada@127.0.0.1",
        "ada@example.1",
        "ada@b\u{fc}cher.1",
    ] {
        let parsed = EmailAddress::parse(text);
        assert_eq!(parsed, Err(EmailAddressRejection::Unmailable), "{text}");
        assert!(Identifier::parse(text, &attributes(true, false)).is_some(), "{text}");
    }
    for text in [
        "ada@example.com.",
        "ada@.example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@exa_mple.com",
        "ada@xn--zzzzzzzz9999.example",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        &long,
        &encoded,
    ] {
        assert!(EmailAddress::parse(text).is_err(), "{text}");
    }
    assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(64))).is_ok());
    for text in ["!#$%&'*+/=?^_`{|}~-@example.com", "0@1.example.com"] {
        assert!(EmailAddress::parse(text).is_ok(), "{text}");
    }
    for text in [
        "\"ada\"@example.com",
        "\"\\ada\"@example.com",
        "\"a,b\"@example.com",
        "\"a@b\"@example.com",
    ] {
        assert!(
            EmailAddress::parse(text).is_err(),
            "{text}: one mailbox, many spellings"
        );
    }
}

#[test]
fn mail_goes_to_the_domain_that_is_compared() {
    // Capital sigma in all the forms that become it, before what does not let a word go on.
    for sigma in ["\u{3a3}", "\u{3f9}", "\u{1d6ba}", "\u{3c3}"] {
        let typed = format!("ada@\u{392}\u{38c}\u{39b}\u{39f}{sigma}-y.com");
        let address = email(&typed);
        assert_eq!(
            address.as_str(),
            "ada@\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c3}-y.com",
            "{typed}"
        );
    }
    let other = email("ada@\u{3b2}\u{3cc}\u{3bb}\u{3bf}\u{3c2}-y.com");
    assert_ne!(
        other.as_str(),
        email("ada@\u{392}\u{38c}\u{39b}\u{39f}\u{3a3}-y.com").as_str()
    );
}

#[test]
fn what_is_far_too_long_is_refused_before_it_grows() {
    let text = format!("a@{}.com", "\u{fdfa}".repeat(10_000));
    assert_eq!(EmailAddress::parse(&text), Err(EmailAddressRejection::TooLong));
    assert!(Identifier::parse(&text, &attributes(true, false)).is_none());
}

#[test]
fn the_original_is_kept_but_trimmed() {
    assert_eq!(
        email(" Ada.Lovelace@Example.com ").display(),
        "Ada.Lovelace@Example.com"
    );
}

#[test]
fn letters_are_shown_composed() {
    let typed = "Ada@Bu\u{308}cher.example";
    assert_eq!(email(typed).display(), "Ada@B\u{fc}cher.example");
    assert_eq!(email("\u{ff21}da@example.com").display(), "Ada@example.com");
}

#[test]
fn what_was_stored_comes_back_as_it_was() {
    let address = EmailAddress::from_stored("ada@example.com".to_owned(), "Ada@Example.com".to_owned());
    assert_eq!(address, email("Ada@Example.com"));
    let username = Username::from_stored("ad".to_owned(), "Ad".to_owned());
    assert_eq!((username.as_str(), username.display()), ("ad", "Ad"));
}

#[test]
fn dots_and_subaddresses_are_part_of_the_address() {
    assert_ne!(email("a.da@example.com").as_str(), email("ada@example.com").as_str());
    assert_ne!(email("ada+x@example.com").as_str(), email("ada@example.com").as_str());
}

#[test]
fn the_parts_of_an_address_are_normalised() {
    let address = email("Ada+News+2@Example.com");
    assert_eq!(address.local_part(), "ada+news+2");
    assert_eq!(address.domain(), "example.com");
    assert_eq!(address.subaddress(), Some("news+2"));
    assert_eq!(email("ada@example.com").subaddress(), None);
}

#[test]
fn what_is_no_address_is_refused_with_its_reason() {
    use EmailAddressRejection::{Empty, ForbiddenCharacter, Malformed};
    for (text, reason) in [
        ("", Empty),
        (" \t", Empty),
        ("ada", Malformed),
        ("@example.com", Malformed),
        ("ada@", Malformed),
        ("ada@example", Malformed),
        ("ada@@example.com", Malformed),
        ("ada@[127.0.0.1]", Malformed),
        ("<ada@example.com>", Malformed),
        ("a,b@example.com", Malformed),
        ("ada\u{ff20}evil.com@example.com", Malformed),
        ("ada\r\nBcc:eve@example.com", ForbiddenCharacter),
        ("ada\0@example.com", ForbiddenCharacter),
        ("ada\u{7f}@example.com", ForbiddenCharacter),
        ("ada\u{2028}@example.com", ForbiddenCharacter),
        ("Ada <ada@example.com>", ForbiddenCharacter),
        ("\"ada lovelace\"@example.com", ForbiddenCharacter),
    ] {
        assert_eq!(EmailAddress::parse(text), Err(reason), "{text:?}");
    }
}

#[test]
fn an_address_has_at_most_254_bytes() {
    assert_eq!(email_of(254).len(), 254);
    assert!(EmailAddress::parse(&email_of(253)).is_ok());
    assert!(EmailAddress::parse(&email_of(254)).is_ok());
    assert_eq!(EmailAddress::parse(&email_of(255)), Err(EmailAddressRejection::TooLong));
}

#[test]
fn test_addresses_are_known_by_their_subaddress_alone() {
    for (text, expected) in [
        ("ada+clerk_test@example.com", true),
        ("ADA+CLERK_TEST@example.com", true),
        ("ada+clerk_test+2@example.com", true),
        ("ada+2+clerk_test@example.com", true),
        ("ada+clerk_test_2@example.com", true),
        ("ada+clerk_tester@example.com", false),
        ("ada+xclerk_test@example.com", false),
        ("clerk_test@example.com", false),
        ("ada@clerk-test.example.com", false),
        ("ada@example.com", false),
        ("ada+clerk@example.com", false),
    ] {
        let Ok(address) = EmailAddress::parse(text) else {
            continue;
        };
        assert_eq!(is_test_address(&address), expected, "{text}");
    }
}

#[test]
fn a_username_is_compared_in_lower_case_and_shown_as_typed() {
    let username = Username::parse(" Ada_L-1 ", &UsernameSettings::default()).unwrap();
    assert_eq!(username.as_str(), "ada_l-1");
    assert_eq!(username.display(), "Ada_L-1");
}

#[test]
fn the_length_of_a_username_is_counted_in_characters_and_bounded_on_both_sides() {
    let settings = UsernameSettings {
        min_length: 4,
        max_length: 6,
        ..UsernameSettings::default()
    };
    let rejection = Err(UsernameRejection::Length { minimum: 4, maximum: 6 });
    for (text, accepted) in [
        ("", false),
        ("abc", false),
        ("abcd", true),
        ("abcdef", true),
        ("abcdefg", false),
    ] {
        let result = Username::parse(text, &settings);
        if accepted {
            assert!(result.is_ok(), "{text}");
        } else {
            assert_eq!(result, rejection, "{text}");
        }
    }
    assert_eq!(Username::parse("ééé", &settings), rejection);
    assert_eq!(
        Username::parse("éééé", &settings),
        Err(UsernameRejection::ForbiddenCharacter)
    );
}

#[test]
fn extended_special_characters_count_only_where_they_are_on() {
    let off = UsernameSettings {
        allow_extended_special_characters: false,
        ..UsernameSettings::default()
    };
    let on = UsernameSettings {
        allow_extended_special_characters: true,
        ..UsernameSettings::default()
    };
    for character in EXTENDED_USERNAME_CHARACTERS.chars() {
        let text = format!("ada{character}l");
        assert_eq!(
            Username::parse(&text, &off),
            Err(UsernameRejection::ForbiddenCharacter),
            "{text}"
        );
        assert!(Username::parse(&text, &on).is_ok(), "{text}");
    }
    for text in ["ada l", "ada@l", "ada\"l", "ada\nl", "adaél"] {
        assert_eq!(
            Username::parse(text, &on),
            Err(UsernameRejection::ForbiddenCharacter),
            "{text}"
        );
    }
    for text in ["ada_", "ada-", "ADAL", "ada1"] {
        assert!(Username::parse(text, &off).is_ok(), "{text}");
    }
}

#[test]
fn a_username_of_digits_alone_needs_the_setting() {
    let off = UsernameSettings::default();
    let on = UsernameSettings {
        allow_numeric_usernames: true,
        ..UsernameSettings::default()
    };
    assert_eq!(Username::parse("12345", &off), Err(UsernameRejection::NeedsNonNumber));
    assert!(Username::parse("1234a", &off).is_ok());
    assert!(Username::parse("1234_", &off).is_ok());
    assert!(Username::parse("12345", &on).is_ok());
}

fn attributes(email_address: bool, username: bool) -> AttributeSettings {
    let mut attributes = AttributeSettings::default();
    attributes.email_address.enabled = email_address;
    attributes.username.enabled = username;
    attributes
}

#[test]
fn the_sign_in_box_takes_what_the_instance_signs_in_with() {
    let found = |kind, normalised: &str| {
        Some(Identifier {
            kind,
            normalised: normalised.to_owned(),
        })
    };
    for (text, email_address, username, expected) in [
        (
            " Ada@Example.com ",
            true,
            false,
            found(IdentificationKind::EmailAddress, "ada@example.com"),
        ),
        ("ada@example.com", false, true, None),
        ("ada@", true, true, None),
        ("Ada", true, true, found(IdentificationKind::Username, "ada")),
        (" x ", true, true, found(IdentificationKind::Username, "x")),
        ("Ada", true, false, None),
        ("", true, true, None),
        ("  ", true, true, None),
        ("a da", true, true, None),
        ("adé", true, true, None),
        ("+15555550100", true, false, None),
    ] {
        assert_eq!(
            Identifier::parse(text, &attributes(email_address, username)),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn an_attribute_that_nobody_signs_in_with_names_nobody() {
    let mut settings = attributes(true, true);
    settings.email_address.used_for_first_factor = false;
    settings.username.used_for_first_factor = false;
    assert_eq!(Identifier::parse("ada@example.com", &settings), None);
    assert_eq!(Identifier::parse("ada", &settings), None);
}

#[test]
fn a_text_longer_than_any_identifier_names_nobody() {
    let settings = attributes(true, true);
    assert!(Identifier::parse(&"a".repeat(254), &settings).is_some());
    assert_eq!(Identifier::parse(&"a".repeat(255), &settings), None);
}

#[test]
fn strangers_are_shown_of_an_identifier_what_its_owner_recognises_it_by() {
    for (whole, shown) in [
        ("ada@example.com", "a***@example.com"),
        ("a@example.com", "a***@example.com"),
        ("\"a@b\"@example.com", "\"***@example.com"),
        ("älter@münchen.example", "ä***@münchen.example"),
        ("ada", "a***"),
        ("", "***"),
    ] {
        assert_eq!(masked(whole), shown);
    }
}
