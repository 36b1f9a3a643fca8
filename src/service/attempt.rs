//! One step of a flow that a client goes through: a sign-in or a sign-up. The client and what it has begun are locked, changed,
//! and kept together.
//!
//! Invariant: what is kept is committed before anything is refused, or wrong guesses would cost nothing. Whoever writes a flow
//! or what was asked for in it holds the lock of its client and saves the client too, so that a client which is as it was has
//! flows which are as they were.

use crate::{
    app::App,
    authorise, authorise_on,
    client::{self, Changed, ClientHandle},
};
use domain::permission::{Action, Owned};
use entity::id::ClientId;
use kernel::{
    caller::Caller,
    error::{Code, Error, Result},
    notice::Version,
};
use sea_orm::DbErr;
use std::future::Future;
use store::{Tx, cache::Freshness, user::StoredUser};

/// What a client goes through step by step.
pub(crate) trait Flow: Clone + PartialEq + Send + Sync + Sized {
    /// Its identifier.
    type Id: PartialEq + Send + Sync;

    /// What a caller must be allowed to.
    const ACTION: Action;

    /// It, for the rest of the transaction.
    fn lock(tx: &Tx, id: &Self::Id) -> impl Future<Output = Result<Option<Self>, DbErr>> + Send;

    /// Writes a new one, or what changed since `before`.
    fn save(tx: &mut Tx, before: Option<&Self>, after: &Self) -> impl Future<Output = Result<(), DbErr>> + Send;

    /// The client that it belongs to.
    fn client_id(&self) -> &ClientId;

    /// The one that a client is going through.
    fn pending(client: &entity::client::Model) -> Option<&Self::Id>;

    /// Whether it can go on, is over for good, or was given up.
    fn standing(&self, now: i64) -> Standing;
}

/// Whether a flow can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It waits for its person.
    Open,
    /// It has come to its end.
    Complete,
    /// Time has given it up.
    Abandoned,
}

/// Lets the caller see a flow that was read: one that its own client goes through, or that has come to its end.
///
/// # Errors
/// `resource_not_found` when it is not the client's, was given up, or the client has begun another one.
pub(crate) async fn check_shown<F: Flow>(app: &App, caller: &Caller, id: &F::Id, flow: &F) -> Result<()> {
    let client_id = flow.client_id();
    authorise_on(caller, F::ACTION, Owned::FlowOf(client_id))?;
    let is_there = match flow.standing(app.now()) {
        Standing::Complete => true,
        Standing::Abandoned => false,
        Standing::Open => {
            let client = client::held(app, caller, client_id, Freshness::Remembered).await?;
            client.is_some_and(|stored| client::sees_flows(caller, &stored.row) && F::pending(&stored.row) == Some(id))
        }
    };
    if is_there {
        Ok(())
    } else {
        Err(Code::ResourceNotFound.into())
    }
}

/// What was found; nothing where there is none that the caller may see.
pub(crate) fn if_there<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Err(error) if error.code() == Code::ResourceNotFound => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// A step of a flow, in its transaction.
pub(crate) struct Attempt<'a, F> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) tx: Tx,
    pub(crate) client: ClientHandle,
    /// The flow, as it will be stored.
    pub(crate) flow: F,
    before: Option<F>,
    /// Whether it is the one that begins the flow.
    is_first: bool,
    written: Option<Written>,
}

/// A user as a step leaves it.
struct Written {
    version: Option<Version>,
    user: StoredUser,
}

impl<'a, F: Flow> Attempt<'a, F> {
    /// The caller's client and a flow of it, both locked until the step is kept.
    ///
    /// # Errors
    /// `resource_not_found` when it is not the client's, was given up, or the client has begun another one.
    pub(crate) async fn open(app: &'a App, caller: &'a Caller, id: &F::Id) -> Result<Self> {
        Self::resume(app, caller, id, None).await
    }

    /// The same with the flow as it was read since the caller was let in. It is read again only if its client has changed since.
    ///
    /// # Errors
    /// As [`Attempt::open`].
    pub(crate) async fn resume(app: &'a App, caller: &'a Caller, id: &F::Id, seen: Option<F>) -> Result<Self> {
        authorise(caller, F::ACTION)?;
        if caller.actor.client_id().is_none() {
            return Err(Code::ResourceNotFound.into());
        }
        let mut tx = app.begin(&caller.instance.id).await?;
        let client = ClientHandle::obtain(app, &mut tx, caller).await?;
        if !client.continues_flows() {
            return Err(Code::ResourceNotFound.into());
        }
        let flow = match seen.filter(|_| client.is_as_admitted(caller)) {
            Some(seen) => seen,
            None => F::lock(&tx, id).await?.ok_or(Code::ResourceNotFound)?,
        };
        let is_there = match flow.standing(tx.now()) {
            Standing::Open => F::pending(&client.row) == Some(id),
            Standing::Complete => true,
            Standing::Abandoned => false,
        };
        authorise_on(caller, F::ACTION, Owned::FlowOf(flow.client_id()))?;
        if !is_there {
            return Err(Code::ResourceNotFound.into());
        }
        Ok(Self {
            app,
            caller,
            tx,
            client,
            before: Some(flow.clone()),
            is_first: false,
            flow,
            written: None,
        })
    }

    /// A flow that begins in an open transaction.
    pub(crate) fn begin(app: &'a App, caller: &'a Caller, tx: Tx, client: ClientHandle, flow: F) -> Self {
        Self {
            app,
            caller,
            tx,
            client,
            flow,
            before: None,
            is_first: true,
            written: None,
        }
    }

    /// The time of the step.
    pub(crate) fn now(&self) -> i64 {
        self.tx.now()
    }

    /// Says what the step leaves of a user that it has announced, so that it is remembered when the step is kept. `version` was
    /// read under the lock of the user's row and before its identifications were.
    pub(crate) fn leaves_user(&mut self, version: Option<Version>, user: StoredUser) {
        self.written = Some(Written { version, user });
    }

    /// Stores the flow as it is so far, for what has to come after it in the same transaction. Its client must be stored.
    pub(crate) async fn store_flow(&mut self) -> Result<()> {
        if self.before.as_ref() != Some(&self.flow) {
            F::save(&mut self.tx, self.before.as_ref(), &self.flow).await?;
            self.before = Some(self.flow.clone());
        }
        Ok(())
    }

    /// Stores the step and commits it, whatever it came to, and only then refuses. A flow whose first step is refused has not
    /// begun, nor its client if that is new: nobody would hear of them, nor of the token that goes with the flow.
    ///
    /// # Errors
    /// The refusal.
    pub(crate) async fn keep(mut self, refusal: Option<Error>) -> Result<Changed<F>> {
        if refusal.is_none() || !self.is_first {
            if !self.client.is_saved() {
                self.client.save(&mut self.tx, self.caller).await?;
            }
            self.store_flow().await?;
        }
        let now = self.tx.now();
        self.tx.commit().await?;
        if let Some(Written { version, user }) = self.written {
            self.app.caches().rows.feed(version, now, user);
        }
        match refusal {
            None => self.client.finish(self.app, self.caller, self.flow),
            Some(error) => Err(error),
        }
    }
}
