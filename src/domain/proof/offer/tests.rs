use super::{Enrolled, Factor, Level, UserIdentification, enabled, offered};
use crate::{identifier::Identifier, settings::attribute::AttributeSettings};
use entity::{
    id::{ID_ENTROPY_BYTES, IdentificationId, TypedId},
    kind::{IdentificationKind, Strategy},
};

fn id<T: TypedId>(number: u8) -> T {
    T::generate(1_795_000_000_000, [number; ID_ENTROPY_BYTES])
}

fn address(number: u8, value: &str, is_verified: bool, is_primary: bool) -> UserIdentification {
    UserIdentification {
        id: id(number),
        kind: IdentificationKind::EmailAddress,
        value: value.to_owned(),
        is_verified,
        is_primary,
    }
}

fn password() -> Factor {
    Factor::of(Strategy::Password)
}

fn code(number: u8, value: &str, primary: bool) -> Factor {
    Factor {
        strategy: Strategy::EmailCode,
        identification_id: Some(id(number)),
        safe_identifier: Some(value.to_owned()),
        primary,
    }
}

#[test]
fn a_user_is_offered_the_password_and_codes_to_proven_addresses() {
    let username = UserIdentification {
        kind: IdentificationKind::Username,
        ..address(4, "ada", true, true)
    };
    let identifications = [
        address(1, "second@example.com", true, false),
        address(2, "first@example.com", true, true),
        address(3, "unproven@example.com", false, false),
        username,
    ];
    let codes = [code(2, "first@example.com", true), code(1, "second@example.com", false)];
    let attributes = AttributeSettings::default();
    let first = |identifications: &[UserIdentification], has_password: bool, attributes: &AttributeSettings| {
        let enrolled = Enrolled {
            identifications: identifications.to_vec(),
            secrets: has_password.then_some(Strategy::Password).into_iter().collect(),
        };
        offered(Level::First, &enrolled, attributes)
    };
    let mut with_password = vec![password()];
    with_password.extend(codes.clone());
    assert_eq!(first(&identifications, true, &attributes), with_password);
    assert_eq!(first(&identifications, false, &attributes), codes);
    assert_eq!(first(&[], false, &attributes), []);

    let mut no_password = attributes.clone();
    no_password.password.enabled = false;
    assert_eq!(first(&identifications, true, &no_password), codes);
    let mut no_codes = attributes;
    no_codes.email_address.first_factors.clear();
    assert_eq!(first(&identifications, true, &no_codes), [password()]);
}

#[test]
fn what_is_shown_to_hide_accounts_depends_on_the_identifier_alone() {
    let attributes = AttributeSettings::default();
    let by_address = Identifier {
        kind: IdentificationKind::EmailAddress,
        normalised: "ada@example.com".to_owned(),
    };
    let by_username = Identifier {
        kind: IdentificationKind::Username,
        normalised: "ada".to_owned(),
    };
    let concealed = |identifier: &Identifier, id: &IdentificationId, attributes: &AttributeSettings| {
        offered(Level::First, &Enrolled::usual(identifier, id), attributes)
    };
    let shown = concealed(&by_address, &id(9), &attributes);
    assert_eq!(shown, [password(), code(9, "ada@example.com", true)]);
    assert_eq!(concealed(&by_username, &id(9), &attributes), [password()]);

    let mut no_password = attributes.clone();
    no_password.password.enabled = false;
    assert_eq!(
        concealed(&by_address, &id(9), &no_password),
        [code(9, "ada@example.com", true)]
    );
    let mut no_codes = attributes;
    no_codes.email_address.first_factors.clear();
    assert_eq!(concealed(&by_address, &id(9), &no_codes), [password()]);
}

/// Every set of what somebody may have, with every way in which the instance may take it.
#[test]
fn a_second_proof_is_asked_for_exactly_where_one_stands_alone() {
    let bit = |number: u32, place: u32| number & (1 << place) != 0;
    for number in 0..1 << 7 {
        let (has_password, has_address, has_app, has_codes) =
            (bit(number, 0), bit(number, 1), bit(number, 2), bit(number, 3));
        let mut attributes = AttributeSettings::default();
        attributes.password.enabled = bit(number, 4);
        attributes.authenticator_app.enabled = bit(number, 5);
        attributes.backup_code.enabled = bit(number, 6);
        let secrets = [
            (has_password, Strategy::Password),
            (has_app, Strategy::Totp),
            (has_codes, Strategy::BackupCode),
        ];
        let enrolled = Enrolled {
            identifications: has_address
                .then(|| address(1, "ada@example.com", true, true))
                .into_iter()
                .collect(),
            secrets: secrets
                .into_iter()
                .filter_map(|(has, strategy)| has.then_some(strategy))
                .collect(),
        };
        let mut first = Vec::new();
        if has_password && attributes.password.enabled {
            first.push(password());
        }
        if has_address {
            first.push(code(1, "ada@example.com", true));
        }
        assert_eq!(offered(Level::First, &enrolled, &attributes), first, "{number:b}");
        let mut second = Vec::new();
        if has_app && attributes.authenticator_app.enabled {
            second.push(Factor::of(Strategy::Totp));
            if has_codes && attributes.backup_code.enabled {
                second.push(Factor::of(Strategy::BackupCode));
            }
        }
        assert_eq!(offered(Level::Second, &enrolled, &attributes), second, "{number:b}");
    }
}

#[test]
fn an_instance_takes_what_its_settings_say() {
    let mut attributes = AttributeSettings::default();
    assert_eq!(
        enabled(Level::First, &attributes),
        [Strategy::Password, Strategy::EmailCode]
    );
    assert_eq!(enabled(Level::Second, &attributes), []);
    attributes.backup_code.enabled = true;
    assert_eq!(
        enabled(Level::Second, &attributes),
        [],
        "nothing that it could stand in for"
    );
    attributes.authenticator_app.enabled = true;
    assert_eq!(
        enabled(Level::Second, &attributes),
        [Strategy::Totp, Strategy::BackupCode]
    );
    attributes.password.enabled = false;
    attributes.email_address.first_factors.clear();
    assert_eq!(enabled(Level::First, &attributes), []);
}
