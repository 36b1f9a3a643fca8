//! Hears what other processes change. On PostgreSQL the nodes tell each other by LISTEN and NOTIFY. On SQLite a command of
//! the operator may change instances and keys beside the server, which a look each second notices, as it notices another
//! server on the same file.
//!
//! Invariant: while a notice may be missed (the connection is cut, refused or silent), everybody is told [`Notice::Lost`]
//! every second, and once more when listening goes on.

use super::{
    Pool,
    dialect::{self, NOTICE_CHANNEL, NoticeEnvelope},
    instance,
    neighbour::Presence,
};
use kernel::notice::{Notice, NoticeBus};
use sea_orm::sqlx::{
    self,
    postgres::{PgListener, PgPoolOptions},
};
use std::{convert::Infallible, net::SocketAddr, pin::pin, time::Duration};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long nothing may be heard before this node sends itself a notice, and how long that may take to come back.
///
/// Twice this is how long another node's change may stay unheard when the network drops packets without a word.
const HEARTBEAT: Duration = Duration::from_millis(450);
/// How long nobody is told that nothing is heard.
const REMINDER: Duration = Duration::from_secs(1);
/// How long connecting may take. Within it, refused attempts are repeated at growing intervals.
const CONNECT: Duration = Duration::from_secs(10);
/// The wait before connecting again.
const WAIT: Duration = Duration::from_millis(200);

/// How often SQLite is asked whether an operator's command has changed something.
const LOOK: Duration = Duration::from_secs(1);

/// What a process does with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It answers requests at that address, which change clients, sessions and users.
    Server(SocketAddr),
    /// It only carries out jobs, which do not.
    Worker,
}

/// Publishes what other processes change until `shutdown`.
pub async fn listen(database: &Pool, database_url: &str, bus: NoticeBus, role: Role, shutdown: CancellationToken) {
    if !dialect::is_postgres(database_url) {
        return look(database, database_url, &bus, role, &shutdown).await;
    }
    while !shutdown.is_cancelled() {
        let hearing = Box::pin(hear(database, database_url, &bus));
        let ended = shutdown.run_until_cancelled(hearing).await;
        bus.set_complete(false);
        let Some(Err(error)) = ended else { return };
        tracing::warn!(%error, "the listener of notices was cut");
        // A wait that the end of the server cuts short.
        if timeout(WAIT, shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}

/// Publishes [`Notice::Lost`] whenever instances or keys are not what they were a second ago. What this process changed
/// itself is published once too often, which costs a reading. Clients, sessions and users are changed by serving processes
/// alone: while there is another one on the same file, nothing tells what it does. A worker remembers none of them.
async fn look(database: &Pool, database_url: &str, bus: &NoticeBus, role: Role, shutdown: &CancellationToken) {
    let presence = match role {
        Role::Server(address) => Some(Presence::put_up(database_url, bus.node(), &named(address))),
        Role::Worker => None,
    };
    if let Some(Err(error)) = &presence {
        tracing::warn!(%error, "it cannot be told whether another server uses the database, so nothing is remembered");
    }
    let mut greeted = Vec::new();
    let mut is_alone = || match &presence {
        Some(Ok(presence)) => presence.neighbours().is_ok_and(|neighbours| {
            warn_of(&neighbours, &mut greeted);
            neighbours.is_empty()
        }),
        Some(Err(_)) | None => false,
    };
    bus.set_complete(is_alone());
    let mut seen = None;
    while timeout(LOOK, shutdown.cancelled()).await.is_err() {
        let (is_alone, was_alone) = (is_alone(), bus.is_complete());
        bus.set_complete(is_alone);
        if is_alone && !was_alone {
            bus.publish(&[Notice::Lost]);
        }
        match instance::fingerprint(database).await {
            Ok(found) if seen.as_ref() == Some(&found) => {}
            // Also at the first look: something may have changed between the start and now.
            Ok(found) => {
                seen = Some(found);
                bus.publish(&[Notice::Lost]);
            }
            Err(error) => tracing::warn!(%error, "the instances cannot be looked at"),
        }
    }
}

/// What the sign of a server says to those who find it.
fn named(address: SocketAddr) -> String {
    format!("process {} at {address}", std::process::id())
}

/// Names those who have come since. They are let be: a restart may overlap, and the file is safe with several. But it is
/// seldom what was meant, and costs: each reads the other's changes again.
fn warn_of(neighbours: &[String], greeted: &mut Vec<String>) {
    for neighbour in neighbours.iter().filter(|neighbour| !greeted.contains(neighbour)) {
        tracing::warn!("another server serves from the same database: {neighbour}");
    }
    neighbours.clone_into(greeted);
}

/// Connects and publishes until notices do not arrive any more. The listener could reconnect by itself, but would not say so.
///
/// That they arrive is known by one that this node sends to itself, the way that its transactions send theirs: neither a
/// network that drops packets, nor a pooler that listens for somebody else, nor an old primary says a word.
async fn hear(database: &Pool, database_url: &str, bus: &NoticeBus) -> Result<Infallible, sqlx::Error> {
    let mut connecting = pin!(connect(database_url));
    let mut listener = loop {
        bus.publish(&[Notice::Lost]);
        if let Ok(connected) = timeout(REMINDER, &mut connecting).await {
            break connected?;
        }
    };
    let mut is_asked = false;
    loop {
        let patience = if is_asked || bus.is_complete() {
            HEARTBEAT
        } else {
            Duration::ZERO
        };
        match timeout(patience, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                let heard = heard(bus, notification.payload());
                if heard.is_own {
                    is_asked = false;
                    if !bus.is_complete() {
                        bus.set_complete(true);
                        bus.publish(&[Notice::Lost]);
                    }
                }
                bus.publish(&heard.notices);
            }
            Ok(Ok(None)) => {
                // The others will be closed as well, or have been, or lead to what is no primary any more.
                database.health().note_cut();
                return Err(lost("the server closed the connection"));
            }
            Ok(Err(error)) => return Err(error),
            Err(_) if is_asked => return Err(lost("notices do not come back")),
            Err(_) => {
                is_asked = true;
                timeout(HEARTBEAT, dialect::echo(database, bus))
                    .await
                    .map_err(|_| lost("the server does not answer"))?
                    .map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
            }
        }
    }
}

async fn connect(database_url: &str) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(CONNECT)
        .connect_lazy(database_url)?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(NOTICE_CHANNEL).await?;
    Ok(listener)
}

fn lost(reason: &'static str) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::ConnectionAborted, reason))
}

/// What a payload says.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    /// Whether this node sent it, and has published it already.
    is_own: bool,
    /// What is to be published: [`Notice::Lost`] if it cannot be read, as from a newer version that knows more notices.
    notices: Vec<Notice>,
}

fn heard(bus: &NoticeBus, payload: &str) -> Heard {
    match serde_json::from_str::<NoticeEnvelope>(payload) {
        Ok(envelope) if envelope.node == bus.node() => Heard {
            is_own: true,
            notices: Vec::new(),
        },
        Ok(envelope) => Heard {
            is_own: false,
            notices: envelope.notices,
        },
        Err(error) => {
            tracing::warn!(%error, "a notice cannot be read");
            Heard {
                is_own: false,
                notices: vec![Notice::Lost],
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, Role, heard, listen};
    use crate::{Pool, dialect::NoticeEnvelope, health::Health, pool::Opened};
    use kernel::notice::{Notice, NoticeBus};
    use sea_orm::DatabaseConnection;
    use tokio_util::sync::CancellationToken;

    const SERVER: Role = Role::Server(std::net::SocketAddr::new(
        std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        4000,
    ));

    fn unused() -> Pool {
        let opened = Opened {
            connections: DatabaseConnection::default(),
            writer: None,
        };
        Pool::new(opened, Health::default(), None)
    }

    #[test]
    fn a_node_hears_others_but_not_itself() {
        let bus = NoticeBus::new("here");
        let from = |node: &str| {
            let envelope = NoticeEnvelope {
                node: node.to_owned(),
                notices: vec![Notice::Work, Notice::Lost],
            };
            heard(&bus, &serde_json::to_string(&envelope).unwrap())
        };
        let heard = |is_own, notices: &[Notice]| Heard {
            is_own,
            notices: notices.to_vec(),
        };
        assert_eq!(from("here"), heard(true, &[]));
        assert_eq!(from("there"), heard(false, &[Notice::Work, Notice::Lost]));
    }

    #[test]
    fn what_cannot_be_read_may_have_been_anything() {
        assert_eq!(
            heard(
                &NoticeBus::new("here"),
                r#"{"node":"there","notices":[{"topic":"unheard_of"}]}"#
            )
            .notices,
            [Notice::Lost]
        );
    }

    #[tokio::test]
    async fn a_refused_connection_says_that_notices_are_lost_until_the_server_stops() {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://nobody@{}/none", free.local_addr().unwrap());
        drop(free);
        let (bus, shutdown) = (NoticeBus::new("here"), CancellationToken::new());
        let mut notices = bus.subscribe();
        let stop = shutdown.clone();
        let unused = unused();
        let (first, ()) = tokio::join!(
            async move {
                let first = notices.next().await;
                stop.cancel();
                first
            },
            Box::pin(listen(&unused, &url, bus, SERVER, shutdown))
        );
        assert_eq!(first, Some(Notice::Lost));
    }

    #[tokio::test]
    async fn on_sqlite_a_server_that_is_alone_knows_all_and_a_worker_claims_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("a.db").display());
        let (unused, shutdown) = (unused(), CancellationToken::new());
        // Cancelled beforehand: it looks around once and ends.
        shutdown.cancel();
        for (role, is_complete) in [(Role::Worker, false), (SERVER, true)] {
            let bus = NoticeBus::new("here");
            Box::pin(listen(&unused, &url, bus.clone(), role, shutdown.clone())).await;
            assert_eq!(bus.is_complete(), is_complete, "{role:?}");
        }
        let neighbour = super::Presence::put_up(&url, "there", "process 1").unwrap();
        let bus = NoticeBus::new("here");
        Box::pin(listen(&unused, &url, bus.clone(), SERVER, shutdown)).await;
        assert!(!bus.is_complete());
        drop(neighbour);
    }
}
