//! How many files this process may have open, and how many of them connections get.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections beyond the cap that are told so: `/livez` is answered there.
pub(super) const RESERVE: usize = 64;
/// Listener, log, poller, mail, TLS files and everything else that is open now and then.
const OTHERS: usize = 32;
/// What one connection to the database may hold open: SQLite has a file and its log.
const PER_DATABASE_CONNECTION: usize = 2;
/// Fewer connections than these serve nobody, whatever the limit.
const LEAST: usize = 16;

/// Asks for as many files as `wanted` connections need beside those of the database, as far as the hard limit allows.
pub fn raise(wanted: usize, database_connections: u32) {
    let limit = getrlimit(Resource::Nofile);
    let needed = wanted.saturating_add(set_aside(database_connections)) as u64;
    let target = limit.maximum.map_or(needed, |maximum| needed.min(maximum));
    if limit.current.is_none_or(|current| current >= target) {
        return;
    }
    let raised = Rlimit {
        current: Some(target),
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, target, "the limit of open files cannot be raised");
    }
}

/// Connections that may be open at the same time: `wanted`, or as many as the limit of open files allows.
pub(super) fn cap(wanted: usize, database_connections: u32) -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    let allowed = allowed(limit, database_connections);
    if allowed < wanted {
        tracing::warn!(
            wanted,
            allowed,
            open_files = limit,
            "the limit of open files allows fewer connections than http.max_connections"
        );
    }
    allowed.min(wanted)
}

fn allowed(limit: Option<u64>, database_connections: u32) -> usize {
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    limit.saturating_sub(set_aside(database_connections)).max(LEAST)
}

/// What connections never get: 128 with a pool of 16.
fn set_aside(database_connections: u32) -> usize {
    let database = usize::try_from(database_connections).unwrap_or(usize::MAX);
    RESERVE + OTHERS + database.saturating_mul(PER_DATABASE_CONNECTION)
}

#[cfg(test)]
mod tests {
    use super::{LEAST, allowed};

    #[test]
    fn files_of_the_database_and_the_reserve_are_kept_back() {
        assert_eq!(allowed(Some(1_024), 16), 1_024 - 128);
        assert_eq!(allowed(Some(1_024), 100), 1_024 - 296);
        assert_eq!(allowed(None, 16), usize::MAX - 128);
        assert_eq!(allowed(Some(64), 16), LEAST);
    }
}
