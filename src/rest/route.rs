//! Every operation of this face, on one line each. The router is made of this table, and so are the tests of everything and
//! docs/api-map.md, so that a route which is added here is tried by all of them at once.
//!
//! Invariant: no route of this face is anywhere else, and each goes through `Answering`.

use crate::{
    answer::Answering,
    frontend::{avatar, backup_code, client, dev_browser, environment, me, session, sign_in, sign_up, totp},
    health, npm, well_known,
};
use axum::{
    Router,
    http::Method,
    routing::{MethodFilter, on},
};
use service::app::App;

/// One operation.
#[derive(Debug)]
pub struct Route {
    /// How it is asked for. A GET changes nothing.
    pub method: Method,
    /// Where, from the root, with each identifier as `{name_id}`.
    pub path: &'static str,
    /// The file of its handler, which is what it is about.
    pub capability: &'static str,
    /// The function of its handler.
    pub verb: &'static str,
    /// Whom it is for.
    pub callers: Callers,
    /// What does the same by GraphQL.
    pub equal: Equal,
    /// Whether the reference documents of the API demand it.
    pub reference: Reference,
}

impl Route {
    /// Whether it only reads.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    /// The names in the braces of its path, in order.
    pub fn places(&self) -> impl Iterator<Item = &'static str> {
        let open = self.path.split('{').skip(1);
        open.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }
}

/// How somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With nothing that says who it is.
    Nobody,
    /// With a client token, here of one in which somebody is signed in.
    Client,
    /// With a session token.
    SessionToken,
    /// With a secret key.
    SecretKey,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Client, Self::SessionToken, Self::SecretKey];
}

/// Whom an operation is for. Others are told so, and nothing else; what belongs to somebody else is for the verb to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Whoever asks.
    Everybody,
    /// Clients, and those who have none yet.
    Visitors,
    /// Clients.
    Clients,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever is signed in, and the application.
    SignedInOrKey,
}

impl Callers {
    /// The kinds that are let in.
    #[must_use]
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Everybody => &Kind::ALL,
            Self::Visitors => &[Kind::Nobody, Kind::Client],
            Self::Clients => &[Kind::Client],
            Self::SignedIn => &[Kind::Client, Kind::SessionToken],
            Self::SignedInOrKey => &[Kind::Client, Kind::SessionToken, Kind::SecretKey],
        }
    }
}

/// What does the same as an operation by GraphQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equal {
    /// A field of `Query`.
    Query(&'static str),
    /// A field of `Mutation`.
    Mutation(&'static str),
    /// Nothing, and why.
    Nothing(&'static str),
}

/// What the reference documents of the API say of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// They describe it, so a run of the tests must have had a success of it that fits.
    Described,
    /// They describe it, but nothing that we have needs it, so that it only refuses; the test (by its path below `tests/it`)
    /// that is told so.
    Refusing(&'static str),
    /// They call it deprecated, so that nobody demands it of a run; the test that does.
    Deprecated(&'static str),
    /// They lack it; the test that exercises it.
    Lacking(&'static str),
}

use Callers::{Clients, Everybody, SignedIn, SignedInOrKey, Visitors};
use Equal::{Mutation, Nothing, Query};
use Reference::{Lacking, Refusing};

macro_rules! routes {
    ($($method:ident $path:literal => $capability:ident::$verb:ident, $callers:expr, $equal:expr $(, $reference:expr)?;)+) => {
        /// The table.
        pub const ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: $path,
            capability: stringify!($capability),
            verb: stringify!($verb),
            callers: $callers,
            equal: $equal,
            reference: routes!(@reference $($reference)?),
        }),+];

        /// The table as a router.
        pub(crate) fn router() -> Router<App> {
            Router::new()$(.route($path, on(MethodFilter::$method, Answering($capability::$verb))))+
        }
    };
    (@reference) => { Reference::Described };
    (@reference $reference:expr) => { $reference };
}

// Method, path, handler, whom it is for, what does the same by GraphQL; behind that what the
// reference documents say, where they do not simply describe the operation.
routes! {
    GET "/v1/environment" => environment::read, Everybody, Query("environment");
    PATCH "/v1/environment" => environment::update, Visitors, Nothing("only SDKs of this face say where they run");
    POST "/v1/dev_browser" => dev_browser::create, Visitors, Nothing("only SDKs of this face keep one");
    GET "/v1/me" => me::read, SignedIn, Query("viewer");
    POST "/v1/me/totp" => totp::create, Clients, Mutation("totpCreate");
    POST "/v1/me/totp/attempt_verification" => totp::attempt_verification, Clients, Mutation("totpAttemptVerification");
    DELETE "/v1/me/totp" => totp::delete, Clients, Mutation("totpDelete");
    POST "/v1/me/backup_codes" => backup_code::create, Clients, Mutation("backupCodesCreate");
    GET "/v1/avatars/{user_id}" => avatar::read, Everybody, Nothing("a picture; `User.imageUrl` is its address"), Lacking("security::cross_tenant::pictures_tell_nobody_whether_there_is_such_a_user");

    GET "/v1/client" => client::read, Everybody, Query("client");
    PUT "/v1/client" => client::replace, Visitors, Mutation("clientReplace");
    POST "/v1/client" => client::replace, Visitors, Mutation("clientReplace");
    DELETE "/v1/client" => client::delete, Visitors, Mutation("clientDelete");
    DELETE "/v1/client/sessions" => client::remove_sessions, Visitors, Mutation("clientSessionsRemove");

    POST "/v1/client/sign_ups" => sign_up::create, Visitors, Mutation("signUpCreate");
    GET "/v1/client/sign_ups/{sign_up_id}" => sign_up::read, Visitors, Query("signUp");
    PATCH "/v1/client/sign_ups/{sign_up_id}" => sign_up::update, Visitors, Mutation("signUpUpdate");
    POST "/v1/client/sign_ups/{sign_up_id}/prepare_verification" => sign_up::prepare_verification, Visitors, Mutation("signUpPrepareVerification");
    POST "/v1/client/sign_ups/{sign_up_id}/attempt_verification" => sign_up::attempt_verification, Visitors, Mutation("signUpAttemptVerification");

    POST "/v1/client/sign_ins" => sign_in::create, Visitors, Mutation("signInCreate");
    GET "/v1/client/sign_ins/{sign_in_id}" => sign_in::read, Visitors, Query("signIn");
    POST "/v1/client/sign_ins/{sign_in_id}/prepare_first_factor" => sign_in::prepare_first_factor, Visitors, Mutation("signInPrepareFirstFactor");
    POST "/v1/client/sign_ins/{sign_in_id}/attempt_first_factor" => sign_in::attempt_first_factor, Visitors, Mutation("signInAttemptFirstFactor");
    POST "/v1/client/sign_ins/{sign_in_id}/prepare_second_factor" => sign_in::prepare_second_factor, Visitors, Mutation("signInPrepareSecondFactor"), Refusing("sign_in::attempt_second_factor::each_proof_has_its_own_step");
    POST "/v1/client/sign_ins/{sign_in_id}/attempt_second_factor" => sign_in::attempt_second_factor, Visitors, Mutation("signInAttemptSecondFactor");

    GET "/v1/client/sessions/{session_id}" => session::read, SignedInOrKey, Query("session");
    POST "/v1/client/sessions/{session_id}/touch" => session::touch, Clients, Mutation("sessionTouch");
    POST "/v1/client/sessions/{session_id}/end" => session::end, Clients, Mutation("sessionEnd");
    POST "/v1/client/sessions/{session_id}/remove" => session::remove, Clients, Mutation("sessionRemove");
    POST "/v1/client/sessions/{session_id}/tokens" => session::create_token, Clients, Mutation("sessionTokenCreate");

    GET "/v1/health" => health::read, Everybody, Nothing("`/readyz` says it of the whole server");
    GET "/.well-known/jwks.json" => well_known::jwks, Everybody, Nothing("RFC 7517 says where it is looked for");
    GET "/.well-known/openid-configuration" => well_known::openid_configuration, Everybody, Nothing("OpenID Connect Discovery says where it is looked for");
    GET "/npm/@clerk/{package}/dist/{file}" => npm::script, Everybody, Nothing("a file"), Lacking("rest::npm::scripts_are_served_by_their_version_and_its_major");
}
