//! How long a session lives and how it ends.
//!
//! Invariant: a session that is not active never becomes active again; all its ends are final.

pub mod claims;

use super::settings::session::SessionSettings;
use entity::{
    id::{ClientId, SessionId, UserId},
    kind::SessionStatus,
};

/// Activity is written down at most this often per session, in milliseconds.
pub const TOUCH_INTERVAL_MS: i64 = 60 * 1000;

/// The most sessions that a client lists. Whoever signs in once more, and signs out again and again, makes others go: the
/// ended ones first, the oldest first.
pub const MAXIMUM_LISTED: usize = 30;

/// The limits on a session's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// From creation, in milliseconds; `None` when off.
    pub maximum_ms: Option<i64>,
    /// From the last activity, in milliseconds; `None` when off.
    pub inactivity_ms: Option<i64>,
    /// From the last activity until it counts as abandoned, in milliseconds.
    pub abandon_after_ms: i64,
}

impl Lifetimes {
    /// The limits that the settings of an instance set.
    #[must_use]
    pub fn of(settings: &SessionSettings) -> Self {
        let milliseconds = |seconds: u32| i64::from(seconds) * 1000;
        // Settings with both limits off are refused where settings are made; should such ones turn up all the same,
        // the maximum counts, because a session without an end is the worse mistake.
        let maximum_counts = settings.maximum_lifetime_enabled || !settings.inactivity_timeout_enabled;
        Self {
            maximum_ms: maximum_counts.then(|| milliseconds(settings.maximum_lifetime_seconds)),
            inactivity_ms: settings
                .inactivity_timeout_enabled
                .then(|| milliseconds(settings.inactivity_timeout_seconds)),
            abandon_after_ms: milliseconds(settings.abandon_after_seconds),
        }
    }

    /// When a session expires: the earliest of the limits that are on, in Unix milliseconds.
    #[must_use]
    pub fn expire_at(&self, created_at: i64, last_active_at: i64) -> i64 {
        let by_maximum = self.maximum_ms.map(|maximum| created_at.saturating_add(maximum));
        let by_inactivity = self
            .inactivity_ms
            .map(|inactivity| last_active_at.saturating_add(inactivity));
        by_maximum.into_iter().chain(by_inactivity).min().unwrap_or(created_at)
    }

    /// When a session counts as abandoned, in Unix milliseconds.
    #[must_use]
    pub const fn abandon_at(&self, last_active_at: i64) -> i64 {
        last_active_at.saturating_add(self.abandon_after_ms)
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// The client that it lives on.
    pub client_id: ClientId,
    /// Whose it is.
    pub user_id: UserId,
    /// Where it stood when it was last written; [`Session::status_at`] tells where it stands.
    pub status: SessionStatus,
    /// When it expires, in Unix milliseconds.
    pub expire_at: i64,
    /// When it counts as abandoned, in Unix milliseconds.
    pub abandon_at: i64,
    /// Last touch or token, to a minute, in Unix milliseconds.
    pub last_active_at: i64,
    /// When the first factor was last proven, in Unix milliseconds.
    pub first_factor_verified_at: i64,
    /// When the second factor was last proven, in Unix milliseconds; nothing where it never was.
    pub second_factor_verified_at: Option<i64>,
    /// When it began, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// How somebody ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// Signed out; stays listed.
    End,
    /// Signed out; no longer listed.
    Remove,
    /// Another session or client takes its place.
    Replace,
    /// Withdrawn from elsewhere.
    Revoke,
}

impl SessionEnd {
    /// The status that it leads to.
    #[must_use]
    pub const fn status(self) -> SessionStatus {
        match self {
            Self::End => SessionStatus::Ended,
            Self::Remove => SessionStatus::Removed,
            Self::Replace => SessionStatus::Replaced,
            Self::Revoke => SessionStatus::Revoked,
        }
    }
}

/// The session is over; its status tells how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotActive {
    /// How it ended.
    pub status: SessionStatus,
}

impl Session {
    /// Begins a session of somebody who has just proven the first factor.
    #[must_use]
    pub fn begin(id: SessionId, client_id: ClientId, user_id: UserId, lifetimes: &Lifetimes, now: i64) -> Self {
        Self {
            id,
            client_id,
            user_id,
            status: SessionStatus::Active,
            expire_at: lifetimes.expire_at(now, now),
            abandon_at: lifetimes.abandon_at(now),
            last_active_at: now,
            first_factor_verified_at: now,
            second_factor_verified_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Where it stands: of the two times that end it, the earlier one tells how.
    #[must_use]
    pub const fn status_at(&self, now: i64) -> SessionStatus {
        status_at(self.status, self.expire_at, self.abandon_at, now)
    }

    /// When time ends it, should nothing else; nothing for one that is over, in Unix milliseconds.
    #[must_use]
    pub fn ends_at(&self) -> Option<i64> {
        (self.status == SessionStatus::Active).then(|| self.expire_at.min(self.abandon_at))
    }

    /// Whether it is in use.
    #[must_use]
    pub fn is_active(&self, now: i64) -> bool {
        self.status_at(now) == SessionStatus::Active
    }

    /// The session after activity, or `None` when there is nothing to write yet.
    ///
    /// # Errors
    /// [`NotActive`].
    pub fn touch(&self, lifetimes: &Lifetimes, now: i64) -> Result<Option<Self>, NotActive> {
        self.check_active(now)?;
        if !is_touch_due(self.last_active_at, now) {
            return Ok(None);
        }
        Ok(Some(Self {
            expire_at: lifetimes.expire_at(self.created_at, now),
            abandon_at: lifetimes.abandon_at(now),
            last_active_at: now,
            updated_at: now,
            ..self.clone()
        }))
    }

    /// The session after its end.
    ///
    /// # Errors
    /// [`NotActive`].
    pub fn finish(self, end: SessionEnd, now: i64) -> Result<Self, NotActive> {
        self.check_active(now)?;
        Ok(Self {
            status: end.status(),
            updated_at: now,
            ..self
        })
    }

    /// Minutes since the first factor was proven, and since the second one: -1 where that never was.
    #[must_use]
    pub fn factor_verification_age(&self, now: i64) -> [i64; 2] {
        let minutes = |at: i64| now.saturating_sub(at).max(0) / 60_000;
        let second = self.second_factor_verified_at.map_or(-1, minutes);
        [minutes(self.first_factor_verified_at), second]
    }

    fn check_active(&self, now: i64) -> Result<(), NotActive> {
        let status = self.status_at(now);
        if status == SessionStatus::Active {
            Ok(())
        } else {
            Err(NotActive { status })
        }
    }
}

/// Where a stored session stands at `now`.
#[must_use]
pub const fn status_at(stored: SessionStatus, expire_at: i64, abandon_at: i64, now: i64) -> SessionStatus {
    match stored {
        SessionStatus::Active if now >= expire_at && expire_at <= abandon_at => SessionStatus::Expired,
        SessionStatus::Active if now >= abandon_at => SessionStatus::Abandoned,
        status => status,
    }
}

/// Whether activity at `now` is worth writing down: a minute after the last one, or before it if the clock was put back.
#[must_use]
pub const fn is_touch_due(last_active_at: i64, now: i64) -> bool {
    now.saturating_sub(last_active_at).saturating_abs() >= TOUCH_INTERVAL_MS
}

/// Which of a client's sessions must go so that one more can be listed: those that are over first, then those unused for
/// longest.
#[must_use]
pub fn in_excess(listed: &[Session], now: i64) -> Vec<&Session> {
    let excess = (listed.len() + 1).saturating_sub(MAXIMUM_LISTED);
    let mut by_use: Vec<&Session> = listed.iter().collect();
    by_use.sort_by_key(|session| (session.is_active(now), session.last_active_at));
    by_use.truncate(excess);
    by_use
}

#[cfg(test)]
mod tests;
