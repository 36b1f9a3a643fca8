//! Tidying up, every hour by the server's clock, in each process that runs a worker. Deleting twice is harmless, so no
//! job is needed to choose one.
//!
//! How long rows are kept:
//!
//! | rows | kept for |
//! |---|---|
//! | sign-ups and sign-ins, complete or not, with identifications nobody took over | 30 days after they are given up |
//! | verifications that no identification shows | 31 days after they expire, so that no attempt points to nothing |
//! | sessions that ended, expired or were abandoned | 90 days after that |
//! | deleted and replaced clients, with all that lives on them | 90 days after that |
//! | messages of development inboxes | 7 days |
//! | budgets counted in the database | 1 day after their window began |
//! | counters of failed attempts | until they expire: 30 days after the last failure, networks' with their window, nobody's after 1 day |
//!
//! What a clock that was ahead has written about budgets and failed attempts goes when it is put right; what it delays is over
//! at once, whether it is still there or not.
//!
//! Invariant: a failure in one kind of row stops no other.

use domain::{clock::latest_end, lockout::Rule};
use entity::UnixMilliseconds;
use kernel::error::Result as Served;
use sea_orm::DbErr;
use service::{app::App, instance};

/// Milliseconds between two rounds.
pub(super) const INTERVAL: i64 = HOUR;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const ATTEMPT: i64 = 30 * DAY;
const VERIFICATION: i64 = 31 * DAY;
const SESSION: i64 = 90 * DAY;
const CLIENT: i64 = 90 * DAY;
const DEV_MESSAGE: i64 = 7 * DAY;
const BUDGET: i64 = DAY;

/// Deletes what is kept no longer, and forgets budgets in memory that are full again.
pub(super) async fn run(app: &App) {
    let (database, now) = (app.pool(), app.now());
    // Those that point to others come first.
    log(
        "sign_in",
        store::cleanup::delete_sign_ins(database, now - ATTEMPT).await,
    );
    log(
        "sign_up",
        store::cleanup::delete_sign_ups(database, now - ATTEMPT).await,
    );
    log(
        "verification",
        store::cleanup::delete_verifications(database, now - VERIFICATION).await,
    );
    log(
        "session",
        store::cleanup::delete_sessions(database, now - SESSION).await,
    );
    log("client", store::cleanup::delete_clients(database, now - CLIENT).await);
    log(
        "dev_message",
        store::cleanup::delete_dev_messages(database, now - DEV_MESSAGE).await,
    );
    let budgets = store::cleanup::delete_budgets(database, now - BUDGET, now + BUDGET).await;
    log("budget", budgets);
    log("lockout", store::cleanup::delete_lockouts(database, now).await);
    if let Err(error) = delete_impossible_lockouts(app, now).await {
        tracing::warn!(?error, "counters of a clock that was ahead cannot be deleted");
    }
    app.rate_limiter().shrink();
}

/// Deletes what would lock somebody by and by, because a clock that was ahead has set it.
async fn delete_impossible_lockouts(app: &App, now: UnixMilliseconds) -> Served<()> {
    for instance in &instance::all(app).await?.instances {
        let rule = Rule::of_account(&instance.settings.attack_protection.user_lockout);
        let latest = latest_end(rule.longest_lock(), now);
        let deleted = store::cleanup::delete_impossible_lockouts(app.pool(), &instance.id, latest).await;
        log("lockout", deleted);
    }
    Ok(())
}

fn log(table: &'static str, deleted: Result<u64, DbErr>) {
    match deleted {
        Ok(0) => {}
        Ok(count) => tracing::info!(table, count, "deleted rows that are kept no longer"),
        Err(error) => tracing::warn!(table, %error, "rows that are kept no longer cannot be deleted"),
    }
}

#[cfg(test)]
mod tests;
