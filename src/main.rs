//! The `vestibule` command.

use clap::Parser as _;
use std::process::ExitCode;
use vestibule::cli::{self, arguments::Arguments};

/// The system's allocator keeps what hashing frees; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::report(&error);
            ExitCode::FAILURE
        }
    }
}
