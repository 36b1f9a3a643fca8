//! Where every query of tenant data starts: a connection together with the instance it may see.

use entity::id::InstanceId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait, QueryFilter as _, Select, UpdateMany, sea_query::SimpleExpr,
};

/// A table whose rows belong to one instance each.
pub trait TenantEntity: EntityTrait {
    /// The condition that a row belongs to `instance`.
    fn is_of(instance: &InstanceId) -> SimpleExpr;
}

macro_rules! tenant_entities {
    ($($table:ident)+) => {$(
        impl TenantEntity for entity::$table::Entity {
            fn is_of(instance: &InstanceId) -> SimpleExpr {
                entity::$table::Column::InstanceId.eq(instance.clone())
            }
        }
    )+};
}

tenant_entities! {
    backup_code budget client dev_browser dev_message event identification job lockout secret_key session sign_in sign_up signing_key totp user
    verification
}

/// A connection and the one instance whose rows it may touch.
#[derive(Debug)]
pub struct Scope<'a, C> {
    connection: &'a C,
    instance: &'a InstanceId,
}

// Derived impls would ask for `C: Copy`, which a connection is not.
impl<C> Clone for Scope<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Scope<'_, C> {}

impl<'a, C: ConnectionTrait> Scope<'a, C> {
    /// The rows of `instance`, over `connection`.
    #[must_use]
    pub fn new(connection: &'a C, instance: &'a InstanceId) -> Self {
        Self { connection, instance }
    }

    /// The connection to run the query on.
    #[must_use]
    pub fn connection(&self) -> &'a C {
        self.connection
    }

    /// The instance whose rows are visible.
    #[must_use]
    pub fn instance(&self) -> &'a InstanceId {
        self.instance
    }

    /// A query over the rows of the instance.
    #[must_use]
    pub fn select<E: TenantEntity>(&self) -> Select<E> {
        E::find().filter(E::is_of(self.instance))
    }

    /// An update of rows of the instance.
    #[must_use]
    pub fn update<E: TenantEntity>(&self) -> UpdateMany<E> {
        E::update_many().filter(E::is_of(self.instance))
    }
}
