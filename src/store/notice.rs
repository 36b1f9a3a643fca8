//! Notices of change between the parts of a node and between nodes: ids only, published after the commit.
//!
//! Within a node a broadcast channel carries them. On PostgreSQL `pg_notify`, sent inside the transaction, carries them
//! to the other nodes, whose listener publishes what it hears. A node whose listener was cut publishes [`Notice::Lost`]:
//! whoever caches something must forget it, whoever waits must look again.

use entity::id::{ClientId, InstanceId, SignInId, SignUpId};
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::broadcast;

/// How many notices a slow listener may lag behind before it is told [`Notice::Lost`] instead.
const CAPACITY: usize = 4096;

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "topic", content = "id", rename_all = "snake_case")]
pub enum Notice {
    /// The instance, its settings or its keys.
    Instance(InstanceId),
    /// The client, one of its sessions, or a user that it shows.
    Client(ClientId),
    /// The sign-in.
    SignIn(SignInId),
    /// The sign-up.
    SignUp(SignUpId),
    /// There is a job to run.
    Work,
    /// Notices may have been missed: trust nothing remembered.
    Lost,
}

/// Carries notices to everybody in this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NoticeBus {
    sender: broadcast::Sender<Notice>,
    /// Distinguishes this node's own notices, coming back from PostgreSQL, from those of others.
    node: Arc<str>,
    generation: Arc<AtomicU64>,
}

impl NoticeBus {
    /// A bus for the node of that name; the name must differ between nodes.
    #[must_use]
    pub fn new(node: &str) -> Self {
        Self {
            sender: broadcast::channel(CAPACITY).0,
            node: node.into(),
            generation: Arc::default(),
        }
    }

    /// The node's name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Tells everybody in this process.
    pub fn publish(&self, notices: &[Notice]) {
        for notice in notices {
            if matches!(notice, Notice::Instance(_) | Notice::Lost) {
                self.generation.fetch_add(1, Ordering::AcqRel);
            }
            // An error only says that nobody listens.
            drop(self.sender.send(notice.clone()));
        }
    }

    /// Grows whenever cached instances may be outdated. Read before the rows are, compared after.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Listens from now on.
    #[must_use]
    pub fn subscribe(&self) -> NoticeListener {
        NoticeListener {
            receiver: self.sender.subscribe(),
        }
    }
}

/// Receives notices.
#[derive(Debug)]
pub struct NoticeListener {
    receiver: broadcast::Receiver<Notice>,
}

impl NoticeListener {
    /// The next notice; [`Notice::Lost`] when some were missed; `None` when the server stops.
    pub async fn next(&mut self) -> Option<Notice> {
        match self.receiver.recv().await {
            Ok(notice) => Some(notice),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Notice::Lost),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Notice, NoticeBus};
    use entity::id::{InstanceId, TypedId as _};

    #[tokio::test]
    async fn a_listener_hears_what_is_published_after_it_subscribed() {
        let bus = NoticeBus::new("a");
        bus.publish(&[Notice::Work]);
        let mut listener = bus.subscribe();
        bus.publish(&[Notice::Lost]);
        assert_eq!(listener.next().await, Some(Notice::Lost));
        drop(bus);
        assert_eq!(listener.next().await, None);
    }

    #[tokio::test]
    async fn a_listener_that_lags_is_told_so() {
        let bus = NoticeBus::new("a");
        let mut listener = bus.subscribe();
        bus.publish(&vec![Notice::Work; CAPACITY + 1]);
        assert_eq!(listener.next().await, Some(Notice::Lost));
    }

    #[test]
    fn the_generation_grows_with_instances_alone() {
        let bus = NoticeBus::new("a");
        bus.publish(&[Notice::Work]);
        assert_eq!(bus.generation(), 0);
        bus.publish(&[
            Notice::Instance(InstanceId::generate(1_795_000_000_000, [0; 15])),
            Notice::Lost,
        ]);
        assert_eq!(bus.generation(), 2);
    }
}
