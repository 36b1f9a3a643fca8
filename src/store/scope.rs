//! Where every query of tenant data starts: a connection together with the instance it may see.
//!
//! Invariant: nothing of a tenant is read or written but through a scope. `clippy.toml` forbids the functions of SeaORM that
//! would go around it; where that is meant, an `#[expect]` says why.

#![expect(clippy::disallowed_methods, reason = "this is what puts the instance in")]

use crate::pool::Transaction;
use entity::id::InstanceId;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, DeleteMany, EntityTrait, Insert, IntoActiveModel, ModelTrait,
    PrimaryKeyTrait, QueryFilter as _, QuerySelect as _, Select, UpdateMany,
    sea_query::{LockType, SimpleExpr},
};

/// A table whose rows belong to one instance each.
pub trait TenantEntity: EntityTrait {
    /// The condition that a row belongs to `instance`.
    fn is_of(instance: &InstanceId) -> SimpleExpr;

    /// Makes a row that of `instance`, whatever it said before.
    fn give_to(row: &mut Self::ActiveModel, instance: &InstanceId);
}

macro_rules! tenant_entities {
    ($($table:ident)+) => {$(
        impl TenantEntity for entity::$table::Entity {
            fn is_of(instance: &InstanceId) -> SimpleExpr {
                entity::$table::Column::InstanceId.eq(instance.clone())
            }

            fn give_to(row: &mut entity::$table::ActiveModel, instance: &InstanceId) {
                row.instance_id = Set(instance.clone());
            }
        }
    )+};
}

tenant_entities! {
    backup_code budget client dev_browser dev_message event identification job lockout secret_key session sign_in sign_up signing_key totp
    trusted_document user verification
}

/// The primary key of a table.
type Id<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

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

    /// A query for the row of that primary key.
    #[must_use]
    pub fn by_id<E: TenantEntity>(&self, id: &Id<E>) -> Select<E>
    where
        Id<E>: Clone,
    {
        E::find_by_id(id.clone()).filter(E::is_of(self.instance))
    }

    /// The row of that primary key.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn find<E: TenantEntity>(&self, id: &Id<E>) -> Result<Option<E::Model>, DbErr>
    where
        Id<E>: Clone,
    {
        self.by_id::<E>(id).one(self.connection).await
    }

    /// The rows of which `id` is one of these.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn list<E: TenantEntity>(
        &self,
        id: E::Column,
        ids: &[impl Copy + Into<sea_orm::Value>],
    ) -> Result<Vec<E::Model>, DbErr> {
        let rows = self.select::<E>().filter(id.is_in(ids.iter().copied()));
        rows.all(self.connection).await
    }

    /// An insertion of a row, which is the instance's from now on.
    #[must_use]
    pub fn inserting<E, R>(&self, row: R) -> Insert<E::ActiveModel>
    where
        E: TenantEntity,
        R: IntoActiveModel<E::ActiveModel>,
    {
        let mut row = row.into_active_model();
        E::give_to(&mut row, self.instance);
        E::insert(row)
    }

    /// Stores a row, which is the instance's from now on.
    ///
    /// # Errors
    /// When the database refuses the row.
    pub async fn insert<M>(&self, row: M) -> Result<(), DbErr>
    where
        M: ModelTrait<Entity: TenantEntity> + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    {
        let insert = self.inserting::<M::Entity, M>(row);
        insert.exec_without_returning(self.connection).await?;
        Ok(())
    }

    /// Stores rows, which are the instance's from now on, in one statement.
    ///
    /// # Errors
    /// When the database refuses a row.
    pub async fn insert_all<M>(&self, rows: impl IntoIterator<Item = M>) -> Result<(), DbErr>
    where
        M: ModelTrait<Entity: TenantEntity> + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    {
        let own = |row: M| {
            let mut row = row.into_active_model();
            M::Entity::give_to(&mut row, self.instance);
            row
        };
        M::Entity::insert_many(rows.into_iter().map(own))
            .exec_without_returning(self.connection)
            .await?;
        Ok(())
    }

    /// An update of rows of the instance.
    #[must_use]
    pub fn update<E: TenantEntity>(&self) -> UpdateMany<E> {
        E::update_many().filter(E::is_of(self.instance))
    }

    /// A deletion of rows of the instance.
    #[must_use]
    pub fn delete<E: TenantEntity>(&self) -> DeleteMany<E> {
        E::delete_many().filter(E::is_of(self.instance))
    }
}

impl Scope<'_, Transaction> {
    /// The row of that primary key, locked until the transaction ends.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn lock<E: TenantEntity>(&self, id: &Id<E>) -> Result<Option<E::Model>, DbErr>
    where
        Id<E>: Clone,
    {
        self.by_id::<E>(id)
            .lock(LockType::NoKeyUpdate)
            .one(self.connection)
            .await
    }
}
