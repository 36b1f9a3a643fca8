//! Stored enums. Each is a short text in the database, and the same text on the wire (snake_case).
//!
//! They live here and not in `domain`, because their SeaORM traits must be implemented where the type is defined.

use crate::strategies;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

macro_rules! stored_enum {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {$(
            $(#[$variant_doc])*
            #[sea_orm(string_value = $text)]
            #[serde(rename = $text)]
            $variant,
        )+}

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The text that is stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of a stored or received text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    )+};
}

stored_enum! {
    /// What an instance is for.
    InstanceEnvironment {
        /// For building an application: dev inbox, test codes, any local origin.
        Development = "development",
        /// For real users.
        Production = "production",
    }

    /// What an identification is.
    IdentificationKind {
        /// An e-mail address.
        EmailAddress = "email_address",
        /// A phone number in E.164.
        PhoneNumber = "phone_number",
        /// A username.
        Username = "username",
    }

    /// What a verification is for. A code of one purpose is no use for another.
    VerificationPurpose {
        /// Proves an identification while signing up.
        SignUp = "sign_up",
        /// Proves the first factor of a sign-in.
        SignInFirstFactor = "sign_in_first_factor",
        /// Proves the second factor of a sign-in.
        SignInSecondFactor = "sign_in_second_factor",
    }

    /// Where a verification stands.
    VerificationStatus {
        /// Waiting for its proof.
        Unverified = "unverified",
        /// Proven.
        Verified = "verified",
        /// Spent by too many wrong attempts.
        Failed = "failed",
        /// Its time has passed.
        Expired = "expired",
    }

    /// Where a sign-in stands.
    SignInStatus {
        /// Nobody is named yet.
        NeedsIdentifier = "needs_identifier",
        /// Somebody is named; the first proof is missing.
        NeedsFirstFactor = "needs_first_factor",
        /// The first proof was right; the account asks for a second one.
        NeedsSecondFactor = "needs_second_factor",
        /// A session was created.
        Complete = "complete",
        /// Given up by time.
        Abandoned = "abandoned",
    }

    /// Where a sign-up stands.
    SignUpStatus {
        /// Fields are missing or unverified.
        MissingRequirements = "missing_requirements",
        /// User and session were created.
        Complete = "complete",
        /// Given up by time.
        Abandoned = "abandoned",
    }

    /// Where a session stands. All but `active` are final.
    SessionStatus {
        /// In use.
        Active = "active",
        /// Signed out; still listed in its client.
        Ended = "ended",
        /// Its lifetime or inactivity limit has passed.
        Expired = "expired",
        /// Signed out and no longer listed.
        Removed = "removed",
        /// Another session or client took its place.
        Replaced = "replaced",
        /// Withdrawn by another session or by the application.
        Revoked = "revoked",
        /// Its abandon time passed without activity.
        Abandoned = "abandoned",
    }

    /// Where a client stands.
    ClientStatus {
        /// In use.
        Active = "active",
        /// Deleted by its owner.
        Deleted = "deleted",
        /// Replaced by a new client of the same browser.
        Replaced = "replaced",
    }

    /// What a data key protects.
    DataKeyClass {
        /// Seals secrets at rest.
        Seal = "seal",
        /// Derives one-time codes.
        Code = "code",
        /// Makes lookup hashes.
        Lookup = "lookup",
        /// Signs client tokens.
        ClientToken = "client_token",
    }

    /// Where a job stands.
    JobStatus {
        /// Waiting or leased.
        Pending = "pending",
        /// Given up after its last attempt; kept for an operator.
        Dead = "dead",
    }
}

macro_rules! strategy {
    ($($(#[$doc:meta])* $variant:ident = $text:literal in $module:ident;)+) => {
        stored_enum! {
            /// A way to prove an identification or oneself.
            Strategy { $($(#[$doc])* $variant = $text,)+ }
        }
    };
}
strategies!(strategy);
