//! One transaction: one `now`, identifiers, events, jobs and notices, and an explicit `commit()`.
//!
//! There is no closure form on purpose: "commit the wrong attempt, then return the error" is a normal path here. Dropping
//! a `Tx` rolls everything back.

use super::{Pool, Scope, dialect, event, job, pool::Transaction};
use entity::{
    UnixMilliseconds,
    id::{InstanceId, TypedId},
};
use kernel::notice::{Announced, Notice, NoticeBus, Version};
use kernel::{
    outbox::{Event, Job},
    runtime::{clock::Clock, entropy::Entropy},
};
use sea_orm::{ConnectionTrait as _, DbErr};

/// A write transaction in one instance.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction,
    instance: InstanceId,
    now: UnixMilliseconds,
    entropy: Entropy,
    bus: NoticeBus,
    notices: Vec<Notice>,
    events: Vec<entity::event::ActiveModel>,
}

impl Tx {
    /// Opens a transaction that writes. It is immediate on SQLite: a deferred one that turns into a writer can fail. Its `now`
    /// is read when it has begun, since it may have waited long for its turn.
    ///
    /// # Errors
    /// When the database cannot be reached or stays busy.
    pub async fn begin(
        pool: &Pool,
        instance: InstanceId,
        clock: &dyn Clock,
        entropy: Entropy,
        bus: NoticeBus,
    ) -> Result<Self, DbErr> {
        Ok(Self {
            transaction: pool.begin().await?,
            instance,
            now: clock.now(),
            entropy,
            bus,
            notices: Vec::new(),
            events: Vec::new(),
        })
    }

    /// The one point in time at which everything in this transaction happens.
    #[must_use]
    pub fn now(&self) -> UnixMilliseconds {
        self.now
    }

    /// A fresh identifier.
    #[must_use]
    pub fn id<T: TypedId>(&self) -> T {
        self.entropy.id(self.now)
    }

    /// A fresh secret of 256 bits, as text.
    #[must_use]
    pub fn token(&self) -> String {
        self.entropy.token()
    }

    /// The source of randomness, for sealing.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// The instance of this transaction.
    #[must_use]
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// Where this transaction's queries start.
    #[must_use]
    pub fn scope(&self) -> Scope<'_, Transaction> {
        Scope::new(&self.transaction, &self.instance)
    }

    /// Appends an event, to be numbered and delivered after the commit, which stores it.
    ///
    /// # Errors
    /// When its payload cannot be written as JSON.
    pub fn emit(&mut self, event: &Event) -> Result<(), DbErr> {
        let row = event::row(&self.instance, self.now, event)?;
        self.events.push(row);
        self.announce(Notice::Event);
        Ok(())
    }

    /// Adds a job, to be run at least once after the commit.
    ///
    /// # Errors
    /// When the database refuses the row.
    pub async fn enqueue<J: Job>(&mut self, payload: &J) -> Result<(), DbErr> {
        job::enqueue(self.scope(), self.id(), self.now, payload).await?;
        self.announce(Notice::Work);
        Ok(())
    }

    /// Tells every node, after the commit, that something it may hold has changed. Ids only.
    pub fn announce(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// The version at which something is remembered that is read in this transaction while nobody else can change it; nothing
    /// where nothing is remembered.
    #[must_use]
    pub fn version<I: Announced>(&self, id: &I) -> Option<Version> {
        self.bus.version(id)
    }

    /// Makes everything durable, then wakes whoever waits for it. A caller that goes away meanwhile (a closed connection,
    /// a deadline) stops neither: what was committed without a word would stay remembered as it was before.
    ///
    /// # Errors
    /// When the database cannot commit, or a statement failed before, whoever overlooked that; in debug builds, when remembered
    /// rows were written and nobody is told. Nothing has happened then,
    /// unless the connection was lost over the answer.
    pub async fn commit(mut self) -> Result<(), DbErr> {
        #[cfg(debug_assertions)]
        self.transaction.check_announced(&self.notices)?;
        let events = std::mem::take(&mut self.events);
        let ids = events.iter().map(|_| self.id()).collect();
        let database = self.transaction.get_database_backend();
        let notification = dialect::notification(database, &self.bus, &self.notices)?;
        if !events.is_empty() {
            event::append(&self.transaction, events, ids, notification).await?;
        } else if let Some(notification) = notification {
            dialect::notify(&self.transaction, notification).await?;
        }
        let Self {
            transaction,
            bus,
            notices,
            ..
        } = self;
        let committing = async move {
            let committed = transaction.commit().await;
            // Also after a failure: its answer may be all that was lost, and a notice too many only costs a reading.
            bus.publish(&notices);
            committed
        };
        tokio::spawn(committing)
            .await
            .map_err(|error| DbErr::Custom(format!("the commit did not end: {error}")))?
    }
}
