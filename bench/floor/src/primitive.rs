//! What a sign-in and a session token cost at least: one hash, one signature, on one thread.

use anyhow::{Result, anyhow};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PKCS1_SHA256,
};
use std::time::{Duration, Instant};

/// Bytes of header and payload of a typical session token, encoded.
const SIGNING_INPUT_BYTES: usize = 430;

/// Argon2id as the server's defaults have it.
pub(crate) fn argon2(seconds: u64) -> Result<()> {
    let params = Params::new(19_456, 2, 1, Some(32)).map_err(|error| anyhow!("{error}"))?;
    let mut blocks = vec![Block::new(); params.block_count()];
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut digest = [0; 32];
    repeat(seconds, || {
        hasher
            .hash_password_into_with_memory(b"correct horse battery staple", &[7; 16], &mut digest, &mut blocks)
            .map_err(|error| anyhow!("{error}"))
    })
}

/// The signature of RS256.
pub(crate) fn rsa(seconds: u64) -> Result<()> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let random = SystemRandom::new();
    let mut signature = vec![0; pair.public_modulus_len()];
    repeat(seconds, || {
        let input = [b'e'; SIGNING_INPUT_BYTES];
        Ok(pair.sign(&RSA_PKCS1_SHA256, &random, &input, &mut signature)?)
    })
}

/// Does `work` over and over; prints as JSON how often, and in how many seconds.
fn repeat(seconds: u64, mut work: impl FnMut() -> Result<()>) -> Result<()> {
    // The first round touches the memory.
    work()?;
    let (began, mut rounds) = (Instant::now(), 0_u64);
    while began.elapsed() < Duration::from_secs(seconds) {
        work()?;
        rounds += 1;
    }
    println!("{{\"rounds\":{rounds},\"seconds\":{}}}", began.elapsed().as_secs_f64());
    Ok(())
}
