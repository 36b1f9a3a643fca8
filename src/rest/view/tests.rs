use super::{SignInView, SignUpView, Viewing, environment::environment};
use domain::{
    change::Change,
    factor::email_code::LIFETIME_MS,
    identifier::EmailAddress,
    settings::InstanceSettings,
    sign_in::{Factor, Identified, SignIn},
    sign_up::{ABANDON_AFTER_MS, SignUp, SignUpChanges},
};
use entity::{
    id::{ID_ENTROPY_BYTES, TypedId},
    kind::{InstanceEnvironment, Strategy},
    user,
};
use kernel::caller::{Authority, Instance};
use serde_json::{Value, json};
use service::sign_in::{Account, StoredSignIn};
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
        decoy: Arc::default(),
    }
}

fn sign_up_with_address() -> SignUp {
    let changes = SignUpChanges {
        email_address: Change::Set((id(3), EmailAddress::parse("Ada@example.com").unwrap())),
        ..SignUpChanges::default()
    };
    let attributes = &InstanceSettings::default().attribute;
    SignUp::begin(id(1), id(2), NOW)
        .apply(changes, attributes, NOW)
        .unwrap()
}

fn shown_sign_up(sign_up: &SignUp, instance: &Instance, now: i64) -> Value {
    serde_json::to_value(SignUpView::of(sign_up, &Viewing { instance, now })).unwrap()
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
    let prepared = given
        .prepare_verification(id(4), Strategy::EmailCode, attributes, NOW)
        .unwrap();
    let expire_at = NOW + LIFETIME_MS;
    assert_eq!(
        proof(&prepared, NOW),
        (json!("unverified"), json!("needs_attempt"), json!(expire_at))
    );
    assert_eq!(
        proof(&prepared, expire_at),
        (json!("expired"), json!("needs_prepare"), json!(expire_at))
    );
    let verified = prepared.attempt_verification(true, attributes, NOW).unwrap().next;
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

fn account() -> Account {
    let user = user::Model {
        id: id(9),
        instance_id: id(1),
        external_id: None,
        first_name: Some("Ada".to_owned()),
        last_name: None,
        password_digest: Some("$argon2id$secret".to_owned()),
        password_updated_at: None,
        primary_email_address_id: None,
        public_metadata: json!({}),
        private_metadata: json!({ "secret": true }),
        unsafe_metadata: json!({}),
        banned: false,
        failed_attempts: 0,
        locked_until: None,
        last_sign_in_at: None,
        last_active_at: None,
        created_at: NOW,
        updated_at: NOW,
    };
    Account {
        user,
        identifications: Vec::new(),
    }
}

fn sign_in(account: Option<Account>) -> StoredSignIn {
    let factors = [(Strategy::Password, None), (Strategy::EmailCode, Some(id(5)))];
    let identified = Identified {
        identifier: "ada@example.com".to_owned(),
        user_id: account.as_ref().map(|account| account.user.id.clone()),
        factors: factors
            .map(|(strategy, identification_id)| Factor {
                strategy,
                safe_identifier: identification_id.as_ref().map(|_| "ada@example.com".to_owned()),
                primary: identification_id.is_some(),
                identification_id,
            })
            .to_vec(),
    };
    StoredSignIn {
        sign_in: SignIn::begin(id(1), id(2), NOW).identify(identified, NOW).unwrap(),
        account,
        identification_id: Some(id(5)),
    }
}

fn shown_sign_in(stored: &StoredSignIn, instance: &Instance) -> Value {
    serde_json::to_value(SignInView::of(stored, &Viewing { instance, now: NOW })).unwrap()
}

#[test]
fn a_sign_in_offers_its_factors_without_empty_members() {
    let instance = instance(&json!({}));
    let shown = shown_sign_in(&sign_in(Some(account())), &instance);
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
}

#[test]
fn a_concealed_account_looks_like_none() {
    let instance = instance(&json!({ "attack_protection": { "enumeration_protection": true } }));
    assert_eq!(
        shown_sign_in(&sign_in(Some(account())), &instance),
        shown_sign_in(&sign_in(None), &instance)
    );
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
