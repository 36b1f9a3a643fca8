use super::{SignInView, SignUpView, environment::environment};
use domain::{
    change::Change,
    factor::email_code::LIFETIME_MS,
    identifier::EmailAddress,
    proof::{Factor, Finding},
    settings::InstanceSettings,
    sign_up::{ABANDON_AFTER_MS, Field, SignUp, SignUpChanges},
};
use entity::{
    id::{ID_ENTROPY_BYTES, TypedId},
    kind::{InstanceEnvironment, SignInStatus, Strategy},
};
use kernel::caller::{Authority, Instance, TrustedDocuments};
use serde_json::{Value, json};
use service::{
    sign_in::{Greeting, SignInState},
    sign_up::SignUpState,
};
use std::sync::Arc;

const NOW: i64 = 1_795_000_000_000;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

fn instance(settings: &Value) -> Instance {
    Instance {
        id: id(1),
        application_name: "Acme".to_owned(),
        slug: "acme".to_owned(),
        environment: InstanceEnvironment::Development,
        origin: "http://localhost:4000".to_owned(),
        host: "localhost:4000".to_owned(),
        authority: Authority::parse("localhost:4000"),
        publishable_key: "pk_test_x".to_owned(),
        cookie_suffix: String::new(),
        site: None,
        home_origin: None,
        settings: Arc::new(InstanceSettings::default().patched(settings).unwrap()),
        settings_version: 1,
        documents: TrustedDocuments::default(),
    }
}

fn sign_up_with_address() -> SignUp {
    let changes = SignUpChanges {
        identifications: vec![(
            Field::EmailAddress,
            Change::Set((id(3), EmailAddress::parse("Ada@example.com").unwrap().into())),
        )],
        ..SignUpChanges::default()
    };
    let attributes = &InstanceSettings::default().attribute;
    SignUp::begin(id(1), id(2), NOW)
        .apply(changes, attributes, NOW)
        .unwrap()
}

fn shown_sign_up(sign_up: &SignUp, instance: &Instance, now: i64) -> Value {
    let state = SignUpState::of(sign_up.clone(), &instance.settings, now);
    serde_json::to_value(SignUpView::of(&state)).unwrap()
}

#[test]
fn the_next_action_of_an_address_follows_its_code() {
    let instance = instance(&json!({}));
    let attributes = &instance.settings.attribute;
    let proof = |sign_up: &SignUp, now| {
        let shown = shown_sign_up(sign_up, &instance, now);
        let proof = shown["verifications"]["email_address"].clone();
        (
            proof["status"].clone(),
            proof["next_action"].clone(),
            proof["expire_at"].clone(),
        )
    };
    let given = sign_up_with_address();
    assert_eq!(
        shown_sign_up(&given, &instance, NOW)["verifications"]["email_address"],
        Value::Null
    );
    let factors = given.factors(attributes, NOW).unwrap();
    let (factors, _) = factors.prepare(id(4), Strategy::EmailCode, None, NOW).unwrap();
    let prepared = given.with_factors(factors.clone(), NOW);
    let expire_at = NOW + LIFETIME_MS;
    assert_eq!(
        proof(&prepared, NOW),
        (json!("unverified"), json!("needs_attempt"), json!(expire_at))
    );
    assert_eq!(
        proof(&prepared, expire_at),
        (json!("expired"), json!("needs_prepare"), json!(expire_at))
    );
    let admitted = factors.admit(Strategy::EmailCode, NOW).unwrap();
    let (factors, _) = factors.attempt(admitted, Finding::Matches, NOW);
    let verified = prepared.with_factors(factors, NOW);
    assert_eq!(
        proof(&verified, expire_at),
        (json!("verified"), json!(""), json!(expire_at))
    );
}

#[test]
fn a_sign_up_shows_its_status_of_now_and_both_names_of_the_password() {
    let instance = instance(&json!({}));
    let shown = shown_sign_up(&sign_up_with_address(), &instance, NOW);
    assert_eq!(shown["status"], "missing_requirements");
    assert_eq!(shown["missing_fields"], json!(["password"]));
    assert_eq!(shown["unverified_fields"], json!(["email_address"]));
    assert_eq!(shown["email_address"], "Ada@example.com");
    assert_eq!(
        (&shown["has_password"], &shown["password_enabled"]),
        (&json!(false), &json!(false))
    );
    assert!(shown.as_object().unwrap().contains_key("legal_accepted_at"));
    let later = shown_sign_up(&sign_up_with_address(), &instance, NOW + ABANDON_AFTER_MS);
    assert_eq!(later["status"], "abandoned");
}

#[test]
fn an_address_that_nothing_verifies_has_no_verification() {
    let instance =
        instance(&json!({ "attribute": { "email_address": { "verifications": [], "verify_at_sign_up": false } } }));
    let shown = shown_sign_up(&sign_up_with_address(), &instance, NOW);
    assert_eq!(shown["verifications"]["email_address"], Value::Null);
}

#[test]
fn a_sign_in_offers_its_factors_without_empty_members() {
    let address = Factor {
        identification_id: Some(id(5)),
        safe_identifier: Some("ada@example.com".to_owned()),
        primary: true,
        ..Factor::of(Strategy::EmailCode)
    };
    let state = SignInState {
        id: id(1),
        client_id: id(2),
        status: SignInStatus::NeedsFirstFactor,
        supported_identifiers: Vec::new(),
        identifier: Some("ada@example.com".to_owned()),
        supported_first_factors: Some(vec![Factor::of(Strategy::Password), address]),
        supported_second_factors: None,
        first_factor_verification: None,
        second_factor_verification: None,
        user_data: Some(Greeting {
            first_name: Some("Ada".to_owned()),
            last_name: None,
            image_url: "http://localhost:4000/v1/avatars/x".to_owned(),
        }),
        created_session_id: None,
        abandon_at: NOW,
        created_at: NOW,
        updated_at: NOW,
    };
    let shown = serde_json::to_value(SignInView::of(&state)).unwrap();
    let address: entity::id::IdentificationId = id(5);
    assert_eq!(
        shown["supported_first_factors"],
        json!([
            { "strategy": "password" },
            {
                "strategy": "email_code",
                "email_address_id": address,
                "safe_identifier": "ada@example.com",
                "primary": true,
            },
        ])
    );
    assert_eq!(shown["user_data"]["first_name"], "Ada");
    assert_eq!(shown["first_factor_verification"], Value::Null);
    assert_eq!(shown["supported_second_factors"], Value::Null);
}

#[test]
fn every_address_is_a_url_and_the_application_that_asks_goes_before_the_one_that_is_known() {
    let urls = |instance: &Instance, asking: Option<&str>| {
        let shown = environment(instance, asking)["display_config"].clone();
        [
            "home_url",
            "sign_in_url",
            "after_sign_in_url",
            "after_sign_out_url",
            "logo_link_url",
        ]
        .map(|name| shown[name].as_str().unwrap().to_owned())
    };
    let mut instance = instance(&json!({ "path": { "after_sign_out_one_url": "/bye" } }));
    let ours = "http://localhost:4000";
    assert_eq!(
        urls(&instance, None),
        [ours, ours, ours, "http://localhost:4000/bye", ours]
    );
    instance.home_origin = Some("http://localhost:3000".to_owned());
    for (asking, home) in [
        (None, "http://localhost:3000"),
        (Some("http://localhost:5173"), "http://localhost:5173"),
        (Some("chrome-extension://abc"), "http://localhost:3000"),
        (Some(ours), "http://localhost:3000"),
    ] {
        let shown = urls(&instance, asking);
        let sign_in = format!("{home}/sign-in");
        let bye = format!("{home}/bye");
        assert_eq!(shown, [home, &sign_in, home, &bye, home], "{asking:?}");
    }
}

#[test]
fn a_password_never_names_anybody_and_every_attribute_is_listed() {
    let shown = environment(&instance(&json!({})), None)["user_settings"]["attributes"].clone();
    assert_eq!(shown["password"]["used_for_first_factor"], false);
    assert_eq!(shown["email_address"]["used_for_first_factor"], true);
    for (name, attribute) in shown.as_object().unwrap() {
        for list in ["first_factors", "second_factors", "verifications"] {
            assert!(attribute[list].is_array(), "{name}.{list}");
        }
    }
    assert_eq!(shown.as_object().unwrap().len(), 11);
}
