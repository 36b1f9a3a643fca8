//! Identifiers of every kind: `<prefix>_<27 characters of KSUID>`, time-ordered to four milliseconds.
//!
//! Made from an injected time and injected randomness (there is no `new()` that reads a clock). One string is
//! the same in the database, in GraphQL, in REST, in logs and in events. It lies within the value, which is copied.

use arrayvec::ArrayString;
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use svix_ksuid::KsuidMs;

/// Bytes of randomness that one identifier takes.
pub const ID_ENTROPY_BYTES: usize = 15;

/// A text is not an identifier of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId {
    /// The prefix that was expected, without the underscore.
    pub prefix: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "not an identifier of the form {}_…", self.prefix)
    }
}

impl std::error::Error for InvalidId {}

/// What every identifier type can do.
pub trait TypedId: Copy + fmt::Display + FromStr<Err = InvalidId> {
    /// The text before the underscore.
    const PREFIX: &'static str;

    /// Makes an identifier from Unix milliseconds and randomness.
    fn generate(unix_milliseconds: i64, entropy: [u8; ID_ENTROPY_BYTES]) -> Self;

    /// The identifier of this kind with the number of another one: that of what has no row of its own.
    fn sharing_number(other: &impl TypedId) -> Self;

    /// The whole text, prefix included.
    fn as_str(&self) -> &str;
}

/// Digits of a KSUID.
const KSUID_LENGTH: usize = 27;

/// Takes `text` if it is `<prefix>_` followed by a KSUID of 27 base-62 digits.
fn parse<const LENGTH: usize>(prefix: &'static str, text: &str) -> Result<ArrayString<LENGTH>, InvalidId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|ksuid| ksuid.len() == KSUID_LENGTH && ksuid.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .and_then(|_| ArrayString::from(text).ok())
        .ok_or(InvalidId { prefix })
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
        #[sea_orm(value_type = "String", to_str = "TypedId::as_str")]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(ArrayString<{ $prefix.len() + 1 + KSUID_LENGTH }>);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;

            fn generate(unix_milliseconds: i64, entropy: [u8; ID_ENTROPY_BYTES]) -> Self {
                let ksuid = KsuidMs::from_millis(Some(unix_milliseconds), Some(&entropy));
                // There is room for exactly that much, so that the default is never taken.
                Self(ArrayString::try_from(format_args!(concat!($prefix, "_{}"), ksuid)).unwrap_or_default())
            }

            fn sharing_number(other: &impl TypedId) -> Self {
                let number = other.as_str().rsplit_once('_').map_or("", |(_, number)| number);
                Self(ArrayString::try_from(format_args!(concat!($prefix, "_{}"), number)).unwrap_or_default())
            }

            fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse($prefix, text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

typed_id! {
    /// An application: what an operator builds; holds instances.
    ApplicationId = "app";
    /// An instance of an application: a tenant that shares nothing with another.
    InstanceId = "ins";
    /// A stored secret key (its hash), not the key itself.
    SecretKeyId = "key";
    /// A signing key row. The `kid` of the first one is the instance id.
    SigningKeyId = "skey";
    /// A data key row: random key material of one class, sealed by the master key.
    DataKeyId = "dkey";
    /// A client: one browser or device.
    ClientId = "client";
    /// A development browser: what stands for the client cookie in development.
    DevBrowserId = "dvb";
    /// A sign-in attempt.
    SignInId = "sia";
    /// A sign-up attempt.
    SignUpId = "sua";
    /// A session of one user on one client.
    SessionId = "sess";
    /// A user.
    UserId = "user";
    /// An e-mail address, phone number or username, whether or not it belongs to a user yet.
    IdentificationId = "idn";
    /// A verification: one proof being asked for, with its attempts.
    VerificationId = "ver";
    /// An authenticator app.
    TotpId = "totp";
    /// Codes that stand in for a second proof, as they were given out together. They have no row of their own.
    BackupCodesId = "bcode";
    /// An organization. Tokens and sessions name it; it has no table yet.
    OrganizationId = "org";
    /// An event in the outbox.
    EventId = "evt";
    /// A job in the outbox.
    JobId = "job";
    /// A budget that is counted in the database.
    BudgetId = "bdg";
    /// A message kept by a development instance instead of being sent.
    DevMessageId = "msg";
    /// What pages need to know of an instance. It has the instance's number.
    EnvironmentId = "env";
    /// The settings of an instance. They have the instance's number.
    InstanceSettingsId = "inset";
}

#[cfg(test)]
mod tests {
    use super::{EnvironmentId, ID_ENTROPY_BYTES, InvalidId, TypedId, UserId};
    use sea_orm::{
        Value,
        sea_query::{Nullable, ValueType},
    };

    const NOW: i64 = 1_795_000_000_000;

    #[test]
    fn an_id_has_its_prefix_and_27_characters() {
        let id = UserId::generate(NOW, [7; ID_ENTROPY_BYTES]);
        assert!(id.as_str().starts_with("user_"));
        assert_eq!(id.as_str().len(), "user_".len() + 27);
    }

    #[test]
    fn what_has_no_row_of_its_own_shares_the_number_of_what_it_belongs_to() {
        let user = UserId::generate(NOW, [7; ID_ENTROPY_BYTES]);
        let shared = EnvironmentId::sharing_number(&user);
        assert_eq!(shared.as_str(), user.as_str().replace("user_", "env_"));
        assert_eq!(shared.to_string().parse(), Ok(shared));
        assert_eq!(UserId::sharing_number(&shared), user);
    }

    #[test]
    fn later_ids_sort_after_earlier_ones_whatever_the_entropy() {
        let earlier = UserId::generate(NOW, [0xff; ID_ENTROPY_BYTES]);
        let later = UserId::generate(NOW + 4, [0; ID_ENTROPY_BYTES]);
        assert!(earlier < later);
    }

    #[test]
    fn an_id_survives_text_and_json() {
        let id = UserId::generate(NOW, [1; ID_ENTROPY_BYTES]);
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<UserId>(&json).unwrap(), id);
    }

    #[test]
    fn an_id_is_its_text_to_the_database_and_to_whoever_debugs() {
        let id = UserId::generate(NOW, [1; ID_ENTROPY_BYTES]);
        assert_eq!(Value::from(id), Value::from(id.to_string()));
        assert_eq!(<UserId as Nullable>::null(), <String as Nullable>::null());
        assert_eq!(UserId::column_type(), String::column_type());
        assert_eq!(<UserId as ValueType>::try_from(Value::from(id)).unwrap(), id);
        assert!(<UserId as ValueType>::try_from(Value::from(id.as_str().replace("user", "sess"))).is_err());
        assert_eq!(format!("{id:?}"), format!("UserId({:?})", id.as_str()));
    }

    #[test]
    fn other_texts_are_refused() {
        let id = UserId::generate(NOW, [1; ID_ENTROPY_BYTES]);
        let ksuid = id.as_str().trim_start_matches("user_");
        for text in [
            "",
            "user_",
            ksuid,
            &format!("sess_{ksuid}"),
            &format!("user_{ksuid}x"),
            &format!("user-{ksuid}"),
            "user_000000000000000000000000'--",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId { prefix: "user" }), "{text}");
        }
    }
}
