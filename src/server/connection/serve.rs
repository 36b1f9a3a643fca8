//! The accept loop: who is let in by which door, and the graceful stop.

use super::{
    accept,
    activity::Deadlines,
    descriptor,
    drive::{Arrival, Door, Ends, drive},
    place::{NoPlace, Places},
    seldom::Seldom,
    socket,
    tls::Tls,
};
use axum::Router;
use ipnet::IpNet;
use kernel::config::http::Http;
use service::network::network_of;
use std::{net::IpAddr, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// How long requests that are under way may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(8);
/// How long a connection may take for its one request where only `/livez` is answered.
const RESERVE_HEADER: Duration = Duration::from_secs(2);
/// What whoever finds no place at all is told, where a few bytes can be sent without waiting.
const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// What is served.
pub struct Doors {
    /// All routes.
    pub main: Router,
    /// What is left when every place is taken and nobody makes room.
    pub reserve: Router,
    /// The certificate, where TLS is served directly.
    pub tls: Option<Tls>,
    /// Connections to the database, whose descriptors are not given away.
    pub database_connections: u32,
}

/// Serves until `shutdown`, then lets what is under way finish, within eight seconds.
pub async fn serve(listener: TcpListener, doors: Doors, config: &Http, shutdown: CancellationToken) {
    let hall = Hall::new(doors, config, shutdown.clone());
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = accept::next(&listener, &hall.main.places, &hall.told.failed) => accepted,
        };
        socket::prepare(&stream, config.connection.answer_timeout);
        hall.receive(stream, peer).await;
    }
    drop(listener);
    if timeout(GRACE, hall.empty()).await.is_err() {
        tracing::warn!("connections that did not end in time are cut off");
        hall.ends.now.cancel();
        // Upgraded ones end with the process; the others do at once.
        drop(timeout(Duration::from_secs(1), hall.empty()).await);
    }
}

/// The doors as they are in use.
struct Hall {
    main: Arc<Door>,
    reserve: Arc<Door>,
    tls: Option<Tls>,
    trusted_proxies: Vec<IpNet>,
    ends: Ends,
    told: Told,
}

/// What is logged seldom.
#[derive(Default)]
struct Told {
    failed: Seldom,
    full: Seldom,
    network: Seldom,
}

impl Hall {
    fn new(doors: Doors, config: &Http, shutdown: CancellationToken) -> Self {
        let limits = &config.connection;
        let total = descriptor::cap(limits.maximum, doors.database_connections);
        let main = Deadlines {
            header: limits.header_timeout,
            answer: limits.answer_timeout,
            idle: limits.idle_timeout,
        };
        let reserve = Deadlines {
            header: limits.header_timeout.min(RESERVE_HEADER),
            answer: limits.answer_timeout.min(RESERVE_HEADER),
            idle: Duration::ZERO,
        };
        let places = Places::new(total, limits.maximum_per_network);
        let reserve_places = Places::new(descriptor::RESERVE, descriptor::RESERVE);
        Self {
            main: Arc::new(Door::new(places, main, doors.main, true)),
            reserve: Arc::new(Door::new(reserve_places, reserve, doors.reserve, false)),
            tls: doors.tls,
            trusted_proxies: config.trusted_proxies.clone(),
            ends: Ends {
                gently: shutdown,
                now: CancellationToken::new(),
            },
            told: Told::default(),
        }
    }

    async fn receive(&self, stream: TcpStream, peer: SocketAddr) {
        let (door, place) = match self
            .main
            .places
            .admit(counts_for(peer.ip(), &self.trusted_proxies))
            .await
        {
            Ok(place) => (&self.main, place),
            Err(why) => {
                self.tell(why);
                let reserved = match why {
                    NoPlace::Full => self.reserve.places.admit(None).await.ok(),
                    NoPlace::Network => None,
                };
                let Some(place) = reserved else {
                    return self.turn_away(&stream);
                };
                (&self.reserve, place)
            }
        };
        let tls = self.tls.as_ref().map(Tls::current);
        tokio::spawn(drive(
            Arrival { stream, peer, place },
            Arc::clone(door),
            tls,
            self.ends.clone(),
        ));
    }

    fn turn_away(&self, stream: &TcpStream) {
        if self.tls.is_none() {
            // Without waiting, so that a flood costs nothing; who does not get it finds the connection closed.
            drop(stream.try_write(NO_PLACE));
        }
    }

    fn tell(&self, why: NoPlace) {
        match why {
            NoPlace::Full => {
                if let Some(times) = self.told.full.happened() {
                    tracing::warn!(
                        times,
                        "every place for a connection is taken and none makes room: only /livez is answered there"
                    );
                }
            }
            NoPlace::Network => {
                if let Some(times) = self.told.network.happened() {
                    tracing::warn!(
                        times,
                        "a network has as many connections as it may; if it is a proxy, name it in http.trusted_proxies"
                    );
                }
            }
        }
    }

    async fn empty(&self) {
        tokio::join!(self.main.places.all_free(), self.reserve.places.all_free());
    }
}

/// Whom a connection counts for: nobody, if it comes from this machine or from a proxy, behind which are many.
fn counts_for(peer: IpAddr, trusted_proxies: &[IpNet]) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    let is_exempt = peer.is_loopback() || trusted_proxies.iter().any(|network| network.contains(&peer));
    (!is_exempt).then(|| network_of(peer))
}

#[cfg(test)]
mod tests {
    use super::counts_for;
    use std::net::IpAddr;

    #[test]
    fn a_connection_counts_for_its_network_unless_it_is_ours_or_a_proxy() {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()];
        for (peer, network) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::")),
            ("127.3.2.1", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
            ("10.1.2.3", None),
            ("::ffff:10.1.2.3", None),
            ("2001:db8:ffff::1", None),
        ] {
            let expected = network.map(|network| network.parse::<IpAddr>().unwrap());
            assert_eq!(counts_for(peer.parse().unwrap(), &proxies), expected, "{peer}");
        }
    }
}
