//! How much there may be of each list of objects, and which fields are dear to make. Of what is not named here an object costs one and
//! a scalar nothing; a list of objects and a total that are not named fail a test.

use crate::connection::{MAXIMUM, PAGE};
use domain::session::MAXIMUM_LISTED;
use graphql_transport::outline::{Bound, Times};

/// What signing a token costs, where an object costs one: an RSA signature takes most of a millisecond.
pub(crate) const SIGNATURE: u64 = 100;
/// What drawing a QR code costs, which takes milliseconds and has up to 170 kilobytes.
const DRAWING: u64 = 1_000;
/// What hashing a password costs.
const HASH: u64 = 500;
/// What reading an object by its identifier costs, which takes a statement or two of its own.
const STATEMENTS: u64 = 10;

/// The most representations of one request: a gateway sends those of a whole page of another subgraph at once.
pub(crate) const REPRESENTATIONS: u64 = 1_000;
/// What writing the schema for a gateway costs.
const SCHEMA: u64 = 100;

/// All that is known beyond the text of the schema.
pub(super) const BOUNDS: &[Bound] = &[
    Bound::list("Client.sessions", Times::Upto(MAXIMUM_LISTED as u64)),
    Bound::list("DevMessageConnection.edges", Times::Upto(1)), // counted by `Query.devInbox`, as are its nodes
    Bound::list("DevMessageConnection.nodes", Times::Upto(1)),
    Bound::dear("DevMessageConnection.totalCount", STATEMENTS),
    Bound {
        field: "Query.devInbox",
        weight: STATEMENTS,
        times: Times::Page(PAGE, MAXIMUM),
    },
    Bound {
        field: "Query.nodes",
        weight: STATEMENTS,
        times: Times::Items("ids", MAXIMUM),
    },
    // Read together, in as many statements as one.
    Bound::list("Query._entities", Times::Items("representations", REPRESENTATIONS)),
    Bound::list("SignIn.supportedFirstFactors", Times::Upto(11)),
    Bound::list("SignIn.supportedSecondFactors", Times::Upto(2)),
    Bound::list("User.emailAddresses", Times::Upto(10)),
    Bound::dear("Mutation.sessionTokenCreate", SIGNATURE),
    Bound::dear("Mutation.signInAttemptFirstFactor", HASH),
    Bound::dear("Mutation.signInCreate", HASH),
    Bound::dear("Mutation.signUpCreate", HASH),
    Bound::dear("Mutation.signUpUpdate", HASH),
    Bound::dear("Query._service", SCHEMA),
    Bound::dear("Query.node", STATEMENTS),
    Bound::dear("Query.session", STATEMENTS),
    Bound::dear("Query.signIn", STATEMENTS),
    Bound::dear("Query.signUp", STATEMENTS),
    Bound::dear("Session.lastActiveToken", SIGNATURE),
    Bound::dear("Subscription.sessionTokenRefreshed", SIGNATURE),
    Bound::dear("Totp.qrCode", DRAWING),
];
