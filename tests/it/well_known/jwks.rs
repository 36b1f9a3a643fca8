use crate::support::{Face, TestServer, jwt};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use vestibule::service::instance;

#[tokio::test]
async fn the_key_is_an_rsa_key_named_after_the_instance() {
    let server = TestServer::start().await;
    let reply = server.anonymous().get("/.well-known/jwks.json").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=60"));
    let keys = reply.body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let mut key = keys[0].clone();
    let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
    assert_eq!((modulus.len(), modulus[0] >> 7), (256, 1), "2048 bits");
    key.as_object_mut().unwrap().remove("n");
    let id = instance::all(&server.app).await.unwrap().instances[0].id.to_string();
    assert_eq!(
        key,
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "e": "AQAB" }),
        "nothing private"
    );
    server.finish().await;
}

#[tokio::test]
async fn anybody_verifies_a_token_by_it() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let token = Face::Rest.token(&client, &session).await.unwrap();
    let claims = jwt::verify(&server, &token).await.unwrap();
    assert_eq!((&claims["sub"], &claims["sid"]), (&json!(user), &json!(session)));
    let header = jwt::header(&token);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
    let (body, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[100] ^= 1;
    let forged = format!("{body}.{}", URL_SAFE_NO_PAD.encode(bytes));
    jwt::verify(&server, &forged).await.unwrap_err();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {forged}"));
    assert_eq!(holder.get("/v1/me").await.codes(), ["authentication_invalid"]);
    server.finish().await;
}

#[tokio::test]
async fn the_issuer_is_the_one_of_the_settings() {
    let server = TestServer::start().await;
    server.settings(json!({ "issuer": "https://issuer.example.com" })).await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let token = Face::Rest.token(&client, &session).await.unwrap();
    assert_eq!(jwt::claims(&token)["iss"], "https://issuer.example.com");
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {token}"));
    assert_eq!(holder.get("/v1/me").await.status, 200);
    server.finish().await;
}
