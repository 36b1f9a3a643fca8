//! Notices of change between the parts of a node and between nodes: ids only, published after the commit.
//!
//! Within a node a broadcast channel carries them to those who look at all of them, and a [`Watcher`] hears of what it watches
//! alone, so that a change wakes those whom it concerns, however many others wait. On PostgreSQL `pg_notify`, sent inside the transaction, carries them
//! to the other nodes, whose listener publishes what it hears. A node whose listener was cut publishes [`Notice::Lost`]:
//! whoever caches something must forget it, whoever waits must look again.
//!
//! Each notice also raises the [`Version`] of the id that it names. What was read at a version that is still the present
//! one has not changed since; `store::cache` rests on that. Instances are counted apart from people, of whom one that signs in
//! must not outdate the settings and keys of an instance by sharing its counter.

use entity::id::{ClientId, InstanceId, SignInId, SignUpId, TypedId, UserId};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, broadcast};

/// How many notices a slow listener may lag behind before it is told [`Notice::Lost`] instead.
const CAPACITY: usize = 4096;
/// How many counters tell versions apart. Ids share them by hash: a neighbour's change only costs a reading.
const COUNTERS: usize = 4096;

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "topic", content = "id", rename_all = "snake_case")]
pub enum Notice {
    /// The instance, its settings or its keys.
    Instance(InstanceId),
    /// The client or one of its sessions.
    Client(ClientId),
    /// The user, or one of its identifications.
    User(UserId),
    /// The sign-in.
    SignIn(SignInId),
    /// The sign-up.
    SignUp(SignUpId),
    /// There is a job to run.
    Work,
    /// There is an event to number.
    Event,
    /// Notices may have been missed: trust nothing remembered.
    Lost,
}

/// Carries notices to everybody in this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NoticeBus {
    sender: broadcast::Sender<Notice>,
    watchers: Arc<Watchers>,
    /// Distinguishes this node's own notices, coming back from PostgreSQL, from those of others.
    node: Arc<str>,
    versions: Arc<Versions>,
}

/// What something is remembered of and notices are about.
pub trait Announced: TypedId {
    /// Where its changes are counted.
    const COUNTED: Counted;
}

/// Which changes are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those of clients and users: many each second.
    People,
    /// Those of instances, their settings and their keys: seldom any.
    Instances,
}

impl Announced for ClientId {
    const COUNTED: Counted = Counted::People;
}

impl Announced for UserId {
    const COUNTED: Counted = Counted::People;
}

impl Announced for InstanceId {
    const COUNTED: Counted = Counted::Instances;
}

/// How often what is kept under an id may have changed. Equal versions of one id mean that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    losses: u64,
    changes: u64,
}

impl Version {
    /// The version after one more notice.
    #[must_use]
    pub const fn next(self) -> Self {
        Self {
            changes: self.changes.wrapping_add(1),
            ..self
        }
    }
}

#[derive(Debug)]
struct Versions {
    /// Whether every notice of other processes arrives.
    is_complete: AtomicBool,
    losses: AtomicU64,
    people: Box<[AtomicU64]>,
    instances: Box<[AtomicU64]>,
    /// How often any instance may have changed.
    any_instance: AtomicU64,
    /// Seeded by the system, not by the injected randomness: which ids share a counter decides nothing, and must not be
    /// known to whoever would make them collide.
    hasher: RandomState,
}

impl Versions {
    fn new() -> Self {
        let counters = || (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self {
            is_complete: AtomicBool::new(false),
            losses: AtomicU64::new(0),
            people: counters(),
            instances: counters(),
            any_instance: AtomicU64::new(0),
            hasher: RandomState::new(),
        }
    }

    fn changes_of<I: Announced>(&self, id: &I) -> Option<&AtomicU64> {
        let counters = match I::COUNTED {
            Counted::People => &self.people,
            Counted::Instances => &self.instances,
        };
        let hash = usize::try_from(self.hasher.hash_one(id.as_str())).unwrap_or(usize::MAX);
        counters.get(hash % COUNTERS)
    }

    fn raise<I: Announced>(&self, id: &I) {
        if let Some(changes) = self.changes_of(id) {
            changes.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn at(&self, changes: &AtomicU64) -> Version {
        Version {
            losses: self.losses.load(Ordering::Acquire),
            changes: changes.load(Ordering::Acquire),
        }
    }
}

impl NoticeBus {
    /// A bus for the node of that name; the name must differ between nodes.
    #[must_use]
    pub fn new(node: &str) -> Self {
        Self {
            sender: broadcast::channel(CAPACITY).0,
            watchers: Arc::default(),
            node: node.into(),
            versions: Arc::new(Versions::new()),
        }
    }

    /// The node's name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Tells everybody in this process.
    pub fn publish(&self, notices: &[Notice]) {
        // All of them before anybody is woken, who may read what another one is about.
        for notice in notices {
            match notice {
                Notice::Instance(id) => {
                    // The list first: whoever finds it unchanged after the version of an instance has that of its row.
                    self.versions.any_instance.fetch_add(1, Ordering::AcqRel);
                    self.outdate(id);
                }
                Notice::Lost => drop(self.versions.losses.fetch_add(1, Ordering::AcqRel)),
                Notice::Client(id) => self.outdate(id),
                Notice::User(id) => self.outdate(id),
                Notice::SignIn(_) | Notice::SignUp(_) | Notice::Work | Notice::Event => {}
            }
        }
        for notice in notices {
            // An error only says that nobody listens.
            drop(self.sender.send(notice.clone()));
        }
        self.watchers.ring(notices);
    }

    /// Watches these from now on: whoever does hears of nothing else, and costs nothing while nothing of it changes.
    #[must_use]
    pub fn watch(&self, topics: impl IntoIterator<Item = Topic>) -> Watcher {
        Watcher::new(Arc::clone(&self.watchers), topics.into_iter().collect())
    }

    /// The present version of the list of instances, which the change of any of them may have changed. Read before the rows
    /// are, compared after.
    #[must_use]
    pub fn version_of_list(&self) -> Version {
        self.versions.at(&self.versions.any_instance)
    }

    /// The present version of what is kept under an id; nothing while notices may be missed, when nothing may be remembered
    /// that lets somebody in. Read before the rows are, compared after.
    #[must_use]
    pub fn version<I: Announced>(&self, id: &I) -> Option<Version> {
        if !self.is_complete() {
            return None;
        }
        self.heard_version(id)
    }

    /// The same as far as notices have arrived, for what may be a second old while they may be missed: everybody is told
    /// [`Notice::Lost`] again and again then.
    #[must_use]
    pub fn heard_version<I: Announced>(&self, id: &I) -> Option<Version> {
        Some(self.versions.at(self.versions.changes_of(id)?))
    }

    /// Raises the version of what is kept under an id, on this node alone: for changes so small that no other node is told.
    pub fn outdate<I: Announced>(&self, id: &I) {
        self.versions.raise(id);
    }

    /// The same of what can be watched: for who must be told the present state, though the notice of it may be on its way.
    pub fn outdate_watched(&self, topics: &[Topic]) {
        for topic in topics {
            match topic {
                Topic::Instance(id) => self.outdate(id),
                Topic::Client(id) => self.outdate(id),
                Topic::User(id) => self.outdate(id),
                // Of these nothing is remembered.
                Topic::SignIn(_) | Topic::SignUp(_) => {}
            }
        }
    }

    /// Says whether every notice of other processes arrives from now on. At first it is not known, so it counts as no.
    pub fn set_complete(&self, is_complete: bool) {
        self.versions.is_complete.store(is_complete, Ordering::Release);
    }

    /// Whether every notice of other processes arrives.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.versions.is_complete.load(Ordering::Acquire)
    }

    /// Listens from now on.
    #[must_use]
    pub fn subscribe(&self) -> NoticeListener {
        NoticeListener {
            receiver: self.sender.subscribe(),
        }
    }
}

/// Something that can be watched by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// An instance, its settings and its keys.
    Instance(InstanceId),
    /// A client and its sessions.
    Client(ClientId),
    /// A user and its identifications.
    User(UserId),
    /// A sign-in.
    SignIn(SignInId),
    /// A sign-up.
    SignUp(SignUpId),
}

impl Topic {
    const fn of(notice: &Notice) -> Option<Self> {
        Some(match notice {
            Notice::Instance(id) => Self::Instance(*id),
            Notice::Client(id) => Self::Client(*id),
            Notice::User(id) => Self::User(*id),
            Notice::SignIn(id) => Self::SignIn(*id),
            Notice::SignUp(id) => Self::SignUp(*id),
            Notice::Work | Notice::Event | Notice::Lost => return None,
        })
    }
}

/// Who watches what, each by a number of its own.
#[derive(Debug, Default)]
struct Watchers {
    next: AtomicU64,
    watched: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    all: HashMap<u64, Arc<Notify>>,
    by_topic: HashMap<Topic, HashMap<u64, Arc<Notify>>>,
}

impl Watchers {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those whom a notice concerns. Who is not waiting at the moment is woken as soon as they do.
    fn ring(&self, notices: &[Notice]) {
        let concerns_somebody = |notice: &Notice| *notice == Notice::Lost || Topic::of(notice).is_some();
        if !notices.iter().any(concerns_somebody) {
            return;
        }
        let watched = self.watched();
        for notice in notices {
            let bells = match Topic::of(notice) {
                Some(topic) => watched.by_topic.get(&topic),
                None if *notice == Notice::Lost => Some(&watched.all),
                None => None,
            };
            ring_in_turn(bells.into_iter().flat_map(HashMap::values).cloned().collect());
        }
    }
}

/// How many are woken at once. What concerns more (a loss of notices, the settings of an instance) has all of them read anew, while others
/// want something of the database too.
const AT_ONCE: usize = 256;
/// Over how long the others are woken, and in how many turns.
const SPREAD: Duration = Duration::from_secs(1);
const TURNS: u32 = 20;

fn ring_in_turn(bells: Vec<Arc<Notify>>) {
    let ring = |bells: &[Arc<Notify>]| bells.iter().for_each(|bell| bell.notify_one());
    let runtime = tokio::runtime::Handle::try_current().ok();
    let Some(runtime) = runtime.filter(|_| bells.len() > AT_ONCE) else {
        return ring(&bells);
    };
    runtime.spawn(async move {
        for turn in bells.chunks(bells.len().div_ceil(TURNS as usize)) {
            ring(turn);
            #[expect(clippy::disallowed_methods, reason = "so many must not be woken by one event")]
            tokio::time::sleep(SPREAD / TURNS).await;
        }
    });
}

impl Watched {
    fn add(&mut self, topic: Topic, number: u64, bell: &Arc<Notify>) {
        self.by_topic.entry(topic).or_default().insert(number, Arc::clone(bell));
    }

    fn remove(&mut self, topic: &Topic, number: u64) {
        if let Some(bells) = self.by_topic.get_mut(topic) {
            bells.remove(&number);
            if bells.is_empty() {
                self.by_topic.remove(topic);
            }
        }
    }
}

/// Waits for changes of what it watches. Several that come before it looks are told as one.
#[derive(Debug)]
pub struct Watcher {
    watchers: Arc<Watchers>,
    number: u64,
    topics: Vec<Topic>,
    bell: Arc<Notify>,
}

impl Watcher {
    fn new(watchers: Arc<Watchers>, topics: Vec<Topic>) -> Self {
        let bell = Arc::<Notify>::default();
        let number = watchers.next.fetch_add(1, Ordering::Relaxed);
        let mut watched = watchers.watched();
        watched.all.insert(number, Arc::clone(&bell));
        for topic in &topics {
            watched.add(*topic, number, &bell);
        }
        drop(watched);
        Self {
            watchers,
            number,
            topics,
            bell,
        }
    }

    /// Waits until something has changed of what is watched, or notices were lost.
    pub async fn changed(&self) {
        self.bell.notified().await;
    }

    /// Watches these instead.
    pub fn turn_to(&mut self, topics: Vec<Topic>) {
        if topics == self.topics {
            return;
        }
        let mut watched = self.watchers.watched();
        for topic in &topics {
            watched.add(*topic, self.number, &self.bell);
        }
        for topic in self.topics.iter().filter(|topic| !topics.contains(topic)) {
            watched.remove(topic, self.number);
        }
        drop(watched);
        self.topics = topics;
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut watched = self.watchers.watched();
        watched.all.remove(&self.number);
        for topic in &self.topics {
            watched.remove(topic, self.number);
        }
    }
}

/// Receives every notice.
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
    use super::{CAPACITY, Notice, NoticeBus, Topic, Watcher};
    use entity::id::{ClientId, InstanceId, TypedId as _, UserId};
    use futures_util::FutureExt as _;

    const NOW: i64 = 1_795_000_000_000;

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
    async fn what_concerns_many_wakes_them_in_turn_and_nobody_is_forgotten() {
        let bus = NoticeBus::new("a");
        let watchers: Vec<_> = (0..3 * super::AT_ONCE).map(|_| bus.watch([])).collect();
        bus.publish(&[Notice::Lost]);
        tokio::task::yield_now().await;
        let waiting = watchers
            .iter()
            .filter(|watcher| watcher.changed().now_or_never().is_none());
        let waiting: Vec<_> = waiting.collect();
        assert!(waiting.len() > watchers.len() / 2, "{}", waiting.len());
        futures_util::future::join_all(waiting.into_iter().map(Watcher::changed)).await;
    }

    #[tokio::test]
    async fn a_watcher_hears_of_what_it_watches_and_of_losses_alone() {
        let bus = NoticeBus::new("a");
        let (own, other) = (ClientId::generate(NOW, [1; 15]), ClientId::generate(NOW, [2; 15]));
        let user = UserId::generate(NOW, [3; 15]);
        let mut watcher = bus.watch([Topic::Client(own)]);
        let heard = |watcher: &Watcher| watcher.changed().now_or_never().is_some();
        bus.publish(&[Notice::Client(other), Notice::User(user), Notice::Work, Notice::Event]);
        assert!(!heard(&watcher));
        bus.publish(&[Notice::Client(own)]);
        bus.publish(&[Notice::Client(own)]);
        assert!(heard(&watcher) && !heard(&watcher), "both as one");
        bus.publish(&[Notice::Lost]);
        assert!(heard(&watcher));
        watcher.turn_to(vec![Topic::Client(own), Topic::User(user)]);
        bus.publish(&[Notice::User(user)]);
        assert!(heard(&watcher));
        watcher.turn_to(vec![Topic::User(user)]);
        bus.publish(&[Notice::Client(own)]);
        assert!(!heard(&watcher));
        drop(watcher);
        let left = bus.watchers.watched();
        assert!(left.all.is_empty() && left.by_topic.is_empty());
    }

    #[tokio::test]
    async fn a_listener_that_lags_is_told_so() {
        let bus = NoticeBus::new("a");
        let mut listener = bus.subscribe();
        bus.publish(&vec![Notice::Work; CAPACITY + 1]);
        assert_eq!(listener.next().await, Some(Notice::Lost));
    }

    #[test]
    fn the_list_of_instances_changes_with_any_of_them_and_with_losses_alone() {
        let bus = NoticeBus::new("a");
        let before = bus.version_of_list();
        bus.publish(&[Notice::Work, Notice::User(UserId::generate(NOW, [2; 15]))]);
        assert_eq!(bus.version_of_list(), before);
        bus.publish(&[Notice::Instance(InstanceId::generate(NOW, [0; 15]))]);
        let after = bus.version_of_list();
        assert_ne!(after, before);
        bus.publish(&[Notice::Lost]);
        assert_ne!(bus.version_of_list(), after);
    }

    #[test]
    fn an_instance_is_outdated_by_its_own_notices_and_by_losses_alone() {
        let bus = NoticeBus::new("a");
        let own = InstanceId::generate(NOW, [0; 15]);
        // Two instances in 4,096 share a counter.
        let counter = |id: &InstanceId| bus.versions.changes_of(id).map(std::ptr::from_ref);
        let other = (1..=u8::MAX).map(|number| InstanceId::generate(NOW, [number; 15]));
        let other = other.into_iter().find(|other| counter(other) != counter(&own)).unwrap();
        let version = || bus.heard_version(&own);
        let before = version();
        assert!(before.is_some(), "though notices may be missed");
        // So many people that each counter of theirs is raised.
        for number in 0..u16::MAX {
            let [high, low] = number.to_be_bytes();
            let mut entropy = [0; 15];
            entropy[..2].copy_from_slice(&[high, low]);
            bus.publish(&[Notice::User(UserId::generate(NOW, entropy))]);
        }
        assert_eq!(version(), before);
        bus.publish(&[Notice::Instance(other)]);
        assert_eq!(version(), before);
        bus.publish(&[Notice::Instance(own)]);
        let after = version();
        assert_ne!(after, before);
        bus.publish(&[Notice::Lost]);
        assert_ne!(version(), after);
    }

    #[test]
    fn a_version_is_known_only_while_every_notice_arrives() {
        let bus = NoticeBus::new("a");
        let client = ClientId::generate(NOW, [1; 15]);
        assert_eq!(bus.version(&client), None);
        bus.set_complete(true);
        assert!(bus.version(&client).is_some());
        bus.set_complete(false);
        assert_eq!(bus.version(&client), None);
    }

    #[test]
    fn a_version_grows_with_its_own_notices_and_with_losses() {
        let bus = NoticeBus::new("a");
        bus.set_complete(true);
        let client = ClientId::generate(NOW, [1; 15]);
        let user = UserId::generate(NOW, [2; 15]);
        let versions = || (bus.version(&client).unwrap(), bus.version(&user).unwrap());
        let before = versions();
        bus.publish(&[Notice::Work]);
        assert_eq!(versions(), before);
        bus.publish(&[Notice::Client(client)]);
        let after = versions();
        assert_ne!(after.0, before.0);
        bus.publish(&[Notice::User(user)]);
        assert_ne!(versions().1, after.1);
        let before = versions();
        bus.outdate(&client);
        assert_ne!(versions().0, before.0);
        let before = versions();
        bus.publish(&[Notice::Lost]);
        assert_ne!(versions().0, before.0);
        assert_ne!(versions().1, before.1);
    }
}
