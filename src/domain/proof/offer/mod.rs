//! Which proofs somebody is offered.
//!
//! Invariant: what only stands in for another second proof is never offered without one.

use super::{Enrolled, Factor, Level, Rules, Second, UserIdentification, rules::offers};
use crate::settings::attribute::AttributeSettings;
use entity::{
    id::{ID_ENTROPY_BYTES, IdentificationId, TypedId as _},
    kind::{IdentificationKind, Strategy},
};

/// The proofs that somebody can give at a level, in the order of the table of strategies.
#[must_use]
pub fn offered(level: Level, enrolled: &Enrolled, attributes: &AttributeSettings) -> Vec<Factor> {
    let serving = |strategy: &&Strategy| Rules::of(**strategy).serves(level);
    let factors: Vec<_> = Strategy::ALL
        .iter()
        .filter(serving)
        .flat_map(|strategy| offers(*strategy, enrolled, attributes))
        .collect();
    let stands_alone = |factor: &Factor| Rules::of(factor.strategy).second == Some(Second::Alone);
    if level == Level::Second && !factors.iter().any(stands_alone) {
        return Vec::new();
    }
    factors
}

/// The strategies that an instance takes at a level, from whoever has everything.
#[must_use]
pub fn enabled(level: Level, attributes: &AttributeSettings) -> Vec<Strategy> {
    let identification = |kind: &IdentificationKind| UserIdentification {
        id: IdentificationId::generate(0, [0; ID_ENTROPY_BYTES]),
        kind: *kind,
        value: String::new(),
        is_verified: true,
        is_primary: true,
    };
    let whoever = Enrolled {
        identifications: IdentificationKind::ALL.iter().map(identification).collect(),
        secrets: Strategy::ALL.to_vec(),
    };
    let mut strategies: Vec<_> = offered(level, &whoever, attributes)
        .into_iter()
        .map(|factor| factor.strategy)
        .collect();
    strategies.dedup();
    strategies
}

#[cfg(test)]
mod tests;
