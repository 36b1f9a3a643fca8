//! Proofs: how somebody shows who they are or that an address is theirs, whatever flow asks for it.
//!
//! A flow (sign-in, sign-up) has [`Factors`]: what is on offer and what was asked for. A proof that is given is *admitted*
//! (may it be given now?), looked at by the service (what was *found*?), and *attempted*, which says what came of it. Flows
//! name no strategy, and strategies know no flow: what is special about one stands in `domain/factor/<strategy>.rs`, found by
//! the table of [`entity::strategies!`].
//!
//! Invariant: nothing proves but an attempt, and an attempt needs to be admitted first.

mod challenge;
mod enrolled;
mod factors;
mod offer;
mod refusal;
mod rules;

pub use challenge::{Challenge, NextAction};
pub use enrolled::{Enrolled, Factor, UserIdentification};
pub use factors::{Admitted, Factors, Finding, Outcome, Proof};
pub use offer::{enabled, offered};
pub use refusal::Refusal;
pub use rules::{ChallengeRules, Given, Level, Malformed, Parameter, Rules, Second};
