use super::{Batch, Error, Loader, Result, load, load_many, loader};
use futures_util::future::{FutureExt as _, join_all};
use kernel::error::Code;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Squares of even numbers, with each batch that was read.
#[derive(Clone, Default)]
struct Squares {
    batches: Arc<Mutex<Vec<Vec<u32>>>>,
    fails: bool,
}

impl Squares {
    fn loader(&self) -> Loader<Self> {
        loader(self.clone())
    }

    fn batches(&self) -> Vec<Vec<u32>> {
        self.batches.lock().unwrap().clone()
    }
}

impl Batch for Squares {
    type Key = u32;
    type Value = u32;

    async fn read(&self, keys: &[u32]) -> Result<HashMap<u32, u32>> {
        let mut batch = keys.to_vec();
        batch.sort_unstable();
        self.batches.lock().unwrap().push(batch);
        // Whoever reads may be given up here.
        tokio::task::yield_now().await;
        if self.fails {
            return Err(Error::from(Code::ServiceUnavailable).retry_after(1));
        }
        let even = keys.iter().filter(|key| *key % 2 == 0);
        Ok(even.map(|key| (*key, key * key)).collect())
    }
}

#[tokio::test]
async fn those_who_ask_at_the_same_time_are_read_for_together_and_once() {
    let squares = Squares::default();
    let reader = squares.loader();
    for _ in 0..2 {
        let loaded = join_all([2, 3, 4, 2].iter().map(|key| load(&reader, key))).await;
        let loaded: Vec<_> = loaded
            .into_iter()
            .map(|value| value.unwrap().map(|value| *value))
            .collect();
        assert_eq!(loaded, [Some(4), None, Some(16), Some(4)]);
        let many = load_many(&reader, vec![4, 3, 2, 4]).await.unwrap();
        assert_eq!(many.len(), 2);
    }
    assert_eq!(squares.batches(), [[2, 3, 4]], "what there is not is remembered too");
}

#[tokio::test]
async fn a_failure_is_told_to_each_with_its_code_and_when_to_try_again() {
    let squares = Squares {
        fails: true,
        ..Squares::default()
    };
    let reader = squares.loader();
    let (one, two) = tokio::join!(load(&reader, &2), load(&reader, &4));
    let many = load_many(&reader, vec![2]).await;
    for error in [one.unwrap_err(), two.unwrap_err(), many.unwrap_err()] {
        assert_eq!(error.code(), Code::ServiceUnavailable);
        assert_eq!(error.retry_after_seconds(), Some(1));
    }
    assert_eq!(squares.batches(), [[2, 4]]);
}

#[tokio::test]
async fn whoever_is_given_up_in_the_middle_of_a_batch_takes_nobody_along() {
    let squares = Squares::default();
    let reader = squares.loader();
    let mut reading = Box::pin(load(&reader, &2));
    let mut waiting = Box::pin(load(&reader, &4));
    // Both have asked; the first one then reads for both.
    while squares.batches().is_empty() {
        assert!((&mut reading).now_or_never().is_none());
        assert!((&mut waiting).now_or_never().is_none());
    }
    drop(reading);
    assert_eq!(waiting.await.unwrap().map(|value| *value), Some(16));
    assert_eq!(squares.batches(), [vec![2, 4], vec![4]]);
}
