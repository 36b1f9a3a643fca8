//! Who gets a place, and who makes room for it.

use super::{NoPlace, Place, Places, Rank};
use std::{net::IpAddr, time::Duration};
use tokio::{task::yield_now, time::Instant};

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

/// A connection that closes as soon as it is asked to.
fn obedient(place: Place) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move { place.leave().cancelled().await })
}

#[tokio::test(start_paused = true)]
async fn the_longest_silent_makes_room_before_one_that_is_waited_for() {
    let places = Places::new(4, 10);
    let now = Instant::now();
    let mut all = Vec::new();
    for rank in [
        Rank::Waiting(now),
        Rank::Quiet(now + Duration::from_secs(5)),
        Rank::Quiet(now + Duration::from_secs(3)),
        Rank::Busy,
    ] {
        let place = places.admit(None).await.unwrap();
        place.ranking().set(rank);
        all.push((place.leave(), obedient(place)));
    }
    let order = [2, 1, 0];
    for (made_room, index) in order.into_iter().enumerate() {
        let newest = places.admit(None).await.unwrap();
        newest.ranking().set(Rank::Busy);
        all.push((newest.leave(), obedient(newest)));
        let left: Vec<_> = (0..4).filter(|index| all[*index].0.is_cancelled()).collect();
        assert!(left.contains(&index) && left.len() == made_room + 1, "{left:?}");
    }
    assert_eq!(places.admit(None).await.unwrap_err(), NoPlace::Full);
    assert!(all[3..].iter().all(|(leave, _)| !leave.is_cancelled()));
}

#[tokio::test(start_paused = true)]
async fn there_are_never_more_sockets_than_places() {
    let places = Places::new(1, 10);
    let first = places.admit(None).await.unwrap();
    // Asked to leave, it stays: nobody gets its place.
    assert_eq!(places.admit(None).await.unwrap_err(), NoPlace::Full);
    assert!(first.leave().is_cancelled());
    drop(first);
    places.admit(None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_network_makes_room_for_itself_and_not_for_others() {
    let places = Places::new(10, 2);
    let mine = [
        places.admit(Some(address(1))).await.unwrap(),
        places.admit(Some(address(1))).await.unwrap(),
    ];
    let other = places.admit(Some(address(2))).await.unwrap();
    let uncounted = places.admit(None).await.unwrap();
    let [first, second] = mine;
    second.ranking().set(Rank::Busy);
    let leave = first.leave();
    let gone = obedient(first);
    let third = places.admit(Some(address(1))).await.unwrap();
    assert!(leave.is_cancelled());
    gone.await.unwrap();
    third.ranking().set(Rank::Busy);
    assert_eq!(places.admit(Some(address(1))).await.unwrap_err(), NoPlace::Network);
    assert!(!other.leave().is_cancelled() && !uncounted.leave().is_cancelled());
    drop(second);
    places.admit(Some(address(1))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_is_busy_again_has_no_turn() {
    let places = Places::new(1, 10);
    let place = places.admit(None).await.unwrap();
    place.ranking().set(Rank::Busy);
    assert!(!places.evict());
    place.ranking().set(Rank::Quiet(Instant::now()));
    assert!(places.evict());
    assert!(!places.evict(), "nobody is asked twice");
    place.ranking().set(Rank::Quiet(Instant::now()));
    assert!(!places.evict(), "not even after it did something else");
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_leaves_nothing_in_the_book() {
    let places = Places::new(3, 10);
    let all = [
        places.admit(Some(address(1))).await.unwrap(),
        places.admit(Some(address(1))).await.unwrap(),
        places.admit(Some(address(2))).await.unwrap(),
    ];
    let waits = tokio::spawn({
        let places = places.clone();
        async move { places.all_free().await }
    });
    yield_now().await;
    assert!(!waits.is_finished());
    drop(all);
    waits.await.unwrap();
    let book = places.0.book();
    assert!(book.members.is_empty() && book.turns.is_empty() && book.networks.is_empty());
}
