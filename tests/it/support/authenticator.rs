//! An authenticator app on somebody's phone: it knows the secret that it was shown, and the time.

use super::{Face, TestClient, TestServer};
use totp_rs::{Builder, Secret, Totp};

pub struct Authenticator(Totp);

impl Authenticator {
    /// The app that was told this secret, in base 32.
    pub fn of(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code that the app shows `steps` of thirty seconds from now.
    pub fn code(&self, server: &TestServer, steps: i64) -> String {
        let seconds = server.app.now() / 1_000 + steps * 30;
        self.0.generate(u64::try_from(seconds).unwrap()).to_string()
    }

    /// Sets an app up for whoever is signed in on the client. Its present code is used up with it.
    pub async fn set_up(face: Face, server: &TestServer, client: &TestClient) -> Self {
        let made = face.totp_create(client).await.ok();
        let authenticator = Self::of(&made.text("secret"));
        let code = authenticator.code(server, 0);
        let shown = face.totp_attempt(client, &code).await.ok();
        assert_eq!(shown.resource["verified"], true, "{}", shown.reply.text);
        authenticator
    }
}
