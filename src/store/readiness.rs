//! Whether writes are possible: whether the database is reached, its schema fits, and it keeps a row that is written to it.
//!
//! Only a write that is committed can tell. One that is rolled back reaches no disk on SQLite, whose file grows at the
//! commit, and a full disk, a file system that turned read-only or a failing `fsync` shows there alone.
//!
//! Invariant: one probe at a time, however many ask, and it is begun at most once in `verdict::CALM`, or in
//! `verdict::WARY` since something failed.

use super::{
    pool::Pool,
    schema::{self, Standing},
    verdict::Verdict,
};
use entity::write_probe;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use kernel::runtime::entropy::Entropy;
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait as _, sea_query::OnConflict};
use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How long a probe is waited for. It goes on; a locked SQLite file may hold it for ten seconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much a probe writes after a failure, in bytes: more than any request does, so that a disk on which the last few
/// kilobytes are free does not pass for one with room.
const WARY_BYTES: usize = 65_536;
/// The one row that is written.
const ROW: &str = "probe";

/// What to do for somebody who asks.
enum Next {
    Answer(bool),
    Wait(Shared<BoxFuture<'static, bool>>),
}

/// Whether writes are possible. Why not goes to the log, once.
pub async fn is_ready(pool: &Pool, entropy: &Entropy) -> bool {
    let commits = pool.health().commits();
    match next(pool, entropy) {
        Next::Answer(is_ready) => is_ready,
        // Under a load of writes a probe may wait for its turn, while others have theirs.
        Next::Wait(probe) => timeout(PATIENCE, probe)
            .await
            .unwrap_or_else(|_| pool.health().commits() > commits),
    }
}

/// Begins a probe if none is running and the last one is too old.
fn next(pool: &Pool, entropy: &Entropy) -> Next {
    let health = pool.health();
    let mut readiness = health.readiness().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = &readiness.running {
        return Next::Wait(running.clone());
    }
    if let Some(last) = readiness.last.filter(|last| last.is_fresh(health.troubles())) {
        return Next::Answer(last.holds(health.troubles()));
    }
    let is_wary = readiness.last.is_some_and(|last| !last.holds(health.troubles()));
    let content = if is_wary {
        // By chance, so that no database stores it in less room.
        hex::encode(entropy.bytes::<{ WARY_BYTES / 2 }>())
    } else {
        String::new()
    };
    let (began, troubles) = (Instant::now(), health.troubles());
    let pool = pool.clone();
    let probe = async move {
        let ended = probe(&pool, content).await;
        let health = pool.health();
        let mut readiness = health.readiness().lock().unwrap_or_else(PoisonError::into_inner);
        tell(readiness.last.is_none_or(|last| last.is_good), &ended);
        let is_good = matches!(ended, Ok(Standing::Fits));
        if is_good && is_wary {
            health.note_recovery(began);
        }
        readiness.running = None;
        readiness.last = Some(Verdict {
            is_good,
            began,
            troubles,
        });
        is_good
    };
    let probe = probe.boxed().shared();
    readiness.running = Some(probe.clone());
    // Whoever asked may go away; the probe ends all the same.
    tokio::spawn(probe.clone());
    Next::Wait(probe)
}

/// Whether the schema fits; if so, what was written is kept. Two statements, neither of which changes a table.
#[expect(clippy::disallowed_methods, reason = "the row is nobody's")]
async fn probe(pool: &Pool, content: String) -> Result<Standing, DbErr> {
    let standing = schema::standing(pool).await?;
    if !matches!(standing, Standing::Fits) {
        return Ok(standing);
    }
    let row = write_probe::ActiveModel {
        id: Set(ROW.to_owned()),
        content: Set(content),
    };
    write_probe::Entity::insert(row)
        .on_conflict(
            OnConflict::column(write_probe::Column::Id)
                .update_column(write_probe::Column::Content)
                .to_owned(),
        )
        .exec_without_returning(pool)
        .await?;
    Ok(standing)
}

fn tell(was_good: bool, ended: &Result<Standing, DbErr>) {
    match ended {
        Ok(Standing::Fits) if !was_good => tracing::info!("the database can be written to again"),
        Ok(Standing::Lacks(missing)) if was_good => {
            tracing::error!(
                missing,
                "the database lacks changes of this release: run `vestibule migrate`"
            );
        }
        Ok(Standing::Misfit(error)) if was_good => tracing::error!("{error}"),
        Err(error) if was_good => tracing::error!(%error, "the database cannot be written to"),
        Ok(_) | Err(_) => {}
    }
}
