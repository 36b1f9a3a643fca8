//! How much one execution may still do, counted where answers multiply: lists, JSON documents, and what is dear to make.
//!
//! The cost of a document bounds what it may ask for; this bounds what comes of it, whatever the lists hold by then. The
//! invariant: what is spent is an error of the field that spent it and never ends an execution, so that the headers of what
//! was committed before (a rotated token above all) reach its caller.

use async_graphql::{Error, ErrorExtensions as _, Pos, ServerError};
use graphql_transport::GraphqlCode;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// Fields that one execution may resolve in lists; twice what a document may ask for by its text.
const FIELDS: u64 = 10_000;
/// Bytes that one execution may put into lists and JSON documents; what lies in a list within a list counts for both.
const BYTES: u64 = 2 * 1024 * 1024;
/// After how many fields other tasks get their turn: resolvers that wait for nothing would keep a thread for themselves.
const FIELDS_PER_TURN: u64 = 512;

/// What is left of an execution's budget.
#[derive(Debug)]
pub struct Budget {
    fields: AtomicU64,
    bytes: AtomicU64,
    since_turn: AtomicU64,
    deadline: Option<Instant>,
}

/// There is nothing left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl Budget {
    /// A whole budget; no mutation begins after the deadline.
    #[must_use]
    pub fn new(deadline: Option<Instant>) -> Self {
        Self {
            fields: AtomicU64::new(FIELDS),
            bytes: AtomicU64::new(BYTES),
            since_turn: AtomicU64::new(0),
            deadline,
        }
    }

    /// Makes the budget whole again, for the next answer of a subscription.
    pub(crate) fn renew(&self) {
        self.fields.store(FIELDS, Ordering::Relaxed);
        self.bytes.store(BYTES, Ordering::Relaxed);
    }

    /// Spends the cost of so many fields, and lets others have their turn when enough was spent since the last one.
    pub(crate) async fn spend_fields(&self, count: u64) -> Result<(), Exhausted> {
        spend(&self.fields, count)?;
        let since = self.since_turn.fetch_add(count, Ordering::Relaxed);
        if since.saturating_add(count) > FIELDS_PER_TURN {
            self.since_turn.store(0, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Spends bytes of the answer.
    pub(crate) fn spend_bytes(&self, count: usize) -> Result<(), Exhausted> {
        spend(&self.bytes, u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// Whether the deadline has passed.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

fn spend(left: &AtomicU64, count: u64) -> Result<(), Exhausted> {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(count))
        .map(|_| ())
        .map_err(|_| Exhausted)
}

impl Exhausted {
    /// The error of the field at that place.
    pub(crate) fn at(self, position: Pos) -> ServerError {
        Error::from(self).into_server_error(position)
    }
}

impl From<Exhausted> for Error {
    fn from(_: Exhausted) -> Self {
        coded(GraphqlCode::AnswerTooLarge)
    }
}

/// An error of the transport's own, for a field.
pub(super) fn coded(code: GraphqlCode) -> Error {
    Error::new(code.message()).extend_with(|_, extensions| extensions.set("code", code.wire()))
}

#[cfg(test)]
mod tests {
    use super::{BYTES, Budget, Exhausted, FIELDS};
    use std::time::Duration;
    use tokio::time::Instant;

    #[tokio::test]
    async fn a_budget_is_spent_to_the_last_and_whole_again_when_renewed() {
        let budget = Budget::new(None);
        assert_eq!(budget.spend_fields(FIELDS).await, Ok(()));
        assert_eq!(budget.spend_fields(1).await, Err(Exhausted));
        assert_eq!(budget.spend_bytes(usize::try_from(BYTES).unwrap()), Ok(()));
        assert_eq!(budget.spend_bytes(1), Err(Exhausted));
        budget.renew();
        assert_eq!(budget.spend_fields(FIELDS + 1).await, Err(Exhausted));
        assert_eq!(
            budget.spend_fields(FIELDS).await,
            Ok(()),
            "what was refused is not spent"
        );
    }

    #[tokio::test]
    async fn others_get_their_turn_while_a_budget_is_spent() {
        let budget = Budget::new(None);
        let spending = async {
            for _ in 0..20 {
                budget.spend_fields(100).await.unwrap();
            }
        };
        let other = async { budget.spend_bytes(1).unwrap() };
        tokio::select! {
            biased;
            () = spending => panic!("the other had no turn"),
            () = other => {}
        }
    }

    #[tokio::test]
    async fn a_budget_is_late_from_its_deadline_on() {
        assert!(!Budget::new(None).is_late());
        assert!(!Budget::new(Some(Instant::now() + Duration::from_hours(1))).is_late());
        assert!(Budget::new(Some(Instant::now())).is_late());
    }
}
