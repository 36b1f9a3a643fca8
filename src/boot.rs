//! From a configuration to a running server's parts: the only place that picks real adapters.

use anyhow::{Context as _, Result, bail};
use entity::{data_key, id::InstanceId, kind::InstanceEnvironment};
use kernel::{
    config::{Config, Judges, database::Synchronous},
    crypto::{
        keyring::{KeyMaterial, Keyring, MasterKey, open_data_key, seal_data_key},
        password_hash::{HasherConfig, PasswordHasher},
    },
    notice::NoticeBus,
    runtime::{
        clock::Clock,
        entropy::Entropy,
        private::{self, Exposed},
    },
};
use service::{
    app::{App, Caches, Parts},
    rate_limit::RateLimiter,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{
    Pool, Tx,
    connect::{self, Durability},
    database_file, dialect, schema,
};
use tokio::signal::unix::SignalKind;
use tracing_subscriber::EnvFilter;

/// What libraries say of settings that `config` cannot judge by itself.
pub const JUDGES: Judges = Judges {
    is_sender: |text| outbound::mail::sender(text).is_some(),
    is_log_filter: |text| EnvFilter::builder().parse(text).is_ok(),
};

/// Opens everything that a server needs: data directory, master key, database (brought up to date), data keys, hasher.
///
/// # Errors
/// When one of them cannot be opened; the message says which and why, and holds no secret.
pub async fn boot(config: Config, clock: Arc<dyn Clock>, entropy: Entropy) -> Result<App> {
    prepare_files(&config)?;
    let database = open_database(&config).await?;
    schema::migrate(&database).await?;
    assemble(config, database, clock, entropy, Missing::Made).await
}

/// Opens what is there, for a command of the operator: it makes no directory, key, database, table or row, and where
/// something is missing it says where it looked.
///
/// # Errors
/// When something is missing or cannot be opened; the message is one line, says which and why, and holds no secret.
pub async fn open(config: Config, clock: Arc<dyn Clock>, entropy: Entropy) -> Result<App> {
    require_database_file(&config)?;
    let database = open_database(&config).await?;
    if !schema::is_whole(&database).await? {
        bail!(
            "the database {} is empty, or older than this program: start the server once, or run `vestibule migrate`",
            shown_database(&config)
        );
    }
    assemble(config, database, clock, entropy, Missing::Refused).await
}

/// What becomes of keys that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// They are made.
    Made,
    /// The command ends.
    Refused,
}

async fn assemble(
    config: Config,
    database: Pool,
    clock: Arc<dyn Clock>,
    entropy: Entropy,
    missing: Missing,
) -> Result<App> {
    let notices = NoticeBus::new(&hex::encode(entropy.bytes::<8>()));
    let mut rows = store::instance::list_data_keys(&database).await?;
    if rows.is_empty() && missing == Missing::Refused {
        bail!(
            "the database {} has no keys yet: start the server once",
            shown_database(&config)
        );
    }
    let master = master_key(&config, &entropy, !rows.is_empty())?;
    if rows.is_empty() {
        rows = create_data_keys(&database, &master, &*clock, &entropy, &notices).await?;
    }
    let keyring = open_keyring(&master, rows)?;
    let hasher = PasswordHasher::start(
        HasherConfig {
            threads: config.hasher.threads,
            queue: config.hasher.queue,
            memory_kib: config.hasher.memory_kib,
            iterations: config.hasher.iterations,
            parallelism: config.hasher.parallelism,
        },
        entropy.clone(),
    )
    .context("the password hasher cannot be started")?;
    let app = App::new(Parts {
        rate_limiter: RateLimiter::new(Arc::clone(&clock)),
        database,
        clock,
        entropy,
        keyring,
        hasher,
        config,
        caches: Caches::new(&notices),
        notices,
    });
    require_configured_master_key(&app).await?;
    Ok(app)
}

/// Makes the data directory and the database file for the server's own user alone, and takes what lies there already from
/// everybody else.
fn prepare_files(config: &Config) -> Result<()> {
    prepare_directory(&config.data_dir)?;
    if let Some(file) = database_file::path_of(config.database.url.expose()) {
        // Before its rights are changed: it may be somebody's letter.
        if !database_file::may_be_database(&file) {
            bail!("the SQLite file {} is no SQLite database", whole(&file));
        }
        private::create_file(&file)
            .with_context(|| format!("the database {} cannot be created{}", whole(&file), hint_for(&file)))?;
    }
    for path in private_paths(config)? {
        let taken = private::close(&path).with_context(|| format!("{} cannot be closed off", path.display()))?;
        if taken {
            tracing::warn!(path = %path.display(), "other users of this machine could get at this; now they cannot");
        }
    }
    for exposed in exposed_files(config)? {
        tracing::warn!("{exposed}");
    }
    Ok(())
}

/// Makes the data directory, unless it is there and can be used.
///
/// # Errors
/// When it can be neither made nor used.
pub fn prepare_directory(directory: &Path) -> Result<()> {
    refuse_file(directory)?;
    private::create_directory(directory).with_context(|| {
        let hint = hint_for(directory);
        format!("the data directory {} cannot be created{hint}", whole(directory))
    })?;
    fs::read_dir(directory).map(drop).with_context(|| {
        let user = rustix::process::geteuid().as_raw();
        format!(
            "the data directory {} cannot be read; it must belong to the user that runs this (number {user})",
            whole(directory)
        )
    })
}

/// Ends where a file is in the place of the data directory.
fn refuse_file(directory: &Path) -> Result<()> {
    if directory.exists() && !directory.is_dir() {
        bail!("the data directory {} is no directory but a file", whole(directory));
    }
    Ok(())
}

/// What to do about a path that cannot be made: where its parent can be seen but not written, whose it should be.
fn hint_for(path: &Path) -> String {
    let user = rustix::process::geteuid().as_raw();
    match path.parent().filter(|parent| parent.is_dir()) {
        Some(parent) => format!(
            "; {} must belong to the user that runs this (number {user})",
            whole(parent)
        ),
        None => String::new(),
    }
}

/// The path from the root on, since who reads a message may not know where a program was started.
fn whole(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // `./data` is written with its dot in the settings, and `/srv/./data` would be read twice.
    whole.components().collect::<PathBuf>().display().to_string()
}

/// Where this is, for a command that finds nothing.
fn working_directory() -> String {
    whole(Path::new("."))
}

/// The database as it may be named in a message: without what its URL keeps secret.
fn shown_database(config: &Config) -> String {
    database_file::path_of(config.database.url.expose())
        .map_or_else(|| "of VESTIBULE_DATABASE_URL".to_owned(), |file| whole(&file))
}

/// Ends a command that runs where no server has been.
///
/// # Errors
/// When there is no file where the database would be; another database is looked for when it is opened.
pub fn require_database_file(config: &Config) -> Result<()> {
    let Some(file) = database_file::path_of(config.database.url.expose()) else {
        return Ok(());
    };
    refuse_file(&config.data_dir)?;
    match fs::metadata(&file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "there is no database at {}; run this where the server runs (this is {}), name its data directory by --data-dir or \
             VESTIBULE_DATA_DIR, or start the server once to make one",
            whole(&file),
            working_directory()
        ),
        Err(error) => Err(error).with_context(|| {
            let user = rustix::process::geteuid().as_raw();
            format!(
                "the database {} cannot be looked at by the user number {user}",
                whole(&file)
            )
        }),
    }
}

/// Where the settings and the data of this process are looked for, in words.
#[must_use]
pub fn places(config: &Config, file: Option<&Path>) -> String {
    let settings = match file {
        Some(file) => format!("read from {}", whole(file)),
        None => format!("there is no vestibule.toml in {}", working_directory()),
    };
    let directory = whole(&config.data_dir);
    let is_missing = match config.data_dir.is_dir() {
        true => "",
        false => ", which does not exist yet",
    };
    format!("{settings}; the data directory is {directory}{is_missing}")
}

/// Everything of this installation that others on this machine can get at; what the operator brought counts too.
///
/// # Errors
/// When the files cannot be looked at.
pub fn exposed_files(config: &Config) -> Result<Vec<Exposed>> {
    let mut found = Vec::new();
    for path in private_paths(config)?.iter().chain(&config.http.tls_key) {
        let exposed = private::exposed(path).with_context(|| format!("{} cannot be looked at", path.display()))?;
        found.extend(exposed);
    }
    Ok(found)
}

/// What the server has made, and nobody else may read.
fn private_paths(config: &Config) -> Result<Vec<PathBuf>> {
    let directory = &config.data_dir;
    let mut paths = vec![directory.clone()];
    if let Some(file) = database_file::path_of(config.database.url.expose()) {
        paths.extend(database_file::with_companions(&file));
    }
    let entries = match fs::read_dir(directory) {
        // A command beside a PostgreSQL may be run where there is nothing.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(paths),
        read => read.with_context(|| format!("{} cannot be read", directory.display()))?,
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("{} cannot be read", directory.display()))?;
        // An operator may keep other things in this directory, which are not ours to change.
        let is_own = entry
            .file_name()
            .to_str()
            .is_some_and(|name| ["vestibule.db", "master.key"].iter().any(|own| name.starts_with(own)));
        if is_own && !paths.contains(&entry.path()) {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

/// Opens the pool and nothing else.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open_database(config: &Config) -> Result<Pool> {
    survive_file_size_limit()?;
    let durability = match config.database.synchronous {
        Synchronous::Full => Durability::Full,
        Synchronous::Normal => Durability::Normal,
    };
    connect::connect(
        config.database.url.expose(),
        config.database.max_connections,
        durability,
    )
    .await
    .map_err(anyhow::Error::from)
}

/// Whoever writes beyond the limit on the size of files is killed, unless the signal has a receiver: then the write fails, as
/// on a full disk, and can be answered as such.
fn survive_file_size_limit() -> Result<()> {
    let signal = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    // The handler stays when its receiver goes.
    tokio::signal::unix::signal(signal)
        .map(drop)
        .context("the limit on the size of files cannot be prepared for")
}

/// A production instance must not depend on a key that lies beside its database.
async fn require_configured_master_key(app: &App) -> Result<()> {
    let instances = service::instance::all(app).await?;
    let has_production = instances
        .instances
        .iter()
        .any(|instance| instance.environment == InstanceEnvironment::Production);
    if has_production && app.config().secret.master_key.is_none() {
        bail!("VESTIBULE_MASTER_KEY is required as soon as there is a production instance");
    }
    Ok(())
}

/// The key that opens the data keys. `is_needed` says that there are some, which a new one would not open.
fn master_key(config: &Config, entropy: &Entropy, is_needed: bool) -> Result<MasterKey> {
    if let Some(text) = &config.secret.master_key {
        return MasterKey::from_base64(text.expose()).context("VESTIBULE_MASTER_KEY must be 32 bytes in base64");
    }
    let path = config.data_dir.join("master.key");
    match fs::read_to_string(&path) {
        Ok(text) => MasterKey::from_base64(text.trim())
            .with_context(|| format!("{} does not hold 32 bytes in base64", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_needed => bail!(
            "the master key is lost: {} does not exist and VESTIBULE_MASTER_KEY is not set, but the keys in the database are sealed \
             with one; run this in the directory of the data, name that by --data-dir, or put the file back: nothing else opens them",
            whole(&path)
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create_master_key(&path, entropy),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Writes a new key where nobody else can read it. A process that was faster wins. The file gets its name only when it
/// is complete, so that a process which starts at the same time never reads half a key.
fn create_master_key(path: &Path, entropy: &Entropy) -> Result<MasterKey> {
    let key = MasterKey::generate(entropy);
    let unfinished = path.with_extension(format!("key.{}", hex::encode(entropy.bytes::<8>())));
    let linked = private::write_new(&unfinished, &key.to_base64()).and_then(|()| fs::hard_link(&unfinished, path));
    let removed = fs::remove_file(&unfinished);
    match linked {
        Ok(()) => {
            removed.with_context(|| format!("{} cannot be removed", unfinished.display()))?;
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            MasterKey::from_base64(text.trim()).with_context(|| format!("{} holds no key", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be written", path.display())),
    }
}

fn open_keyring(master: &MasterKey, rows: Vec<data_key::Model>) -> Result<Keyring> {
    let materials: Vec<KeyMaterial> = rows
        .into_iter()
        .map(|row| open_data_key(master, row.id, row.class, &row.sealed_key))
        .collect::<Result<_, _>>()
        .context("the stored keys do not open with this master key")?;
    Keyring::new(materials).context("the stored keys are not complete")
}

/// Makes the data keys of an empty database, once, however many nodes start together.
async fn create_data_keys(
    database: &Pool,
    master: &MasterKey,
    clock: &dyn Clock,
    entropy: &Entropy,
    notices: &NoticeBus,
) -> Result<Vec<data_key::Model>> {
    // Data keys belong to no instance; the identifier only opens the transaction.
    let nobody: InstanceId = entropy.id(clock.now());
    let tx = Tx::begin(database, nobody, clock, entropy.clone(), notices.clone()).await?;
    let now = tx.now();
    dialect::lock_bootstrap(tx.scope().connection()).await?;
    let existing = store::instance::list_data_keys(tx.scope().connection()).await?;
    if !existing.is_empty() {
        return Ok(existing);
    }
    let mut rows = Vec::new();
    for material in Keyring::new_materials(entropy, now) {
        let row = data_key::Model {
            sealed_key: seal_data_key(master, &material, entropy)?,
            id: material.id,
            class: material.class,
            created_at: now,
        };
        store::instance::insert_data_key(tx.scope().connection(), row.clone()).await?;
        rows.push(row);
    }
    tx.commit().await?;
    Ok(rows)
}
