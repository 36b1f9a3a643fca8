//! What pages need to know about an instance.
//!
//! Invariant: it follows the settings; what this server cannot do is shown as switched off, never left out, since old
//! SDKs stop at what is missing.

use domain::{
    proof::{Level, enabled as enabled_strategies},
    settings::{
        InstanceSettings,
        attribute::{NameAttribute, SecondFactorAttribute},
        password::PasswordSettings,
        path::Pages,
    },
    sign_in::supported_identifiers,
    sign_up::required_fields,
};
use entity::{
    id::TypedId as _,
    kind::{IdentificationKind, Strategy},
};
use kernel::caller::Instance;
use serde_json::{Value, json};

/// Every character that passwords may satisfy the demand for a special one with, as far as a keyboard has it.
fn special_characters() -> String {
    ('!'..='~').filter(char::is_ascii_punctuation).collect()
}

/// The environment of an instance, for whoever asks from `asking`, an `Origin` that was let in: where the application is
/// differs by it, and nothing else.
#[must_use]
pub fn environment(instance: &Instance, asking: Option<&str>) -> Value {
    json!({
        "auth_config": auth_config(instance),
        "display_config": display_config(instance, asking),
        "user_settings": user_settings(&instance.settings),
        "organization_settings": organization_settings(&instance.settings),
        "fraud_settings": {
            "object": "fraud_settings",
            "native": { "device_attestation_mode": "disabled" },
        },
        // Without both members SDKs give the whole environment up.
        "commerce_settings": { "billing": {
            "enabled": false,
            "stripe_publishable_key": null,
            "free_trial_requires_payment_method": false,
            "has_paid_user_plans": false,
            "has_paid_org_plans": false,
            "user": { "enabled": false, "has_paid_plans": false },
            "organization": { "enabled": false, "has_paid_plans": false },
        }},
        "api_keys_settings": {
            "enabled": false,
            "user_api_keys_enabled": false,
            "orgs_api_keys_enabled": false,
        },
        "client_debug_mode": false,
        "partitioned_cookies": false,
        "maintenance_mode": false,
    })
}

fn auth_config(instance: &Instance) -> Value {
    let attributes = &instance.settings.attribute;
    let demand = |enabled: bool, required: bool| match (enabled, required) {
        (false, _) => "off",
        (true, false) => "on",
        (true, true) => "required",
    };
    let identifiers: Vec<_> = supported_identifiers(attributes)
        .into_iter()
        .map(IdentificationKind::as_str)
        .collect();
    let requirements: Vec<[&str; 1]> = required_fields(attributes)
        .into_iter()
        .filter(|field| identifiers.contains(&field.as_str()))
        .map(|field| [field.as_str()])
        .collect();
    json!({
        "object": "auth_config",
        "id": derived_id("aconf", instance),
        "first_name": demand(attributes.first_name.enabled, attributes.first_name.required),
        "last_name": demand(attributes.last_name.enabled, attributes.last_name.required),
        "email_address": demand(attributes.email_address.enabled, attributes.email_address.required),
        "phone_number": "off",
        "username": demand(attributes.username.enabled, attributes.username.required),
        "password": demand(attributes.password.enabled, attributes.password.required),
        "identification_requirements": requirements,
        "identification_strategies": identifiers,
        "first_factors": enabled_strategies(Level::First, attributes),
        "second_factors": enabled_strategies(Level::Second, attributes),
        "email_address_verification_strategies": attributes.email_address.verifications,
        "single_session_mode": instance.settings.session.single_session_mode,
        "enhanced_email_deliverability": false,
        "test_mode": instance.is_development(),
        "cookieless_dev": instance.is_development(),
        "url_based_session_syncing": instance.is_development(),
        "claimed_at": null,
        "reverification": false,
        "session_minter": false,
        "native_settings": {
            "object": "native_settings",
            "api_enabled": true,
            "trusted_device_sign_in_enabled": false,
            "trusted_device_enrollment_prompt_after_sign_in_enabled": false,
            "trusted_device_enrollment_prompt_after_sign_up_enabled": false,
        },
    })
}

fn display_config(instance: &Instance, asking: Option<&str>) -> Value {
    let settings = &instance.settings;
    let theme = &settings.theme;
    let mut config = json!({
        "object": "display_config",
        "id": derived_id("display_config", instance),
        "instance_environment_type": instance.environment,
        "application_name": settings.application_name,
        "theme": { "general": theme.general, "buttons": theme.buttons, "accounts": theme.accounts },
        "preferred_sign_in_strategy": settings.sign_in.preferred_strategy,
        "logo_image_url": theme.logo_image_url,
        "favicon_image_url": theme.favicon_image_url,
        "logo_url": theme.logo_image_url,
        "favicon_url": theme.favicon_image_url,
        "logo_image": null,
        "favicon_image": null,
        "support_email": null,
        "branded": false,
        "experimental_force_oauth_first": false,
        "clerk_js_version": null,
        "show_devmode_warning": instance.is_development(),
        "google_one_tap_client_id": null,
        "help_url": null,
        "privacy_policy_url": null,
        "terms_url": null,
        "captcha_public_key": null,
        "captcha_public_key_invisible": null,
        "captcha_widget_type": null,
        "captcha_provider": null,
        "captcha_oauth_bypass": [],
        "captcha_heartbeat": false,
    });
    if let Value::Object(config) = &mut config {
        config.extend(
            page_urls(instance.pages(asking))
                .into_iter()
                .map(|(name, url)| (name.to_owned(), Value::from(url))),
        );
    }
    config
}

/// Where pages are and where people go, by the names of the wire. None is ever null, since old SDKs parse each as a URL.
fn page_urls(pages: Pages) -> [(&'static str, String); 18] {
    [
        ("after_sign_out_url", pages.after_sign_out_one_url.clone()),
        ("after_join_waitlist_url", pages.home_url.clone()),
        ("logo_link_url", pages.home_url.clone()),
        ("after_sign_out_one_url", pages.after_sign_out_one_url),
        ("after_sign_out_all_url", pages.after_sign_out_all_url),
        ("home_url", pages.home_url),
        ("sign_in_url", pages.sign_in_url),
        ("sign_up_url", pages.sign_up_url),
        ("user_profile_url", pages.user_profile_url),
        ("organization_profile_url", pages.organization_profile_url),
        ("create_organization_url", pages.create_organization_url),
        ("after_sign_in_url", pages.after_sign_in_url),
        ("after_sign_up_url", pages.after_sign_up_url),
        ("after_switch_session_url", pages.after_switch_session_url),
        ("after_leave_organization_url", pages.after_leave_organization_url),
        ("after_create_organization_url", pages.after_create_organization_url),
        // There is no waitlist and no consent page; SDKs take an empty text for "none".
        ("waitlist_url", String::new()),
        ("oauth_consent_url", String::new()),
    ]
}

/// An identifier of a document that there is one of per instance.
fn derived_id(prefix: &str, instance: &Instance) -> String {
    let ksuid = instance.id.as_str().split('_').next_back().unwrap_or_default();
    format!("{prefix}_{ksuid}")
}

/// One attribute on the wire.
#[expect(clippy::struct_excessive_bools, reason = "each is a field of its own on the wire")]
#[derive(Default)]
struct Attribute<'a> {
    enabled: bool,
    required: bool,
    used_for_first_factor: bool,
    first_factors: &'a [Strategy],
    second_factors: &'a [Strategy],
    verifications: &'a [Strategy],
    verify_at_sign_up: bool,
}

impl Attribute<'_> {
    fn of_name(attribute: &NameAttribute) -> Self {
        Self {
            enabled: attribute.enabled,
            required: attribute.required,
            ..Self::default()
        }
    }

    fn of_second_factor(attribute: SecondFactorAttribute, strategies: &'static [Strategy]) -> Attribute<'static> {
        Attribute {
            enabled: attribute.enabled,
            second_factors: second_factor(attribute.enabled, strategies),
            ..Attribute::default()
        }
    }

    fn shown(&self, name: &str) -> Value {
        json!({
            "name": name,
            "enabled": self.enabled,
            "required": self.required,
            "used_for_first_factor": self.used_for_first_factor,
            "first_factors": self.first_factors,
            "used_for_second_factor": !self.second_factors.is_empty(),
            "second_factors": self.second_factors,
            "verifications": self.verifications,
            "verify_at_sign_up": self.verify_at_sign_up,
            "immutable": false,
        })
    }
}

/// The strategies of an attribute that is enabled, or none.
const fn second_factor(is_enabled: bool, strategies: &'static [Strategy]) -> &'static [Strategy] {
    if is_enabled { strategies } else { &[] }
}

fn attributes(settings: &InstanceSettings) -> Value {
    let attributes = &settings.attribute;
    let email_address = &attributes.email_address;
    let none = Attribute::default;
    [
        (
            "email_address",
            Attribute {
                enabled: email_address.enabled,
                required: email_address.required,
                used_for_first_factor: email_address.is_identifier(),
                first_factors: &email_address.first_factors,
                verifications: &email_address.verifications,
                verify_at_sign_up: email_address.verify_at_sign_up,
                ..none()
            },
        ),
        (
            "username",
            Attribute {
                enabled: attributes.username.enabled,
                required: attributes.username.required,
                used_for_first_factor: attributes.username.is_identifier(),
                ..none()
            },
        ),
        ("first_name", Attribute::of_name(&attributes.first_name)),
        ("last_name", Attribute::of_name(&attributes.last_name)),
        (
            // Pages would offer a password as something to be named by if it were used for the first factor here.
            "password",
            Attribute {
                enabled: attributes.password.enabled,
                required: attributes.password.required,
                ..none()
            },
        ),
        ("phone_number", none()),
        ("web3_wallet", none()),
        (
            "authenticator_app",
            Attribute {
                verifications: second_factor(attributes.authenticator_app.enabled, &[Strategy::Totp]),
                ..Attribute::of_second_factor(attributes.authenticator_app, &[Strategy::Totp])
            },
        ),
        (
            "backup_code",
            Attribute::of_second_factor(attributes.backup_code, &[Strategy::BackupCode]),
        ),
        ("passkey", none()),
        ("ticket", none()),
    ]
    .into_iter()
    .map(|(name, attribute)| (name.to_owned(), attribute.shown(name)))
    .collect::<serde_json::Map<_, _>>()
    .into()
}

fn user_settings(settings: &InstanceSettings) -> Value {
    let protection = &settings.attack_protection;
    let enabled = |enabled: bool| json!({ "enabled": enabled });
    json!({
        "attributes": attributes(settings),
        "social": {},
        "saml": enabled(false),
        "enterprise_sso": { "enabled": false, "self_serve_sso": false },
        "sign_in": { "second_factor": {
            "required": false,
            "enabled": !enabled_strategies(Level::Second, &settings.attribute).is_empty(),
        } },
        "sign_up": {
            "progressive": settings.sign_up.progressive,
            "mode": settings.sign_up.mode,
            "allowlist_only": settings.restriction.allowlist_only,
            "captcha_enabled": false,
            "captcha_widget_type": "smart",
            "custom_action_required": false,
            "legal_consent_enabled": false,
            "mfa": { "required": false },
        },
        "restrictions": {
            "allowlist": enabled(settings.restriction.allowlist_only),
            "blocklist": enabled(false),
            // Restrictions refuse new identifications only.
            "allowlist_blocklist_disabled_on_sign_in": enabled(true),
            "block_email_subaddresses": enabled(settings.restriction.block_email_subaddresses),
            "block_disposable_email_domains": enabled(false),
        },
        "password_settings": password_settings(&settings.password),
        "username_settings": settings.username,
        "passkey_settings": {
            "allow_autofill": false,
            "show_sign_in_button": false,
            "satisfies_second_factor": false,
        },
        "actions": {
            "delete_self": false,
            "create_organization": false,
            "create_organizations_limit": null,
        },
        "attack_protection": {
            "user_lockout": {
                "enabled": protection.user_lockout.enabled,
                "max_attempts": protection.user_lockout.max_attempts,
                "duration_in_minutes": protection.user_lockout.duration_in_minutes,
            },
            // Where nobody shall learn who has an account, names are hidden until somebody is signed in.
            "pii": enabled(protection.enumeration_protection),
            "email_link": { "require_same_client": false },
            "enumeration_protection": enabled(protection.enumeration_protection),
        },
    })
}

fn password_settings(password: &PasswordSettings) -> Value {
    json!({
        "disable_hibp": true,
        "enforce_hibp_on_sign_in": false,
        "disable_password_reverification": true,
        "min_length": password.min_length,
        "max_length": password.max_length,
        "require_special_char": password.require_special_char,
        "require_numbers": password.require_numbers,
        "require_uppercase": password.require_uppercase,
        "require_lowercase": password.require_lowercase,
        "show_zxcvbn": password.show_zxcvbn,
        "min_zxcvbn_strength": password.min_zxcvbn_strength,
        "allowed_special_characters": special_characters(),
    })
}

/// There are no organizations yet, whatever the instance is to have once there are: components that are told otherwise wait
/// for lists that never come.
fn organization_settings(settings: &InstanceSettings) -> Value {
    json!({
        "enabled": false,
        "max_allowed_memberships": settings.organization.max_allowed_memberships,
        "force_organization_selection": false,
        "actions": { "admin_delete": false },
        "domains": { "enabled": false, "enrollment_modes": [], "default_role": "org:member" },
        "slug": { "disabled": true },
        "organization_creation_defaults": { "enabled": false },
        "creator_role": "org:admin",
    })
}
