//! The real process, killed at random points under load: what it acknowledged is there, nothing is half done, and what it
//! promised to send is sent after the restart.

use crate::support::{
    database::TestDatabase,
    endurance::{Acknowledged, everything_holds, load, start},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sea_orm::Database;
use std::{
    process::Stdio,
    sync::{Arc, atomic::Ordering},
};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn killing_the_server_at_random_loses_no_acknowledged_sign_up() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let rounds: u32 = std::env::var("VESTIBULE_TEST_CRASH_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_empty(directory.path()).await;
    let mut random = StdRng::seed_from_u64(0x00c0_ffee);
    let (acknowledged, never) = (Arc::new(Acknowledged::default()), CancellationToken::new());
    for round in 0..rounds {
        let (mut server, origin) = start(directory.path(), database.url(), &[], Stdio::inherit()).await;
        let kill_after = acknowledged.requests.load(Ordering::SeqCst) + random.random_range(1..40);
        let load = load(&origin, round, &acknowledged, &never);
        while acknowledged.requests.load(Ordering::SeqCst) < kill_after {
            tokio::task::yield_now().await;
        }
        // Somewhere within the requests that are under way now.
        for _ in 0..random.random_range(0..5_000) {
            tokio::task::yield_now().await;
        }
        server.kill().await.unwrap();
        for task in load {
            task.await.unwrap();
        }
    }
    assert_eq!(
        acknowledged.refused.load(Ordering::SeqCst),
        0,
        "nothing but the kills happened"
    );
    let (mut server, origin) = start(directory.path(), database.url(), &[], Stdio::inherit()).await;
    let connection = Database::connect(database.url()).await.unwrap();
    everything_holds(&connection, &origin, &acknowledged).await;
    connection.close().await.unwrap();
    server.kill().await.unwrap();
    database.remove().await;
}
