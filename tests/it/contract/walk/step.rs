//! Which step a walk takes next: at random, but mostly one that leads somewhere from where its client stands.
//!
//! Invariant: what is chosen depends on the seed and on what both servers have shown alike, so a seed is a walk.

use super::{
    pair::{CLIENTS, Pair},
    secrets::{Given, WRONG_CODE},
};
use crate::support::face::PASSWORD;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use std::time::Duration;

/// Parameters of a step, by the names that REST has for them.
pub(super) type Fields = Vec<(&'static str, Given)>;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Change(usize, &'static str, Fields),
    Read(usize, &'static str, Option<String>),
    Turn(Duration),
    Settings(Value),
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// How far the clock is turned, in seconds: behind the step of an app, a token, a guess, a code, a lock, a flow and a session.
const TURNS: [u64; 12] = [
    1,
    5,
    31,
    31,
    61,
    61,
    3 * MINUTE,
    11 * MINUTE,
    11 * MINUTE,
    HOUR + 1,
    25 * HOUR,
    8 * DAY,
];
const NAMES: [&str; 3] = ["ada", "bob", "cleo"];
const WRONG_PASSWORD: &str = "wrong wrong wrong";
/// Well formed, and of nothing.
const NOTHING: &str = "2xxxxxxxxxxxxxxxxxxxxxxxxxx";

/// Somebody who has signed up.
#[derive(Clone)]
struct Person {
    id: String,
    address: Option<String>,
    username: Option<String>,
}

pub(super) struct Chooser {
    random: StdRng,
    people: Vec<Person>,
    /// Sessions, sign-ins and sign-ups that were met, whosever they are.
    met: [Vec<String>; 3],
}

/// What is met, by its place in [`Chooser::met`].
const KINDS: [(&str, &str); 3] = [("sessions", "sess"), ("signIn", "sia"), ("signUp", "sua")];
const SESSION: usize = 0;
const SIGN_IN: usize = 1;
const SIGN_UP: usize = 2;

impl Chooser {
    pub(super) fn of(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            people: Vec::new(),
            met: Default::default(),
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.random.random_range(0..of.len())].clone()
    }

    /// How far the clock goes on before each step: never so little that two steps are of the same time, whose identifiers have no
    /// order.
    pub(super) fn breath(&mut self) -> Duration {
        Duration::from_millis(self.random.random_range(5..1_500))
    }

    /// What the servers of a walk are set to.
    pub(super) fn first_settings(&mut self) -> Value {
        json!({
            "attribute": {
                "username": { "enabled": true },
                "authenticator_app": { "enabled": true },
                "backup_code": { "enabled": true },
            },
            "session": { "single_session_mode": self.chance(40) },
            "attack_protection": {
                "enumeration_protection": self.chance(50),
                "user_lockout": { "max_attempts": self.random.random_range(2..5) },
            },
        })
    }

    /// Remembers what a client shows.
    pub(super) fn meet(&mut self, shown: &Value) {
        for ((name, _), met) in KINDS.iter().zip(&mut self.met) {
            let found = match &shown[*name] {
                Value::Array(all) => all.iter().filter_map(|one| one["id"].as_str()).collect(),
                one => Vec::from_iter(one["id"].as_str()),
            };
            for id in found {
                if !met.iter().any(|known| known == id) {
                    met.push(id.to_owned());
                }
            }
        }
    }

    /// Remembers who has signed up.
    pub(super) fn meet_person(&mut self, sign_up: &Value) {
        let text = |name: &str| sign_up[name].as_str().map(str::to_owned);
        self.people.extend(text("createdUserId").map(|id| Person {
            id,
            address: text("emailAddress"),
            username: text("username"),
        }));
    }

    pub(super) fn next(&mut self, pair: &Pair<'_>) -> Step {
        let client = usize::from(self.chance(40)) % CLIENTS;
        match self.random.random_range(0..100) {
            0..8 => Step::Turn(Duration::from_secs(self.one(&TURNS))),
            8..12 => Step::Settings(self.settings()),
            12..18 => self.read(client, pair),
            _ => self.change(client, pair),
        }
    }

    fn settings(&mut self) -> Value {
        let lockout = |patch: Value| json!({ "attack_protection": { "user_lockout": patch } });
        let attribute = |name: &str, patch: Value| json!({ "attribute": { name: patch } });
        let is_on = self.chance(50);
        match self.random.random_range(0..13) {
            0 => lockout(json!({ "max_attempts": self.one(&[1, 2, 3, 5, 100]) })),
            1 => lockout(json!({ "duration_in_minutes": self.one(&[1, 10, 60]) })),
            2 => lockout(json!({ "enabled": is_on })),
            3 => lockout(json!({ "max_attempts_per_network": self.one(&[2, 4, 10_000]) })),
            4 => json!({ "attack_protection": { "enumeration_protection": is_on } }),
            5 => json!({ "session": { "single_session_mode": is_on } }),
            6 => attribute("authenticator_app", json!({ "enabled": is_on })),
            7 => attribute("backup_code", json!({ "enabled": is_on })),
            8 => attribute("first_name", json!({ "required": is_on })),
            9 => attribute("email_address", json!({ "verify_at_sign_up": is_on })),
            10 => json!({ "sign_up": { "mode": if is_on { "public" } else { "restricted" } } }),
            11 => json!({ "session": { "inactivity_timeout_enabled": is_on, "inactivity_timeout_seconds": 600 } }),
            _ => json!({ "limit": { "code_send_per_identifier": self.one(&[1, 2, 10]) } }),
        }
    }

    fn read(&mut self, client: usize, pair: &Pair<'_>) -> Step {
        let (kind, field) = self.one(&[
            (SESSION, "session"),
            (SIGN_IN, "signIn"),
            (SIGN_UP, "signUp"),
            (SESSION, "viewer"),
        ]);
        match field {
            "viewer" => Step::Read(client, field, None),
            _ => Step::Read(client, field, Some(self.id(client, kind, pair))),
        }
    }

    /// Something of the client's own, mostly; else of whom it may be, or of nobody.
    fn id(&mut self, client: usize, kind: usize, pair: &Pair<'_>) -> String {
        let (name, prefix) = KINDS[kind];
        let own: Vec<_> = match &pair.shown(client)[name] {
            Value::Array(all) => all.iter().filter_map(|one| one["id"].as_str()).collect(),
            one => one["id"].as_str().into_iter().collect(),
        };
        if !own.is_empty() && self.chance(88) {
            return self.one(&own).to_owned();
        }
        match self.met[kind].is_empty() || self.chance(20) {
            true => format!("{prefix}_{NOTHING}"),
            false => self.one(&self.met[kind].clone()),
        }
    }

    fn change(&mut self, client: usize, pair: &Pair<'_>) -> Step {
        let shown = pair.shown(client).clone();
        let sessions = shown["sessions"].as_array();
        let is_active = sessions.is_some_and(|all| all.iter().any(|session| session["status"] == "ACTIVE"));
        if !self.people.is_empty() && self.chance(8) {
            return Step::Change(client, "signInCreate", self.guess());
        }
        let (mutation, fields) = if shown["signUp"].is_object() && self.chance(80) {
            self.sign_up_step(client, pair)
        } else if shown["signIn"].is_object() && self.chance(75) {
            self.sign_in_step(client, pair)
        } else if (is_active && self.chance(85)) || self.chance(3) {
            self.session_step(client, pair)
        } else if self.people.is_empty() || self.chance(15) {
            ("signUpCreate", self.sign_up_begin())
        } else {
            ("signInCreate", self.sign_in_begin(pair))
        };
        Step::Change(client, mutation, fields)
    }

    fn sign_up_begin(&mut self) -> Fields {
        let name = self.one(&NAMES);
        let mut fields = Vec::new();
        for (field, text, percent) in [
            ("email_address", format!("{name}@example.com"), 88),
            ("username", format!("{name}_once"), 35),
            ("password", PASSWORD.to_owned(), 80),
            ("first_name", "Ada".to_owned(), 25),
            ("strategy", "email_code".to_owned(), 85),
        ] {
            if self.chance(percent) {
                fields.push((field, Given::Text(text)));
            }
        }
        fields
    }

    fn sign_up_step(&mut self, client: usize, pair: &Pair<'_>) -> (&'static str, Fields) {
        let id = Given::Id(self.id(client, SIGN_UP, pair));
        let mut fields = vec![("sign_up_id", id)];
        let shown = &pair.shown(client)["signUp"];
        let address = shown["emailAddress"].as_str().unwrap_or_default().to_owned();
        let is_missing = shown["missingFields"]
            .as_array()
            .is_some_and(|missing| !missing.is_empty());
        let is_sent = shown["verifications"]["emailAddress"].is_object();
        match self.random.random_range(0..100) {
            0..20 => fields.push(self.sign_up_change()),
            20..50 if is_missing => fields.push(self.sign_up_change()),
            20..32 => {
                fields.push(("strategy", self.strategy()));
                return ("signUpPrepareVerification", fields);
            }
            20..60 if !is_sent => {
                fields.push(("strategy", text("email_code")));
                return ("signUpPrepareVerification", fields);
            }
            _ => {
                let code = self.mailed_code(&address);
                fields.extend([("strategy", text("email_code")), ("code", code)]);
                return ("signUpAttemptVerification", fields);
            }
        }
        ("signUpUpdate", fields)
    }

    fn sign_up_change(&mut self) -> (&'static str, Given) {
        let name = self.one(&NAMES);
        let change = match self.random.random_range(0..9) {
            0..3 => ("password", PASSWORD.to_owned()),
            3 => ("password", self.one(&["short", "password", ""]).to_owned()),
            4 | 5 => ("email_address", format!("{name}@example.com")),
            6 => (
                "username",
                self.one(&[&*format!("{name}_once"), "", "a b", name]).to_owned(),
            ),
            _ => ("first_name", self.one(&["Ada", "Grace", ""]).to_owned()),
        };
        (change.0, Given::Text(change.1))
    }

    fn strategy(&mut self) -> Given {
        text(self.one(&[
            "email_code",
            "email_code",
            "email_code",
            "password",
            "totp",
            "backup_code",
        ]))
    }

    /// The code that was mailed last, mostly; else one before it, or a wrong one.
    fn mailed_code(&mut self, address: &str) -> Given {
        let back = match self.random.random_range(0..100) {
            0..62 => 0,
            62..72 => 1,
            _ => return text(WRONG_CODE),
        };
        Given::Mailed {
            address: address.to_owned(),
            back,
        }
    }

    fn password(&mut self) -> Given {
        text(if self.chance(70) { PASSWORD } else { WRONG_PASSWORD })
    }

    fn sign_in_begin(&mut self, pair: &Pair<'_>) -> Fields {
        let mut fields = Vec::new();
        let mut people = self.people.clone();
        // Those who have an app come further, so that they are met more often.
        if self.chance(75) && people.iter().any(|person| pair.secrets.backup_codes(&person.id) > 0) {
            people.retain(|person| pair.secrets.backup_codes(&person.id) > 0);
        }
        let identifier = match self.random.random_range(0..100) {
            0..82 if !people.is_empty() => {
                let person = self.one(&people);
                let known: Vec<_> = person.address.into_iter().chain(person.username).collect();
                Some(self.one(&known))
            }
            0..96 => Some(
                self.one(&["ada@example.com", "nobody@example.com", "nobody", "not an address"])
                    .to_owned(),
            ),
            _ => None,
        };
        fields.extend(identifier.map(|identifier| ("identifier", Given::Text(identifier))));
        match self.random.random_range(0..100) {
            0..55 => {
                if self.chance(80) {
                    fields.push(("strategy", text("password")));
                }
                let password = self.password();
                fields.push(("password", password));
            }
            55..78 => fields.push(("strategy", text("email_code"))),
            78..84 => {
                let strategy = self.strategy();
                fields.push(("strategy", strategy));
            }
            _ => {}
        }
        fields
    }

    /// A wrong guess, always at the same account, so that it is locked some time.
    fn guess(&mut self) -> Fields {
        let person = self.people[0].clone();
        let identifier = person.address.or(person.username).unwrap();
        vec![
            ("identifier", Given::Text(identifier)),
            ("strategy", text("password")),
            ("password", text(WRONG_PASSWORD)),
        ]
    }

    /// Who a sign-in names, if they have signed up.
    fn named(&self, sign_in: &Value) -> Option<Person> {
        let identifier = sign_in["identifier"].as_str()?;
        let is_named = |person: &&Person| {
            [&person.address, &person.username]
                .into_iter()
                .flatten()
                .any(|own| own == identifier)
        };
        self.people.iter().find(is_named).cloned()
    }

    fn sign_in_step(&mut self, client: usize, pair: &Pair<'_>) -> (&'static str, Fields) {
        let shown = pair.shown(client)["signIn"].clone();
        let fields = vec![("sign_in_id", Given::Id(self.id(client, SIGN_IN, pair)))];
        let is_second = shown["status"] == "NEEDS_SECOND_FACTOR";
        match is_second != self.chance(8) {
            true => self.second_step(&shown, fields, pair),
            false => self.first_step(&shown, fields),
        }
    }

    fn first_step(&mut self, shown: &Value, mut fields: Fields) -> (&'static str, Fields) {
        let named = self.named(shown);
        let identifier = shown["identifier"].as_str().unwrap_or_default();
        let address = named
            .and_then(|person| person.address)
            .unwrap_or_else(|| identifier.to_owned());
        let is_sent = shown["firstFactorVerification"].is_object();
        match self.random.random_range(0..100) {
            0..15 => {
                fields.push(("strategy", self.strategy()));
                let factors = shown["supportedFirstFactors"].as_array().into_iter().flatten();
                let shown = factors.filter_map(|factor| factor["emailAddressId"].as_str());
                let shown: Vec<_> = shown.map(str::to_owned).collect();
                if !shown.is_empty() && self.chance(60) {
                    fields.push(("email_address_id", Given::Id(self.one(&shown))));
                }
                ("signInPrepareFirstFactor", fields)
            }
            15..60 => {
                let password = self.password();
                fields.extend([("strategy", text("password")), ("password", password)]);
                ("signInAttemptFirstFactor", fields)
            }
            60..85 if !is_sent => {
                fields.push(("strategy", text("email_code")));
                ("signInPrepareFirstFactor", fields)
            }
            60..97 => {
                let code = self.mailed_code(&address);
                fields.extend([("strategy", text("email_code")), ("code", code)]);
                ("signInAttemptFirstFactor", fields)
            }
            _ => {
                fields.extend([("strategy", text("totp")), ("code", text(WRONG_CODE))]);
                ("signInAttemptFirstFactor", fields)
            }
        }
    }

    fn second_step(&mut self, shown: &Value, mut fields: Fields, pair: &Pair<'_>) -> (&'static str, Fields) {
        if self.chance(6) {
            fields.push(("strategy", self.strategy()));
            return ("signInPrepareSecondFactor", fields);
        }
        let user = self.named(shown).map(|person| person.id).unwrap_or_default();
        let (strategy, code) = match self.random.random_range(0..100) {
            0..48 => ("totp", self.app_code(&user)),
            48..55 => ("totp", text(WRONG_CODE)),
            55..92 => {
                let codes = pair.secrets.backup_codes(&user);
                // Few of them, so that they come again.
                let index = self.random.random_range(0..codes.clamp(1, 2));
                ("backup_code", Given::Backup { user, index })
            }
            92..97 => ("backup_code", text("aaaaaaaaaa")),
            _ => {
                let password = self.password();
                fields.extend([("strategy", text("password")), ("password", password)]);
                return ("signInAttemptSecondFactor", fields);
            }
        };
        fields.extend([("strategy", text(strategy)), ("code", code)]);
        ("signInAttemptSecondFactor", fields)
    }

    /// What an app shows now, mostly; else soon, just before or far away.
    fn app_code(&mut self, user: &str) -> Given {
        Given::App {
            user: user.to_owned(),
            steps: self.one(&[0, 0, 0, 0, 0, 0, 0, 1, -1, 20]),
        }
    }

    fn session_step(&mut self, client: usize, pair: &Pair<'_>) -> (&'static str, Fields) {
        let user = pair.acting_user(client).unwrap_or_default();
        let sessions = pair.shown(client)["sessions"].as_array();
        let acting = sessions.into_iter().flatten().find(|session| session["userId"] == user);
        let has_app = acting.is_some_and(|session| session["user"]["totpEnabled"] == true);
        if !has_app && self.chance(60) {
            return match pair.secrets.has_app(&user) && self.chance(90) {
                true => ("totpAttemptVerification", vec![("code", self.own_code(&user))]),
                false => ("totpCreate", Vec::new()),
            };
        }
        let named = |chooser: &mut Self| vec![("session_id", Given::Id(chooser.id(client, SESSION, pair)))];
        match self.random.random_range(0..100) {
            0..16 => ("sessionTouch", named(self)),
            16..36 => ("sessionEnd", named(self)),
            36..50 => ("sessionRemove", named(self)),
            50..64 => ("sessionTokenCreate", named(self)),
            64..70 => ("totpCreate", Vec::new()),
            70..76 => ("totpAttemptVerification", vec![("code", self.own_code(&user))]),
            76..80 => ("totpDelete", Vec::new()),
            80..88 => ("backupCodesCreate", Vec::new()),
            88..92 => ("clientSessionsRemove", Vec::new()),
            92..95 => ("clientDelete", Vec::new()),
            95..97 => ("clientReplace", Vec::new()),
            _ => ("signInCreate", self.sign_in_begin(pair)),
        }
    }

    fn own_code(&mut self, user: &str) -> Given {
        match self.chance(90) {
            true => self.app_code(user),
            false => text(WRONG_CODE),
        }
    }
}

fn text(text: &str) -> Given {
    Given::Text(text.to_owned())
}
