use super::RowCache;
use crate::{Scope, client::StoredClient};
use entity::{
    client,
    id::{ClientId, ID_ENTROPY_BYTES, InstanceId, TypedId},
    kind::ClientStatus,
};
use kernel::notice::{Notice, NoticeBus};
use sea_orm::DatabaseConnection;

const NOW: i64 = 1_795_000_000_000;

fn stored(id: &ClientId, instance: &InstanceId) -> StoredClient {
    StoredClient {
        row: client::Model {
            id: id.clone(),
            instance_id: instance.clone(),
            status: ClientStatus::Active,
            rotating_digest: String::new(),
            sign_in_id: None,
            sign_up_id: None,
            last_active_session_id: None,
            last_authentication_strategy: None,
            created_at: NOW,
            updated_at: NOW,
        },
        sessions: Vec::new(),
    }
}

#[test]
fn what_a_commit_wrote_counts_only_if_nobody_else_has_changed_it() {
    let instance = InstanceId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let nowhere = DatabaseConnection::default();
    let (told, lost) = (Notice::Client(id.clone()), Notice::Lost);
    for (before, after, expected) in [
        (vec![told.clone()], vec![], true),
        (vec![told.clone(), told.clone()], vec![], false),
        (vec![told.clone(), lost.clone()], vec![], false),
        (vec![told.clone()], vec![told.clone()], false),
        (vec![told.clone()], vec![lost], false),
        (vec![], vec![], false),
    ] {
        let bus = NoticeBus::new("a");
        bus.set_complete(true);
        let rows = RowCache::new(bus.clone());
        let version = bus.version(&id);
        bus.publish(&before);
        rows.feed_client(version, NOW, stored(&id, &instance));
        bus.publish(&after);
        let scope = Scope::new(&nowhere, &instance);
        let known = rows.remembered_client(scope, &id, NOW + 1);
        assert_eq!(known.is_some(), expected, "{before:?}, then {after:?}");
        let elsewhere = InstanceId::generate(NOW, [3; ID_ENTROPY_BYTES]);
        let scope = Scope::new(&nowhere, &elsewhere);
        assert!(rows.remembered_client(scope, &id, NOW + 1).is_none());
    }
}

#[test]
fn nothing_is_fed_while_notices_may_be_missed() {
    let instance = InstanceId::generate(NOW, [1; ID_ENTROPY_BYTES]);
    let id = ClientId::generate(NOW, [2; ID_ENTROPY_BYTES]);
    let bus = NoticeBus::new("a");
    let rows = RowCache::new(bus.clone());
    rows.feed_client(bus.version(&id), NOW, stored(&id, &instance));
    bus.set_complete(true);
    bus.publish(&[Notice::Client(id.clone())]);
    let nowhere = DatabaseConnection::default();
    let scope = Scope::new(&nowhere, &instance);
    assert!(rows.remembered_client(scope, &id, NOW).is_none());
}
