//! What a gateway asks: the schema to compose, and objects by representations that other subgraphs gave out.

use super::subgraph;
use crate::{
    context::{ContextExt as _, is_secret_key},
    error::{Nullable, failed, nullable},
    list::Items,
    scalar::Text,
    user::User,
};
use async_graphql::{Context, InputValueResult, Object, Scalar, ScalarType, SimpleObject, Union, Value};
use entity::id::UserId;
use kernel::{
    caller::Caller,
    error::{Error, Result},
};
use service::federation;
use std::sync::Arc;

/// An object as another subgraph knows it: its `__typename` and its `id`.
pub(super) struct Representation(Value);

/// An object as another subgraph knows it: its `__typename` and its `id`. Needs a secret key.
// Anything is one, since what cannot be read is null and takes nothing with it.
#[Scalar(name = "_Any", visible = "is_secret_key")]
impl ScalarType for Representation {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

impl Representation {
    /// The user that is meant, if it is one, by the name of its type with that prefix or without.
    fn user(&self, prefix: &str) -> Option<UserId> {
        let Value::Object(fields) = &self.0 else { return None };
        let (Value::String(name), Value::String(id)) = (fields.get("__typename")?, fields.get("id")?) else {
            return None;
        };
        let is_user = |name: &str| name == "User";
        let is_meant = is_user(name) || name.strip_prefix(prefix).is_some_and(is_user);
        if is_meant { id.parse().ok() } else { None }
    }
}

/// What other subgraphs may extend. Needs a secret key.
#[derive(Union)]
#[graphql(name = "_Entity", visible = "is_secret_key")]
pub(super) enum Entity {
    /// A user.
    User(User),
}

/// What a gateway needs to know of its subgraph. Needs a secret key.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "_Service", visible = "is_secret_key")]
pub(super) struct Service {
    /// The schema that it composes.
    sdl: Text,
}

/// Queries of gateways.
#[derive(Default)]
pub struct FederationQuery;

#[Object]
impl FederationQuery {
    /// The instance as a subgraph, for a gateway. Needs a secret key.
    #[graphql(name = "_service", visible = "is_secret_key")]
    async fn service(&self, context: &Context<'_>) -> Nullable<Service> {
        nullable(context, service_of(&context.acting().caller).map(Some))
    }

    /// The objects of those representations, in the same order; null for each that there is not. Needs a secret key.
    #[graphql(name = "_entities", visible = "is_secret_key")]
    async fn entities(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The objects as other subgraphs know them, at most 1,000.")] representations: Vec<
            Representation,
        >,
    ) -> Items<Nullable<Entity>> {
        let acting = context.acting();
        let prefix = federation::type_prefix(&acting.caller).unwrap_or_default();
        let meant: Vec<Option<UserId>> = representations.iter().map(|known| known.user(prefix)).collect();
        match federation::users(&acting.loaders, meant.iter().flatten().copied()).await {
            Ok(users) => meant
                .iter()
                .map(|id| {
                    users
                        .get(id.as_ref()?)
                        .map(|state| Ok(User::from(Arc::clone(state)).into()))
                })
                .collect(),
            Err(error) => {
                // Told once, and of each: null alone would say that there is no such object.
                let failed = failed(context, &error);
                meant.iter().map(|_| Some(Err(failed.clone()))).collect()
            }
        }
    }
}

fn service_of(caller: &Caller) -> Result<Service> {
    let prefix = federation::type_prefix(caller)?;
    let sdl = subgraph::sdl(prefix).map_err(Error::internal)?;
    Ok(Service {
        sdl: sdl.as_str().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::Representation;
    use async_graphql::{Value, value};
    use entity::id::{TypedId as _, UserId};

    fn user(known: Value, prefix: &str) -> Option<String> {
        Representation(known).user(prefix).map(|id| id.to_string())
    }

    #[test]
    fn a_user_is_known_by_the_name_of_its_type_and_its_identifier() {
        let id = UserId::generate(1, [7; 15]).to_string();
        let known = |name: &str| value!({ "__typename": name, "id": id.clone(), "more": [1] });
        assert_eq!(user(known("User"), ""), Some(id.clone()));
        assert_eq!(user(known("AuthUser"), "Auth"), Some(id.clone()));
        assert_eq!(
            user(known("User"), "Auth"),
            Some(id.clone()),
            "a gateway that was composed before"
        );
        for (name, prefix) in [
            ("AuthUser", ""),
            ("AuthUser", "Other"),
            ("AuthAuthUser", "Auth"),
            ("Post", ""),
            ("", "User"),
        ] {
            assert_eq!(user(known(name), prefix), None, "{name} with {prefix:?}");
        }
    }

    #[test]
    fn what_names_no_user_is_nobody() {
        for known in [
            Value::Null,
            value!("User"),
            value!([]),
            value!({}),
            value!({ "__typename": "User" }),
            value!({ "id": "user_1" }),
            value!({ "__typename": "User", "id": null }),
            value!({ "__typename": "User", "id": 7 }),
            value!({ "__typename": "User", "id": "" }),
            value!({ "__typename": "User", "id": "user_1" }),
            value!({ "__typename": ["User"], "id": "user_1" }),
        ] {
            assert_eq!(user(known.clone(), ""), None, "{known}");
        }
    }
}
