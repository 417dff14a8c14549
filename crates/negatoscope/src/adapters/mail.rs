//! Messages by e-mail (SMTP, RFC 5321), in the words of the pages.

use crate::settings::Settings;
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use diffusion::{Channel, Message, Messenger, Undelivered};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use portal::SiteInfo;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The longest a person waits for the mail server's word.
const PATIENCE: Duration = Duration::from_secs(10);

/// The mail server, and whose words are sent.
pub struct Mail {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    site: OnceLock<Arc<SiteInfo>>,
}

impl Mail {
    /// From the settings, refusing what would send secrets in clear.
    pub fn new(settings: &Settings) -> Result<Self> {
        let from = settings.mail_from.parse().context("mail.from: no address of a sender")?;
        Ok(Self { server: transport(settings)?, from, site: OnceLock::new() })
    }

    /// Who stands behind the messages, known once the pages have their address.
    pub fn speak_for(&self, site: Arc<SiteInfo>) {
        let _ = self.site.set(site);
    }

    async fn deliver(&self, message: Message) -> Result<()> {
        let site = self.site.get().context("the program is not ready")?;
        let (subject, text) = portal::letters::words_of(&message.letter, message.language, site);
        // The address came from outside: whatever it holds, it is one address, or nothing is sent.
        let to: Address = message.to.parse().map_err(|_| anyhow::anyhow!("not an address"))?;
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .context("writing the message")?;
        // The server's words may repeat the address: only its code is told.
        match tokio::time::timeout(PATIENCE, self.server.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => match error.status() {
                Some(code) => bail!("the mail server answered {code}"),
                None => bail!("the mail server was not reached, or its TLS is not trusted"),
            },
            Err(_) => bail!("the mail server did not answer in time"),
        }
    }
}

#[async_trait]
impl Messenger for Mail {
    fn reaches(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    async fn send(&self, message: Message) -> Result<(), Undelivered> {
        self.deliver(message).await.map_err(|error| Undelivered(format!("{error:#}")))
    }
}

fn transport(settings: &Settings) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let server = settings.mail_server.as_str();
    let port = u16::try_from(settings.mail_port).context("mail.port: out of range")?;
    let builder = match settings.mail_tls.as_str() {
        "starttls" => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(server).context("mail.server")?,
        "tls" => AsyncSmtpTransport::<Tokio1Executor>::relay(server).context("mail.server")?,
        "none" if matches!(server, "127.0.0.1" | "::1" | "localhost") => {
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
        }
        "none" => bail!("mail.tls = \"none\" is for a mail server on this machine: codes would be read on the way"),
        other => bail!("mail.tls: {other:?} is none of starttls, tls, none"),
    };
    let builder = builder.port(port).timeout(Some(PATIENCE));
    if settings.mail_user.is_empty() {
        return Ok(builder.build());
    }
    let password = password(&settings.mail_password_file)?;
    Ok(builder.credentials(Credentials::new(settings.mail_user.clone(), password)).build())
}

fn password(file: &Path) -> Result<String> {
    let mode = std::fs::metadata(file).context("mail.password-file")?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("mail.password-file is readable by others: set its mode to 0600");
    }
    let text = std::fs::read_to_string(file).context("mail.password-file")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no answering machine answers.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
