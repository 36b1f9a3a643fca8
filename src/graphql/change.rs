//! What every mutation does around its verb: judge the input, run the verb, hand over what the caller must keep, answer.
//!
//! Invariant: a mutation begins with fresh loaders and while there is time, and what was committed reaches its caller, whatever
//! fails afterwards. So a failure is that of one field, and never outside its `Option`: then the library would throw away
//! what came of the fields before it.

use super::{
    budget::in_time,
    context::ContextExt as _,
    error::{Nullable, UserError, failed, is_top_level, user_errors},
};
use async_graphql::Context;
use kernel::{caller::Caller, error::Result};
use service::{app::App, client::Changed};

/// What a mutation answers with.
pub(crate) trait Payload: Sized {
    /// The object that the mutation is about.
    type Resource;

    /// The payload of what came out, or of what was wrong.
    fn new(resource: Option<Self::Resource>, user_errors: Vec<UserError>) -> Self;
}

/// Runs a verb that may change the client. The rest of the document acts as who the caller is by then. Within the verb `?` is for
/// whatever is wrong: the input's problems become `userErrors`, and what is no fault of the input an error of this field alone.
pub(crate) async fn change<P: Payload, T: Into<P::Resource>>(
    context: &Context<'_>,
    verb: impl AsyncFnOnce(&App, &Caller) -> Result<Changed<T>>,
) -> Nullable<P> {
    if let Err(late) = in_time(context) {
        return Some(Err(late));
    }
    let outcome = match run(context, verb).await {
        Ok(changed) => {
            let (value, changed) = changed.split();
            context.take_over(changed).await;
            Ok(value)
        }
        Err(error) => Err(error),
    };
    Some(answered(context, outcome))
}

/// Runs a verb that leaves the client as it is.
pub(crate) async fn carry_out<P: Payload, T: Into<P::Resource>>(
    context: &Context<'_>,
    verb: impl AsyncFnOnce(&App, &Caller) -> Result<T>,
) -> Nullable<P> {
    if let Err(late) = in_time(context) {
        return Some(Err(late));
    }
    let outcome = run(context, verb).await;
    Some(answered(context, outcome))
}

async fn run<T>(context: &Context<'_>, verb: impl AsyncFnOnce(&App, &Caller) -> Result<T>) -> Result<T> {
    let execution = context.execution();
    execution.read_anew();
    verb(&execution.app, &execution.acting().caller).await
}

fn answered<P: Payload, T: Into<P::Resource>>(context: &Context<'_>, outcome: Result<T>) -> async_graphql::Result<P> {
    match outcome {
        Ok(value) => Ok(P::new(Some(value.into()), Vec::new())),
        Err(error) if is_top_level(error.code()) => Err(failed(context, &error)),
        Err(error) => Ok(P::new(None, user_errors(context, &error))),
    }
}

/// Defines payloads: the resource, what was wrong, the root of queries, and with `client` the client, which may have changed.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($fields:tt)* })+) => {
        $($crate::change::payloads!(@one [$(#[$doc])*] $name { $($fields)* });)+
    };
    (@one [$(#[$doc:meta])*] $name:ident { $(#[$resource_doc:meta])* $resource:ident: $type:ty, client }) => {
        $crate::change::payloads!(@type [$(#[$doc])*] $name { $(#[$resource_doc])* $resource: $type });
        $crate::change::payloads!(@complex $name client);
    };
    (@one [$(#[$doc:meta])*] $name:ident { $(#[$resource_doc:meta])* $resource:ident: $type:ty }) => {
        $crate::change::payloads!(@type [$(#[$doc])*] $name { $(#[$resource_doc])* $resource: $type });
        $crate::change::payloads!(@complex $name);
    };
    (@one [$(#[$doc:meta])*] $name:ident { client }) => {
        $crate::change::payloads!(@type [$(#[$doc])*] $name {});
        $crate::change::payloads!(@complex $name client);
    };
    (@type [$(#[$doc:meta])*] $name:ident { $($(#[$resource_doc:meta])* $resource:ident: $type:ty)? }) => {
        #[derive(async_graphql::SimpleObject)]
        #[graphql(complex)]
        $(#[$doc])*
        pub struct $name {
            $($(#[$resource_doc])* pub $resource: Option<$type>,)?
            /// Everything that was wrong with the input, at once; empty when it was done.
            pub user_errors: Vec<$crate::error::UserError>,
        }

        $crate::change::payloads!(@new $name $($resource: $type)?);
    };
    (@complex $name:ident $($client:ident)?) => {
        #[async_graphql::ComplexObject]
        impl $name {
            $(
                /// The caller's client as it is now; null when there is none.
                async fn $client(
                    &self,
                    context: &async_graphql::Context<'_>,
                ) -> $crate::error::Nullable<$crate::client::Client> {
                    $crate::client::current(context).await
                }
            )?

            /// The root of queries, as the caller may use it now: what is asked for here keeps an application's cache right.
            async fn query(&self) -> $crate::schema::Query {
                $crate::schema::Query::default()
            }
        }
    };
    (@new $name:ident $resource:ident: $type:ty) => {
        impl $crate::change::Payload for $name {
            type Resource = $type;

            fn new($resource: Option<$type>, user_errors: Vec<$crate::error::UserError>) -> Self {
                Self { $resource, user_errors }
            }
        }
    };
    (@new $name:ident) => {
        impl $crate::change::Payload for $name {
            type Resource = ();

            fn new(_: Option<()>, user_errors: Vec<$crate::error::UserError>) -> Self {
                Self { user_errors }
            }
        }
    };
}

/// Defines inputs of one identifier, which `id` reads. It may be left out where its type is an `Option`.
macro_rules! inputs_of_one_id {
    (#[$field_doc:meta] $field:ident: Option<$id:ty>; $($(#[$doc:meta])* $name:ident,)+) => {$(
        #[derive(Default, async_graphql::InputObject)]
        $(#[$doc])*
        pub(crate) struct $name {
            #[$field_doc]
            $field: Option<async_graphql::ID>,
        }

        impl $name {
            fn id(&self) -> Result<Option<$id>, kernel::error::Problem> {
                let given = self.$field.as_deref();
                given.map(|text| web_kit::input::id(text, stringify!($field))).transpose()
            }
        }
    )+};
    (#[$field_doc:meta] $field:ident: $id:ty; $($(#[$doc:meta])* $name:ident,)+) => {$(
        #[derive(async_graphql::InputObject)]
        $(#[$doc])*
        pub(crate) struct $name {
            #[$field_doc]
            $field: async_graphql::ID,
        }

        impl $name {
            fn id(&self) -> Result<$id, kernel::error::Problem> {
                web_kit::input::id(&self.$field, stringify!($field))
            }
        }
    )+};
}

pub(crate) use {inputs_of_one_id, payloads};

#[cfg(test)]
mod tests {
    use super::{Payload, carry_out, change};
    use crate::{
        allowance::{Budget, OF_PERSON},
        error::{Nullable, UserError},
    };
    use async_graphql::{Context, EmptySubscription, Object, Schema, SimpleObject};
    use entity::id::{ID_ENTROPY_BYTES, SessionId, TypedId as _};
    use kernel::error::Code;
    use serde_json::json;
    use service::client::Changed;
    use tokio::time::Instant;

    inputs_of_one_id! {
        /// The session's identifier.
        session_id: SessionId;
        /// One that must be there.
        Needed,
    }

    inputs_of_one_id! {
        /// The session's identifier.
        session_id: Option<SessionId>;
        /// One that may be.
        Welcome,
    }

    #[test]
    fn an_input_of_one_identifier_reads_it_and_names_it_where_it_is_wrong() {
        let id = SessionId::generate(1_795_000_000_000, [7; ID_ENTROPY_BYTES]);
        let needed = |text: &str| {
            Needed {
                session_id: text.into(),
            }
            .id()
        };
        let welcome = |text: Option<&str>| {
            Welcome {
                session_id: text.map(Into::into),
            }
            .id()
        };
        assert_eq!(needed(id.as_str()).unwrap(), id);
        assert_eq!(welcome(Some(id.as_str())).unwrap(), Some(id));
        assert_eq!(welcome(None).unwrap(), None);
        for problem in [
            needed("").unwrap_err(),
            needed("user_x").unwrap_err(),
            welcome(Some("sess_")).unwrap_err(),
        ] {
            assert_eq!(
                (problem.code, problem.field.as_deref()),
                (Code::FormParamFormatInvalid, Some("session_id"))
            );
        }
    }

    /// What came of nothing.
    #[derive(SimpleObject)]
    struct Told {
        /// What was wrong.
        user_errors: Vec<UserError>,
    }

    impl Payload for Told {
        type Resource = ();

        fn new(_: Option<()>, user_errors: Vec<UserError>) -> Self {
            Self { user_errors }
        }
    }

    struct Nothing;

    #[Object]
    impl Nothing {
        async fn done(&self) -> Nullable<bool> {
            Some(Ok(true))
        }

        async fn changes(&self, context: &Context<'_>) -> Nullable<Told> {
            change(context, async |_, _| -> kernel::error::Result<Changed<()>> {
                unreachable!("nothing begins after the deadline")
            })
            .await
        }

        async fn leaves(&self, context: &Context<'_>) -> Nullable<Told> {
            carry_out(context, async |_, _| -> kernel::error::Result<()> {
                unreachable!("nothing begins after the deadline")
            })
            .await
        }
    }

    #[tokio::test]
    async fn what_is_not_begun_in_time_leaves_what_was_done_before_it() {
        let schema = Schema::build(Nothing, Nothing, EmptySubscription)
            .data(Budget::new(OF_PERSON, Some(Instant::now())))
            .finish();
        let document = "mutation { done changes { userErrors { code } } leaves { userErrors { code } } }";
        let response = serde_json::to_value(schema.execute(document).await).unwrap();
        assert_eq!(
            response["data"],
            json!({ "done": true, "changes": null, "leaves": null })
        );
        let errors = response["errors"].as_array().unwrap().iter();
        let told: Vec<_> = errors
            .map(|error| (&error["path"], &error["extensions"]["code"]))
            .collect();
        let late = json!("DEADLINE_EXCEEDED");
        assert_eq!(told, [(&json!(["changes"]), &late), (&json!(["leaves"]), &late)]);
    }
}
