//! How much one request, document, operation and socket may be.
//!
//! Every limit is inclusive: the value itself is still allowed.

use super::audience::Audiences;
use super::document::Documents;
use super::outline::Outline;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The limits of the transport. The defaults admit the introspection query of graphql-js.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request body, of a query string, and of one message on a socket.
    pub body_bytes: usize,
    /// Bytes of a document.
    pub document_bytes: usize,
    /// Lexical tokens of a document.
    pub tokens: usize,
    /// Bytes of one name in a document.
    pub name_bytes: usize,
    /// Open brackets of any kind at one point of a document. Bounds the recursion of the parser.
    pub nesting: usize,
    /// Operations of a document.
    pub operations: usize,
    /// Variables of one operation.
    pub variables: usize,
    /// Levels of fields, fragments resolved, introspection counted.
    pub depth: usize,
    /// Fields and spreads after resolving fragments, over all operations. Bounds what a fragment bomb costs.
    pub selections: usize,
    /// Fields of one operation's root, fragments resolved.
    pub root_fields: usize,
    /// Aliased fields, fragments resolved.
    pub aliases: usize,
    /// Arguments of one field or directive.
    pub arguments_per_field: usize,
    /// Arguments, fragments resolved.
    pub arguments: usize,
    /// Values within the arguments, fragments resolved, those of a variable counted at each use.
    pub values: usize,
    /// Bytes of those values.
    pub value_bytes: usize,
    /// How often one response key may be asked for in one selection set, fragments resolved. Each time is executed.
    pub repeats: usize,
    /// Fields that are compared for conflicts: those of each selection set, with the fragments in it.
    pub comparisons: usize,
    /// Directives, fragments resolved.
    pub directives: usize,
    /// What an operation may cost whoever asks: each object is one, what is in a list counts for each item that it may have, and
    /// what is dear to make counts for more. What a caller may spend is the endpoint's to say, and never more.
    pub highest_cost: u64,
    /// How often the cost of the usual introspection query one operation's introspection may cost.
    pub introspection_factor: u64,
    /// The documents that passed.
    pub documents: Documents,
    /// Those who follow the same.
    pub audiences: Audiences,
    /// What the documents are about.
    pub outline: Arc<Outline>,
    /// Names of the mutation fields that check a credential, of which a document may hold one.
    pub credential_fields: BTreeSet<&'static str>,
    /// How long reading and answering one request may take; of a subscription, only what comes before its first event.
    pub deadline: Duration,
    /// How long a socket may wait before `connection_init`.
    pub init_timeout: Duration,
    /// Operations that run at the same time on one socket.
    pub operations_per_socket: usize,
    /// How long one message may wait for a socket's client to read. Slower clients are closed.
    pub write_timeout: Duration,
    /// Time between two keep-alives of a stream or socket; a socket that is silent for a whole one is closed.
    pub keep_alive: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            document_bytes: 64 * 1024,
            tokens: 4_000,
            name_bytes: 128,
            nesting: 60,
            operations: 20,
            variables: 100,
            depth: 20,
            selections: 2_000,
            root_fields: 30,
            aliases: 50,
            arguments_per_field: 16,
            arguments: 500,
            values: 10_000,
            value_bytes: 1024 * 1024,
            repeats: 100,
            comparisons: 20_000,
            highest_cost: 20_000,
            introspection_factor: 2,
            documents: Documents::default(),
            audiences: Audiences::default(),
            outline: Arc::default(),
            directives: 50,
            credential_fields: BTreeSet::new(),
            deadline: Duration::from_secs(10),
            init_timeout: Duration::from_secs(5),
            operations_per_socket: 50,
            write_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(15),
        }
    }
}
