mod field;
mod identification;

use super::{Field, IdentificationChange, PendingIdentification, SignUp, SignUpChanges, SignUpRejection, Stage};
use crate::{
    change::Change,
    identifier::{EmailAddress, Identification, Username},
    metadata::{MetadataChange, MetadataRejection},
    person_name::PersonName,
    proof::{Challenge, Factor, Finding, Outcome, Proof, Refusal, Rules},
    settings::attribute::AttributeSettings,
};
use entity::{
    id::{ClientId, ID_ENTROPY_BYTES, SessionId, SignUpId, TypedId, UserId},
    kind::{SignUpStatus, Strategy, VerificationPurpose, VerificationStatus},
};
use serde_json::{Map, json};

const NOW: i64 = 1_795_000_000_000;
const LATER: i64 = NOW + 5;
const DAY: i64 = 86_400_000;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

fn begun() -> SignUp {
    SignUp::begin(id(1), id(2), NOW)
}

fn email(text: &str) -> Identification {
    EmailAddress::parse(text).unwrap().into()
}

fn username(text: &str) -> Identification {
    Username::from_stored(text.to_lowercase(), text.to_owned()).into()
}

fn given(field: Field, number: u8, given: Identification) -> IdentificationChange {
    (field, Change::Set((id(number), given)))
}

fn pending(field: Field, number: u8, given: Identification) -> PendingIdentification {
    PendingIdentification {
        id: id(number),
        field,
        given,
        verification: None,
    }
}

/// What was asked for the address of a sign-up.
fn verification(sign_up: &SignUp) -> Option<Challenge> {
    sign_up.identification(Field::EmailAddress)?.verification.clone()
}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

fn with_email(number: u8, text: &str) -> SignUpChanges {
    SignUpChanges {
        identifications: vec![given(Field::EmailAddress, number, email(text))],
        ..SignUpChanges::default()
    }
}

fn all_enabled() -> AttributeSettings {
    let mut attributes = AttributeSettings::default();
    attributes.username.enabled = true;
    attributes
}

/// One with address and password, its code asked for.
fn prepared() -> SignUp {
    let changes = SignUpChanges {
        password: Change::Set(()),
        ..with_email(3, "ada@example.com")
    };
    let attributes = all_enabled();
    let sign_up = begun().apply(changes, &attributes, NOW).unwrap();
    asked(sign_up, Strategy::EmailCode, &attributes, NOW).unwrap()
}

/// Why a flow or a proof in it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum No {
    Flow(SignUpRejection),
    Proof(Refusal),
}

fn asked(sign_up: SignUp, strategy: Strategy, attributes: &AttributeSettings, now: i64) -> Result<SignUp, No> {
    let factors = sign_up.factors(attributes, now).map_err(No::Flow)?;
    let new_id = if sign_up.proven_by().is_some() || now != NOW {
        9
    } else {
        4
    };
    let (factors, _) = factors.prepare(id(new_id), strategy, None, now).map_err(No::Proof)?;
    Ok(sign_up.with_factors(factors, now))
}

fn attempted(
    sign_up: SignUp,
    finding: Finding,
    attributes: &AttributeSettings,
    now: i64,
) -> Result<(SignUp, Outcome), No> {
    let factors = sign_up.factors(attributes, now).map_err(No::Flow)?;
    let admitted = factors.admit(Strategy::EmailCode, now).map_err(No::Proof)?;
    let (factors, outcome) = factors.attempt(admitted, finding, now);
    Ok((sign_up.with_factors(factors, now), outcome))
}

fn ready() -> SignUp {
    attempted(prepared(), Finding::Matches, &all_enabled(), NOW).unwrap().0
}

fn complete() -> SignUp {
    ready().complete(&all_enabled(), id(5), id(6), NOW).unwrap()
}

#[test]
fn a_new_one_is_empty_and_waits_for_a_day() {
    assert_eq!(
        begun(),
        SignUp {
            id: SignUpId::generate(NOW, [1; ID_ENTROPY_BYTES]),
            client_id: ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]),
            stage: Stage::MissingRequirements,
            identifications: Vec::new(),
            has_password: false,
            first_name: None,
            last_name: None,
            unsafe_metadata: Map::new(),
            abandon_at: NOW + DAY,
            created_at: NOW,
            updated_at: NOW,
        }
    );
}

#[test]
fn it_is_abandoned_when_its_day_is_over_unless_it_is_complete() {
    for (now, status) in [
        (NOW, SignUpStatus::MissingRequirements),
        (NOW + DAY - 1, SignUpStatus::MissingRequirements),
        (NOW + DAY, SignUpStatus::Abandoned),
        (NOW + DAY + 1, SignUpStatus::Abandoned),
    ] {
        assert_eq!(begun().status_at(now), status, "{now}");
        assert_eq!(complete().status_at(now), SignUpStatus::Complete, "{now}");
        assert_eq!(
            SignUp {
                stage: Stage::Abandoned,
                ..begun()
            }
            .status_at(now),
            SignUpStatus::Abandoned,
            "{now}"
        );
    }
}

#[test]
fn every_field_given_is_kept_and_no_longer_missing() {
    let mut attributes = all_enabled();
    attributes.username.required = true;
    attributes.first_name.required = true;
    attributes.last_name.required = true;
    let changes = SignUpChanges {
        identifications: vec![
            given(Field::Username, 4, username("Ada")),
            given(Field::EmailAddress, 3, email("Ada@example.com")),
        ],
        password: Change::Set(()),
        first_name: Change::Set(name("Ada")),
        last_name: Change::Set(name("Lovelace")),
        unsafe_metadata: Some(MetadataChange::Merge(json!({"plan": "pro"}))),
    };
    let sign_up = begun().apply(changes, &attributes, LATER).unwrap();
    let mut expected = SignUp {
        identifications: vec![
            pending(Field::EmailAddress, 3, email("Ada@example.com")),
            pending(Field::Username, 4, username("Ada")),
        ],
        has_password: true,
        first_name: Some("Ada".to_owned()),
        last_name: Some("Lovelace".to_owned()),
        updated_at: LATER,
        ..begun()
    };
    expected.unsafe_metadata.insert("plan".to_owned(), json!("pro"));
    assert_eq!(sign_up, expected);
    assert_eq!(sign_up.missing_fields(&attributes), []);
    assert_eq!(sign_up.unverified_fields(&attributes), [Field::EmailAddress]);
    assert!(!sign_up.is_ready(&attributes));
    let kept = sign_up
        .clone()
        .apply(SignUpChanges::default(), &attributes, LATER)
        .unwrap();
    assert_eq!(kept, sign_up);

    let cleared = SignUpChanges {
        identifications: vec![(Field::EmailAddress, Change::Clear), (Field::Username, Change::Clear)],
        password: Change::Clear,
        first_name: Change::Clear,
        last_name: Change::Clear,
        unsafe_metadata: Some(MetadataChange::Replace(json!({}))),
    };
    let empty = sign_up.apply(cleared, &attributes, LATER).unwrap();
    assert_eq!(
        empty,
        SignUp {
            updated_at: LATER,
            ..begun()
        }
    );
}

#[test]
fn fields_that_are_not_collected_are_refused_all_at_once_with_bad_metadata() {
    let mut attributes = AttributeSettings::default();
    attributes.email_address.enabled = false;
    attributes.first_name.enabled = false;
    attributes.last_name.enabled = false;
    attributes.password.enabled = false;
    let changes = SignUpChanges {
        identifications: vec![
            given(Field::EmailAddress, 3, email("ada@example.com")),
            given(Field::Username, 4, username("ada")),
        ],
        password: Change::Set(()),
        first_name: Change::Set(name("Ada")),
        last_name: Change::Set(name("Lovelace")),
        unsafe_metadata: Some(MetadataChange::Merge(json!([]))),
    };
    let mut expected: Vec<_> = Field::ALL
        .iter()
        .copied()
        .map(SignUpRejection::FieldNotEnabled)
        .collect();
    expected.push(SignUpRejection::Metadata(MetadataRejection::NotAnObject));
    assert_eq!(begun().apply(changes, &attributes, NOW), Err(expected));
    let cleared = SignUpChanges {
        identifications: vec![(Field::Username, Change::Clear)],
        ..SignUpChanges::default()
    };
    assert!(
        begun().apply(cleared, &attributes, NOW).is_ok(),
        "an empty field of a form asks for nothing"
    );
}

#[test]
fn an_address_holds_up_a_sign_up_only_where_it_must_be_verified() {
    let mut attributes = all_enabled();
    assert_eq!(prepared().unverified_fields(&attributes), [Field::EmailAddress]);
    assert_eq!(ready().unverified_fields(&attributes), []);
    assert_eq!(begun().unverified_fields(&attributes), []);
    attributes.email_address.verify_at_sign_up = false;
    assert_eq!(prepared().unverified_fields(&attributes), []);
    assert!(prepared().is_ready(&attributes));
}

#[test]
fn a_missing_field_alone_holds_it_up_too() {
    let attributes = all_enabled();
    let no_password = SignUp {
        has_password: false,
        ..ready()
    };
    assert_eq!(no_password.missing_fields(&attributes), [Field::Password]);
    assert!(!no_password.is_ready(&attributes));
    assert!(ready().is_ready(&attributes));
}

#[test]
fn nothing_is_missing_from_a_complete_one_whatever_the_settings_have_become() {
    let mut attributes = all_enabled();
    attributes.username.required = true;
    assert_eq!(complete().missing_fields(&attributes), []);
    let mut unproven = complete();
    unproven.identifications = prepared().identifications;
    assert_eq!(unproven.unverified_fields(&attributes), []);
}

#[test]
fn asking_for_a_code_begins_and_asking_again_restarts() {
    let attributes = all_enabled();
    let address = Factor {
        identification_id: Some(id(3)),
        ..Factor::of(Strategy::EmailCode)
    };
    let rules = Rules::of(Strategy::EmailCode).challenge.unwrap();
    let begun = Challenge::begin(id(4), VerificationPurpose::SignUp, &address, &rules, NOW);
    assert_eq!(verification(&prepared()).unwrap(), begun);
    let again = asked(prepared(), Strategy::EmailCode, &attributes, LATER).unwrap();
    assert_eq!(again.updated_at, LATER);
    assert_eq!(verification(&again), begun.restart(&rules, LATER).ok());
}

#[test]
fn a_code_is_asked_for_only_where_that_makes_sense() {
    let attributes = all_enabled();
    let not_offered = No::Proof(Refusal::NotOffered);
    for (sign_up, strategy, now, rejection) in [
        (
            begun(),
            Strategy::EmailCode,
            NOW,
            Some(No::Flow(SignUpRejection::NothingToVerify)),
        ),
        (prepared(), Strategy::Password, NOW, Some(not_offered)),
        (
            ready(),
            Strategy::EmailCode,
            NOW,
            Some(No::Proof(Refusal::AlreadyVerified)),
        ),
        (
            complete(),
            Strategy::EmailCode,
            NOW,
            Some(No::Flow(SignUpRejection::AlreadyComplete)),
        ),
        (
            prepared(),
            Strategy::EmailCode,
            NOW + DAY,
            Some(No::Flow(SignUpRejection::Abandoned)),
        ),
        (prepared(), Strategy::EmailCode, NOW + DAY - 1, None),
    ] {
        assert_eq!(asked(sign_up, strategy, &attributes, now).err(), rejection);
    }
    let mut none = all_enabled();
    none.email_address.verifications.clear();
    assert_eq!(asked(prepared(), Strategy::EmailCode, &none, NOW), Err(not_offered));
}

#[test]
fn an_attempt_is_kept_whatever_it_came_to() {
    let status = |sign_up: &SignUp| {
        let verification = verification(sign_up).unwrap();
        (verification.status, verification.attempts)
    };
    let (right, outcome) = attempted(prepared(), Finding::Matches, &all_enabled(), LATER).unwrap();
    let proof = Proof {
        strategy: Strategy::EmailCode,
        verification_id: Some(id(4)),
        at: LATER,
    };
    assert_eq!(outcome, Outcome::Proven(proof));
    assert_eq!(status(&right), (VerificationStatus::Verified, 1));
    assert_eq!(right.updated_at, LATER);
    assert_eq!(right.let_in_by(), Some(Strategy::EmailCode));
    let (wrong, outcome) = attempted(prepared(), Finding::Mismatch, &all_enabled(), LATER).unwrap();
    let refusal = Refusal::Incorrect { remaining: Some(2) };
    assert_eq!(outcome, Outcome::Rejected(refusal));
    assert_eq!(status(&wrong), (VerificationStatus::Unverified, 1));
    assert_eq!(wrong.proven_by(), None);
    assert_eq!(wrong.let_in_by(), Some(Strategy::Password), "it was chosen");
    assert_eq!(begun().let_in_by(), None);
    let unproven = begun().apply(with_email(3, "ada@example.com"), &all_enabled(), NOW);
    assert_eq!(unproven.unwrap().let_in_by(), None);
}

#[test]
fn an_attempt_needs_a_code_that_was_asked_for() {
    let unprepared = begun()
        .apply(with_email(3, "ada@example.com"), &all_enabled(), NOW)
        .unwrap();
    for (sign_up, now, rejection) in [
        (begun(), NOW, No::Flow(SignUpRejection::NothingToVerify)),
        (unprepared, NOW, No::Proof(Refusal::NotPrepared)),
        (complete(), NOW, No::Flow(SignUpRejection::AlreadyComplete)),
        (prepared(), NOW + DAY, No::Flow(SignUpRejection::Abandoned)),
    ] {
        let refused = attempted(sign_up, Finding::Matches, &all_enabled(), now);
        assert_eq!(refused, Err(rejection));
    }
}

#[test]
fn it_completes_only_when_ready_and_only_once() {
    let attributes = all_enabled();
    let finish = |sign_up: SignUp, now| sign_up.complete(&attributes, id(5), id(6), now);
    let done = finish(ready(), LATER).unwrap();
    let stage = Stage::Complete {
        user_id: id(5),
        session_id: id(6),
    };
    assert_eq!(
        done,
        SignUp {
            stage,
            updated_at: LATER,
            ..ready()
        }
    );
    assert_eq!(done.created_user_id(), Some(&id::<UserId>(5)));
    assert_eq!(done.created_session_id(), Some(&id::<SessionId>(6)));
    assert_eq!(ready().created_user_id(), None);
    assert_eq!(ready().created_session_id(), None);
    assert_eq!(finish(prepared(), NOW), Err(SignUpRejection::NotReady));
    assert_eq!(finish(done, NOW), Err(SignUpRejection::AlreadyComplete));
    assert_eq!(finish(ready(), NOW + DAY), Err(SignUpRejection::Abandoned));
}

#[test]
fn what_is_over_takes_no_changes() {
    let attributes = all_enabled();
    let change = || with_email(9, "eve@example.com");
    assert_eq!(
        complete().apply(change(), &attributes, NOW),
        Err(vec![SignUpRejection::AlreadyComplete])
    );
    assert_eq!(
        begun().apply(change(), &attributes, NOW + DAY),
        Err(vec![SignUpRejection::Abandoned])
    );
    assert!(begun().apply(change(), &attributes, NOW + DAY - 1).is_ok());
}

#[test]
fn what_is_switched_off_meanwhile_is_let_go_and_verified_by_nothing() {
    let all = all_enabled();
    let changes = SignUpChanges {
        identifications: vec![given(Field::Username, 4, username("Ada_L"))],
        first_name: Change::Set(name("Ada")),
        last_name: Change::Set(name("Lovelace")),
        ..SignUpChanges::default()
    };
    let full = prepared().apply(changes, &all, NOW).unwrap();
    assert_eq!(full.clone().without_disabled(&all), full);
    let off = |change: fn(&mut AttributeSettings)| {
        let mut attributes = all_enabled();
        change(&mut attributes);
        attributes
    };
    let given = |sign_up: &SignUp| Field::ALL.iter().map(|field| sign_up.has(*field)).collect::<Vec<_>>();
    for (position, attributes) in [
        off(|attributes| attributes.email_address.enabled = false),
        off(|attributes| attributes.username.enabled = false),
        off(|attributes| attributes.first_name.enabled = false),
        off(|attributes| attributes.last_name.enabled = false),
        off(|attributes| attributes.password.enabled = false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut expected = [true; 5];
        expected[position] = false;
        assert_eq!(given(&full.clone().without_disabled(&attributes)), expected);
        assert_eq!(
            complete().without_disabled(&attributes),
            complete(),
            "what is over stays"
        );
    }
    for attributes in [
        off(|attributes| attributes.email_address.enabled = false),
        off(|attributes| attributes.email_address.verifications.clear()),
    ] {
        let refused = No::Proof(Refusal::NotOffered);
        let attempt = attempted(full.clone(), Finding::Matches, &attributes, LATER);
        assert_eq!(attempt, Err(refused));
        assert_eq!(
            asked(full.clone(), Strategy::EmailCode, &attributes, LATER),
            Err(refused)
        );
    }
}
