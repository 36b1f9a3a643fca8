//! How much one execution may still do, counted where answers multiply: lists, JSON documents, and what is dear to make.
//!
//! The cost of a document bounds what it may ask for; this bounds what comes of it, whatever the lists hold by then. The
//! invariant: what is spent is an error of the field that spent it and never ends an execution, so that the headers of what
//! was committed before (a rotated token above all) reach its caller.

use async_graphql::{Error, ErrorExtensions as _, Pos, ServerError};
use graphql_transport::GraphqlCode;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// What one execution may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Fields that it may resolve in lists. The cost of a document counts objects alone; what each of them holds counts here.
    fields: u64,
    /// Bytes that it may put into lists and documents; what lies in a list within a list counts for both.
    bytes: u64,
}

/// Of a person: four fields for each object that a document may cost.
pub(super) const OF_PERSON: Allowance = Allowance {
    fields: 20_000,
    bytes: 2 * 1024 * 1024,
};
/// Of an application, which reads whole pages of people: five fields for each object that a document may cost.
pub(super) const OF_APPLICATION: Allowance = Allowance {
    fields: 100_000,
    bytes: 2 * 1024 * 1024,
};
/// After how many fields other tasks get their turn: resolvers that wait for nothing would keep a thread for themselves.
const FIELDS_PER_TURN: u64 = 512;

/// What is left of an execution's budget.
#[derive(Debug)]
pub struct Budget {
    whole: Allowance,
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
    pub fn new(whole: Allowance, deadline: Option<Instant>) -> Self {
        Self {
            whole,
            fields: AtomicU64::new(whole.fields),
            bytes: AtomicU64::new(whole.bytes),
            since_turn: AtomicU64::new(0),
            deadline,
        }
    }

    /// Makes the budget whole again, for the next answer of a subscription.
    pub(crate) fn renew(&self) {
        self.fields.store(self.whole.fields, Ordering::Relaxed);
        self.bytes.store(self.whole.bytes, Ordering::Relaxed);
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
    use super::{Budget, Exhausted, OF_PERSON};
    use std::time::Duration;
    use tokio::time::Instant;

    #[tokio::test]
    async fn a_budget_is_spent_to_the_last_and_whole_again_when_renewed() {
        let budget = Budget::new(OF_PERSON, None);
        assert_eq!(budget.spend_fields(OF_PERSON.fields).await, Ok(()));
        assert_eq!(budget.spend_fields(1).await, Err(Exhausted));
        assert_eq!(budget.spend_bytes(usize::try_from(OF_PERSON.bytes).unwrap()), Ok(()));
        assert_eq!(budget.spend_bytes(1), Err(Exhausted));
        budget.renew();
        assert_eq!(budget.spend_fields(OF_PERSON.fields + 1).await, Err(Exhausted));
        assert_eq!(
            budget.spend_fields(OF_PERSON.fields).await,
            Ok(()),
            "what was refused is not spent"
        );
    }

    #[tokio::test]
    async fn others_get_their_turn_while_a_budget_is_spent() {
        let budget = Budget::new(OF_PERSON, None);
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
        assert!(!Budget::new(OF_PERSON, None).is_late());
        assert!(!Budget::new(OF_PERSON, Some(Instant::now() + Duration::from_hours(1))).is_late());
        assert!(Budget::new(OF_PERSON, Some(Instant::now())).is_late());
    }
}
