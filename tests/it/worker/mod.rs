//! What happens behind the requests: mail, retries, tidying up.

mod cleanup;
mod dead_letter;
mod numbering;
