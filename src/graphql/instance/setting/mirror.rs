//! How a stored setting becomes something to show, and something given a patch of what is stored.
//!
//! Invariant: words of enums are those of the stored document, because the stored value writes them.

use crate::{list::Items, scalar::Text};
use async_graphql::{InputType, MaybeUndefined};
use serde_json::{Map, Value};

/// Something that settings hold, as GraphQL shows it.
pub trait Setting: Sized {
    /// What is stored.
    type Stored;
    /// What is given to change it.
    type Given: InputType;

    /// What is shown of what is stored.
    fn shown(stored: &Self::Stored) -> Self;

    /// The value by which a merge patch stores what was given.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    fn patch(given: Self::Given) -> serde_json::Result<Value>;
}

macro_rules! plain {
    ($($type:ty,)+) => {$(
        impl Setting for $type {
            type Stored = Self;
            type Given = Self;

            fn shown(stored: &Self) -> Self {
                stored.clone()
            }

            fn patch(given: Self) -> serde_json::Result<Value> {
                Ok(Value::from(given))
            }
        }
    )+};
}

plain! {
    bool,
    String,
}

/// What is given may be negative, and is judged with everything else that settings hold.
impl Setting for u32 {
    type Stored = Self;
    type Given = i32;

    fn shown(stored: &Self) -> Self {
        *stored
    }

    fn patch(given: i32) -> serde_json::Result<Value> {
        Ok(Value::from(given))
    }
}

impl Setting for Text {
    type Stored = String;
    type Given = String;

    fn shown(stored: &Self::Stored) -> Self {
        stored.as_str().into()
    }

    fn patch(given: Self::Given) -> serde_json::Result<Value> {
        Ok(Value::from(given))
    }
}

impl<T: Setting> Setting for Option<T> {
    type Stored = Option<T::Stored>;
    type Given = T::Given;

    fn shown(stored: &Self::Stored) -> Self {
        stored.as_ref().map(T::shown)
    }

    fn patch(given: Self::Given) -> serde_json::Result<Value> {
        T::patch(given)
    }
}

impl<T: Setting> Setting for Items<T> {
    type Stored = Vec<T::Stored>;
    type Given = Vec<T::Given>;

    fn shown(stored: &Self::Stored) -> Self {
        stored.iter().map(T::shown).collect()
    }

    fn patch(given: Self::Given) -> serde_json::Result<Value> {
        given.into_iter().map(T::patch).collect()
    }
}

/// Puts what was given for a setting into a merge patch (RFC 7396): absent keeps, null goes back to the default.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn put<T: Setting>(
    patch: &mut Map<String, Value>,
    name: &str,
    given: MaybeUndefined<T::Given>,
) -> serde_json::Result<()> {
    let value = match given {
        MaybeUndefined::Undefined => return Ok(()),
        MaybeUndefined::Null => Value::Null,
        MaybeUndefined::Value(given) => T::patch(given)?,
    };
    patch.insert(name.to_owned(), value);
    Ok(())
}

/// Lets enums that mirror stored ones be settings.
macro_rules! words {
    ($($name:ty => $stored:ty,)+) => {$(
        impl $crate::instance::setting::mirror::Setting for $name {
            type Stored = $stored;
            type Given = Self;

            fn shown(stored: &$stored) -> Self {
                Self::from(*stored)
            }

            fn patch(given: Self) -> serde_json::Result<serde_json::Value> {
                serde_json::to_value(<$stored>::from(given))
            }
        }
    )+};
}

/// Defines a section of the settings: an object that shows it, an input by which it is changed, and the patch that the
/// input means. With `pub` pages see the object too, otherwise only a secret key does.
macro_rules! section {
    (@both [$($seen:tt)*] [$(#[$doc:meta])*] $name:ident / $input:ident of $section:ty {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        $($seen)*
        pub struct $name {$(
            $(#[$field_doc])*
            pub $field: $type,
        )+}

        impl From<&$section> for $name {
            fn from(section: &$section) -> Self {
                Self {
                    $($field: <$type as $crate::instance::setting::mirror::Setting>::shown(&section.$field),)+
                }
            }
        }

        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        #[graphql(visible = "crate::context::is_secret_key")]
        pub struct $input {$(
            $(#[$field_doc])*
            pub $field: async_graphql::MaybeUndefined<
                <$type as $crate::instance::setting::mirror::Setting>::Given
            >,
        )+}

        impl $crate::instance::setting::mirror::Setting for $name {
            type Stored = $section;
            type Given = $input;

            fn shown(stored: &$section) -> Self {
                Self::from(stored)
            }

            fn patch(given: $input) -> serde_json::Result<serde_json::Value> {
                let mut patch = serde_json::Map::new();
                $($crate::instance::setting::mirror::put::<$type>(&mut patch, stringify!($field), given.$field)?;)+
                Ok(serde_json::Value::Object(patch))
            }
        }
    };
    ($(#[$doc:meta])* pub $name:ident $($rest:tt)+) => {
        $crate::instance::setting::mirror::section!(@both [] [$(#[$doc])*] $name $($rest)+);
    };
    ($(#[$doc:meta])* $name:ident $($rest:tt)+) => {
        $crate::instance::setting::mirror::section!(
            @both [#[graphql(visible = "crate::context::is_secret_key")]] [$(#[$doc])*] $name $($rest)+
        );
    };
}

pub(crate) use {section, words};

#[cfg(test)]
mod tests {
    use super::Setting as _;
    use crate::instance::setting::root::{Sections, SectionsInput};
    use async_graphql::{InputType as _, Value, value};
    use domain::settings::InstanceSettings;
    use serde_json::json;

    fn patch(given: Value) -> serde_json::Value {
        let given = SectionsInput::parse(Some(given)).ok().unwrap();
        Sections::patch(given).unwrap()
    }

    #[test]
    fn a_patch_holds_what_was_given_and_nothing_else() {
        assert_eq!(patch(value!({})), json!({}));
        assert_eq!(patch(value!({ "session": {} })), json!({ "session": {} }));
        let given = value!({
            "applicationName": null,
            "session": { "tokenLifetimeSeconds": 120, "singleSessionMode": null, "tokenVersion": "BY_API_VERSION" },
            "attribute": { "emailAddress": { "firstFactors": ["EMAIL_CODE"], "verifications": [] } },
            "theme": null,
            "issuer": "https://auth.example.com",
        });
        let expected = json!({
            "application_name": null,
            "session": { "token_lifetime_seconds": 120, "single_session_mode": null, "token_version": "by_api_version" },
            "attribute": { "email_address": { "first_factors": ["email_code"], "verifications": [] } },
            "theme": null,
            "issuer": "https://auth.example.com",
        });
        assert_eq!(patch(given), expected);
    }

    #[test]
    fn every_word_of_an_enum_is_one_of_the_stored_document() {
        for given in [
            value!({ "session": { "tokenVersion": "V1" } }),
            value!({ "session": { "tokenVersion": "V2" } }),
            value!({ "session": { "tokenVersion": "BY_API_VERSION" } }),
            value!({ "signIn": { "preferredStrategy": "PASSWORD" } }),
            value!({ "signIn": { "preferredStrategy": "OTP" } }),
            value!({ "signUp": { "mode": "PUBLIC" } }),
            value!({ "signUp": { "mode": "RESTRICTED" } }),
        ] {
            let settings = InstanceSettings::default().patched(&patch(given.clone()));
            assert!(settings.is_ok(), "{given}: {settings:?}");
        }
    }
}
