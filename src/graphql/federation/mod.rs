//! The instance as a subgraph of a gateway (Apollo Federation 2, "Subgraph specification").
//!
//! The fields are ordinary ones and not the library's, whose `_service` answers anybody and whose `_entities` fails as a whole for one
//! representation. Invariant: a gateway is known by the instance's secret key, and what it cannot find is null.

mod field;
mod print;
mod query;
mod subgraph;

pub use query::FederationQuery;
pub use subgraph::sdl;
