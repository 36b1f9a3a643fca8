//! One transaction: one `now`, identifiers, events, jobs and notices, and an explicit `commit()`.
//!
//! There is no closure form on purpose: "commit the wrong attempt, then return the error" is a normal path here. Dropping
//! a `Tx` rolls everything back.

use super::{
    Scope, dialect, event, job,
    notice::{Notice, NoticeBus},
};
use crate::{
    outbox::{Event, FanOut, Job},
    runtime::entropy::Entropy,
};
use entity::{
    UnixMilliseconds,
    id::{InstanceId, TypedId},
};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};

/// A write transaction in one instance.
#[derive(Debug)]
pub struct Tx {
    transaction: DatabaseTransaction,
    instance: InstanceId,
    now: UnixMilliseconds,
    entropy: Entropy,
    bus: NoticeBus,
    notices: Vec<Notice>,
    has_events: bool,
}

impl Tx {
    /// Opens a transaction that writes. It is immediate on SQLite: a deferred one that turns into a writer can fail.
    ///
    /// # Errors
    /// When the database cannot be reached or stays busy.
    pub async fn begin(
        database: &DatabaseConnection,
        instance: InstanceId,
        now: UnixMilliseconds,
        entropy: Entropy,
        bus: NoticeBus,
    ) -> Result<Self, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = database.begin_with_options(options).await?;
        Ok(Self {
            transaction,
            instance,
            now,
            entropy,
            bus,
            notices: Vec::new(),
            has_events: false,
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
    pub fn scope(&self) -> Scope<'_, DatabaseTransaction> {
        Scope::new(&self.transaction, &self.instance)
    }

    /// Appends an event, to be numbered and delivered after the commit.
    ///
    /// # Errors
    /// When the database refuses the row.
    pub async fn emit(&mut self, event: &Event) -> Result<(), DbErr> {
        event::append(self.scope(), self.id(), self.now, event).await?;
        if !self.has_events {
            self.has_events = true;
            self.enqueue(&FanOut {}).await?;
        }
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

    /// Makes everything durable, then wakes whoever waits for it.
    ///
    /// # Errors
    /// When the database cannot commit; nothing has happened then.
    pub async fn commit(self) -> Result<(), DbErr> {
        dialect::notify(&self.transaction, &self.bus, &self.notices).await?;
        self.transaction.commit().await?;
        self.bus.publish(&self.notices);
        Ok(())
    }
}
