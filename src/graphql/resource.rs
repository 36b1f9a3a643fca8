//! What is read by its identifier: by `node`, by the query of its own, and again and again by its subscription.
//!
//! Invariant: an object is found exactly by those who may read it, on whichever of these paths; for others it does not exist.

use super::{
    context::{ContextExt as _, Execution},
    error::{Nullable, found},
};
use async_graphql::{Context, ID};
use entity::{
    UnixMilliseconds,
    id::{TypedId, UserId},
};
use kernel::{error::Result, notice::Topic};
use web_kit::input;

/// An object that can be read again by its identifier, whose prefix names its type.
pub(crate) trait Resource: Sized + Send {
    /// What it is identified by.
    type Id: TypedId + Send + Sync;

    /// The object, for who acts now.
    ///
    /// # Errors
    /// `resource_not_found` when there is none that they may see.
    fn read(execution: &Execution, id: &Self::Id) -> impl Future<Output = Result<Self>> + Send;
}

/// An object that can be followed.
pub(crate) trait Followed: Resource {
    /// Itself, as something to watch.
    fn topic(id: &Self::Id) -> Topic;

    /// The users that it shows, whose changes are its own.
    fn users(&self) -> Vec<UserId> {
        Vec::new()
    }

    /// All that may change of what it shows.
    fn topics(&self, id: &Self::Id) -> Vec<Topic> {
        let users = self.users().into_iter().map(Topic::User);
        std::iter::once(Self::topic(id)).chain(users).collect()
    }

    /// When time alone changes what it shows next. What time has ended by now is shown as over and does not count, since it would be
    /// told again and again.
    fn changes_at(&self) -> Option<UnixMilliseconds>;

    /// Whether it will never change again.
    fn is_over(&self) -> bool {
        false
    }
}

/// The object of that identifier, which is called `id` where it is wrong; null when there is none that the caller may see.
pub(crate) async fn by_id<R: Resource>(context: &Context<'_>, id: &ID) -> Nullable<R> {
    found(context, read(context.execution(), id).await)
}

/// The same, with what is wrong.
pub(crate) async fn read<R: Resource>(execution: &Execution, id: &str) -> Result<R> {
    R::read(execution, &input::id(id, "id")?).await
}

/// What an object names by its identifier; null where it names nothing, or nothing that the caller may see.
pub(crate) async fn named<R: Resource>(context: &Context<'_>, id: Option<&R::Id>) -> Nullable<R> {
    found(context, R::read(context.execution(), id?).await)
}
