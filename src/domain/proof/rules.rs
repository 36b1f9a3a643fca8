//! What each strategy is like: the one place that goes through the table of strategies.

use super::{Enrolled, Factor};
use crate::{factor, settings::attribute::AttributeSettings};
use entity::{
    kind::{Strategy, VerificationPurpose},
    strategies,
};
use zeroize::Zeroizing;

/// What a strategy is like, whatever flow uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether it can be the first proof of a sign-in.
    pub first: bool,
    /// Whether it can be the second proof of a sign-in.
    pub second: Option<Second>,
    /// What has to be asked for before a proof can be given; nothing where the person has it at hand.
    pub challenge: Option<ChallengeRules>,
    /// The parameter that carries the proof.
    pub parameter: Parameter,
    /// What a proof of it consists of, in a sentence: "six digits".
    pub format: &'static str,
    /// What a verification by it is called on the wire.
    pub object: &'static str,
}

/// How a strategy serves as the second proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// Whoever has it is asked for a second proof.
    Alone,
    /// It stands in for another one that is not at hand, and is nothing without one.
    Beside,
}

/// What has to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengeRules {
    /// How long what was sent is good, in milliseconds.
    pub lifetime_ms: i64,
    /// How many attempts it allows.
    pub maximum_attempts: i32,
}

/// The parameter that carries a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `password`.
    Password,
    /// `code`.
    Code,
}

impl Parameter {
    /// Every parameter.
    pub const ALL: [Self; 2] = [Self::Password, Self::Code];

    /// The word that is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
        }
    }
}

/// Which proof of a sign-in is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The first.
    First,
    /// The second, where one is needed.
    Second,
}

impl Level {
    /// The level of what is asked for with a purpose: all but a second proof stands first.
    #[must_use]
    pub const fn of(purpose: VerificationPurpose) -> Self {
        match purpose {
            VerificationPurpose::SignInSecondFactor => Self::Second,
            _ => Self::First,
        }
    }

    /// What is asked for at this level serves this alone.
    #[must_use]
    pub const fn purpose(self) -> VerificationPurpose {
        match self {
            Self::First => VerificationPurpose::SignInFirstFactor,
            Self::Second => VerificationPurpose::SignInSecondFactor,
        }
    }
}

impl Rules {
    /// Whether it serves at a level.
    #[must_use]
    pub const fn serves(&self, level: Level) -> bool {
        match level {
            Level::First => self.first,
            Level::Second => self.second.is_some(),
        }
    }
}

/// A text cannot be a proof of its strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

macro_rules! by_strategy {
    ($($(#[$doc:meta])* $variant:ident = $text:literal in $module:ident;)+) => {
        /// A proof as it was given, read but not looked at.
        pub enum Given {
            $($(#[$doc])* $variant(factor::$module::Given),)+
        }

        impl Given {
            /// Reads the parameter of a strategy.
            ///
            /// # Errors
            /// [`Malformed`] when no proof of the strategy looks like that.
            pub fn read(strategy: Strategy, text: &Zeroizing<String>) -> Result<Self, Malformed> {
                match strategy {
                    $(Strategy::$variant => factor::$module::read(text).map(Self::$variant),)+
                }
            }

            /// By which strategy it was given.
            #[must_use]
            pub const fn strategy(&self) -> Strategy {
                match self { $(Self::$variant(_) => Strategy::$variant,)+ }
            }
        }

        impl Rules {
            /// The rules of a strategy.
            #[must_use]
            pub const fn of(strategy: Strategy) -> &'static Self {
                match strategy { $(Strategy::$variant => &factor::$module::RULES,)+ }
            }
        }

        /// What somebody is offered by a strategy.
        pub(super) fn offers(strategy: Strategy, enrolled: &Enrolled, attributes: &AttributeSettings) -> Vec<Factor> {
            match strategy { $(Strategy::$variant => factor::$module::offers(enrolled, attributes),)+ }
        }
    };
}
strategies!(by_strategy);

impl std::fmt::Debug for Given {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.strategy().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, Level, Malformed, Parameter, Rules};
    use entity::kind::{Strategy, VerificationPurpose};
    use zeroize::Zeroizing;

    #[test]
    fn every_strategy_serves_somewhere_and_says_how_its_verifications_are_called() {
        for strategy in Strategy::ALL {
            let rules = Rules::of(*strategy);
            assert!(rules.serves(Level::First) || rules.serves(Level::Second), "{strategy}");
            assert!(rules.object.starts_with("verification_"), "{strategy}");
            if let Some(challenge) = rules.challenge {
                assert!(
                    challenge.lifetime_ms > 0 && challenge.maximum_attempts > 0,
                    "{strategy}"
                );
            }
        }
    }

    #[test]
    fn a_proof_is_read_by_its_strategy_and_never_shows() {
        let read = |strategy, text: &str| Given::read(strategy, &Zeroizing::new(text.to_owned()));
        let password = read(Strategy::Password, "hunter2").unwrap();
        assert_eq!(password.strategy(), Strategy::Password);
        assert_eq!(format!("{password:?}"), "password");
        let code = read(Strategy::EmailCode, "424242").unwrap();
        assert_eq!(code.strategy(), Strategy::EmailCode);
        assert_eq!(read(Strategy::EmailCode, "hunter2").unwrap_err(), Malformed);
    }

    #[test]
    fn parameters_and_purposes_have_their_words() {
        assert_eq!(Parameter::ALL.map(Parameter::as_str), ["password", "code"]);
        assert_eq!(Level::First.purpose(), VerificationPurpose::SignInFirstFactor);
        assert_eq!(Level::Second.purpose(), VerificationPurpose::SignInSecondFactor);
        for level in [Level::First, Level::Second] {
            assert_eq!(Level::of(level.purpose()), level);
        }
    }
}
