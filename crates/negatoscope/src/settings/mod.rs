//! The settings: one block each, with its default, its words and its check. The sample file and the
//! manual are printed from the same table; an unknown key is refused.

pub mod dicomweb;
pub mod partner;
mod secure;
mod value;

use anyhow::{Context, Result, bail};
use dicomweb::DicomwebClient;
use diffusion::FactorRule;
use dimse::peers::{KnownPeer, Network};
use partner::PartnerSetting;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use value::FromToml;
pub use value::{PeerAddress, Peers};

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $key:literal => $field:ident: $type:ty = $default:literal;)+) => {
        /// Everything that can be set, checked.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        /// `(key, default as TOML, words)` of every setting, in the order of the manual.
        pub const TABLE: &[(&str, &str, &str)] = &[$(($key, $default, concat!($($doc, "\n"),+)),)+];

        impl Settings {
            fn from_flat(mut flat: std::collections::BTreeMap<String, toml::Value>) -> Result<Self> {
                let settings = Self {
                    $($field: {
                        let value = match flat.remove($key) {
                            Some(value) => value,
                            None => value::literal($default)?,
                        };
                        <$type as FromToml>::from_toml(&value).with_context(|| format!("setting {}", $key))?
                    },)+
                };
                if let Some(key) = flat.keys().next() {
                    bail!("unknown setting {key}: `negatoscope settings` lists them all");
                }
                Ok(settings)
            }
        }
    };
}

settings! {
    /// The folder that holds everything the program keeps.
    "data-folder" => data_folder: PathBuf = "\"data\"";
    /// The practice as patients read it.
    "site.name" => site_name: String = "\"Cabinet d'imagerie\"";
    /// The telephone number every patient's page carries.
    "site.phone" => site_phone: String = "\"numéro non renseigné\"";
    /// When somebody answers that number.
    "site.hours" => site_hours: String = "\"lundi–vendredi, 8 h–18 h\"";
    /// The same in English.
    "site.hours-en" => site_hours_en: String = "\"Monday–Friday, 8:00–18:00\"";
    /// Postal address of the practice.
    "site.postal-address" => site_postal_address: String = "\"\"";
    /// Who answers for the publication: name, and how to reach them.
    "site.publisher" => site_publisher: Vec<String> = "[\"\", \"\"]";
    /// The data-protection officer: name, and how to reach them.
    "site.data-protection-officer" => site_officer: Vec<String> = "[\"\", \"\"]";
    /// Who hosts the service: name, and how to reach them.
    "site.host" => site_host: Vec<String> = "[\"\", \"\"]";
    /// Establishments that receive the exams they prescribe.
    "site.partners" => site_partners: Vec<String> = "[]";
    /// Where a day begins: `"Europe/Paris"`, or minutes east of Greenwich for a place without summer time.
    "site.zone" => zone: exam::Zone = "\"Europe/Paris\"";

    /// Where modalities connect (DICOM).
    "dicom.listen" => dicom_listen: SocketAddr = "\"127.0.0.1:11112\"";
    /// Where they connect over TLS, beside the plain listener. Empty: nowhere.
    "dicom.tls-listen" => dicom_tls_listen: Option<SocketAddr> = "\"\"";
    /// Our application entity title.
    "dicom.ae-title" => dicom_ae_title: String = "\"NEGATOSCOPE\"";
    /// Who may send: `AE@address` or `AE@network/bits`. Empty: any AE, from this machine only.
    "dicom.allow" => dicom_allow: Vec<KnownPeer> = "[]";
    /// Systems that we call by themselves, each as `AE@host:port`: where what was moved, committed to or routed goes.
    "dicom.peers" => dicom_peers: Vec<PeerAddress> = "[]";
    /// Stations whose worklist holds only what they are made for, each as `AE=modality,modality`: what names another
    /// station, or is of another modality, is not offered. A title that is not here is offered what it asks for.
    "dicom.worklist-stations" => worklist_stations: Vec<archive::worklist::Station> = "[]";
    /// Accept private and unknown storage SOP classes too.
    "dicom.private-classes" => dicom_private_classes: bool = "true";
    /// Beginnings of the Patient IDs of phantoms and tests: never published, archived or billed. Images that say
    /// themselves that they are quality control need none.
    "dicom.phantom-patient-ids" => phantom_patient_ids: Vec<String> = "[\"PHANTOM\"]";
    /// Associations at once.
    "dicom.associations" => dicom_associations: usize = "64";

    /// Where the information system connects (HL7 over MLLP).
    "hl7.listen" => hl7_listen: SocketAddr = "\"127.0.0.1:2575\"";
    /// Where it connects over TLS, beside the plain listener. Empty: nowhere.
    "hl7.tls-listen" => hl7_tls_listen: Option<SocketAddr> = "\"\"";
    /// Addresses or networks that may send HL7. Empty: this machine only.
    "hl7.allow" => hl7_allow: Peers = "[]";
    /// The issuer of patient numbers and accession numbers that name none.
    "hl7.default-issuer" => default_issuer: String = "\"CABINET\"";
    /// Other names of issuers, as `NAME=the name messages use`: images say `HOSPA`, messages an OID.
    "hl7.issuer-aliases" => issuer_aliases: Vec<String> = "[]";
    /// Issuers of accession numbers that are not the group's own.
    "hl7.foreign-accession-issuers" => foreign_accession_issuers: Vec<String> = "[]";
    /// `host:port` of the information system that takes back the report with its sheet (ORU). Empty: none.
    "hl7.return-to" => hl7_return_to: String = "\"\"";

    /// Where the desk's pages are served.
    "desk.listen" => desk_listen: SocketAddr = "\"127.0.0.1:8041\"";
    /// The address staff type, without `https://`: requests for another name are refused. Empty: any name.
    "desk.address" => desk_address: String = "\"\"";
    /// Where the patients' pages are served.
    "web.listen" => web_listen: SocketAddr = "\"127.0.0.1:8042\"";
    /// The address patients type, without `https://`; printed on every sheet; requests for another name are refused.
    /// Empty: `web.listen`, and any name.
    "web.address" => web_address: String = "\"\"";
    /// Addresses or networks of the reverse proxies that say, in `X-Forwarded-For`, for whom they ask. From anybody else
    /// such headers are ignored. What the door lets a client try depends on its address.
    "web.trusted-proxies" => web_trusted_proxies: Vec<Network> = "[]";
    /// PEM certificate chain; with `tls.key`, both web listeners speak TLS.
    "tls.certificate" => tls_certificate: PathBuf = "\"\"";
    /// PEM private key.
    "tls.key" => tls_key: PathBuf = "\"\"";
    /// A reverse proxy on this machine ends TLS: pages are only reached through it. Needs `web.trusted-proxies`.
    "tls.behind-proxy" => tls_behind_proxy: bool = "false";
    /// PEM certificate chain of `dicom.tls-listen` and `hl7.tls-listen`; read again when the file changes.
    "peer-tls.certificate" => peer_tls_certificate: PathBuf = "\"\"";
    /// Its PEM private key.
    "peer-tls.key" => peer_tls_key: PathBuf = "\"\"";
    /// PEM certificates of who vouches for the peers.
    "peer-tls.client-authorities" => peer_tls_authorities: PathBuf = "\"\"";
    /// Whether peers show a certificate: `"required"`, `"optional"` (one that is shown must be good) or `"none"`.
    "peer-tls.client-certificates" => peer_tls_clients: String = "\"required\"";
    /// Listeners (`dicom`, `hl7`) that may speak without TLS beyond this machine, on a private address and with an allow-list.
    "plain-beyond-loopback" => plain_beyond_loopback: Vec<String> = "[]";

    /// Systems that use the DICOMweb services at `/dicom-web` of the desk's listener, each in a `[[dicomweb-client]]` block:
    /// its `name`, the `token-sha256` of its bearer token (`printf %s TOKEN | sha256sum`), and `may-store`.
    "dicomweb-client" => dicomweb_clients: Vec<DicomwebClient> = "[]";
    /// Their public URL, as clients beyond a proxy reach them (`https://pacs.exemple.fr/dicom-web`): URLs in answers begin
    /// with it. Empty: `/dicom-web` of `desk.address`, or of `desk.listen`.
    "dicomweb.public-url" => dicomweb_public_url: String = "\"\"";
    /// Origins of web viewers (`https://viewer.exemple.fr`) whose pages may read the answers, with a token.
    "dicomweb.origins" => dicomweb_origins: Vec<String> = "[]";
    /// Whoever asks from this machine itself may read and send everything, without a token. For tests with invented
    /// images only.
    "dicomweb.open-to-loopback" => dicomweb_open_to_loopback: bool = "false";

    /// Mebibytes of a segment of the landing log, 16 to 4096. Each core keeps one and a spare; larger ones cost disk,
    /// smaller ones are changed more often.
    "landing.segment-mebibytes" => segment_mebibytes: u64 = "256";

    /// Establishments that receive what they prescribe, each in a `[[partner]]` block: its `name`, the `structures` and
    /// `prescribers` that order for it, and its servers in `[partner.hl7]` and `[partner.dicom]`. The manual has an example.
    "partner" => partners: Vec<PartnerSetting> = "[]";
    /// Ordering structures that are known and are no partner's: the group's own sites, surgeries in town.
    "structures-without-partner" => other_structures: Vec<String> = "[]";

    /// Mebibytes above which a file is never held whole in memory while it is published or brought back, 1 to 256.
    "publish.whole-file-mebibytes" => whole_file_mebibytes: u64 = "64";

    /// When patients are asked a one-time code beside their sheet: `"required"` (without a contact the exam does not open),
    /// `"derogation"` (who has a contact is asked, who has none enters; the reason is recorded and shown to the keeper),
    /// `"off"` (never: not for production).
    "second-factor.rule" => factor_rule: String = "\"off\"";
    /// Why patients without a contact are let in, and by whose decision.
    "second-factor.derogation-reason" => factor_derogation: String = "\"\"";
    /// The mail server that carries one-time codes, invitations and notices. Empty: no e-mail leaves.
    "mail.server" => mail_server: String = "\"\"";
    /// Its port.
    "mail.port" => mail_port: u64 = "587";
    /// `"starttls"`, `"tls"` from the first byte, or `"none"`: on this machine only.
    "mail.tls" => mail_tls: String = "\"starttls\"";
    /// The user, if the server asks for one.
    "mail.user" => mail_user: String = "\"\"";
    /// The file that holds that user's password, on one line, readable by nobody else.
    "mail.password-file" => mail_password_file: PathBuf = "\"\"";
    /// The sender: `images@exemple.fr`, or `Imagerie <images@exemple.fr>`.
    "mail.from" => mail_from: String = "\"\"";

    /// The practice's rooms, in the order of the day's page, as `name=modality`.
    "practice.rooms" => practice_rooms: Vec<String> = "[\"Radiologie=DX\", \"Scanner=CT\", \"IRM=MR\", \"Mammographie=MG\", \"Échographie=US\"]";

    /// The biller's number at the funds, 9 digits.
    "practice.biller" => practice_biller: String = "\"000000000\"";
    /// The performing radiologist's RPPS on care sheets.
    "practice.performer" => practice_performer: String = "\"0\"";
    /// The performer's tariffs are those of sector 2 without a contract that limits excess fees.
    "practice.other-grid" => practice_other_grid: bool = "false";
    /// The public holidays of Alsace-Moselle count for the deadlines of care sheets.
    "practice.alsace-moselle" => practice_alsace_moselle: bool = "false";
    /// A folder through which care sheets, none of them approved, go to `negatoscope simulate-fund`. Empty: none leaves.
    "practice.simulated-fund" => practice_simulated_fund: PathBuf = "\"\"";

    /// Seconds of silence after which an exam is taken for complete.
    "exam.quiet-seconds" => quiet_seconds: u64 = "120";
    /// A folder whose DICOM files are taken in as they come. Empty: none.
    "exam.watched-folder" => watched_folder: PathBuf = "\"\"";
    /// Where reports with their sheet are written for printing. Empty: nowhere.
    "sheet.output-folder" => sheet_folder: PathBuf = "\"\"";
    /// Give each order its exam number and code at once, and return them to `hl7.return-to` for a template that is not
    /// ours. Off: codes come with the report's copy.
    "sheet.reserve-at-order" => reserve_at_order: bool = "false";

    /// Hours the program may have been stopped without a person confirming the time at the next start. After a longer
    /// stop nothing is erased until `negatoscope clock confirm`.
    "clock.trusted-gap-hours" => clock_trusted_gap_hours: u64 = "72";

    /// Sites that offer the archive at the patient's charge, as orders name them (`site.name` for exams whose order names
    /// none); `"*"` is every site. Empty: it is offered nowhere, and no page speaks of it.
    "choice.sites" => choice_sites: Vec<String> = "[]";
    /// Its price in cents, said to the patient beforehand.
    "choice.price-cents" => choice_price_cents: u64 = "0";
    /// The version of the notice that is given beforehand; kept with each answer.
    "choice.notice-version" => choice_notice_version: String = "\"2026-11\"";
    /// The text of that notice. Empty: the program's own.
    "choice.notice" => choice_notice: String = "\"\"";
    /// The radiologist's neutral advice by type of exam, as `class or act code=advice`: `comparison` (later comparison
    /// matters), `seldom` (old images are seldom needed), `ask` (ask the radiologist). An act wins over a class.
    "choice.advice" => choice_advice: Vec<String> = "[]";

    /// The provider of the professionals' login (OpenID Connect): its issuer. Pro Santé Connect is the default.
    "professionals.oidc-issuer" => oidc_issuer: String = "\"https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet\"";
    /// Where its description is, after the issuer. Most others: `/.well-known/openid-configuration`.
    "professionals.oidc-discovery" => oidc_discovery: String = "\"/.well-known/wallet-openid-configuration\"";
    /// Our client id there. Empty: no provider; only accounts that `negatoscope professional add` opens.
    "professionals.oidc-client-id" => oidc_client_id: String = "\"\"";
    /// A file, readable by us alone, with our client secret.
    "professionals.oidc-client-secret-file" => oidc_client_secret_file: PathBuf = "\"\"";
    /// Scopes asked for beside `openid`.
    "professionals.oidc-scopes" => oidc_scopes: Vec<String> = "[\"scope_all\"]";
    /// The level of assurance, asked for and checked in the token. Empty: none.
    "professionals.oidc-acr" => oidc_acr: String = "\"eidas1\"";
    /// The claim of `userinfo` that holds `8` and the RPPS, or the RPPS alone.
    "professionals.oidc-rpps-claim" => oidc_rpps_claim: String = "\"SubjectNameID\"";
    /// Exams a professional opens in an hour before each further one has to wait, and the keeper is alarmed.
    "professionals.bulk-exams" => bulk_exams: u64 = "200";
    /// That wait, in seconds.
    "professionals.bulk-delay-seconds" => bulk_delay_seconds: u64 = "60";
    /// Whether a professional may open a record in an emergency: for one hour, with a reason; the patient is told, and
    /// every opening is reviewed by a person of the group.
    "professionals.emergency" => emergency: bool = "false";

    /// A JSON file of dated policy rows: how long each class is on line and archived. `negatoscope retention policies`
    /// prints the rows in force, to begin from. A row that was in force is never changed or removed: a new one is added,
    /// from a later day. Empty: the program's own rows.
    "retention.policies" => policies_file: PathBuf = "\"\"";

    /// A folder on another disk that receives what tells, after an old backup was restored, that there was more.
    /// Empty: none.
    "witness.folder" => witness_folder: PathBuf = "\"\"";

    /// The secret key that signs the logs of accesses, outside the data folder: who copies or restores the data must not
    /// have it. Empty: `NAME.trace-key` beside the settings file (or beside the data folder); made at the first start.
    "trace.key-file" => trace_key_file: PathBuf = "\"\"";

    /// Witnesses that cosign the checkpoints of both logs (C2SP `tlog-witness`): `url key` each, the key as the witness
    /// prints it (`negatoscope witness`). One that is away is waited for; nothing stops.
    "trace.witnesses" => trace_witnesses: Vec<String> = "[]";
    /// How many of them must have cosigned a checkpoint for it to be called confirmed.
    "trace.confirmed-by" => trace_confirmed_by: usize = "2";
    /// PEM certificates of who vouches for the witnesses' servers.
    "trace.witness-authorities" => trace_witness_authorities: PathBuf = "\"/etc/ssl/certs/ca-certificates.crt\"";

    /// Processes that decode images, each limited in memory and time.
    "pixels.workers" => pixels_workers: usize = "2";
}

impl Settings {
    /// Reads a settings file; the defaults when `path` is `None`.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
            None => String::new(),
        };
        let mut settings = Self::parse(&text)?;
        if let (true, Some(path)) = (settings.trace_key_file.as_os_str().is_empty(), path) {
            settings.trace_key_file = path.with_extension("trace-key");
        }
        settings.check()?;
        Ok(settings)
    }

    /// Parses the text of a settings file.
    pub fn parse(text: &str) -> Result<Self> {
        let table: toml::Table = text.parse().context("the settings file is not TOML")?;
        let mut flat = std::collections::BTreeMap::new();
        value::flatten("", table, &mut flat);
        Self::from_flat(flat)
    }

    /// Where the key that signs the logs of accesses is.
    pub fn trace_key(&self) -> PathBuf {
        match self.trace_key_file.as_os_str().is_empty() {
            true => self.data_folder.with_added_extension("trace-key"),
            false => self.trace_key_file.clone(),
        }
    }

    /// The policy rows.
    pub fn policies(&self) -> Result<exam::policy::Policies> {
        match self.policies_file.as_os_str().is_empty() {
            true => Ok(exam::policy::Policies::default()),
            false => read_policies(&self.policies_file),
        }
    }

    /// Which partner an order comes from.
    pub fn partner_rules(&self) -> exam::partner::PartnerRules {
        exam::partner::PartnerRules {
            partners: self.partners.iter().map(PartnerSetting::rule).collect(),
            others: self.other_structures.clone(),
        }
    }

    /// The address printed on the sheets.
    pub fn address(&self) -> String {
        if self.web_address.is_empty() { self.web_listen.to_string() } else { self.web_address.clone() }
    }

    /// How the archive at the patient's charge is offered; `own_notice` stands where no notice is set.
    pub fn choice(&self, own_notice: &str) -> Result<archive::ChoiceOffer> {
        let mut advice = Vec::new();
        for line in &self.choice_advice {
            let (about, key) = line.split_once('=').context("choice.advice: expected class or act code=advice")?;
            if !archive::ADVICE.contains(&key.trim()) {
                bail!("choice.advice: {:?} is none of {}", key.trim(), archive::ADVICE.join(", "));
            }
            advice.push((about.trim().to_owned(), key.trim().to_owned()));
        }
        if !self.choice_sites.is_empty() && self.choice_price_cents == 0 {
            bail!("choice.sites offers an archive at the patient's charge: say its price in choice.price-cents");
        }
        let notice = if self.choice_notice.trim().is_empty() { own_notice } else { &self.choice_notice };
        Ok(archive::ChoiceOffer {
            sites: self.choice_sites.clone(),
            price_cents: u32::try_from(self.choice_price_cents).context("choice.price-cents: out of range")?,
            notice_version: self.choice_notice_version.clone(),
            notice: notice.to_owned(),
            advice,
        })
    }

    fn check_provider(&self) -> Result<()> {
        let issuer = self.oidc_issuer.as_str();
        let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let safe = issuer.starts_with("https://") || here.iter().any(|own| issuer.starts_with(own));
        if !self.oidc_client_id.is_empty() && !safe {
            bail!("professionals.oidc-issuer: {issuer:?} is not reached over HTTPS");
        }
        Ok(())
    }

    /// When patients are asked a one-time code.
    pub fn factor_rule(&self) -> Result<FactorRule> {
        match self.factor_rule.as_str() {
            "off" => Ok(FactorRule::Off),
            "derogation" => Ok(FactorRule::Derogation),
            "required" => Ok(FactorRule::Required),
            other => bail!("second-factor.rule: {other:?} is none of off, derogation, required"),
        }
    }

    fn check_dicomweb(&self) -> Result<()> {
        self.dicomweb_clients.iter().try_for_each(DicomwebClient::check)?;
        let proxied = !self.web_trusted_proxies.is_empty() || self.tls_behind_proxy;
        if self.dicomweb_open_to_loopback && (proxied || !self.desk_listen.ip().is_loopback()) {
            bail!("dicomweb.open-to-loopback is for tests on one machine: not with a proxy, nor beyond 127.0.0.1");
        }
        let url = self.dicomweb_public_url.as_str();
        if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
            bail!("dicomweb.public-url: {url:?} is no URL");
        }
        Ok(())
    }

    fn check_second_factor(&self) -> Result<()> {
        match self.factor_rule()? {
            FactorRule::Required if self.mail_server.is_empty() => {
                bail!("second-factor.rule = \"required\" needs mail.server: nobody could be sent a code")
            }
            FactorRule::Derogation if self.factor_derogation.trim().is_empty() => {
                bail!("second-factor.rule = \"derogation\" needs second-factor.derogation-reason")
            }
            _ if self.mail_server.is_empty() => Ok(()),
            _ => crate::adapters::mail::Mail::new(self).map(drop),
        }
    }

    /// Refuses what is not safe, in words that say what to do.
    fn check(&self) -> Result<()> {
        self.choice("")?;
        crate::information::rooms(self)?;
        self.check_second_factor()?;
        for partner in &self.partners {
            partner.check()?;
        }
        self.partner_rules().check().context("partner")?;
        self.check_dicomweb()?;
        self.check_trace_key()?;
        self.check_peer_tls()?;
        self.check_provider()?;
        crate::cosigning::asked(self)?;
        for (name, address) in [("desk.listen", self.desk_listen), ("web.listen", self.web_listen)] {
            if !address.ip().is_loopback() && !self.tls() {
                bail!(
                    "{name} = {address} is reached from other machines and has no TLS: \
                     set tls.certificate and tls.key, or listen on 127.0.0.1 behind a proxy that has them"
                );
            }
        }
        if self.tls_behind_proxy && self.web_trusted_proxies.is_empty() {
            bail!(
                "tls.behind-proxy without web.trusted-proxies: every patient would have the proxy's address, and one who \
                 tries codes would slow them all; name the proxy's address, for instance [\"127.0.0.1\"]"
            );
        }
        if self.reserve_at_order && self.hl7_return_to.is_empty() {
            bail!("sheet.reserve-at-order needs hl7.return-to: where the codes of orders go");
        }
        let plain = [
            ("dicom", self.dicom_listen, self.dicom_allow.is_empty()),
            ("hl7", self.hl7_listen, self.hl7_allow.0.is_empty()),
        ];
        for (name, address, no_list) in plain {
            if address.ip().is_loopback() {
                continue;
            }
            if !self.plain_beyond_loopback.iter().any(|listener| listener == name) {
                bail!(
                    "{name}.listen = {address} would speak without TLS beyond this machine: \
                     add \"{name}\" to plain-beyond-loopback if these old devices know nothing else"
                );
            }
            if !value::is_private(address.ip()) {
                bail!("{name}.listen = {address} is not a private address: plain {name} is never served there");
            }
            if no_list {
                bail!("{name}.listen = {address} needs {name}.allow: who may connect");
            }
        }
        Ok(())
    }
}

impl Settings {
    /// A key among what it signs protects nothing from who copies both.
    fn check_trace_key(&self) -> Result<()> {
        let real = |path: &Path| -> Result<PathBuf> {
            let path = std::path::absolute(path)?;
            // What does not exist yet has no real path: its nearest folder that does has one.
            let there = path.ancestors().find(|above| above.exists()).unwrap_or(&path);
            let rest = path.strip_prefix(there)?.to_owned();
            Ok(std::fs::canonicalize(there).unwrap_or_else(|_| there.to_owned()).join(rest))
        };
        let key = self.trace_key();
        if real(&key)?.starts_with(real(&self.data_folder)?) {
            bail!("trace.key-file = {}: the key that signs the logs may not lie in the data folder", key.display());
        }
        Ok(())
    }
}

/// Reads a table of policy rows.
pub fn read_policies(path: &Path) -> Result<exam::policy::Policies> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no policy table", path.display()))
}

/// The settings file with every default and its words, as comments where they stand.
pub fn sample() -> String {
    let mut text = String::from("# Negatoscope: every setting with its default.\n");
    let mut section = "";
    // TOML wants the keys that stand in no section first.
    let (bare, sectioned): (Vec<_>, Vec<_>) = TABLE.iter().partition(|(key, _, _)| !key.contains('.'));
    for (key, default, words) in bare.into_iter().chain(sectioned) {
        let (in_section, name) = key.split_once('.').unwrap_or(("", key));
        if in_section != section {
            text.push_str(&format!("\n[{in_section}]\n"));
            section = in_section;
        }
        for line in words.trim_end().lines() {
            text.push_str(&format!("\n#{line}"));
        }
        text.push_str(&format!("\n{name} = {default}\n"));
    }
    text
}

#[cfg(test)]
mod tests;
