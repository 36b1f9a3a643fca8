//! What the table says of each field.

use super::{IdentificationChange, NOW, all_enabled, begun, email, given, username};
use crate::{
    identifier::{EmailAddressRejection, UsernameRejection},
    settings::{InstanceSettings, attribute::AttributeSettings},
    sign_up::{Field, FieldRejection, FieldVerification, SignUpChanges, optional_fields, required_fields},
};
use entity::kind::{IdentificationKind, Strategy};
use serde_json::{Value, json};

#[test]
fn fields_have_their_wire_words_and_order() {
    let words: Vec<_> = Field::ALL.iter().map(|field| field.as_str()).collect();
    assert_eq!(
        words,
        ["email_address", "username", "first_name", "last_name", "password"]
    );
}

#[test]
fn a_field_is_required_or_optional_or_not_collected_by_its_own_settings() {
    type Switch = fn(&mut AttributeSettings, bool, bool);
    let cases: [(Field, Switch); 5] = [
        (Field::EmailAddress, |attributes, enabled, required| {
            (attributes.email_address.enabled, attributes.email_address.required) = (enabled, required);
        }),
        (Field::Username, |attributes, enabled, required| {
            (attributes.username.enabled, attributes.username.required) = (enabled, required);
        }),
        (Field::FirstName, |attributes, enabled, required| {
            (attributes.first_name.enabled, attributes.first_name.required) = (enabled, required);
        }),
        (Field::LastName, |attributes, enabled, required| {
            (attributes.last_name.enabled, attributes.last_name.required) = (enabled, required);
        }),
        (Field::Password, |attributes, enabled, required| {
            (attributes.password.enabled, attributes.password.required) = (enabled, required);
        }),
    ];
    for (field, set) in cases {
        for (enabled, required) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut attributes = AttributeSettings::default();
            for (_, clear) in cases {
                clear(&mut attributes, false, false);
            }
            set(&mut attributes, enabled, required);
            let listed = |is_listed: bool| if is_listed { vec![field] } else { vec![] };
            assert_eq!(required_fields(&attributes), listed(enabled && required), "{field:?}");
            assert_eq!(optional_fields(&attributes), listed(enabled && !required), "{field:?}");
            assert_eq!(
                begun().missing_fields(&attributes),
                listed(enabled && required),
                "{field:?}"
            );
        }
    }
}

#[test]
fn the_defaults_demand_address_and_password_and_take_names() {
    let attributes = AttributeSettings::default();
    assert_eq!(required_fields(&attributes), [Field::EmailAddress, Field::Password]);
    assert_eq!(optional_fields(&attributes), [Field::FirstName, Field::LastName]);
}

#[test]
fn each_field_is_held_to_the_rules_of_now() {
    let known_by = |identifications: &[IdentificationChange]| {
        let changes = SignUpChanges {
            identifications: identifications.to_vec(),
            ..SignUpChanges::default()
        };
        begun().apply(changes, &all_enabled(), NOW).unwrap()
    };
    let address = given(Field::EmailAddress, 3, email("ada+news@example.com"));
    let name = given(Field::Username, 4, username("ada"));
    let both = known_by(&[name.clone(), address.clone()]);
    let (address, username) = (known_by(&[address]), known_by(&[name]));
    let settings = |patch: Value| InstanceSettings::default().patched(&patch).unwrap();
    let open = settings(json!({"username": {"min_length": 3}}));
    let strict = settings(json!({"restriction": {"block_email_subaddresses": true}}));
    let too_short = FieldRejection::Username(UsernameRejection::Length {
        minimum: 4,
        maximum: 64,
    });
    let outdated = Some((Field::Username, too_short));
    for (sign_up, settings, unadmitted, outdated) in [
        (&begun(), &strict, None, None),
        (&address, &open, None, None),
        (&address, &strict, Some(Field::EmailAddress), None),
        (&username, &open, None, None),
        (&username, &strict, None, outdated),
        (&both, &open, None, None),
        (&both, &strict, Some(Field::EmailAddress), outdated),
    ] {
        assert_eq!(sign_up.unadmitted_field(settings), unadmitted, "{sign_up:?}");
        assert_eq!(sign_up.outdated_field(settings), outdated, "{sign_up:?}");
    }
}

#[test]
fn a_field_becomes_the_identification_of_its_kind() {
    for kind in IdentificationKind::ALL {
        let field = Field::of(*kind);
        assert_eq!(
            field.and_then(Field::identification).map(|rules| rules.kind),
            field.map(|_| *kind)
        );
    }
    let identifying: Vec<_> = Field::identifying().map(|(field, rules)| (field, rules.kind)).collect();
    assert_eq!(
        identifying,
        [
            (Field::EmailAddress, IdentificationKind::EmailAddress),
            (Field::Username, IdentificationKind::Username),
        ]
    );
    assert_eq!(Field::of(IdentificationKind::Username), Some(Field::Username));
    assert_eq!(Field::of(IdentificationKind::PhoneNumber), None);
}

#[test]
fn an_identification_is_read_by_the_rules_of_its_field() {
    let settings = InstanceSettings::default();
    let read = |field: Field, text| (field.identification().unwrap().read)(text, &settings);
    assert_eq!(
        read(Field::EmailAddress, " Ada@Example.com "),
        Ok(email("Ada@Example.com"))
    );
    assert_eq!(read(Field::Username, " Ada_L "), Ok(username("Ada_L")));
    assert_eq!(
        read(Field::EmailAddress, "ada"),
        Err(FieldRejection::EmailAddress(EmailAddressRejection::Malformed))
    );
    assert_eq!(
        read(Field::Username, "ada@l"),
        Err(FieldRejection::Username(UsernameRejection::ForbiddenCharacter))
    );
}

#[test]
fn only_an_address_is_proven_as_its_attribute_says() {
    let mut attributes = all_enabled();
    for (strategies, is_demanded) in [
        (vec![Strategy::EmailCode], true),
        (vec![Strategy::EmailCode], false),
        (vec![], false),
    ] {
        attributes.email_address.verifications.clone_from(&strategies);
        attributes.email_address.verify_at_sign_up = is_demanded;
        for field in Field::ALL {
            let expected = (*field == Field::EmailAddress).then_some(FieldVerification {
                strategies: &strategies,
                is_demanded,
            });
            assert_eq!(field.verification(&attributes), expected, "{field:?}");
        }
    }
}

#[test]
fn what_a_field_demands_stands_in_the_section_of_its_word() {
    for field in Field::ALL {
        let word = field.as_str();
        let patch = json!({"attribute": {word: {"enabled": false, "required": true}}});
        let problems = InstanceSettings::default().patched(&patch).unwrap_err();
        let setting = format!("attribute.{word}.required");
        assert!(
            problems.iter().any(|problem| problem.param_name == setting),
            "{problems:?}"
        );
    }
}
