//! Creating an instance: its keys, its signing key and its default settings.

use super::publishable_key;
use crate::{app::App, internal, signing_key};
use domain::settings::{InstanceSettings, is_insecure};
use entity::{
    id::{ApplicationId, InstanceId},
    instance,
    kind::InstanceEnvironment,
    secret_key,
};
use kernel::{
    crypto::{digest::secret_digest, jwt::SigningKey},
    error::{Code, Error, Problem, Result},
    runtime::entropy::Entropy,
};
use store::Tx;
use url::Url;

/// What is said of a production instance by http.
pub(super) const NOT_BY_HTTP: &str =
    "A production instance must be reached by https, unless its host is this machine: cookies and codes travel to it.";

/// What an operator says about a new instance.
#[derive(Clone, Debug)]
pub struct CreateInstance {
    /// Unique short name: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Development or production.
    pub environment: InstanceEnvironment,
    /// Its origin; required in production.
    pub origin: Option<Url>,
    /// The port that development origins are made with.
    pub port: u16,
}

/// A new instance. The secret key is shown this once.
#[derive(Debug)]
pub struct Created {
    /// The instance.
    pub id: InstanceId,
    /// Its origin.
    pub origin: String,
    /// Its publishable key.
    pub publishable_key: String,
    /// Its secret key.
    pub secret_key: String,
}

/// Creates an instance of the first application.
///
/// # Errors
/// `form_param_format_invalid` for a malformed slug, `form_param_missing` for a production instance without an origin,
/// `form_param_value_invalid` for one by http on another machine,
/// `form_identifier_exists` when slug or host are taken.
pub async fn create(app: &App, input: CreateInstance) -> Result<Created> {
    if !is_slug(&input.slug) {
        return Err(Problem::of(Code::FormParamFormatInvalid, "slug").into());
    }
    let origin = match (&input.origin, input.environment) {
        (Some(origin), _) => origin.origin().ascii_serialization(),
        (None, InstanceEnvironment::Development) => format!("http://{}.localhost:{}", input.slug, input.port),
        (None, InstanceEnvironment::Production) => return Err(Problem::of(Code::FormParamMissing, "origin").into()),
    };
    if input.environment == InstanceEnvironment::Production && is_insecure(&origin) {
        return Err(Problem::of(Code::FormParamValueInvalid, "origin")
            .saying(NOT_BY_HTTP)
            .into());
    }
    if input.environment == InstanceEnvironment::Production && app.config().secret.master_key.is_none() {
        // The next start would refuse to open it.
        return Err(Problem::new(Code::FeatureNotEnabled)
            .saying("Set a master key before you create a production instance.")
            .with_meta("setting", "VESTIBULE_MASTER_KEY")
            .into());
    }
    let application = store::instance::find_first_application(app.pool())
        .await?
        .ok_or_else(|| Error::internal(anyhow::anyhow!("no application yet: start the server once")))?;
    let id: InstanceId = app.entropy().id(app.now());
    let key = signing_key::generate(id.to_string()).await?;
    let secret = new_secret_key(app.entropy(), input.environment);
    let mut tx = app.begin(&id).await?;
    let new = NewInstance {
        application: application.id,
        slug: input.slug,
        environment: input.environment,
        origin,
        secret_key: secret.clone(),
    };
    let created = insert(app, &mut tx, new, &key).await?;
    tx.commit().await?;
    Ok(Created {
        id,
        origin: created.origin,
        publishable_key: created.publishable_key,
        secret_key: secret,
    })
}

/// What is needed to store an instance.
pub(super) struct NewInstance {
    pub(super) application: ApplicationId,
    pub(super) slug: String,
    pub(super) environment: InstanceEnvironment,
    pub(super) origin: String,
    pub(super) secret_key: String,
}

/// Stores the instance of the transaction's identifier, with its secret key and its signing key.
pub(super) async fn insert(app: &App, tx: &mut Tx, new: NewInstance, key: &SigningKey) -> Result<instance::Model> {
    let host = host_of(&new.origin);
    let row = instance::Model {
        id: *tx.instance(),
        application_id: new.application,
        slug: new.slug,
        environment: new.environment,
        publishable_key: publishable_key::generate(tx.entropy(), new.environment, &host),
        origin: new.origin,
        host,
        home_origin: None,
        settings: serde_json::to_value(InstanceSettings::default()).map_err(internal)?,
        settings_version: 1,
        document_count: 0,
        documents_set_at: None,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if store::instance::insert(tx, row.clone()).await?.is_err() {
        // By what is unique of an instance; another process may have taken it just now.
        let host = super::all(app)
            .await?
            .instances
            .iter()
            .any(|instance| instance.host == row.host);
        let field = if host { "origin" } else { "slug" };
        return Err(Problem::of(Code::FormIdentifierExists, field)
            .saying(format!("Another instance has this {field}."))
            .into());
    }
    insert_secret_key(tx, &new.secret_key).await?;
    let signing = signing_key::sealed_row(app.keyring(), tx.entropy(), tx.instance(), key, tx.now())?;
    store::instance::insert_signing_key(tx, signing).await?;
    Ok(row)
}

/// Stores the hash of a secret key, once.
pub(super) async fn insert_secret_key(tx: &mut Tx, secret: &str) -> Result<()> {
    let row = secret_key::Model {
        id: tx.id(),
        instance_id: *tx.instance(),
        digest: secret_digest(secret),
        created_at: tx.now(),
        revoked_at: None,
    };
    if store::instance::insert_secret_key(tx, row).await?.is_err() {
        return Err(Error::internal(anyhow::anyhow!(
            "the secret key belongs to another instance"
        )));
    }
    Ok(())
}

/// A fresh secret key of 256 bits.
pub(super) fn new_secret_key(entropy: &Entropy, environment: InstanceEnvironment) -> String {
    // Letters and digits alone, so that a double click selects the whole key.
    format!("sk_{}_{}", word_of(environment), hex::encode(entropy.bytes::<32>()))
}

/// The authority of an origin: what the `Host` header of its requests says.
pub(super) fn host_of(origin: &str) -> String {
    origin.split_once("://").map_or(origin, |(_, host)| host).to_owned()
}

fn word_of(environment: InstanceEnvironment) -> &'static str {
    match environment {
        InstanceEnvironment::Development => "test",
        InstanceEnvironment::Production => "live",
    }
}

/// A DNS label (RFC 1035 section 2.3.1), since it becomes a host name in development.
fn is_slug(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::{host_of, is_slug, new_secret_key};
    use entity::kind::InstanceEnvironment::{Development, Production};
    use kernel::runtime::entropy::Entropy;

    #[test]
    fn secret_keys_differ_and_say_what_they_are_for() {
        let entropy = Entropy::seeded(1);
        let (first, second) = (
            new_secret_key(&entropy, Development),
            new_secret_key(&entropy, Development),
        );
        assert_ne!(first, second);
        assert!(first.starts_with("sk_test_") && first.len() == 72);
        assert!(new_secret_key(&entropy, Production).starts_with("sk_live_"));
    }

    #[test]
    fn a_host_is_what_follows_the_scheme() {
        assert_eq!(host_of("http://localhost:4000"), "localhost:4000");
        assert_eq!(host_of("https://clerk.example.com"), "clerk.example.com");
    }

    #[test]
    fn a_slug_is_a_dns_label() {
        for good in ["a", "blue-2", &"x".repeat(63)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", &"x".repeat(64)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
