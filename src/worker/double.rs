//! An application on an empty database, for the tests of the worker.

#![expect(
    clippy::disallowed_methods,
    reason = "what the tests of the worker prepare and look at"
)]

use super::Worker;
use domain::{
    page::Page,
    proof::{Challenge, Factor, Rules},
};
use entity::{
    id::{InstanceId, VerificationId},
    identification, job,
    kind::{IdentificationKind, InstanceEnvironment, Strategy, VerificationPurpose, VerificationStatus},
    verification,
};
use kernel::{
    config::Config,
    crypto::{
        keyring::Keyring,
        password_hash::{HasherConfig, PasswordHasher},
    },
    notice::{Notice, NoticeBus},
    outbox::SendVerificationEmail,
    runtime::{clock::TestClock, entropy::Entropy},
};
use outbound::mail::Mailer;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, sea_query::Expr,
};
use service::{
    app::{App, Caches, Parts},
    dev_inbox,
    instance::{self, FirstOrigin},
    rate_limit::RateLimiter,
};
use std::sync::Arc;
use store::{
    connect::{Durability, connect},
    schema::migrate,
};
use tempfile::TempDir;

/// When the tests begin.
const START: i64 = 1_795_000_000_000;

/// The application, its clock, and a worker that nobody has started.
pub(super) struct Double {
    /// The application.
    pub app: App,
    /// Its clock.
    pub clock: TestClock,
    /// Its development instance.
    pub instance: InstanceId,
    /// The worker.
    pub worker: Worker,
    /// Holds the database file.
    _directory: TempDir,
}

impl Double {
    /// An application without a mail server.
    pub(super) async fn start() -> Self {
        Self::with_mailer(Mailer::Disabled).await
    }

    /// An application with that mailer.
    pub(super) async fn with_mailer(mailer: Mailer) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().display();
        let environment = [("VESTIBULE_DATA_DIR".to_owned(), path.to_string())];
        let file = directory.path().join("vestibule.toml");
        std::fs::write(&file, "").unwrap();
        let config = Config::load(Some(&file), environment.into_iter(), crate::boot::JUDGES).unwrap();
        let url = format!("sqlite://{path}/vestibule.db");
        let database = connect(&url, 4, Durability::Normal).await.unwrap();
        migrate(&database).await.unwrap();
        let (clock, entropy) = (TestClock::new(START), Entropy::seeded(1));
        let hasher = HasherConfig {
            memory_kib: 8,
            iterations: 1,
            ..HasherConfig::default()
        };
        let notices = NoticeBus::new("test");
        let app = App::new(Parts {
            database,
            clock: Arc::new(clock.clone()),
            keyring: Keyring::new(Keyring::new_materials(&entropy, START)).unwrap(),
            hasher: PasswordHasher::start(hasher, entropy.clone()).unwrap(),
            caches: Caches::new(&notices),
            notices,
            rate_limiter: RateLimiter::new(Arc::new(clock.clone())),
            entropy,
            config,
        });
        let first = instance::bootstrap(&app, FirstOrigin::Assumed("http://localhost:4000"), None)
            .await
            .unwrap();
        let worker = Worker::new(app.clone(), mailer);
        // What the start announced is not what the tests are about.
        worker.run_until_idle().await.unwrap();
        Self {
            app,
            clock,
            instance: first.id,
            worker,
            _directory: directory,
        }
    }

    /// A second worker on the same application.
    pub(super) fn another_worker(&self) -> Worker {
        Worker::new(self.app.clone(), Mailer::Disabled)
    }

    /// A verification of an address whose code waits to be sent.
    pub(super) async fn prepare(&self, address: &str) -> SendVerificationEmail {
        let tx = self.app.begin(&self.instance).await.unwrap();
        let row = identification::Model {
            id: tx.id(),
            instance_id: self.instance,
            kind: IdentificationKind::EmailAddress,
            value: address.to_lowercase(),
            display: address.to_owned(),
            user_id: None,
            sign_up_id: None,
            claimed: false,
            verified: false,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        let target = Factor {
            identification_id: Some(row.id),
            ..Factor::of(Strategy::EmailCode)
        };
        let rules = Rules::of(Strategy::EmailCode).challenge.unwrap();
        let challenge = Challenge::begin(tx.id(), VerificationPurpose::SignUp, &target, &rules, tx.now());
        let owner = row.id.to_string();
        identification::Entity::insert(row.into_active_model())
            .exec_without_returning(tx.scope().connection())
            .await
            .unwrap();
        let asked = std::slice::from_ref(&challenge);
        store::verification::save(&tx, &owner, &[], asked).await.unwrap();
        tx.commit().await.unwrap();
        SendVerificationEmail {
            verification_id: challenge.id,
            serial: challenge.serial,
        }
    }

    /// Sets where a verification stands.
    pub(super) async fn set_status(&self, id: &VerificationId, status: VerificationStatus) {
        verification::Entity::update_many()
            .col_expr(verification::Column::Status, Expr::value(status))
            .filter(verification::Column::Id.eq(*id))
            .exec(self.app.pool())
            .await
            .unwrap();
    }

    /// Patches the settings of the instance.
    pub(super) async fn change_settings(&self, patch: serde_json::Value) {
        let present = instance::by_id(&self.app, &self.instance).await.unwrap().unwrap();
        let settings = present.settings.patched(&patch).unwrap();
        let mut tx = self.app.begin(&self.instance).await.unwrap();
        let settings = serde_json::to_value(settings).unwrap();
        assert!(
            store::instance::update_settings(&mut tx, present.settings_version, settings)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }

    /// Makes the instance one of production.
    pub(super) async fn make_production(&self) {
        entity::instance::Entity::update_many()
            .col_expr(
                entity::instance::Column::Environment,
                Expr::value(InstanceEnvironment::Production),
            )
            .exec(self.app.pool())
            .await
            .unwrap();
        self.app.notices().publish(&[Notice::Instance(self.instance)]);
    }

    /// Every message of the development inbox.
    pub(super) async fn inbox(&self) -> Vec<dev_inbox::Message> {
        let caller = kernel::caller::Caller {
            instance: instance::by_id(&self.app, &self.instance).await.unwrap().unwrap(),
            actor: domain::permission::Actor::Anonymous,
            request: kernel::caller::RequestInfo {
                address: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
                origin: None,
                api_version: None,
                is_clerk_js: false,
                is_on_site: false,
                transport: kernel::caller::Transport::default(),
                session_id: None,
                trace_id: "test".to_owned(),
                cookie_advice: None,
            },
            client: None,
            opened_with: None,
        };
        dev_inbox::list(&self.app, &caller, None, Page::first(100))
            .await
            .unwrap()
    }

    /// Every job that is not done, oldest first.
    pub(super) async fn jobs(&self) -> Vec<job::Model> {
        job::Entity::find()
            .order_by_asc(job::Column::Id)
            .all(self.app.pool())
            .await
            .unwrap()
    }
}
