use super::{Belief, RowCache, Versioned};
use crate::{Scope, client::StoredClient};
use entity::{
    client,
    id::{ClientId, ID_ENTROPY_BYTES, InstanceId, TypedId},
    kind::ClientStatus,
};
use kernel::notice::{Notice, NoticeBus};
use sea_orm::DatabaseConnection;
use std::{cell::Cell, future::pending, sync::Arc};
use tokio::task::yield_now;

const NOW: i64 = 1_795_000_000_000;

fn stored(id: &ClientId, instance: &InstanceId) -> StoredClient {
    StoredClient {
        row: client::Model {
            id: *id,
            instance_id: *instance,
            status: ClientStatus::Active,
            rotating_digest: String::new(),
            former_digests: None,
            sign_in_id: None,
            sign_up_id: None,
            last_active_session_id: None,
            last_authentication_strategy: None,
            created_at: NOW,
            updated_at: NOW,
        },
        sessions: Vec::new(),
    }
}

#[test]
fn what_a_commit_wrote_counts_only_if_nobody_else_has_changed_it() {
    let instance = InstanceId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let nowhere = DatabaseConnection::default();
    let (told, lost) = (Notice::Client(id), Notice::Lost);
    for (before, after, expected) in [
        (vec![told.clone()], vec![], true),
        (vec![told.clone(), told.clone()], vec![], false),
        (vec![told.clone(), lost.clone()], vec![], false),
        (vec![told.clone()], vec![told.clone()], false),
        (vec![told.clone()], vec![lost], false),
        (vec![], vec![], false),
    ] {
        let bus = NoticeBus::new("a");
        bus.set_complete(true);
        let rows = RowCache::new(&bus);
        let version = bus.version(&id);
        bus.publish(&before);
        rows.feed(version, NOW, stored(&id, &instance));
        bus.publish(&after);
        let scope = Scope::new(&nowhere, &instance);
        let known = rows.of::<StoredClient, _>(scope, NOW + 1).recall(&id);
        assert_eq!(known.is_some(), expected, "{before:?}, then {after:?}");
        let elsewhere = InstanceId::generate(NOW, [3; ID_ENTROPY_BYTES]);
        let scope = Scope::new(&nowhere, &elsewhere);
        assert!(rows.of::<StoredClient, _>(scope, NOW + 1).recall(&id).is_none());
    }
}

#[test]
fn nothing_is_fed_while_notices_may_be_missed() {
    let instance = InstanceId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    let rows = RowCache::new(&bus);
    rows.feed(bus.version(&id), NOW, stored(&id, &instance));
    bus.set_complete(true);
    bus.publish(&[Notice::Client(id)]);
    let nowhere = DatabaseConnection::default();
    let scope = Scope::new(&nowhere, &instance);
    assert!(rows.of::<StoredClient, _>(scope, NOW).recall(&id).is_none());
}

/// What a value says of itself, each time it is read.
async fn read(reads: &Cell<u32>, value: Option<u32>) -> Result<Option<u32>, ()> {
    reads.set(reads.get() + 1);
    Ok(value)
}

fn at_least(least: u32) -> impl Fn(&Arc<u32>) -> Option<u32> {
    move |value| (**value >= least).then_some(**value)
}

#[tokio::test]
async fn what_is_remembered_lets_in_and_only_what_is_stored_turns_away() {
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    bus.set_complete(true);
    let known = Versioned::new(&bus, Belief::Strict(1_000));
    let reads = Cell::new(0);
    let admit = async |least, stored| known.admit(&id, NOW, read(&reads, stored), at_least(least)).await;
    for (least, stored, expected, so_far) in [
        // Absence is not remembered.
        (1, None, None, 1),
        (1, None, None, 2),
        (1, Some(1), Some(1), 3),
        // Remembered.
        (1, Some(5), Some(1), 3),
        // Not enough by what is remembered, but by what is stored.
        (2, Some(2), Some(2), 4),
        (2, Some(9), Some(2), 4),
        (3, Some(2), None, 5),
        // What is gone turns away whom nothing remembered lets in.
        (3, None, None, 6),
    ] {
        assert_eq!(admit(least, stored).await, Ok(expected), "{least} of {stored:?}");
        assert_eq!(reads.get(), so_far, "{least} of {stored:?}");
    }
}

#[test]
fn an_entry_counts_while_its_version_and_its_age_allow() {
    let instance = InstanceId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    let client = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    let (heard, strict) = (
        Versioned::new(&bus, Belief::Heard),
        Versioned::new(&bus, Belief::Strict(1_000)),
    );
    let keep = || {
        heard.remember(&instance, heard.version(&instance), NOW, 1);
        strict.remember(&client, strict.version(&client), NOW, 1);
    };
    let are_known = |later: i64| {
        (
            heard.recall(&instance, NOW + later).is_some(),
            strict.recall(&client, NOW + later).is_some(),
        )
    };
    keep();
    assert_eq!(are_known(0), (true, false), "while notices may be missed");
    bus.set_complete(true);
    keep();
    for (later, expected) in [(0, true), (999, true), (1_000, false), (-1, false)] {
        assert_eq!(are_known(later), (true, expected), "{later} ms later");
    }
    bus.set_complete(false);
    assert_eq!(are_known(0), (true, false), "while notices may be missed again");
    bus.set_complete(true);
    bus.publish(&[Notice::Instance(instance)]);
    assert_eq!(are_known(0), (false, true));
    keep();
    bus.publish(&[Notice::Client(client)]);
    assert_eq!(are_known(0), (true, false));
    keep();
    bus.publish(&[Notice::Lost]);
    assert_eq!(are_known(0), (false, false));
}

#[test]
fn what_changed_while_it_was_read_is_not_believed() {
    let instance = InstanceId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    let known = Versioned::new(&bus, Belief::Heard);
    let version = known.version(&instance);
    bus.publish(&[Notice::Instance(instance)]);
    known.remember(&instance, version, NOW, 1);
    assert!(known.recall(&instance, NOW).is_none());
}

/// Eleven who ask at the same time, and how often it was read.
async fn asked_by_many(known: &Versioned<ClientId, u32>, id: &ClientId, meanwhile: impl Fn()) -> u32 {
    let reads = Cell::new(0);
    let slowly = async || {
        reads.set(reads.get() + 1);
        yield_now().await;
        meanwhile();
        Ok::<_, ()>(Some(1))
    };
    let asked = (0..11).map(|_| known.admit(id, NOW, slowly(), at_least(1)));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| *answer == Ok(Some(1))), "{answers:?}");
    reads.get()
}

#[tokio::test]
async fn what_many_ask_for_at_the_same_time_is_read_once_for_all() {
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    let known = Versioned::new(&bus, Belief::Strict(1_000));
    let change = || bus.publish(&[Notice::Client(id)]);
    assert_eq!(asked_by_many(&known, &id, || {}).await, 11, "nothing may be remembered");
    bus.set_complete(true);
    assert_eq!(asked_by_many(&known, &id, || {}).await, 1);
    assert_eq!(asked_by_many(&known, &id, || {}).await, 0);
    change();
    assert_eq!(asked_by_many(&known, &id, || {}).await, 1);
    change();
    assert_eq!(
        asked_by_many(&known, &id, change).await,
        11,
        "it changes while it is read"
    );
}

#[tokio::test(start_paused = true)]
async fn who_reads_and_does_not_come_back_delays_others_but_does_not_stop_them() {
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    bus.set_complete(true);
    let known = Versioned::new(&bus, Belief::Strict(1_000));
    let mut stuck = Box::pin(known.admit(&id, NOW, pending::<Result<Option<u32>, ()>>(), at_least(1)));
    assert!(futures_util::poll!(&mut stuck).is_pending());
    assert_eq!(
        asked_by_many(&known, &id, || {}).await,
        11,
        "each for themselves, once their patience is over"
    );
    bus.publish(&[Notice::Client(id)]);
    drop(stuck);
    assert_eq!(asked_by_many(&known, &id, || {}).await, 1);
}

#[tokio::test]
async fn who_is_not_let_in_by_what_another_has_read_is_judged_by_what_is_stored_then() {
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    bus.set_complete(true);
    let known = Versioned::new(&bus, Belief::Strict(1_000));
    let reads = Cell::new(0);
    let first = async {
        yield_now().await;
        read(&reads, Some(1)).await
    };
    let (first, second) = tokio::join!(
        known.admit(&id, NOW, first, at_least(1)),
        known.admit(&id, NOW, read(&reads, Some(2)), at_least(2)),
    );
    assert_eq!((first, second, reads.get()), (Ok(Some(1)), Ok(Some(2)), 2));
}
