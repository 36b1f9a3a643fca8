//! What is pending to be known by.

use super::{
    LATER, NOW, all_enabled, attempted, begun, email, given, id, pending, prepared, ready, username, with_email,
};
use crate::{
    change::Change,
    proof::Finding,
    sign_up::{Field, PendingIdentification, SignUp, SignUpChanges, SignUpRejection},
};

#[test]
fn another_address_starts_unverified_and_the_same_one_stays_proven() {
    let attributes = all_enabled();
    let same = ready()
        .apply(with_email(9, "ADA@example.com"), &attributes, LATER)
        .unwrap();
    assert_eq!(same.identifications, ready().identifications);
    assert!(same.is_ready(&attributes));
    let other = ready()
        .apply(with_email(9, "eve@example.com"), &attributes, LATER)
        .unwrap();
    let expected = pending(Field::EmailAddress, 9, email("eve@example.com"));
    assert_eq!(other.identifications, [expected]);
    assert_eq!(other.unverified_fields(&attributes), [Field::EmailAddress]);
}

#[test]
fn an_address_is_proven_by_its_code_alone_and_a_username_needs_no_proof() {
    let address = |sign_up: SignUp| sign_up.identification(Field::EmailAddress).cloned().unwrap();
    for (pending, is_verified, counts) in [
        (pending(Field::EmailAddress, 3, email("a@b.io")), false, false),
        (address(prepared()), false, false),
        (address(ready()), true, true),
        (pending(Field::Username, 3, username("ada")), false, true),
    ] {
        assert_eq!(pending.is_verified(), is_verified, "{pending:?}");
        assert_eq!(pending.counts_as_verified(), counts, "{pending:?}");
    }
}

#[test]
fn another_spelling_is_taken_where_nothing_was_written_to_it() {
    let attributes = all_enabled();
    let kept = ready();
    for (change, is_taken) in [
        (given(Field::EmailAddress, 9, email("ADA@example.com")), false),
        (given(Field::EmailAddress, 9, email("ada@example.com")), false),
        (given(Field::EmailAddress, 9, email("eve@example.com")), true),
        (given(Field::Username, 9, username("ada")), false),
        (given(Field::Username, 9, username("Ada")), true),
        (given(Field::Username, 9, username("eve")), true),
        ((Field::Username, Change::Keep), false),
        ((Field::EmailAddress, Change::Keep), false),
    ] {
        let both = SignUpChanges {
            identifications: vec![given(Field::Username, 8, username("ada"))],
            ..SignUpChanges::default()
        };
        let before = kept.clone().apply(both, &attributes, NOW).unwrap();
        let changes = SignUpChanges {
            identifications: vec![change.clone()],
            ..SignUpChanges::default()
        };
        let after = before.clone().apply(changes, &attributes, NOW).unwrap();
        let (field, change) = change;
        let mut expected = before.identifications;
        if let (true, Change::Set((id, given))) = (is_taken, change) {
            let place = expected.iter().position(|one| one.field == field).unwrap();
            expected[place] = PendingIdentification {
                id,
                field,
                given,
                verification: None,
            };
        }
        assert_eq!(after.identifications, expected);
    }
}

#[test]
fn what_was_given_is_found_by_its_field_and_by_its_identifier() {
    let sign_up = ready();
    let address = sign_up.identification(Field::EmailAddress).unwrap();
    assert_eq!(sign_up.identification_of(&id(3)), Some(address));
    assert_eq!(sign_up.identification_of(&id(4)), None);
    assert_eq!(sign_up.identification(Field::Username), None);
}

#[test]
fn what_is_proven_is_the_identification_that_was_asked() {
    let attributes = all_enabled();
    let changes = SignUpChanges {
        identifications: vec![given(Field::Username, 8, username("ada"))],
        ..SignUpChanges::default()
    };
    let sign_up = prepared().apply(changes, &attributes, NOW).unwrap();
    let (sign_up, _) = attempted(sign_up, Finding::Matches, &attributes, NOW).unwrap();
    let asked: Vec<_> = sign_up
        .identifications
        .iter()
        .map(|pending| (pending.field, pending.verification.is_some()))
        .collect();
    assert_eq!(asked, [(Field::EmailAddress, true), (Field::Username, false)]);
    assert_eq!(sign_up.unverified_fields(&attributes), []);
}

#[test]
fn a_username_alone_gives_nothing_to_verify() {
    let attributes = all_enabled();
    let changes = SignUpChanges {
        identifications: vec![given(Field::Username, 8, username("ada"))],
        ..SignUpChanges::default()
    };
    let sign_up = begun().apply(changes, &attributes, NOW).unwrap();
    assert_eq!(sign_up.factors(&attributes, NOW), Err(SignUpRejection::NothingToVerify));
    assert_eq!(sign_up.unverified_fields(&attributes), []);
    assert_eq!(sign_up.proven_by(), None);
}
