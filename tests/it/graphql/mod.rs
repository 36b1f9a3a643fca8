//! What only the GraphQL face has, over real HTTP.

mod audience;
mod caller;
mod cost;
mod dev_inbox;
mod environment;
mod federation;
mod fuzz;
mod graphiql;
mod introspection;
mod node;
mod payload;
mod persisted;
mod reconnect;
mod session_followed;
mod socket;
mod sse;
mod statements;
mod subscription;
mod trusted;
mod variable;
