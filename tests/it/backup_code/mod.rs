//! Codes that stand in for a second proof.

mod create;
