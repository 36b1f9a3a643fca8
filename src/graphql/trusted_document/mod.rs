//! Documents that the instance trusts: how the application sets them, and how each is judged before.

mod judge;
pub mod mutation;

pub(crate) use judge::Judge;
pub use mutation::TrustedDocumentMutation;
