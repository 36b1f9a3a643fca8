//! Floors: the smallest programs that do only what a line of the benchmark names, with the libraries of the server.
//!
//! `scripts/bench` starts each of them on the processor that the server is measured on. Invariant: a floor does nothing
//! that the server could leave out.

mod primitive;
mod web;

use anyhow::Result;
use clap::Parser;
use std::net::SocketAddr;

/// The server's allocator, so that a ratio compares programs and not allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures one primitive, or serves one route.
#[derive(Debug, Parser)]
enum Floor {
    /// Hashes a password by Argon2id (19 MiB, t=2, p=1) in reused memory, for some seconds
    Argon2 { seconds: u64 },
    /// Signs the input of a session token by RSA-2048 (PKCS #1, SHA-256), for some seconds
    Rsa { seconds: u64 },
    /// Serves `GET /`: a JSON document the size of a key set, from memory
    Axum { listen: SocketAddr },
    /// Serves `GET /{value}`: one SELECT of that e-mail address in the database of a server
    Rest {
        listen: SocketAddr,
        database: String,
        connections: u32,
    },
    /// Serves `POST /`: a GraphQL field that does the same SELECT
    Graphql {
        listen: SocketAddr,
        database: String,
        connections: u32,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    match Floor::parse() {
        Floor::Argon2 { seconds } => primitive::argon2(seconds),
        Floor::Rsa { seconds } => primitive::rsa(seconds),
        Floor::Axum { listen } => web::serve(listen, web::bare()).await,
        Floor::Rest {
            listen,
            database,
            connections,
        } => web::serve(listen, web::rest(&database, connections).await?).await,
        Floor::Graphql {
            listen,
            database,
            connections,
        } => web::serve(listen, web::graphql(&database, connections).await?).await,
    }
}
