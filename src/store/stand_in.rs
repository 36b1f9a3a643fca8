//! The stand-in: the account of nobody, in an instance that no host, key or list names. Its rows are read where somebody's
//! would be, so that nobody costs what somebody costs. It has no digest and no address.

use entity::id::{ApplicationId, ID_ENTROPY_BYTES, InstanceId, TypedId as _, UserId};
use std::sync::LazyLock;

/// The first time that identifiers can be made at, in Unix milliseconds: their text is all zeros then.
const FIRST_TIME: i64 = 1_400_000_000_000;

/// The application of its instance.
pub static APPLICATION: LazyLock<ApplicationId> =
    LazyLock::new(|| ApplicationId::generate(FIRST_TIME, [0; ID_ENTROPY_BYTES]));

/// The instance that holds it.
pub static INSTANCE: LazyLock<InstanceId> = LazyLock::new(|| InstanceId::generate(FIRST_TIME, [0; ID_ENTROPY_BYTES]));

/// The account.
pub static USER: LazyLock<UserId> = LazyLock::new(|| UserId::generate(FIRST_TIME, [0; ID_ENTROPY_BYTES]));

#[cfg(test)]
mod tests {
    use super::{APPLICATION, INSTANCE, USER};

    #[test]
    fn it_is_the_row_that_the_migration_made() {
        assert_eq!(APPLICATION.to_string(), "app_000000000000000000000000000");
        assert_eq!(INSTANCE.to_string(), "ins_000000000000000000000000000");
        assert_eq!(USER.to_string(), "user_000000000000000000000000000");
    }
}
