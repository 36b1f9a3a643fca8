use super::{Audiences, Common};
use crate::subscribed::{Readings, Subscribed};
use crate::told::{Telling, Told};
use async_graphql::{Request, Response, Value};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

/// An execution that says what it is made to say.
struct Execution {
    readings: Readings,
    responses: mpsc::UnboundedSender<Response>,
}

impl Execution {
    fn new() -> (Self, Subscribed) {
        let (responses, received) = mpsc::unbounded_channel();
        let readings = Readings::default();
        let subscribed = Subscribed {
            responses: UnboundedReceiverStream::new(received).boxed(),
            readings: readings.clone(),
            held: None,
        };
        (Self { readings, responses }, subscribed)
    }

    /// A response of a reading that has begun before.
    fn say(&self, value: &str) {
        // Nobody may listen any more.
        drop(self.responses.send(Response::new(Value::from(value))));
    }

    /// The response of a reading that begins now.
    fn read(&self, value: &str) {
        self.readings.begin();
        self.say(value);
    }

    async fn dropped(&self) {
        self.responses.closed().await;
    }
}

struct Follower(BoxStream<'static, Arc<Told>>);

impl Follower {
    async fn next(&mut self) -> Option<String> {
        self.0.next().await.map(|told| told.body.clone())
    }

    async fn is_told(&mut self, value: &str) {
        assert_eq!(self.next().await, Some(format!(r#"{{"data":"{value}"}}"#)));
    }

    async fn is_told_nothing(&mut self) {
        // As many turns as whoever speaks needs.
        for _ in 0..10 {
            tokio::task::yield_now().await;
            assert_eq!(self.next().now_or_never(), None);
        }
    }
}

fn common(likeness: &str) -> Option<Common> {
    Common::of(likeness, &Request::new("subscription { a }"))
}

fn follow(audiences: &Audiences, common: Option<Common>) -> (Execution, Follower) {
    let (execution, subscribed) = Execution::new();
    let told = audiences.follow(common, subscribed, Telling::default()).boxed();
    (execution, Follower(told))
}

/// Two who are alike, each told of the first state by an execution of their own; the second of those is over.
async fn two(audiences: &Audiences) -> (Execution, Follower, Follower) {
    let (speaker, mut one) = follow(audiences, common("ada"));
    speaker.read("first");
    one.is_told("first").await;
    one.is_told_nothing().await;
    let (own, mut another) = follow(audiences, common("ada"));
    own.read("second");
    another.is_told("second").await;
    another.is_told_nothing().await;
    own.dropped().await;
    (speaker, one, another)
}

#[tokio::test]
async fn those_who_follow_the_same_are_answered_by_one_execution() {
    let audiences = Audiences::default();
    let (speaker, mut one, mut another) = two(&audiences).await;
    for value in ["third", "fourth"] {
        speaker.read(value);
        one.is_told(value).await;
        another.is_told(value).await;
    }
}

#[tokio::test]
async fn whoever_leaves_first_takes_nothing_along_and_the_last_one_leaves_nothing_behind() {
    let audiences = Audiences::default();
    let (speaker, one, mut another) = two(&audiences).await;
    drop(one);
    speaker.read("third");
    another.is_told("third").await;
    drop(another);
    speaker.dropped().await;
    assert!(audiences.0.lock().unwrap().is_empty());
}

/// Two who are alike, the second of whom was told a state that is younger than what is read for both at the moment.
async fn overtaken(audiences: &Audiences) -> (Execution, Follower, Follower) {
    let (speaker, mut one) = follow(audiences, common("ada"));
    speaker.read("first");
    one.is_told("first").await;
    one.is_told_nothing().await;
    speaker.readings.begin();
    let (own, mut another) = follow(audiences, common("ada"));
    own.read("younger");
    another.is_told("younger").await;
    another.is_told_nothing().await;
    (speaker, one, another)
}

#[tokio::test]
async fn nobody_is_told_what_was_read_before_they_asked() {
    let (speaker, mut one, mut another) = overtaken(&Audiences::default()).await;
    speaker.say("older");
    one.is_told("older").await;
    another.is_told_nothing().await;
    speaker.read("youngest");
    one.is_told("youngest").await;
    another.is_told("youngest").await;
}

#[tokio::test]
async fn whoever_differs_in_anything_is_told_by_an_execution_of_their_own() {
    let audiences = Audiences::default();
    let (speaker, mut one, _another) = two(&audiences).await;
    let asking = |request| Common::of("ada", &request);
    let others = [
        common("grace"),
        asking(Request::new("subscription { b }")),
        asking(Request::new("subscription { a }").operation_name("A")),
        asking(Request::new("subscription { a }").variables(serde_json::from_str(r#"{"a":1}"#).unwrap())),
        None,
    ];
    for common in others {
        let (own, mut other) = follow(&audiences, common);
        own.read("own");
        other.is_told("own").await;
        speaker.read("of one");
        one.is_told("of one").await;
        other.is_told_nothing().await;
        own.read("of another");
        other.is_told("of another").await;
    }
}

#[tokio::test]
async fn what_is_no_state_is_told_to_who_has_asked_for_it_and_all_of_it() {
    let audiences = Audiences::default();
    let (one, mut first) = follow(&audiences, common("ada"));
    let (another, mut second) = follow(&audiences, common("ada"));
    for value in ["a", "b", "c"] {
        one.say(value);
        another.say(value);
    }
    for value in ["a", "b", "c"] {
        first.is_told(value).await;
        second.is_told(value).await;
    }
    drop(one);
    assert_eq!(first.next().await, None);
    assert!(audiences.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_reads_slowly_is_told_the_last_state_and_that_it_was_the_last() {
    let audiences = Audiences::default();
    let (speaker, mut one, mut slow) = two(&audiences).await;
    speaker.read("third");
    one.is_told("third").await;
    speaker.read("last");
    one.is_told("last").await;
    drop(speaker);
    assert_eq!(one.next().await, None);
    slow.is_told("last").await;
    assert_eq!(slow.next().await, None);
    // What is over is joined by nobody.
    let (own, mut new) = follow(&audiences, common("ada"));
    own.read("anew");
    new.is_told("anew").await;
    own.read("and again");
    new.is_told("and again").await;
}

#[tokio::test]
async fn an_execution_that_breaks_down_is_no_end_that_anybody_takes_for_good() {
    let audiences = Audiences::default();
    let (_, mut operation) = Execution::new();
    operation.readings.begin();
    let first = Response::new(Value::from("first"));
    let broken = futures_util::stream::once(async { first }).chain(futures_util::stream::poll_fn(|_| panic!("broken")));
    operation.responses = broken.boxed();
    let mut follower = Follower(audiences.follow(common("ada"), operation, Telling::default()).boxed());
    follower.is_told("first").await;
    let told = follower.next().await.unwrap();
    assert!(told.contains("INTERNAL_ERROR"), "{told}");
    assert_eq!(follower.next().await, None);
    assert!(audiences.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_has_read_before_the_founder_of_an_audience_is_told_what_the_founder_was() {
    let audiences = Audiences::default();
    let (early, mut one) = follow(&audiences, common("ada"));
    early.read("old");
    one.is_told("old").await;
    let (founder, mut another) = follow(&audiences, common("ada"));
    founder.read("new");
    another.is_told("new").await;
    another.is_told_nothing().await;
    // The change was announced to the execution of the first one alone, which is over now.
    one.is_told("new").await;
    early.dropped().await;
}

#[tokio::test]
async fn the_last_word_is_told_to_whoever_has_read_later_too() {
    let (speaker, mut one, mut later) = overtaken(&Audiences::default()).await;
    speaker.say("the end");
    drop(speaker);
    one.is_told("the end").await;
    later.is_told("the end").await;
    assert_eq!((one.next().await, later.next().await), (None, None));
}

#[tokio::test]
async fn who_fails_at_first_is_told_so_and_neither_joins_nor_founds() {
    let audiences = Audiences::default();
    let (speaker, mut one, _another) = two(&audiences).await;
    for likeness in ["ada", "grace"] {
        let (failing, mut follower) = follow(&audiences, common(likeness));
        failing.readings.begin();
        let failure = async_graphql::ServerError::new("no", None);
        drop(failing.responses.send(Response::from_errors(vec![failure])));
        drop(failing);
        assert!(follower.next().await.unwrap().contains("errors"));
        assert_eq!(follower.next().await, None);
    }
    assert_eq!(audiences.0.lock().unwrap().len(), 1);
    speaker.read("third");
    one.is_told("third").await;
}

#[tokio::test]
async fn long_states_are_told_to_who_has_asked_for_them() {
    let audiences = Audiences::default();
    let (own, mut follower) = follow(&audiences, common("ada"));
    for _ in 0..2 {
        let long = "x".repeat(super::MOST_BYTES);
        own.read(&long);
        follower.is_told(&long).await;
    }
    assert!(audiences.0.lock().unwrap().is_empty());
}

/// Whether the one audience keeps what was said last.
fn keeps(audiences: &Audiences) -> bool {
    let known = audiences.0.lock().unwrap();
    let (_, audience) = known.values().next().unwrap();
    let audience = audience.upgrade().unwrap();
    let said = audience.said.lock().unwrap();
    said.told.is_some()
}

#[tokio::test]
async fn a_state_that_has_become_long_is_kept_until_all_have_taken_it() {
    let audiences = Audiences::default();
    let (speaker, mut one, mut another) = two(&audiences).await;
    let long = "x".repeat(super::MOST_BYTES);
    speaker.read(&long);
    one.is_told(&long).await;
    assert!(keeps(&audiences), "somebody has not taken it");
    another.is_told(&long).await;
    assert!(!keeps(&audiences));
    // Who leaves without taking it is waited for no more.
    speaker.read(&long);
    one.is_told(&long).await;
    drop(another);
    assert!(!keeps(&audiences));
    speaker.read("short");
    one.is_told("short").await;
    assert!(keeps(&audiences));
}

#[tokio::test]
async fn who_has_missed_what_is_not_kept_any_more_goes_on_alone() {
    let audiences = Audiences::default();
    let (speaker, mut one, another) = two(&audiences).await;
    drop(another);
    let (own, mut early) = follow(&audiences, common("ada"));
    own.read("early");
    let long = "x".repeat(super::MOST_BYTES);
    speaker.read(&long);
    one.is_told(&long).await;
    early.is_told("early").await;
    early.is_told_nothing().await;
    own.read("own");
    early.is_told("own").await;
    // Who has read later has missed nothing.
    let (own, mut late) = follow(&audiences, common("ada"));
    own.read("late");
    late.is_told("late").await;
    late.is_told_nothing().await;
    own.dropped().await;
    speaker.read("of all");
    one.is_told("of all").await;
    late.is_told("of all").await;
}
