//! Loaders: what many places of an answer ask for one by one is read together, in a constant number of statements.
//!
//! Both faces read through them what objects of theirs have in common: resolvers ask at the same time without knowing of each
//! other, views ask for several at once. Invariant: a set of loaders reads for one caller and remembers what it has read, a
//! failure too, so that it shows one state; whoever changes something reads on with a new one.

use crate::{
    app::App,
    client::{ClientListing, listing},
    dev_inbox::{self, Message},
    internal, session,
    sign_in::{self, SignInState},
    sign_up::{self, SignUpState},
    user::{UserState, owners, states},
};
use dataloader::{BatchFn, cached};
use domain::session::Session;
use entity::id::{ClientId, DevMessageId, IdentificationId, SessionId, SignInId, SignUpId, UserId};
use kernel::{
    caller::Caller,
    error::{Error, Result},
};
use std::{
    collections::HashMap,
    fmt::Debug,
    hash::Hash,
    sync::{Arc, OnceLock},
};
use tokio::sync::OnceCell;

/// How often a reader lets others go first before it reads for all who have asked until then. Those who are resolved at the same
/// time have asked after one round; the second is for those who let others have their turn in the middle of it.
const ROUNDS: usize = 2;
/// How often a key is asked for whose batch was given up, with the field that was reading it.
const ATTEMPTS: usize = 5;

/// What is remembered of a key: every one that was asked for has an answer, if only that there is nothing.
type Loaded<T> = Result<Option<Arc<T>>, Arc<Error>>;
type Loader<B> = cached::Loader<<B as Batch>::Key, Loaded<<B as Batch>::Value>, Reader<B>>;

/// What one caller reads in one execution or request.
pub struct Loaders {
    app: App,
    caller: Arc<Caller>,
    acting: OnceCell<Result<Session, Arc<Error>>>,
    users: OnceLock<Loader<Users>>,
    owners: OnceLock<Loader<Owners>>,
    clients: OnceLock<Loader<OwnClient>>,
    sessions: OnceLock<Loader<Sessions>>,
    sign_ins: OnceLock<Loader<SignIns>>,
    sign_ups: OnceLock<Loader<SignUps>>,
    dev_messages: OnceLock<Loader<DevMessages>>,
}

impl Loaders {
    /// Loaders that have read nothing yet.
    #[must_use]
    pub fn new(app: App, caller: Arc<Caller>) -> Self {
        Self {
            app,
            caller,
            acting: OnceCell::new(),
            users: OnceLock::new(),
            owners: OnceLock::new(),
            clients: OnceLock::new(),
            sessions: OnceLock::new(),
            sign_ins: OnceLock::new(),
            sign_ups: OnceLock::new(),
            dev_messages: OnceLock::new(),
        }
    }

    /// The server's parts.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// For whom they read.
    #[must_use]
    pub fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    /// The session that the caller acts in.
    ///
    /// # Errors
    /// `authentication_invalid` when there is none.
    pub async fn acting(&self) -> Result<&Session> {
        let read = async || session::acting(&self.app, &self.caller).await.map_err(Arc::new);
        self.acting
            .get_or_init(read)
            .await
            .as_ref()
            .map_err(|error| error.repeated())
    }

    /// A user, whoever may see it; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn user(&self, id: &UserId) -> Result<Option<Arc<UserState>>> {
        load(self.by_id(), id).await
    }

    /// Users by identifier, without those that there are not.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub async fn users(&self, ids: impl IntoIterator<Item = UserId>) -> Result<HashMap<UserId, Arc<UserState>>> {
        load_many(self.by_id(), ids.into_iter().collect()).await
    }

    /// The caller's client, if it has that identifier; nothing otherwise.
    ///
    /// # Errors
    /// `authorization_invalid` for callers that are no browsers or devices.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<ClientListing>>> {
        let clients = self.clients.get_or_init(|| loader(OwnClient(self.reads())));
        load(clients, id).await
    }

    /// A session that the caller may see; nothing where there is none.
    ///
    /// # Errors
    /// `authentication_invalid` for somebody unknown.
    pub async fn session(&self, id: &SessionId) -> Result<Option<Arc<Session>>> {
        let sessions = self.sessions.get_or_init(|| loader(Sessions(self.reads())));
        load(sessions, id).await
    }

    /// A sign-in of the caller's client; nothing where there is none.
    ///
    /// # Errors
    /// As [`sign_in::read_all`].
    pub async fn sign_in(&self, id: &SignInId) -> Result<Option<Arc<SignInState>>> {
        let sign_ins = self.sign_ins.get_or_init(|| loader(SignIns(self.reads())));
        load(sign_ins, id).await
    }

    /// A sign-up of the caller's client; nothing where there is none.
    ///
    /// # Errors
    /// As [`sign_up::read_all`].
    pub async fn sign_up(&self, id: &SignUpId) -> Result<Option<Arc<SignUpState>>> {
        let sign_ups = self.sign_ups.get_or_init(|| loader(SignUps(self.reads())));
        load(sign_ups, id).await
    }

    /// A message that a development instance kept; nothing where there is none.
    ///
    /// # Errors
    /// As [`dev_inbox::list`].
    pub async fn dev_message(&self, id: &DevMessageId) -> Result<Option<Arc<Message>>> {
        let messages = self.dev_messages.get_or_init(|| loader(DevMessages(self.reads())));
        load(messages, id).await
    }

    /// Whose an identification is, whoever may see it; nothing where it is nobody's.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn owner(&self, id: &IdentificationId) -> Result<Option<Arc<UserId>>> {
        let owners = self.owners.get_or_init(|| loader(Owners(self.reads())));
        load(owners, id).await
    }

    fn by_id(&self) -> &Loader<Users> {
        self.users.get_or_init(|| loader(Users(self.reads())))
    }

    fn reads(&self) -> Reads {
        (self.app.clone(), Arc::clone(&self.caller))
    }
}

/// By which parts, and for whom.
type Reads = (App, Arc<Caller>);

/// What can be read for many keys in one go.
trait Batch: Send + Sync {
    /// By which it is asked for.
    type Key: Clone + Debug + Eq + Hash + Send + Sync;
    /// What there is.
    type Value: Send + Sync;

    /// What there is of those keys.
    fn read(&self, keys: &[Self::Key]) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>>> + Send;
}

struct Users(Reads);

impl Batch for Users {
    type Key = UserId;
    type Value = UserState;

    async fn read(&self, keys: &[UserId]) -> Result<HashMap<UserId, UserState>> {
        let (app, caller) = &self.0;
        states(app, caller, keys).await
    }
}

struct Owners(Reads);

impl Batch for Owners {
    type Key = IdentificationId;
    type Value = UserId;

    async fn read(&self, keys: &[IdentificationId]) -> Result<HashMap<IdentificationId, UserId>> {
        let (app, caller) = &self.0;
        owners(app, caller, keys).await
    }
}

struct Sessions(Reads);

impl Batch for Sessions {
    type Key = SessionId;
    type Value = Session;

    async fn read(&self, keys: &[SessionId]) -> Result<HashMap<SessionId, Session>> {
        let (app, caller) = &self.0;
        session::find_all(app, caller, keys).await
    }
}

struct SignIns(Reads);

impl Batch for SignIns {
    type Key = SignInId;
    type Value = SignInState;

    async fn read(&self, keys: &[SignInId]) -> Result<HashMap<SignInId, SignInState>> {
        let (app, caller) = &self.0;
        sign_in::read_all(app, caller, keys).await
    }
}

struct SignUps(Reads);

impl Batch for SignUps {
    type Key = SignUpId;
    type Value = SignUpState;

    async fn read(&self, keys: &[SignUpId]) -> Result<HashMap<SignUpId, SignUpState>> {
        let (app, caller) = &self.0;
        sign_up::read_all(app, caller, keys).await
    }
}

struct DevMessages(Reads);

impl Batch for DevMessages {
    type Key = DevMessageId;
    type Value = Message;

    async fn read(&self, keys: &[DevMessageId]) -> Result<HashMap<DevMessageId, Message>> {
        let (app, caller) = &self.0;
        dev_inbox::read_all(app, caller, keys).await
    }
}

struct OwnClient(Reads);

impl Batch for OwnClient {
    type Key = ClientId;
    type Value = ClientListing;

    async fn read(&self, keys: &[ClientId]) -> Result<HashMap<ClientId, ClientListing>> {
        let (app, caller) = &self.0;
        let own = listing(app, caller).await?;
        let asked = own.filter(|listing| keys.contains(&listing.id));
        Ok(asked.map(|listing| (listing.id, listing)).into_iter().collect())
    }
}

/// The library's view of a batch.
struct Reader<B>(B);

impl<B: Batch> BatchFn<B::Key, Loaded<B::Value>> for Reader<B> {
    async fn load(&mut self, keys: &[B::Key]) -> HashMap<B::Key, Loaded<B::Value>> {
        let answered = |answer: &mut dyn FnMut(&B::Key) -> Loaded<B::Value>| {
            let answers = keys.iter().map(|key| (key.clone(), answer(key)));
            answers.collect()
        };
        match self.0.read(keys).await {
            Ok(mut found) => answered(&mut |key| Ok(found.remove(key).map(Arc::new))),
            Err(error) => {
                let error = Arc::new(error);
                answered(&mut |_| Err(Arc::clone(&error)))
            }
        }
    }
}

fn loader<B: Batch>(batch: B) -> Loader<B> {
    cached::Loader::new(Reader(batch)).with_yield_count(ROUNDS)
}

/// One of them.
async fn load<B: Batch>(loader: &Loader<B>, key: &B::Key) -> Result<Option<Arc<B::Value>>> {
    for _ in 0..ATTEMPTS {
        // The library knows no answer when whoever was reading has been given up: a failure beside a field ends that field.
        if let Ok(loaded) = loader.try_load(key.clone()).await {
            return loaded.map_err(|error| error.repeated());
        }
    }
    Err(given_up())
}

/// Those that there are.
async fn load_many<B: Batch>(loader: &Loader<B>, keys: Vec<B::Key>) -> Result<HashMap<B::Key, Arc<B::Value>>> {
    for _ in 0..ATTEMPTS {
        if let Ok(loaded) = loader.try_load_many(keys.clone()).await {
            let found = loaded.into_iter().filter_map(|(key, loaded)| match loaded {
                Ok(value) => value.map(|value| Ok((key, value))),
                Err(error) => Some(Err(error.repeated())),
            });
            return found.collect();
        }
    }
    Err(given_up())
}

fn given_up() -> Error {
    internal(anyhow::anyhow!(
        "what was to be read together was given up again and again"
    ))
}

#[cfg(test)]
mod tests;
