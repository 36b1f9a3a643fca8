//! Random walks of verification steps: the same steps through GraphQL on one server and through REST on another, with equal clock
//! and equal randomness. After each step both have answered alike and show the same client; after each walk they have written the same
//! events, mails and rows.
//!
//! What one face shows alone stands in [`fields`](super::fields), how each writes a refusal in [`refusal`]; there is no other
//! difference. A walk that fails names its seed: `VESTIBULE_TEST_WALK_SEED=<seed>` takes it again, alone. `VESTIBULE_TEST_WALKS` says
//! how many there are.

mod names;
mod pair;
mod refusal;
mod rows;
mod secrets;
mod step;
mod tally;

use super::fields::Comparison;
use crate::support::{SchemaView, TestServer};
use pair::{CLIENTS, Different, Pair};
use step::{Chooser, Step};
use tally::Tally;

/// Steps of a walk.
const STEPS: usize = 30;
/// Walks of a suite.
const WALKS: u64 = 50;

/// The steps that were taken, shown when the test ends among them.
struct Taken {
    seed: u64,
    steps: Vec<String>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("walk {} went\n{}", self.seed, self.steps.join("\n"));
        }
    }
}

async fn take(step: &Step, pair: &mut Pair<'_>, chooser: &mut Chooser, tally: &mut Tally) -> Different<()> {
    match step {
        Step::Turn(by) => pair.advance(*by),
        Step::Settings(patch) => pair.settings(patch).await,
        Step::Read(client, field, id) => {
            let end = if pair.read(*client, field, id.as_deref()).await? {
                "done"
            } else {
                "refused"
            };
            tally.count(&format!("{field} {end}"));
        }
        Step::Change(client, mutation, fields) => {
            let now = pair.now();
            let is_used = fields.iter().any(|(_, given)| pair.secrets.is_used(given, now));
            let told = pair.change(*client, mutation, fields).await?;
            tally.change(mutation, fields, is_used, &told);
            if told.refusals.is_empty() {
                for (_, given) in fields {
                    pair.secrets.use_up(given, now);
                }
            }
            if mutation.starts_with("signUp") {
                chooser.meet_person(&told.resource);
            }
            chooser.meet(pair.shown(*client));
        }
    }
    Ok(())
}

async fn walk(seed: u64, comparison: &mut Comparison, tally: &mut Tally) {
    let mut taken = Taken {
        seed,
        steps: Vec::new(),
    };
    let (mut pair, mut chooser) = (Pair::start(comparison).await, Chooser::of(seed));
    let settings = chooser.first_settings();
    taken.steps.push(settings.to_string());
    pair.settings(&settings).await;
    for number in 1..=STEPS {
        pair.advance(chooser.breath());
        let step = chooser.next(&pair);
        taken.steps.push(format!("{number}. at {}: {step:?}", pair.now()));
        if let Err(difference) = take(&step, &mut pair, &mut chooser, tally).await {
            panic!("step {number} of walk {seed} differs: {difference}");
        }
    }
    for client in 0..CLIENTS {
        if let Err(difference) = pair.read_client(client).await {
            panic!("client {client} differs at the end of walk {seed}: {difference}");
        }
    }
    if let Err(difference) = pair.compare_rows().await {
        panic!("what walk {seed} has left differs: {difference}");
    }
    pair.finish().await;
}

#[tokio::test]
async fn walks_through_either_face_come_to_the_same() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let server = TestServer::start().await;
    let mut comparison = Comparison::new(SchemaView::read(&server.anonymous()).await);
    server.finish().await;
    let mut tally = Tally::default();
    if let Some(seed) = number("VESTIBULE_TEST_WALK_SEED") {
        return walk(seed, &mut comparison, &mut tally).await;
    }
    let walks = number("VESTIBULE_TEST_WALKS").unwrap_or(WALKS);
    for seed in 0..walks {
        walk(seed, &mut comparison, &mut tally).await;
    }
    eprintln!("{walks} walks came to\n{tally}");
    if walks >= WALKS {
        tally.judge();
    }
}
