use super::{Field, PendingEmail, SignUp, SignUpChanges, SignUpRejection, Stage, optional_fields, required_fields};
use crate::{
    change::Change,
    identifier::{EmailAddress, Username},
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

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

fn with_email(number: u8, text: &str) -> SignUpChanges {
    SignUpChanges {
        email_address: Change::Set((id(number), email(text))),
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
            email_address: None,
            username: None,
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
fn fields_have_their_wire_words_and_order() {
    let words: Vec<_> = Field::ALL.into_iter().map(Field::as_str).collect();
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
fn every_field_given_is_kept_and_no_longer_missing() {
    let mut attributes = all_enabled();
    attributes.username.required = true;
    attributes.first_name.required = true;
    attributes.last_name.required = true;
    let username = Username::from_stored("ada".to_owned(), "Ada".to_owned());
    let changes = SignUpChanges {
        email_address: Change::Set((id(3), email("Ada@example.com"))),
        username: Change::Set(username.clone()),
        password: Change::Set(()),
        first_name: Change::Set(name("Ada")),
        last_name: Change::Set(name("Lovelace")),
        unsafe_metadata: Some(MetadataChange::Merge(json!({"plan": "pro"}))),
    };
    let sign_up = begun().apply(changes, &attributes, LATER).unwrap();
    let email_address = PendingEmail {
        identification_id: id(3),
        address: email("Ada@example.com"),
        verification: None,
    };
    let mut expected = SignUp {
        email_address: Some(email_address),
        username: Some(username),
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
        email_address: Change::Clear,
        username: Change::Clear,
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
        email_address: Change::Set((id(3), email("ada@example.com"))),
        username: Change::Set(Username::from_stored("ada".to_owned(), "ada".to_owned())),
        password: Change::Set(()),
        first_name: Change::Set(name("Ada")),
        last_name: Change::Set(name("Lovelace")),
        unsafe_metadata: Some(MetadataChange::Merge(json!([]))),
    };
    let mut expected: Vec<_> = Field::ALL.into_iter().map(SignUpRejection::FieldNotEnabled).collect();
    expected.push(SignUpRejection::Metadata(MetadataRejection::NotAnObject));
    assert_eq!(begun().apply(changes, &attributes, NOW), Err(expected));
    let cleared = SignUpChanges {
        username: Change::Clear,
        ..SignUpChanges::default()
    };
    assert!(
        begun().apply(cleared, &attributes, NOW).is_ok(),
        "an empty field of a form asks for nothing"
    );
}

#[test]
fn another_address_starts_unverified_and_the_same_one_stays_proven() {
    let attributes = all_enabled();
    let same = ready()
        .apply(with_email(9, "ADA@example.com"), &attributes, LATER)
        .unwrap();
    assert_eq!(same.email_address, ready().email_address);
    assert!(same.is_ready(&attributes));
    let other = ready()
        .apply(with_email(9, "eve@example.com"), &attributes, LATER)
        .unwrap();
    let expected = PendingEmail {
        identification_id: id(9),
        address: email("eve@example.com"),
        verification: None,
    };
    assert_eq!(other.email_address, Some(expected));
    assert_eq!(other.unverified_fields(&attributes), [Field::EmailAddress]);
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
    unproven.email_address = prepared().email_address;
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
    let verification = |sign_up: SignUp| sign_up.email_address.and_then(|email| email.verification).unwrap();
    assert_eq!(verification(prepared()), begun);
    let again = asked(prepared(), Strategy::EmailCode, &attributes, LATER).unwrap();
    assert_eq!(again.updated_at, LATER);
    assert_eq!(verification(again), begun.restart(&rules, LATER).unwrap());
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
        let verification = sign_up
            .email_address
            .as_ref()
            .and_then(|email| email.verification.as_ref())
            .unwrap();
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
    assert_eq!(right.proven_by(), Some(Strategy::EmailCode));
    let (wrong, outcome) = attempted(prepared(), Finding::Mismatch, &all_enabled(), LATER).unwrap();
    let refusal = Refusal::Incorrect { remaining: Some(2) };
    assert_eq!(outcome, Outcome::Rejected(refusal));
    assert_eq!(status(&wrong), (VerificationStatus::Unverified, 1));
    assert_eq!(wrong.proven_by(), None);
    assert_eq!(begun().proven_by(), None);
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
fn an_address_is_proven_by_its_code_alone() {
    let pending = |verification| PendingEmail {
        identification_id: id(3),
        address: email("a@b.io"),
        verification,
    };
    assert!(!pending(None).is_verified());
    assert!(!prepared().email_address.unwrap().is_verified());
    assert!(ready().email_address.unwrap().is_verified());
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
        username: Change::Set(Username::from_stored("ada_l".to_owned(), "Ada_L".to_owned())),
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
    let given = |sign_up: &SignUp| Field::ALL.map(|field| sign_up.has(field));
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
