//! Rows of one instance through the scope of another.

use crate::support::TestServer;
use domain::page::Page;
use entity::{
    dev_message::{Column, Entity, Model},
    id::{DevMessageId, InstanceId},
};

use sea_orm::{EntityTrait as _, sea_query::Expr};
use vestibule::{
    service::instance,
    store::{Tx, page},
};

/// A message that says it is of that instance.
fn message(tx: &Tx, instance: &InstanceId) -> Model {
    Model {
        id: tx.id(),
        instance_id: *instance,
        channel: "email".to_owned(),
        recipient: "ada@example.com".to_owned(),
        sealed_body: "sealed".to_owned(),
        created_at: tx.now(),
    }
}

/// What is reached through the scope of a transaction: found, locked, listed, updated, deleted.
async fn reached(tx: &Tx, id: &DevMessageId) -> (bool, bool, usize, u64, u64) {
    let scope = tx.scope();
    let found = scope.find::<Entity>(id).await.unwrap().is_some();
    let locked = scope.lock::<Entity>(id).await.unwrap().is_some();
    let page = Page::<DevMessageId>::first(100);
    let listed = page::newest_first(scope, scope.select::<Entity>(), Column::Id, page);
    let listed = listed.await.unwrap().len();
    let update = scope.update::<Entity>().col_expr(Column::Recipient, Expr::value("eve"));
    let updated = update.exec(scope.connection()).await.unwrap().rows_affected;
    let deleted = scope.delete::<Entity>().exec(scope.connection()).await.unwrap();
    (found, locked, listed, updated, deleted.rows_affected)
}

#[tokio::test]
async fn a_scope_reaches_its_own_rows_alone_and_what_is_stored_through_it_is_its_own() {
    let server = TestServer::start().await;
    server.second_instance().await;
    let all = instance::all(&server.app).await.unwrap();
    let [own, other] = [0, 1].map(|number| all.instances[number].id);
    let tx = server.app.begin(&own).await.unwrap();
    let message = |_| message(&tx, &other);
    let [first, second, third] = [0; 3].map(message);
    let id = first.id;
    tx.scope().insert(first).await.unwrap();
    tx.scope().insert_all([second, third]).await.unwrap();
    tx.commit().await.unwrap();
    let stored = Entity::find().all(server.app.pool()).await.unwrap();
    assert_eq!(stored.len(), 3);
    assert!(stored.iter().all(|row| row.instance_id == own), "{stored:?}");

    let tx = server.app.begin(&other).await.unwrap();
    assert_eq!(reached(&tx, &id).await, (false, false, 0, 0, 0));
    tx.commit().await.unwrap();
    let tx = server.app.begin(&own).await.unwrap();
    assert_eq!(reached(&tx, &id).await, (true, true, 3, 3, 3));
    tx.commit().await.unwrap();
    server.finish().await;
}
