//! Mail, by SMTP or kept in memory.
//!
//! Invariant: nothing given for a message can add a header or a recipient to it. Addresses are parsed types, and the
//! builder encodes what is not plain text.

use kernel::config;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{self, PoolConfig, extension::ClientId, response::Category},
};
use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};
use url::{Host, Url};

/// How long one step of a conversation with the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Connections to the mail server that are kept, and how long an unused one is.
const CONNECTIONS: u32 = 4;
const IDLE: Duration = Duration::from_secs(60);

/// A sender as settings write one: an address, or `Name <address>`.
#[must_use]
pub fn sender(text: &str) -> Option<Mailbox> {
    text.parse().ok()
}

/// A message to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender.
    pub from: Mailbox,
    /// The recipient.
    pub to: Address,
    /// What tells this message from others: letters, digits, `_` and `.`. The same when it is sent again, so that whoever
    /// gets it twice can know.
    pub id: String,
    /// When it was written, in Unix milliseconds.
    pub written_at: i64,
    /// Subject line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same body as HTML.
    pub html: String,
}

// A message may hold a one-time code, and its recipient is a person.
impl fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mail(..)")
    }
}

/// A message as it left, for tests.
#[derive(Clone, PartialEq, Eq)]
pub struct SentMail {
    /// The message.
    pub mail: Mail,
    /// What the mail server would have received (RFC 5322).
    pub source: String,
}

impl fmt::Debug for SentMail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SentMail(..)")
    }
}

/// Why a message did not leave. Neither addresses nor the server's words, which may repeat them, are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// There is no mail server.
    #[error("no mail server is configured")]
    Disabled,
    /// The message could not be built.
    #[error("the message could not be built")]
    Invalid,
    /// The server refused this message or its recipient for good (a 5xx reply, RFC 5321 section 4.2.1).
    #[error("the mail server refused the message for good: {0}")]
    Refused(u16),
    /// The server cannot take it now, or refuses us rather than the message.
    #[error("the mail server cannot take the message now: {0}")]
    Deferred(u16),
    /// The server did not answer in time, or not at all.
    #[error("the mail server cannot be reached")]
    Unreachable,
    /// The connection could not be secured.
    #[error("the connection to the mail server cannot be secured")]
    Insecure,
    /// The server said something unexpected, or lacks an extension that the message needs.
    #[error("the mail server cannot be spoken with")]
    Protocol,
}

impl MailError {
    /// Whether trying again later is of no use.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::Invalid | Self::Refused(_))
    }
}

/// Why there is no mailer for a configuration. The URL may hold a password and is not shown.
#[derive(Debug, thiserror::Error)]
#[error("smtp_url cannot be used: {0}")]
pub struct InvalidMailServer(&'static str);

/// Sends mail. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub enum Mailer {
    /// By a mail server, over pooled connections.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Keeps everything, for tests.
    Memory(Arc<Mutex<Vec<SentMail>>>),
    /// There is no mail server.
    Disabled,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Smtp(_) => "Mailer::Smtp",
            Self::Memory(_) => "Mailer::Memory",
            Self::Disabled => "Mailer::Disabled",
        })
    }
}

impl Mailer {
    /// The mailer of a configuration. `smtps://` speaks TLS from the first byte. `smtp://` uses STARTTLS where the server
    /// offers it, except to this machine; `?tls=required` insists on it.
    ///
    /// Mail servers are greeted by the configured name, else by `public_host`, where this server is reached.
    ///
    /// # Errors
    /// When the URL is none that a mail server can have, or no root certificates are found.
    pub fn from_config(config: &config::mail::Mail, public_host: Option<&Host>) -> Result<Self, InvalidMailServer> {
        let Some(url) = &config.smtp_url else {
            return Ok(Self::Disabled);
        };
        let url = with_tls(Url::parse(url.expose()).map_err(|_| InvalidMailServer("it is no URL"))?);
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
            .map_err(|error| {
                InvalidMailServer(if error.is_tls() {
                    "TLS cannot be set up"
                } else {
                    "expected smtp:// or smtps://, and tls=required or tls=opportunistic if anything"
                })
            })?
            .hello_name(greeting(config.ehlo_name.as_ref().or(public_host)))
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE))
            .build();
        Ok(Self::Smtp(transport))
    }

    /// A mailer that keeps everything, and where it keeps it.
    #[must_use]
    pub fn memory() -> (Self, Arc<Mutex<Vec<SentMail>>>) {
        let kept = Arc::default();
        (Self::Memory(Arc::clone(&kept)), kept)
    }

    /// Whether mail leaves at all.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        !matches!(self, Self::Disabled)
    }

    /// Sends a message, and waits until the mail server has taken it over.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match self {
            Self::Smtp(transport) => {
                let sent = transport.send(message(mail)?).await;
                sent.map(drop).map_err(|error| classify(&error))
            }
            Self::Memory(kept) => {
                let source = message(mail)?.formatted();
                let sent = SentMail {
                    mail: mail.clone(),
                    source: String::from_utf8_lossy(&source).into_owned(),
                };
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
                Ok(())
            }
            Self::Disabled => Err(MailError::Disabled),
        }
    }
}

/// The URL with STARTTLS asked for where it says nothing of TLS and leaves this machine.
fn with_tls(mut url: Url) -> Url {
    let is_loopback = url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    });
    if url.scheme() == "smtp" && !is_loopback && !url.query_pairs().any(|(name, _)| name == "tls") {
        url.query_pairs_mut().append_pair("tls", "opportunistic");
    }
    url
}

/// How a mail server is greeted: by a name, or by an address as a literal (RFC 5321 section 4.1.3).
fn greeting(host: Option<&Host>) -> ClientId {
    match host {
        Some(Host::Domain(name)) => ClientId::Domain(name.clone()),
        Some(Host::Ipv4(address)) => ClientId::Ipv4(*address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(*address),
        None => ClientId::default(),
    }
}

fn message(mail: &Mail) -> Result<Message, MailError> {
    let sender = in_ascii(&mail.from.email)?;
    let written_at = u64::try_from(mail.written_at).map_err(|_| MailError::Invalid)?;
    let id = format!("<{}@{}>", mail.id, sender.domain());
    let mut message = Message::builder()
        .message_id(Some(id))
        .date(UNIX_EPOCH + Duration::from_millis(written_at))
        .from(Mailbox::new(mail.from.name.as_deref().map(one_line), sender))
        .to(Mailbox::new(None, in_ascii(&mail.to)?))
        .subject(one_line(&mail.subject))
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|_| MailError::Invalid)?;
    // Nobody who is away answers it (RFC 3834 section 5).
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let header = HeaderValue::new(automatic, "auto-generated".to_owned());
    message.headers_mut().insert_raw(header);
    Ok(message)
}

/// The address with its domain as the domain name system has it: few mail servers take another.
fn in_ascii(address: &Address) -> Result<Address, MailError> {
    let domain = idna::domain_to_ascii(address.domain()).map_err(|_| MailError::Invalid)?;
    Address::new(address.user(), domain).map_err(|_| MailError::Invalid)
}

/// The text as one visible line: what breaks lines or cannot be seen becomes a blank. The builder encodes such characters
/// in subjects but panics over them in names.
#[must_use]
pub fn one_line(text: &str) -> String {
    let is_break = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    text.replace(is_break, " ").trim().to_owned()
}

fn classify(error: &smtp::Error) -> MailError {
    if let Some(code) = error.status() {
        // 53x is about us (RFC 4954 section 6): the operator can repair it, and no recipient is at fault.
        let is_about_us = code.category == Category::Unspecified3;
        return if error.is_permanent() && !is_about_us {
            MailError::Refused(u16::from(code))
        } else {
            MailError::Deferred(u16::from(code))
        };
    }
    if error.is_tls() {
        MailError::Insecure
    } else if error.is_client() || error.is_response() {
        MailError::Protocol
    } else {
        MailError::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::{Mail, MailError, Mailer, one_line, with_tls};
    use kernel::config::{self, secret::SecretText};
    use lettre::message::Mailbox;
    use std::sync::{Arc, Mutex};
    use tokio::{
        io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
        net::TcpListener,
    };
    use url::{Host, Url};

    fn mail() -> Mail {
        Mail {
            from: "Vestibule <no-reply@example.com>".parse().unwrap(),
            to: "ada@example.com".parse().unwrap(),
            id: "ver_1.1".to_owned(),
            written_at: 1_790_000_000_000,
            subject: "Subject".to_owned(),
            text: "Text".to_owned(),
            html: "<p>Text</p>".to_owned(),
        }
    }

    fn config(url: &str) -> config::mail::Mail {
        config::mail::Mail {
            smtp_url: Some(SecretText::new(url.to_owned())),
            ehlo_name: None,
            from: "Vestibule <no-reply@example.com>".parse().unwrap(),
        }
    }

    /// The names of the headers before the body, in order.
    fn headers(source: &str) -> Vec<&str> {
        let (head, _) = source.split_once("\r\n\r\n").unwrap();
        head.split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split_once(':').map_or(line, |(name, _)| name))
            .collect()
    }

    #[tokio::test]
    async fn no_subject_or_sender_name_can_add_a_header() {
        let (mailer, kept) = Mailer::memory();
        mailer.send(&mail()).await.unwrap();
        let breaks = [
            "\r\n", "\n", "\r", "\0", "\u{b}", "\u{85}", "\u{2028}", "\u{2029}", "\r\n\r\n",
        ];
        for line_break in breaks {
            let text = format!("Name{line_break}Bcc: eve@example.com");
            let hostile = Mail {
                from: Mailbox::new(Some(text.clone()), "no-reply@example.com".parse().unwrap()),
                subject: text,
                ..mail()
            };
            mailer.send(&hostile).await.unwrap();
        }
        let kept = kept.lock().unwrap();
        let plain = headers(&kept[0].source);
        assert!(plain.contains(&"Subject") && plain.contains(&"To"), "{plain:?}");
        assert_eq!(kept.len(), breaks.len() + 1);
        for sent in kept.iter() {
            assert_eq!(headers(&sent.source), plain, "{:?}", sent.mail.subject);
        }
    }

    fn header<'a>(source: &'a str, name: &str) -> Vec<&'a str> {
        let (head, _) = source.split_once("\r\n\r\n").unwrap();
        head.split("\r\n")
            .filter_map(|line| line.split_once(": ").filter(|(found, _)| *found == name))
            .map(|(_, value)| value)
            .collect()
    }

    #[tokio::test]
    async fn a_message_says_when_it_was_written_which_it_is_and_that_nobody_wrote_it() {
        let (mailer, kept) = Mailer::memory();
        for _ in 0..2 {
            mailer.send(&mail()).await.unwrap();
        }
        for sent in kept.lock().unwrap().iter() {
            for (name, value) in [
                ("Message-ID", "<ver_1.1@example.com>"),
                ("Date", "Mon, 21 Sep 2026 14:13:20 +0000"),
                ("Auto-Submitted", "auto-generated"),
            ] {
                assert_eq!(header(&sent.source, name), [value], "{name}");
            }
        }
    }

    #[tokio::test]
    async fn domains_are_written_as_name_servers_have_them() {
        let (mailer, kept) = Mailer::memory();
        let written = Mail {
            from: "Bücher <no-reply@bücher.example>".parse().unwrap(),
            to: "ada@BÜCHER.example".parse().unwrap(),
            ..mail()
        };
        mailer.send(&written).await.unwrap();
        let kept = kept.lock().unwrap();
        let source = &kept[0].source;
        assert_eq!(header(source, "To"), ["ada@xn--bcher-kva.example"]);
        assert_eq!(header(source, "Message-ID"), ["<ver_1.1@xn--bcher-kva.example>"]);
        assert!(
            header(source, "From")[0].ends_with("<no-reply@xn--bcher-kva.example>"),
            "{source}"
        );
        assert!(source.is_ascii(), "{source}");
    }

    #[tokio::test]
    async fn a_mail_server_is_greeted_by_the_configured_name_else_by_the_public_host() {
        let public: Host = Host::parse("auth.example.com").unwrap();
        for (configured, public, expected) in [
            (Some("mail.example.com"), Some(&public), "EHLO mail.example.com"),
            (Some("[2001:db8::1]"), None, "EHLO [IPv6:2001:db8::1]"),
            (None, Some(&public), "EHLO auth.example.com"),
        ] {
            let (port, told) = server("250 ok").await;
            let config = config::mail::Mail {
                ehlo_name: configured.map(|name| Host::parse(name).unwrap()),
                ..config(&format!("smtp://127.0.0.1:{port}"))
            };
            let mailer = Mailer::from_config(&config, public).unwrap();
            mailer.send(&mail()).await.unwrap();
            assert_eq!(told.lock().unwrap()[0], expected);
        }
    }

    #[test]
    fn line_breaks_become_blanks() {
        assert_eq!(one_line(" A\r\nBcc: eve\u{2028}\0B\u{85}"), "A  Bcc: eve  B");
    }

    #[tokio::test]
    async fn no_address_can_add_a_header() {
        let (mailer, kept) = Mailer::memory();
        mailer.send(&mail()).await.unwrap();
        for line_break in ["\r\n", "\n", "\r", "\0", "\u{85}", "\u{2028}", "\u{2029}"] {
            for text in [
                format!("ada@example.com{line_break}Bcc: eve@example.com"),
                format!("ada{line_break}@example.com"),
                format!("{line_break}ada@example.com"),
            ] {
                match text.parse() {
                    Err(_) => {}
                    // Some separators of Unicode are letters to the address grammar; they must be nothing more.
                    Ok(to) if !line_break.is_ascii() => mailer.send(&Mail { to, ..mail() }).await.unwrap(),
                    Ok(_) => panic!("{text:?} is an address"),
                }
            }
        }
        let kept = kept.lock().unwrap();
        for sent in kept.iter() {
            assert_eq!(headers(&sent.source), headers(&kept[0].source), "{:?}", sent.mail.to);
        }
    }

    #[test]
    fn starttls_is_asked_for_beyond_this_machine() {
        for (given, expected) in [
            (
                "smtp://mail.example.com:2525",
                "smtp://mail.example.com:2525?tls=opportunistic",
            ),
            (
                "smtp://mail.example.com?tls=required",
                "smtp://mail.example.com?tls=required",
            ),
            ("smtp://localhost:1025", "smtp://localhost:1025"),
            ("smtp://127.0.0.1:1025", "smtp://127.0.0.1:1025"),
            ("smtp://[::1]:1025", "smtp://[::1]:1025"),
            ("smtps://mail.example.com", "smtps://mail.example.com"),
        ] {
            assert_eq!(with_tls(Url::parse(given).unwrap()).as_str(), expected);
        }
    }

    #[test]
    fn a_refused_url_is_not_repeated() {
        let error = Mailer::from_config(&config("smtp://user:hunter2@mail.example.com?tls=never"), None).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let none = config::mail::Mail {
            smtp_url: None,
            ..config("")
        };
        assert!(!Mailer::from_config(&none, None).unwrap().is_enabled());
    }

    #[tokio::test]
    async fn without_a_server_nothing_is_sent() {
        assert_eq!(Mailer::Disabled.send(&mail()).await, Err(MailError::Disabled));
    }

    /// A mail server that answers a recipient with `reply`. Returns its port and what it was told.
    async fn server(reply: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let record = Arc::clone(&told);
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader).lines();
            writer.write_all(b"220 test ESMTP\r\n").await.unwrap();
            let mut is_body = false;
            while let Ok(Some(line)) = lines.next_line().await {
                let answer = match (is_body, line.get(..4).unwrap_or(&line)) {
                    (true, ".") => "250 queued",
                    (true, _) => "",
                    (_, "EHLO") => "250-test\r\n250 AUTH PLAIN",
                    (_, "AUTH") => "235 welcome",
                    (_, "RCPT") => reply,
                    (_, "DATA") => "354 go on",
                    _ => "250 ok",
                };
                is_body = answer == "354 go on" || (is_body && line != ".");
                record.lock().unwrap().push(line);
                if !answer.is_empty() {
                    writer.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                }
            }
        });
        (port, told)
    }

    #[tokio::test]
    async fn a_mail_server_gets_decoded_credentials_and_the_message() {
        let (port, told) = server("250 ok").await;
        let mailer = Mailer::from_config(&config(&format!("smtp://ad%40a:p%3Aw@127.0.0.1:{port}")), None).unwrap();
        mailer.send(&mail()).await.unwrap();
        let told = told.lock().unwrap();
        // base64 of "\0ad@a\0p:w"
        assert!(told.iter().any(|line| line == "AUTH PLAIN AGFkQGEAcDp3"), "{told:?}");
        assert!(told.iter().any(|line| line == "RCPT TO:<ada@example.com>"), "{told:?}");
        assert!(told.iter().any(|line| line == "Subject: Subject"), "{told:?}");
    }

    #[tokio::test]
    async fn only_what_concerns_the_recipient_is_refused_for_good() {
        for (reply, expected, is_permanent) in [
            ("550 5.1.1 <ada@example.com> unknown", MailError::Refused(550), true),
            ("530 5.7.0 authentication required", MailError::Deferred(530), false),
            (
                "451 4.7.1 <ada@example.com> greylisted",
                MailError::Deferred(451),
                false,
            ),
        ] {
            let (port, _) = server(reply).await;
            let mailer = Mailer::from_config(&config(&format!("smtp://127.0.0.1:{port}")), None).unwrap();
            let error = mailer.send(&mail()).await.unwrap_err();
            assert_eq!((error, error.is_permanent()), (expected, is_permanent));
            assert!(!error.to_string().contains("ada"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_tried_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mailer = Mailer::from_config(&config(&format!("smtp://127.0.0.1:{port}")), None).unwrap();
        assert_eq!(mailer.send(&mail()).await, Err(MailError::Unreachable));
    }
}
