use crate::support::{Face, TestServer, jwt};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::id::InstanceId;
use std::time::Duration;
use vestibule::service::{instance, signing_key};

async fn first_instance(server: &TestServer) -> InstanceId {
    instance::all(&server.app).await.unwrap().instances[0].id
}

/// The key identifiers of the JWKS, in its order.
async fn kids(server: &TestServer) -> Vec<String> {
    let reply = server.anonymous().get("/.well-known/jwks.json").await;
    let keys = reply.body["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn after_a_rotation_old_tokens_verify_and_new_ones_name_the_new_key() {
    let server = TestServer::start().await;
    let face = Face::Rest;
    let client = server.anonymous();
    let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
    let old = face.token(&client, &session).await.unwrap();
    let id = first_instance(&server).await;
    assert_eq!(
        kids(&server).await,
        [id.to_string()],
        "the first key is named after the instance"
    );
    assert_eq!(jwt::header(&old)["kid"], id.to_string());
    signing_key::rotate(&server.app, &id).await.unwrap();
    let both = kids(&server).await;
    assert_eq!(both.len(), 2);
    assert_eq!(both[1], id.to_string());
    assert!(both[0].starts_with("ins_"), "{both:?}");
    let new = face.token(&client, &session).await.unwrap();
    assert_eq!(jwt::header(&new)["kid"], both[0]);
    for token in [&old, &new] {
        let holder = server
            .anonymous()
            .with_header("authorization", &format!("Bearer {token}"));
        assert_eq!(holder.get("/v1/me").await.status, 200);
        jwt::verify(&server, token).await.unwrap();
    }
    server.finish().await;
}

#[tokio::test]
async fn a_retired_key_leaves_the_key_set_after_a_day() {
    let server = TestServer::start().await;
    let id = first_instance(&server).await;
    signing_key::rotate(&server.app, &id).await.unwrap();
    server.advance(Duration::from_secs(24 * 3_600 - 1));
    assert_eq!(kids(&server).await.len(), 2);
    server.advance(Duration::from_secs(2));
    let left = kids(&server).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_ne!(left[0], id.to_string());
    server.finish().await;
}

#[tokio::test]
async fn private_keys_are_sealed_where_they_are_stored() {
    use sea_orm::EntityTrait as _;
    let server = TestServer::start().await;
    let rows = entity::signing_key::Entity::find()
        .all(server.app.pool())
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    // `v1.<key>.<base64url>`; inside, nothing of what every PKCS#8 RSA key holds: the object
    // identifier of rsaEncryption (RFC 8017 appendix A.1).
    let sealed = rows[0].sealed_private_key.rsplit('.').next().unwrap();
    let sealed = URL_SAFE_NO_PAD.decode(sealed).unwrap();
    let rsa_encryption = [0x2a_u8, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    assert!(sealed.len() > 1_000, "it holds a key of 2048 bits");
    assert!(!sealed.windows(9).any(|bytes| bytes == rsa_encryption));
    server.finish().await;
}
