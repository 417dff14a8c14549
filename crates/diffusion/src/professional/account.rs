//! Accounts the group opens after proof of identity: a password that the program makes, and codes of an application
//! (TOTP, RFC 6238), each used once. An account that was ended bars the national login too.

use super::session::{By, end_sessions_of, id_of};
use super::{ProToken, Professional};
use crate::copies::{open_small, seal_small};
use crate::database::{instant, micros};
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use exam::ids::Rpps;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

/// Symbols of a password: none is mistaken for another.
const SYMBOLS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyzT";
/// Symbols of a password, of 5 bits each: 100 bits.
const LENGTH: usize = 20;

/// What is typed at the local login.
#[derive(Clone)]
pub struct LocalAttempt {
    /// RPPS, in any form.
    pub rpps: String,
    /// Password, in any form of its groups.
    pub password: String,
    /// The application's six digits.
    pub code: String,
    /// The address the request really came from.
    pub client: IpAddr,
}

/// What the person is given once, in person. It has no `Debug` on purpose.
pub struct NewAccount {
    /// The password, in groups.
    pub password: Zeroizing<String>,
    /// The application's secret, as an `otpauth` address.
    pub otpauth: Zeroizing<String>,
}

/// An account, for whoever keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    /// RPPS.
    pub rpps: Rpps,
    /// Name.
    pub name: String,
    /// How their identity was proved, as it was typed.
    pub proof: String,
    /// Whether they log in here, rather than by the provider alone.
    pub local: bool,
    /// Since when.
    pub made_at: OffsetDateTime,
    /// Until when, if it was ended.
    pub ended_at: Option<OffsetDateTime>,
}

#[derive(Serialize, Deserialize)]
struct Words {
    version: u32,
    rpps: Rpps,
    name: String,
    proof: String,
}

/// What an attempt is compared with.
struct Known {
    who: Professional,
    verifier: Vec<u8>,
    totp: Totp,
    ended: bool,
}

impl Diffusion {
    /// Opens an account, or gives an existing one new secrets; older ones and sessions are dead.
    pub async fn professional_add(&self, rpps: &Rpps, name: &str, proof: &str) -> Result<NewAccount, DiffusionError> {
        let random = self.inner.ports.random.as_ref();
        let password = made_password(random_bytes(random));
        let secret: Zeroizing<[u8; 20]> = Zeroizing::new(random_bytes(random));
        let otpauth = totp_of(secret.as_slice(), rpps)?.to_url().map_err(|_| totp_wrong())?;
        let mac = self.rpps_mac(rpps)?;
        let verifier = self.local_verifier(rpps.as_str(), &password).await?;
        let master = self.inner.keys.master();
        let totp = seal_small(master, random_bytes(random), b"professional-totp", id_of(&mac), secret.as_slice())?;
        let words = self.account_words(&mac, rpps, name, proof)?;
        let doing = || DiffusionError::db("opening a professional's account");
        let group = self.inner.database.group();
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO professional_account (group_id, rpps_mac, words, verifier, totp, made_at)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (group_id, rpps_mac) DO UPDATE SET words = excluded.words, verifier = excluded.verifier,
                 totp = excluded.totp, totp_step = NULL, made_at = excluded.made_at, ended_at = NULL",
        )
        .bind(group)
        .bind(mac.as_slice())
        .bind(words)
        .bind(verifier.as_slice())
        .bind(totp)
        .bind(micros(self.now()))
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        end_sessions_of(&mut transaction, group, &mac).await?;
        crate::door::forgive_number(&mut transaction, group, &mac).await?;
        transaction.commit().await.map_err(doing())?;
        Ok(NewAccount { password, otpauth: Zeroizing::new(otpauth) })
    }

    /// Ends an account: neither password nor provider opens anything for this RPPS, and its sessions are over at once.
    pub async fn professional_end(&self, rpps: &Rpps) -> Result<(), DiffusionError> {
        let mac = self.rpps_mac(rpps)?;
        let words = self.account_words(&mac, rpps, "", "")?;
        let doing = || DiffusionError::db("ending a professional's account");
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO professional_account (group_id, rpps_mac, words, made_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (group_id, rpps_mac) DO UPDATE SET ended_at = coalesce(ended_at, excluded.ended_at),
                 verifier = NULL, totp = NULL",
        )
        .bind(group)
        .bind(mac.as_slice())
        .bind(words)
        .bind(now)
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        end_sessions_of(&mut transaction, group, &mac).await?;
        transaction.commit().await.map_err(doing())
    }

    /// All accounts, ended ones included.
    pub async fn professionals(&self) -> Result<Vec<AccountLine>, DiffusionError> {
        let rows = sqlx::query(
            "SELECT rpps_mac, words, verifier IS NOT NULL, made_at, ended_at FROM professional_account
             WHERE group_id = ? ORDER BY made_at",
        )
        .bind(self.inner.database.group())
        .fetch_all(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("listing the professionals' accounts"))?;
        rows.iter().map(|row| self.account_line(row)).collect()
    }

    /// Opens a session by RPPS, password and code. Whatever is wrong, `None`, after the same work.
    pub async fn open_local(&self, attempt: &LocalAttempt) -> Result<Option<ProToken>, DiffusionError> {
        let Some(_place) = self.inner.hasher.enter() else { return Ok(None) };
        let rpps = Rpps::parse(&attempt.rpps).ok();
        let typed: String = attempt.rpps.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
        let selector = self.inner.keys.digest(crate::keys::Use::Rpps, &[typed.as_bytes()])?;
        let keyed = self.keyed(&selector, Some(selector), attempt.client)?;
        let Some(admitted) = self.admit(&keyed).await? else { return Ok(None) };
        let verifier = self.local_verifier(&typed, &attempt.password).await?;
        let known = match &rpps {
            Some(rpps) => self.known(&self.rpps_mac(rpps)?).await?,
            None => None,
        };
        let locked = admitted.spent(&self.inner.settings.throttle);
        let right = |known: &Known| bool::from(known.verifier.as_slice().ct_eq(&verifier)) && !known.ended && !locked;
        let Some(known) = known.filter(right) else {
            self.note_pro_refusal("local");
            return Ok(None);
        };
        let now = u64::try_from(self.now().unix_timestamp()).unwrap_or_default();
        let code: String = attempt.code.chars().filter(char::is_ascii_digit).take(6).collect();
        let step = known.totp.check(&code, now);
        let mac = self.rpps_mac(&known.who.rpps)?;
        let fresh = match step {
            Some(step) => self.use_step(&mac, step).await?,
            None => false,
        };
        if !fresh {
            self.note_pro_refusal("totp");
            return Ok(None);
        }
        self.forgive(&keyed).await?;
        self.open_pro_session(&known.who, By::Local).await
    }

    /// Whether the account of this RPPS was ended.
    pub(super) async fn pro_account_ended(&self, mac: &[u8; 32]) -> Result<bool, DiffusionError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM professional_account
             WHERE group_id = ? AND rpps_mac = ? AND ended_at IS NOT NULL)",
        )
        .bind(self.inner.database.group())
        .bind(mac.as_slice())
        .fetch_one(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("judging a professional's account"))
    }

    /// A code's step counts once, and none before it any more.
    async fn use_step(&self, mac: &[u8; 32], step: u64) -> Result<bool, DiffusionError> {
        let doing = || DiffusionError::db("using a code once");
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let mut transaction = self.inner.database.write().await?;
        let done = sqlx::query(
            "UPDATE professional_account SET totp_step = ?1
             WHERE group_id = ?2 AND rpps_mac = ?3 AND ended_at IS NULL AND (totp_step IS NULL OR totp_step < ?1)",
        )
        .bind(step)
        .bind(self.inner.database.group())
        .bind(mac.as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        Ok(done.rows_affected() == 1)
    }

    async fn local_verifier(&self, rpps: &str, password: &str) -> Result<[u8; 32], DiffusionError> {
        let password: Zeroizing<String> =
            Zeroizing::new(password.chars().filter(char::is_ascii_alphanumeric).take(64).collect());
        // The prefix keeps it apart from every exam number.
        self.inner.hasher.verifier(&self.inner.keys, &format!("professional {rpps}"), &password).await
    }

    async fn known(&self, mac: &[u8; 32]) -> Result<Option<Known>, DiffusionError> {
        let doing = || DiffusionError::db("reading a professional's account");
        let row = sqlx::query(
            "SELECT words, verifier, totp, ended_at IS NOT NULL FROM professional_account
             WHERE group_id = ? AND rpps_mac = ? AND verifier IS NOT NULL AND totp IS NOT NULL",
        )
        .bind(self.inner.database.group())
        .bind(mac.as_slice())
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        let (words, totp): (Vec<u8>, Vec<u8>) = (row.try_get(0).map_err(doing())?, row.try_get(2).map_err(doing())?);
        let words = self.open_words(mac, &words)?;
        let secret = Zeroizing::new(open_small(self.inner.keys.master(), b"professional-totp", id_of(mac), &totp)?);
        let totp = totp_of(&secret, &words.rpps)?;
        let who = Professional { rpps: words.rpps, name: words.name, structures: Vec::new() };
        let verifier = row.try_get(1).map_err(doing())?;
        Ok(Some(Known { who, verifier, totp, ended: row.try_get(3).map_err(doing())? }))
    }

    fn account_words(&self, mac: &[u8; 32], rpps: &Rpps, name: &str, proof: &str) -> Result<Vec<u8>, DiffusionError> {
        let words = Words { version: 1, rpps: rpps.clone(), name: name.to_owned(), proof: proof.to_owned() };
        let plain = serde_json::to_vec(&words).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let nonce = random_bytes(self.inner.ports.random.as_ref());
        seal_small(self.inner.keys.master(), nonce, b"professional-account", id_of(mac), &plain)
    }

    fn open_words(&self, mac: &[u8; 32], sealed: &[u8]) -> Result<Words, DiffusionError> {
        let plain = open_small(self.inner.keys.master(), b"professional-account", id_of(mac), sealed)?;
        serde_json::from_slice(&plain).map_err(|error| DiffusionError::Document(error.to_string()))
    }

    fn account_line(&self, row: &SqliteRow) -> Result<AccountLine, DiffusionError> {
        let doing = || DiffusionError::db("reading a professional's account");
        let mac: Vec<u8> = row.try_get(0).map_err(doing())?;
        let mac = mac.try_into().map_err(|_| DiffusionError::Document("a digest is not 32 bytes long".into()))?;
        let sealed: Vec<u8> = row.try_get(1).map_err(doing())?;
        let Words { rpps, name, proof, .. } = self.open_words(&mac, &sealed)?;
        let ended: Option<i64> = row.try_get(4).map_err(doing())?;
        Ok(AccountLine {
            rpps,
            name,
            proof,
            local: row.try_get(2).map_err(doing())?,
            made_at: instant(row.try_get(3).map_err(doing())?),
            ended_at: ended.map(instant),
        })
    }
}

/// Twenty symbols in groups of five.
fn made_password(entropy: [u8; LENGTH]) -> Zeroizing<String> {
    let mut password = Zeroizing::new(String::with_capacity(LENGTH + 3));
    for (at, byte) in entropy.iter().enumerate() {
        if at > 0 && at % 5 == 0 {
            password.push('-');
        }
        let symbol = SYMBOLS.get(usize::from(byte % 32)).copied().unwrap_or(b'2');
        password.push(char::from(symbol));
    }
    password
}

/// SHA-1, six digits, thirty seconds, one step of grace: what applications know.
fn totp_of(secret: &[u8], rpps: &Rpps) -> Result<Totp, DiffusionError> {
    Builder::new()
        .with_secret(secret.to_vec())
        .with_account_name(rpps.as_str())
        .with_issuer(Some("Negatoscope"))
        .build()
        .map_err(|_| totp_wrong())
}

fn totp_wrong() -> DiffusionError {
    DiffusionError::Keys("a secret for codes has no usable length".into())
}
