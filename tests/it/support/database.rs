//! A private database per test, copied from a template that is made once: migrated, with a bootstrapped instance, so that
//! no test pays for migrations or for an RSA key.

use sea_orm::{ConnectionTrait as _, Database};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Where tests of this build keep what they share.
fn shared_directory() -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// Names the template by what it is made of: the test binary that made it.
fn template_name() -> String {
    let binary = std::env::current_exe().unwrap();
    let modified = fs::metadata(&binary).unwrap().modified().unwrap();
    let age = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("vestibule_template_{}", age.as_nanos())
}

/// The database of one test.
#[derive(Debug)]
pub enum TestDatabase {
    Sqlite { url: String },
    Postgres { server: String, name: String, url: String },
}

impl TestDatabase {
    pub fn url(&self) -> &str {
        match self {
            Self::Sqlite { url } | Self::Postgres { url, .. } => url,
        }
    }

    /// A copy of the template, in `directory` for SQLite. `make_template` migrates and bootstraps an empty database.
    pub async fn create(directory: &Path, make_template: impl AsyncFnOnce(&str)) -> Self {
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) => Self::create_postgres(server, make_template).await,
            Err(_) => Self::create_sqlite(directory, make_template).await,
        }
    }

    /// An empty database, for a server that brings it up to date itself.
    pub async fn create_empty(directory: &Path) -> Self {
        match std::env::var("TEST_DATABASE_URL") {
            Err(_) => Self::Sqlite {
                url: format!("sqlite:{}?mode=rwc", directory.join("empty.db").display()),
            },
            Ok(server) => {
                let admin = Database::connect(&server).await.unwrap();
                let number = COUNTER.fetch_add(1, Ordering::Relaxed);
                let name = format!("vestibule_empty_{}_{number}", std::process::id());
                admin
                    .execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                    .await
                    .unwrap();
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .unwrap();
                admin.close().await.unwrap();
                Self::Postgres {
                    url: with_database(&server, &name),
                    server,
                    name,
                }
            }
        }
    }

    async fn create_sqlite(directory: &Path, make_template: impl AsyncFnOnce(&str)) -> Self {
        let template = shared_directory().join(format!("{}.db", template_name()));
        {
            let lock = File::create(shared_directory().join("sqlite.lock")).unwrap();
            lock.lock().unwrap();
            if !template.exists() {
                let scratch = template.with_extension("new");
                drop(fs::remove_file(&scratch));
                make_template(&format!("sqlite:{}?mode=rwc", scratch.display())).await;
                fs::rename(&scratch, &template).unwrap();
            }
        }
        let copy = directory.join("vestibule.db");
        fs::copy(&template, &copy).unwrap();
        Self::Sqlite {
            url: format!("sqlite:{}?mode=rwc", copy.display()),
        }
    }

    async fn create_postgres(server: String, make_template: impl AsyncFnOnce(&str)) -> Self {
        let template = template_name();
        let admin = Database::connect(&server).await.unwrap();
        {
            let lock = File::create(shared_directory().join("postgres.lock")).unwrap();
            lock.lock().unwrap();
            let found = admin
                .query_one_raw(sea_orm::Statement::from_string(
                    sea_orm::DbBackend::Postgres,
                    format!("SELECT 1 FROM pg_database WHERE datname = '{template}'"),
                ))
                .await
                .unwrap();
            if found.is_none() {
                let scratch = format!("{template}_new");
                admin
                    .execute_unprepared(&format!("DROP DATABASE IF EXISTS {scratch}"))
                    .await
                    .unwrap();
                admin
                    .execute_unprepared(&format!("CREATE DATABASE {scratch}"))
                    .await
                    .unwrap();
                make_template(&with_database(&server, &scratch)).await;
                admin
                    .execute_unprepared(&format!("ALTER DATABASE {scratch} RENAME TO {template}"))
                    .await
                    .unwrap();
            }
        }
        let name = format!(
            "vestibule_{}_{}",
            std::process::id(),
            COUNTER.fetch_add(1, Ordering::Relaxed)
        );
        admin
            .execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .unwrap();
        admin.close().await.unwrap();
        let url = with_database(&server, &name);
        Self::Postgres { server, name, url }
    }

    /// Drops a PostgreSQL database; an SQLite one goes with its directory.
    pub async fn remove(self) {
        if let Self::Postgres { server, name, .. } = self {
            let admin = Database::connect(&server).await.unwrap();
            admin
                .execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await
                .unwrap();
            admin.close().await.unwrap();
        }
    }
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.to_string()
}
