//! Counters of failed attempts. What they mean is said by `domain/lockout`; counting is one statement, so that no failure is
//! lost between two processes.
//!
//! Invariant: the counters of an account are read and written while its user's row is locked, those of networks before that
//! of the account.

use super::{Scope, Tx};
use domain::{
    clock::latest_end,
    lockout::{Counter, Rule},
};
use entity::{
    id::UserId,
    lockout::{self, Column},
    user,
};
use kernel::notice::Notice;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _, RelationDef,
    sea_query::{Expr, Func, IntoCondition as _, OnConflict, SimpleExpr},
};
use std::collections::HashMap;

/// The counter of a row.
#[must_use]
pub fn counter_of(row: &lockout::Model) -> Counter {
    Counter {
        failures: row.failures,
        locked_until: row.locked_until,
        expire_at: row.expire_at,
    }
}

/// The counters of subjects, as far as they have one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    subjects: &[&str],
) -> Result<HashMap<String, Counter>, DbErr> {
    let rows = scope
        .select::<lockout::Entity>()
        .filter(Column::Subject.is_in(subjects.iter().copied()))
        .all(scope.connection())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.subject.clone(), counter_of(&row)))
        .collect())
}

/// Counts a failure of a subject, as [`Counter::on_failure`] does. Returns the counter as it is now. `whose` is the user that
/// is remembered with it, if any is.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count(
    tx: &mut Tx,
    subject: &str,
    whose: Option<&UserId>,
    rule: &Rule,
    counts: bool,
) -> Result<Counter, DbErr> {
    announce(tx, whose);
    let first = Counter::default().on_failure(rule, counts, tx.now());
    let row = lockout::ActiveModel {
        instance_id: Set(*tx.instance()),
        subject: Set(subject.to_owned()),
        failures: Set(first.failures),
        window_started_at: Set(tx.now()),
        locked_until: Set(first.locked_until),
        expire_at: Set(first.expire_at),
    };
    let next = Next {
        now: tx.now(),
        counts,
        rule,
        first,
    };
    let upsert = OnConflict::columns([Column::InstanceId, Column::Subject])
        .value(Column::Failures, next.failures())
        .value(
            Column::WindowStartedAt,
            Expr::case(next.is_over(), tx.now()).finally(stored(Column::WindowStartedAt)),
        )
        .value(Column::LockedUntil, next.locked_until())
        .value(Column::ExpireAt, next.expire_at())
        .to_owned();
    let counted = tx
        .scope()
        .inserting::<lockout::Entity, _>(row)
        .on_conflict(upsert)
        .exec_with_returning(tx.scope().connection())
        .await?;
    Ok(counter_of(&counted))
}

/// Forgets the failures of subjects, except of those that are locked. No lock can last longer than `longest_lock`. `whose` is
/// the user that is remembered with one of them, if any is.
///
/// # Errors
/// When the database cannot be reached.
pub async fn forget(tx: &mut Tx, subjects: &[&str], whose: Option<&UserId>, longest_lock: i64) -> Result<(), DbErr> {
    announce(tx, whose);
    let is_open = Column::LockedUntil
        .is_null()
        .or(Column::LockedUntil.lte(tx.now()))
        .or(Column::LockedUntil.gt(latest_end(longest_lock, tx.now())));
    tx.scope()
        .delete::<lockout::Entity>()
        .filter(Column::Subject.is_in(subjects.iter().copied()))
        .filter(is_open)
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Tells those who remember a user with what is counted against it.
fn announce(tx: &mut Tx, whose: Option<&UserId>) {
    if let Some(user) = whose {
        tx.announce(Notice::User(*user));
    }
}

/// From users to their own counters.
#[must_use]
pub fn of_users() -> RelationDef {
    let relation: RelationDef = user::Entity::belongs_to(lockout::Entity)
        .from(user::Column::Id)
        .to(Column::Subject)
        .into();
    relation.on_condition(|users, counters| {
        Expr::col((users, user::Column::InstanceId))
            .equals((counters, Column::InstanceId))
            .into_condition()
    })
}

fn stored(column: Column) -> Expr {
    Expr::col((lockout::Entity, column))
}

/// The time, if there is one, else when the row expires.
fn or_expiry(time: Option<i64>) -> SimpleExpr {
    Func::coalesce([Expr::val(time), stored(Column::ExpireAt)]).into()
}

/// What becomes of a row that is there, as expressions over what it holds. Rules differ in values alone, so that counters of
/// nobody are counted by the statement of somebody's.
struct Next<'a> {
    now: i64,
    counts: bool,
    rule: &'a Rule,
    /// The counter that begins where the window or the lock is over.
    first: Counter,
}

impl Next<'_> {
    fn is_over(&self) -> SimpleExpr {
        let latest = |longest| latest_end(longest, self.now);
        let latest_expiry = match self.rule.lock {
            Some(_) => i64::MAX,
            None => latest(self.rule.window),
        };
        stored(Column::ExpireAt)
            .lte(self.now)
            .or(stored(Column::LockedUntil).lte(self.now))
            .or(stored(Column::LockedUntil).gt(latest(self.rule.longest_lock())))
            .or(stored(Column::ExpireAt).gt(latest_expiry))
    }

    fn is_locked(&self) -> SimpleExpr {
        stored(Column::LockedUntil).gt(self.now)
    }

    fn failures(&self) -> SimpleExpr {
        Expr::case(self.is_over(), self.first.failures)
            .case(self.is_locked(), stored(Column::Failures))
            .finally(stored(Column::Failures).add(i32::from(self.counts)))
            .into()
    }

    fn expire_at(&self) -> SimpleExpr {
        let kept = self.rule.lock.map(|_| self.first.expire_at);
        Expr::case(self.is_over(), self.first.expire_at)
            .case(self.is_locked(), stored(Column::ExpireAt))
            .finally(or_expiry(kept))
            .into()
    }

    fn locked_until(&self) -> SimpleExpr {
        let until = self.rule.lock.map(|lock| self.now.saturating_add(lock));
        let is_reached = stored(Column::Failures)
            .add(i32::from(self.counts))
            .gte(self.rule.maximum);
        Expr::case(self.is_over(), self.first.locked_until)
            .case(self.is_locked(), stored(Column::LockedUntil))
            .case(is_reached, or_expiry(until))
            .finally(None::<i64>)
            .into()
    }
}
