//! Whom each route lets in, as the table of routes says: others are told that, before anything else.

use crate::support::{
    TestServer,
    route::{self, Owner},
};
use vestibule::rest::route::{Callers, Kind, ROUTES};

#[tokio::test]
async fn every_route_refuses_the_kinds_of_callers_that_it_is_not_for() {
    let server = TestServer::start().await;
    let owner = Owner::at(&server).await;
    for route in ROUTES {
        for kind in Kind::ALL {
            if route.callers.kinds().contains(&kind) {
                continue;
            }
            let caller = owner.caller(&server, kind).await;
            let refused = route::ask(&caller, route, &owner.path(route)).await;
            // A secret key is nobody where a person is asked for.
            let expected = match kind {
                Kind::Nobody => (401, "authentication_invalid"),
                Kind::SecretKey if route.callers == Callers::SignedIn => (401, "authentication_invalid"),
                _ => (403, "authorization_invalid"),
            };
            let told = (refused.status, refused.codes());
            assert_eq!(
                told,
                (expected.0, vec![expected.1.to_owned()]),
                "{} {} by {kind:?}",
                route.method,
                route.path
            );
            assert!(refused.set_cookies("__client").is_empty(), "{} {kind:?}", route.path);
        }
    }
    assert_eq!(owner.client.get("/v1/me").await.status, 200, "and nothing was done");
    server.finish().await;
}

#[tokio::test]
async fn every_route_lets_in_the_kinds_of_callers_that_it_is_for() {
    let server = TestServer::start().await;
    let reader = Owner::at(&server).await;
    for (number, route) in ROUTES.iter().enumerate() {
        // What a write changes is not what the next one finds.
        let writer = match route.is_read() {
            true => None,
            false => Some(Owner::named(&server, &format!("person-{number}")).await),
        };
        let owner = writer.as_ref().unwrap_or(&reader);
        for kind in route.callers.kinds() {
            let caller = owner.caller(&server, *kind).await;
            let reply = route::ask(&caller, route, &owner.path(route)).await;
            let what = format!("{} {} by {kind:?}: {}", route.method, route.path, reply.text);
            let is_refused = ["authentication_invalid", "authorization_invalid", "method_not_allowed"]
                .iter()
                .any(|code| reply.codes().contains(&(*code).to_owned()));
            assert!(!is_refused && reply.status < 500, "{what}");
        }
    }
    server.run_jobs().await;
    server.finish().await;
}
