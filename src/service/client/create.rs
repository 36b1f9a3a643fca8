//! The client that a verb works on: the caller's own, locked, or a new one; and the credential that names it.

use super::{
    Sessions,
    token::{Hold, hold, succeed},
};
use crate::{app::App, internal, rate_limit::Budget};
use domain::{permission::Actor, session::Session};
use entity::{
    UnixMilliseconds, client,
    id::{ClientId, DevBrowserId},
    kind::ClientStatus,
};
use kernel::{
    caller::{AdmittedClient, Caller, ShownToken, Transport},
    crypto::{
        client_token::{ClientToken, DevBrowserToken},
        digest::secret_digest,
    },
    error::{Code, Result},
    notice::{Notice, Version},
};
use store::{Tx, client::StoredClient};

/// What the caller must keep from now on. Turned into cookies or headers by the face.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// What it has.
    Keep,
    /// These instead of what it has.
    Issue {
        /// The client token.
        client_token: String,
        /// The development browser's token, when that is how the caller speaks.
        dev_browser_token: Option<String>,
    },
    /// Nothing.
    Clear,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Keep => "Keep",
            Self::Issue { .. } => "Issue",
            Self::Clear => "Clear",
        })
    }
}

/// A locked client, and the secrets that were made for it in this transaction.
#[derive(Debug)]
pub(crate) struct ClientHandle {
    /// The row, as it will be stored.
    pub(crate) row: client::Model,
    secrets: Option<Secrets>,
    /// Which of its tokens the caller showed; nothing for a client that this transaction makes, and that the database has not
    /// seen before it is saved.
    hold: Option<Hold>,
    is_stored: bool,
    /// What becomes of its sessions in this transaction.
    sessions: Sessions,
    /// Whether this transaction has stored it.
    is_saved: bool,
    /// At which version it was read.
    version: Option<Version>,
    /// The sessions that it listed when it was locked, once they were asked for. Nobody else changes them meanwhile.
    found: Option<Vec<Session>>,
    /// The sessions that it lists as this transaction leaves it, where they are known.
    listed: Option<Listed>,
}

#[derive(Debug)]
struct Listed {
    sessions: Vec<Session>,
    at: UnixMilliseconds,
}

struct Secrets {
    client: String,
    dev_browser: Option<(DevBrowserId, String)>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets")
    }
}

impl ClientHandle {
    /// The caller's client, locked; if it has none, a new one.
    ///
    /// # Errors
    /// `authentication_invalid` when the client was deleted meanwhile, `too_many_requests`, `authorization_invalid` for
    /// callers that are no browsers or devices.
    pub(crate) async fn obtain(app: &App, tx: &mut Tx, caller: &Caller) -> Result<Self> {
        match &caller.actor {
            Actor::Client { client_id } => {
                let row = store::client::lock(tx, client_id)
                    .await?
                    .ok_or(Code::AuthenticationInvalid)?;
                // Hashing takes time: by now another request may have signed somebody in and rotated the token away.
                let hold = caller.token().and_then(|token| hold(&row, &token.digest));
                Ok(Self {
                    row,
                    secrets: None,
                    hold: Some(hold.ok_or(Code::AuthenticationInvalid)?),
                    is_stored: true,
                    sessions: Sessions::Unchanged,
                    is_saved: false,
                    version: tx.version(client_id),
                    found: None,
                    listed: None,
                })
            }
            Actor::Anonymous => Self::create(app, tx, caller),
            Actor::SessionToken(_) | Actor::SecretKey { .. } => Err(Code::AuthorizationInvalid.into()),
        }
    }

    /// A new client. It is stored when it is saved, which must be before anything that lives on it is.
    pub(crate) fn create(app: &App, tx: &Tx, caller: &Caller) -> Result<Self> {
        app.rate_limiter().spend(caller, Budget::ClientCreate)?;
        let secret = tx.token();
        let row = client::Model {
            id: tx.id(),
            instance_id: *tx.instance(),
            status: ClientStatus::Active,
            rotating_digest: secret_digest(&secret),
            former_digests: None,
            sign_in_id: None,
            sign_up_id: None,
            last_active_session_id: None,
            last_authentication_strategy: None,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        Ok(Self {
            version: tx.version(&row.id),
            found: Some(Vec::new()),
            listed: None,
            row,
            secrets: Some(Secrets {
                client: secret,
                dev_browser: None,
            }),
            hold: None,
            is_stored: false,
            sessions: Sessions::Changed,
            is_saved: false,
        })
    }

    /// Whether this transaction makes it, so that nothing can live on it yet.
    pub(crate) fn is_new(&self) -> bool {
        self.hold.is_none()
    }

    /// Its identifier, if somebody can have signed in on it before.
    pub(crate) fn known_by(&self) -> Option<ClientId> {
        (!self.is_new()).then_some(self.row.id)
    }

    /// Whether nothing has happened to it since the caller was let in.
    pub(crate) fn is_as_admitted(&self, caller: &Caller) -> bool {
        let admitted = caller.client.as_ref().map(|client| client.updated_at);
        admitted == Some(self.row.updated_at)
    }

    /// Whether it was stored in this transaction.
    pub(crate) fn is_saved(&self) -> bool {
        self.is_saved
    }

    /// Gives whoever begins a flow a token that nobody can have planted; the one before goes on for all but flows. Whoever shows a
    /// former one takes over nothing that was begun without them: that is over. Those who follow what is superseded are told. A
    /// development browser's token keeps: it is in addresses of pages, for everybody who reads these, until somebody signs in.
    pub(crate) fn begin_flow(&mut self, tx: &mut Tx, caller: &Caller, supersedes: Option<Notice>) {
        if let Some(superseded) = supersedes {
            tx.announce(superseded);
        }
        let is_dev_browser = matches!(caller.request.transport, Transport::DevBrowser(_));
        if self.is_new() || is_dev_browser {
            return;
        }
        if self.hold == Some(Hold::Former) {
            self.gives_up_flows(tx);
        }
        let client = tx.token();
        let shown = caller.token().map(|token| token.digest.as_str());
        succeed(&mut self.row, secret_digest(&client), shown);
        let dev_browser = None;
        self.secrets = Some(Secrets { client, dev_browser });
    }

    /// Gives up what was begun on it, and says so to who follows that.
    pub(crate) fn gives_up_flows(&mut self, tx: &mut Tx) {
        let sign_in = self.row.sign_in_id.take().map(Notice::SignIn);
        let sign_up = self.row.sign_up_id.take().map(Notice::SignUp);
        for given_up in sign_in.into_iter().chain(sign_up) {
            tx.announce(given_up);
        }
    }

    /// Whether the caller may take steps of what was begun on it: who holds a former token did not begin it.
    pub(crate) fn continues_flows(&self) -> bool {
        self.hold != Some(Hold::Former)
    }

    /// Says that other sessions of it are active than before, or another one is the one that acts.
    pub(crate) fn changes_sessions(&mut self) {
        self.sessions = Sessions::Changed;
    }

    /// Gives the client on which a session begins a new token, against fixation (ASVS 7.2.4); all others die at the commit, if the
    /// client is saved.
    pub(crate) fn begin_session(&mut self, tx: &Tx, caller: &Caller) {
        let client = match self.secrets.take() {
            Some(secrets) => secrets.client,
            None => tx.token(),
        };
        self.sessions = Sessions::Begun;
        self.row.rotating_digest = secret_digest(&client);
        self.row.former_digests = None;
        let dev_browser = match &caller.request.transport {
            Transport::DevBrowser(id) => Some((*id, tx.token())),
            Transport::Cookie | Transport::Native => None,
        };
        self.secrets = Some(Secrets { client, dev_browser });
    }

    /// The sessions that it listed when it was locked, oldest first and as they are stored. They are read once.
    pub(crate) async fn sessions(&mut self, tx: &Tx) -> Result<&[Session]> {
        let found = match self.found.take() {
            Some(found) => found,
            None => store::session::list_of_clients(tx.scope(), std::slice::from_ref(&self.row.id)).await?,
        };
        Ok(self.found.insert(found))
    }

    /// Says which sessions it lists as this transaction leaves it, oldest first and as they are stored. It must be saved.
    pub(crate) fn lists(&mut self, sessions: Vec<Session>, at: UnixMilliseconds) {
        self.listed = Some(Listed { sessions, at });
    }

    /// Stores the row as it is now, and tells the caller's development browser of a new client or a new token.
    pub(crate) async fn save(&mut self, tx: &mut Tx, caller: &Caller) -> Result<()> {
        let is_first = !self.is_stored;
        self.is_saved = true;
        if is_first {
            store::client::insert(tx, self.row.clone()).await?;
            self.is_stored = true;
        } else {
            store::client::save(tx, &mut self.row).await?;
        }
        let Transport::DevBrowser(id) = &caller.request.transport else {
            return Ok(());
        };
        let rotated = self.secrets.as_ref().and_then(|secrets| secrets.dev_browser.as_ref());
        if is_first || rotated.is_some() {
            let digest = rotated.map(|(_, secret)| secret_digest(secret));
            store::client::update_dev_browser(tx, id, Some(&self.row.id), digest.as_deref()).await?;
        }
        Ok(())
    }

    /// Who the caller is from now on, and what it must keep. Called after the commit, and remembers what that wrote.
    pub(crate) fn finish<T>(self, app: &App, caller: &Caller, value: T) -> Result<super::Changed<T>> {
        if let Some(Listed { sessions, at }) = self.listed {
            let row = self.row.clone();
            app.caches().rows.feed(self.version, at, StoredClient { row, sessions });
        }
        // Who was given no new token goes on with the one that they showed, which may have become a former one meanwhile.
        let shown = caller.token().filter(|_| self.secrets.is_none());
        let token = ShownToken {
            is_former: shown.is_some() && self.hold == Some(Hold::Former),
            digest: shown.map_or(self.row.rotating_digest, |shown| shown.digest.clone()),
        };
        let credential = match self.secrets {
            None => Credential::Keep,
            Some(secrets) => Credential::Issue {
                client_token: ClientToken {
                    client: self.row.id,
                    rotating: secrets.client,
                }
                .issue(app.keyring(), app.now())
                .map_err(internal)?,
                dev_browser_token: match secrets.dev_browser {
                    None => None,
                    Some((dev_browser, rotating)) => Some(
                        DevBrowserToken { dev_browser, rotating }
                            .issue(app.keyring(), app.now())
                            .map_err(internal)?,
                    ),
                },
            },
        };
        let admitted = AdmittedClient {
            token,
            last_active_session_id: self.row.last_active_session_id,
            updated_at: self.row.updated_at,
        };
        let caller = caller.acting_as(Actor::Client { client_id: self.row.id }, Some(admitted));
        Ok(super::Changed {
            value,
            caller,
            credential,
            sessions: self.sessions,
        })
    }
}
