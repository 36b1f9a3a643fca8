//! Where the faces differ in what they show, and why.

use serde_json::Value;

/// GraphQL's value and that of REST, which say the same in different ways.
type Alike = fn(&Value, &Value) -> bool;

/// A type of GraphQL and how its fields are found in REST: under the same name in `snake_case`, but for these.
pub(super) struct Resource {
    pub(super) graphql: &'static str,
    /// Path of GraphQL, path of REST; whatever lies below moves along. A path into a relation stands for the relation.
    pub(super) renamed: &'static [(&'static str, &'static str)],
    /// Further places where REST says the same.
    pub(super) also: &'static [(&'static str, &'static str)],
    /// Path of GraphQL whose value is alike in a way of its own, with the reason.
    pub(super) otherwise: &'static [(&'static str, Alike, &'static str)],
    /// Paths that REST does not show, with the reason.
    pub(super) graphql_only: &'static [(&'static str, &'static str)],
    /// Paths that GraphQL does not show, with the reason. A segment may be one of several words, or `*` for any.
    pub(super) rest_only: &'static [(&'static str, &'static str)],
    /// Paths of GraphQL that are null in every sample, with the reason.
    pub(super) unvalued: &'static [(&'static str, &'static str)],
}

impl Resource {
    const fn of(graphql: &'static str) -> Self {
        Self {
            graphql,
            renamed: &[],
            also: &[],
            otherwise: &[],
            graphql_only: &[],
            rest_only: &[],
            unvalued: &[],
        }
    }
}

/// Types with an identifier that REST shows to nobody.
pub(super) const WITHOUT_REST: [(&str, &str); 3] = [
    ("DevMessage", "REST's inbox is a page for people"),
    ("Instance", "the Frontend API has no operator"),
    ("InstanceSettings", "the Frontend API has no operator"),
];

const OBJECT: (&str, &str) = ("object", "the name of the type, which GraphQL tells as `__typename`");
const NOT_BUILT: &str = "not built yet; SDKs stop where it is missing";
const OLD_NAME: &str = "a name that SDKs of older generations read";
const COMPONENTS: &str = "what components of SDKs look and behave like";
const NONE_HERE: &str = "never of a name or a password";
const NO_OBJECT: &str = "SDKs take it for an object of its own";
/// Of a sign-in and of a sign-up: the wire contract has no times of theirs but the one of the end.
const CREATED_AT: (&str, &str) = ("createdAt", "SDKs know none");
const UPDATED_AT: (&str, &str) = ("updatedAt", "SDKs know none");
const BY_ID: &str = "REST tells its identifier";

fn is_null_or_empty(ours: &Value, theirs: &Value) -> bool {
    (ours.is_null() && theirs == "") || ours.as_str().map(str::to_lowercase).as_deref() == theirs.as_str()
}

fn is_false_or_absent(ours: &Value, theirs: &Value) -> bool {
    ours == theirs || (*ours == false && theirs.is_null())
}

fn are_the_same_strategies(ours: &Value, theirs: &Value) -> bool {
    let strategies = |list: &Value| -> Vec<String> {
        let listed = list.as_array().into_iter().flatten();
        listed
            .filter_map(|factor| factor["strategy"].as_str())
            .map(str::to_lowercase)
            .collect()
    };
    strategies(ours) == strategies(theirs)
}

fn are_both_tokens(ours: &Value, theirs: &Value) -> bool {
    let is_token = |value: &Value| value.as_str().is_some_and(|text| text.split('.').count() == 3);
    is_token(ours) && is_token(theirs)
}

pub(super) static RESOURCES: &[Resource] = &[
    Resource {
        also: &[("signIn.id", "sign_in_attempt.id"), ("signUp.id", "sign_up_attempt.id")],
        graphql_only: &[
            ("lastActiveSession", BY_ID),
            (
                "status",
                "the Frontend API shows a client while it is in use, and no other",
            ),
        ],
        rest_only: &[
            OBJECT,
            ("captcha_bypass", NOT_BUILT),
            ("cookie_expires_at", "cookies here end with their client"),
            ("sign_in_attempt", OLD_NAME),
            ("sign_up_attempt", OLD_NAME),
        ],
        ..Resource::of("Client")
    },
    Resource {
        graphql_only: &[
            ("identifier", "`email_address` says it"),
            ("verified", "`verification.status` says it"),
        ],
        rest_only: &[
            OBJECT,
            ("linked_to", NOT_BUILT),
            ("matches_sso_connection", NOT_BUILT),
            ("reserved", NOT_BUILT),
        ],
        ..Resource::of("EmailAddress")
    },
    Resource {
        renamed: &[
            ("applicationName", "display_config.application_name"),
            ("attributes", "user_settings.attributes"),
            ("environment", "display_config.instance_environment_type"),
            ("password", "user_settings.password_settings"),
            ("signUpMode", "user_settings.sign_up.mode"),
            ("signUpProgressive", "user_settings.sign_up.progressive"),
            ("singleSessionMode", "auth_config.single_session_mode"),
            ("urls", "display_config"),
            ("username", "user_settings.username_settings"),
        ],
        graphql_only: &[
            ("id", "REST has one environment, at one path"),
            ("publishableKey", "whoever asks REST has it already"),
            ("password.refuseGuessable", "SDKs know no such rule"),
        ],
        rest_only: &[
            ("*.object", "the name of the type"),
            ("api_keys_settings", NOT_BUILT),
            (
                "auth_config.claimed_at|cookieless_dev|enhanced_email_deliverability",
                NOT_BUILT,
            ),
            ("auth_config.id", NO_OBJECT),
            (
                "auth_config.email_address|first_name|last_name|password|username",
                OLD_NAME,
            ),
            (
                "auth_config.email_address_verification_strategies|first_factors",
                OLD_NAME,
            ),
            (
                "auth_config.identification_requirements|identification_strategies",
                OLD_NAME,
            ),
            ("auth_config.native_settings", NOT_BUILT),
            (
                "auth_config.phone_number|reverification|second_factors|session_minter",
                NOT_BUILT,
            ),
            (
                "auth_config.test_mode|url_based_session_syncing",
                "`environment` says it",
            ),
            ("client_debug_mode", NOT_BUILT),
            ("commerce_settings", NOT_BUILT),
            (
                "display_config.after_create_organization_url|after_leave_organization_url",
                NOT_BUILT,
            ),
            (
                "display_config.after_join_waitlist_url|after_sign_out_url|logo_link_url",
                OLD_NAME,
            ),
            (
                "display_config.branded|clerk_js_version|experimental_force_oauth_first",
                COMPONENTS,
            ),
            (
                "display_config.captcha_heartbeat|captcha_oauth_bypass|captcha_provider",
                NOT_BUILT,
            ),
            (
                "display_config.captcha_public_key|captcha_public_key_invisible|captcha_widget_type",
                NOT_BUILT,
            ),
            (
                "display_config.create_organization_url|organization_profile_url|waitlist_url",
                NOT_BUILT,
            ),
            ("display_config.favicon_image|favicon_image_url|favicon_url", COMPONENTS),
            ("display_config.google_one_tap_client_id|oauth_consent_url", NOT_BUILT),
            (
                "display_config.help_url|privacy_policy_url|support_email|terms_url",
                NOT_BUILT,
            ),
            ("display_config.id", NO_OBJECT),
            ("display_config.logo_image|logo_image_url|logo_url", COMPONENTS),
            (
                "display_config.preferred_sign_in_strategy|show_devmode_warning|theme",
                COMPONENTS,
            ),
            ("fraud_settings", NOT_BUILT),
            ("maintenance_mode", NOT_BUILT),
            ("organization_settings", NOT_BUILT),
            ("partitioned_cookies", NOT_BUILT),
            ("user_settings.actions", "what components offer"),
            (
                "user_settings.attack_protection",
                "what components warn of; GraphQL shows it to the application",
            ),
            (
                "user_settings.attributes.first_name|last_name|password|username.first_factors",
                NONE_HERE,
            ),
            (
                "user_settings.attributes.first_name|last_name|password|username.verifications",
                NONE_HERE,
            ),
            (
                "user_settings.attributes.first_name|last_name|password|username.verify_at_sign_up",
                NONE_HERE,
            ),
            (
                "user_settings.attributes.first_name|last_name|password.used_for_first_factor",
                NONE_HERE,
            ),
            (
                "user_settings.attributes.authenticator_app|backup_code.first_factors|required|used_for_first_factor",
                "never of a second proof",
            ),
            (
                "user_settings.attributes.authenticator_app|backup_code.verifications|verify_at_sign_up",
                "never of a second proof",
            ),
            ("user_settings.attributes.*.immutable", NOT_BUILT),
            ("user_settings.attributes.*.name", "the member's own name"),
            ("user_settings.attributes.*.second_factors", NOT_BUILT),
            ("user_settings.attributes.*.used_for_second_factor", NOT_BUILT),
            ("user_settings.attributes.passkey", NOT_BUILT),
            ("user_settings.attributes.phone_number", NOT_BUILT),
            ("user_settings.attributes.ticket", NOT_BUILT),
            ("user_settings.attributes.web3_wallet", NOT_BUILT),
            ("user_settings.enterprise_sso", NOT_BUILT),
            ("user_settings.passkey_settings", NOT_BUILT),
            (
                "user_settings.password_settings.allowed_special_characters",
                "what keyboards have",
            ),
            ("user_settings.password_settings.disable_hibp", NOT_BUILT),
            (
                "user_settings.password_settings.disable_password_reverification",
                NOT_BUILT,
            ),
            ("user_settings.password_settings.enforce_hibp_on_sign_in", NOT_BUILT),
            ("user_settings.restrictions", "what components say of refusals"),
            ("user_settings.saml", NOT_BUILT),
            ("user_settings.sign_in", NOT_BUILT),
            (
                "user_settings.sign_up.allowlist_only",
                "what components say of refusals",
            ),
            ("user_settings.sign_up.captcha_enabled", NOT_BUILT),
            ("user_settings.sign_up.captcha_widget_type", NOT_BUILT),
            ("user_settings.sign_up.custom_action_required", NOT_BUILT),
            ("user_settings.sign_up.legal_consent_enabled", NOT_BUILT),
            ("user_settings.sign_up.mfa", NOT_BUILT),
            ("user_settings.social", NOT_BUILT),
        ],
        ..Resource::of("Environment")
    },
    Resource {
        otherwise: &[(
            "primary",
            is_false_or_absent,
            "absent where the proof goes to no address, as SDKs expect it",
        )],
        ..Resource::of("FirstFactor")
    },
    Resource::of("SecondFactor"),
    Resource {
        renamed: &[
            ("abandonsAt", "abandon_at"),
            ("client.id", "client_id"),
            ("expiresAt", "expire_at"),
        ],
        also: &[
            ("user.id", "public_user_data.user_id"),
            ("user.firstName", "public_user_data.first_name"),
            ("user.lastName", "public_user_data.last_name"),
            ("user.username", "public_user_data.username"),
            ("user.hasImage", "public_user_data.has_image"),
            ("user.imageUrl", "public_user_data.image_url"),
            ("user.banned", "public_user_data.banned"),
        ],
        rest_only: &[
            OBJECT,
            ("actor", NOT_BUILT),
            (
                "factor_verification_age",
                "minutes since the two times that GraphQL tells",
            ),
            ("last_active_organization_id", NOT_BUILT),
            ("public_user_data.identifier", "what components greet by"),
            ("public_user_data.profile_image_url", OLD_NAME),
            ("tasks", NOT_BUILT),
        ],
        graphql_only: &[
            ("firstFactorVerifiedAt", "REST tells its age in minutes"),
            ("secondFactorVerifiedAt", "REST tells its age in minutes"),
        ],
        ..Resource::of("Session")
    },
    Resource {
        otherwise: &[
            (
                "supportedFirstFactors",
                are_the_same_strategies,
                "SDKs expect null while nobody is named",
            ),
            (
                "supportedSecondFactors",
                are_the_same_strategies,
                "SDKs expect null where none is asked for",
            ),
        ],
        renamed: &[("abandonsAt", "abandon_at")],
        graphql_only: &[CREATED_AT, UPDATED_AT, ("createdSession", BY_ID)],
        rest_only: &[OBJECT, ("user_data.profile_image_url", OLD_NAME)],
        ..Resource::of("SignIn")
    },
    Resource {
        renamed: &[("abandonsAt", "abandon_at")],
        graphql_only: &[
            CREATED_AT,
            UPDATED_AT,
            ("createdSession", BY_ID),
            ("createdUser", BY_ID),
        ],
        also: &[("hasPassword", "password_enabled")],
        rest_only: &[
            OBJECT,
            ("custom_action", NOT_BUILT),
            ("external_account", NOT_BUILT),
            ("external_id", NOT_BUILT),
            ("legal_accepted_at", NOT_BUILT),
            ("locale", NOT_BUILT),
            ("phone_number", NOT_BUILT),
            ("public_metadata", NOT_BUILT),
            ("supported_external_accounts", NOT_BUILT),
            ("verifications.external_account", NOT_BUILT),
            ("verifications.phone_number", NOT_BUILT),
            ("verifications.web3_wallet", NOT_BUILT),
            ("web3_wallet", NOT_BUILT),
        ],
        ..Resource::of("SignUp")
    },
    Resource {
        renamed: &[
            ("verification.attempts", "attempts"),
            ("verification.expiresAt", "expire_at"),
            ("verification.status", "status"),
            ("verification.strategy", "strategy"),
        ],
        otherwise: &[("nextAction", is_null_or_empty, "SDKs expect a text")],
        rest_only: &[OBJECT],
        ..Resource::of("SignUpVerification")
    },
    Resource {
        otherwise: &[("jwt", are_both_tokens, "each answer has a token of its own")],
        graphql_only: &[("expiresAt", "SDKs read it from the token")],
        rest_only: &[OBJECT],
        ..Resource::of("Token")
    },
    Resource {
        graphql_only: &[
            ("lockoutExpiresAt", "REST tells the seconds until then"),
            ("primaryEmailAddress", BY_ID),
        ],
        rest_only: &[
            OBJECT,
            ("create_organization_enabled", NOT_BUILT),
            ("delete_self_enabled", NOT_BUILT),
            ("deprovisioned", NOT_BUILT),
            ("enterprise_accounts", NOT_BUILT),
            ("external_accounts", NOT_BUILT),
            ("external_id", NOT_BUILT),
            ("legal_accepted_at", NOT_BUILT),
            ("lockout_expires_in_seconds", "GraphQL tells the time"),
            ("organization_memberships", NOT_BUILT),
            ("passkeys", NOT_BUILT),
            ("password_last_updated_at", NOT_BUILT),
            ("phone_numbers", NOT_BUILT),
            ("primary_phone_number_id", NOT_BUILT),
            ("primary_web3_wallet_id", NOT_BUILT),
            ("profile_image_id", NOT_BUILT),
            ("profile_image_url", OLD_NAME),
            ("saml_accounts", NOT_BUILT),
            ("verification_attempts_remaining", NOT_BUILT),
            ("web3_wallets", NOT_BUILT),
        ],
        ..Resource::of("User")
    },
    Resource {
        renamed: &[("expiresAt", "expire_at")],
        graphql_only: &[("error", "REST tells it by the status")],
        rest_only: &[OBJECT],
        ..Resource::of("Verification")
    },
];
