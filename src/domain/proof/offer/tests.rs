use super::{Enrolled, Factor, Level, UserIdentification, offered};
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
