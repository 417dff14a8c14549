//! Staff logins: Argon2id, a throttle, and sessions that live in memory (a restart ends them all).

use super::Desk;
use crate::ArchiveError;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use record::Role;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use trace::{Actor, Event, Kind, Outcome, SecurityEvent};

/// Without a request for so long, the session ends.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// Whatever happens, it ends after a working day.
const ABSOLUTE: Duration = Duration::from_secs(10 * 3600);
/// Wrong passwords in a row, by login and by address, before waiting.
const QUICK_TRIES: u32 = 5;
/// Waiting after that, at most.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Throttled names remembered, at most.
const REMEMBERED: usize = 10_000;

/// A member of staff, logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Site key.
    pub site: String,
}

/// What the browser holds: 256 random bits, hexadecimal. Only its digest is kept here.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffToken(pub String);

/// The answer to a login.
pub enum Login {
    /// Come in.
    Welcome(StaffToken),
    /// Wrong login or password, a closed account, or too many tries: one answer for all.
    Refused,
}

struct Session {
    login: String,
    /// Of the verifier that let it in: another password, and the sessions of the old one are over.
    verifier: [u8; 32],
    opened: Duration,
    seen: Duration,
}

#[derive(Default)]
struct Tries {
    failures: u32,
    not_before: Duration,
}

#[derive(Default)]
pub(super) struct Sessions {
    open: Mutex<HashMap<[u8; 32], Session>>,
    tries: Mutex<BTreeMap<String, Tries>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A verifier for a new password (PHC string). Blocking: some tens of milliseconds.
pub fn verifier(password: &str, salt: [u8; 16]) -> Result<String, ArchiveError> {
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| ArchiveError::Refused("the password cannot be used"))
}

impl Desk {
    /// Opens a session. One Argon2id is spent whatever the answer, once the attempt is admitted.
    pub async fn login(&self, login: &str, password: &str, address: IpAddr) -> Result<Login, ArchiveError> {
        let login = login.trim().to_lowercase();
        let keys = [format!("login {login}"), format!("address {address}")];
        if !self.admit(&keys) {
            return Ok(Login::Refused);
        }
        let staff = self.archive.catalogue.staff_by_login(self.group(), &login).await?;
        let phc = staff.as_ref().map_or_else(|| decoy().to_owned(), |staff| staff.phc.clone());
        let password = password.to_owned();
        let right = tokio::task::spawn_blocking(move || matches(&phc, &password)).await.unwrap_or(false);
        let staff = staff.filter(|staff| right && staff.disabled_at.is_none());
        let Some(staff) = staff else {
            let event = SecurityEvent { kind: "login-refused".into(), origin: None, detail: BTreeMap::new() };
            self.archive.trace.security(event).await?;
            return Ok(Login::Refused);
        };
        let (login, verifier) = (staff.login.clone(), digest(&staff.phc));
        let who = who_is(staff);
        let event = Event {
            kind: Kind::Login,
            patient: None,
            exam: None,
            actor: Actor { name: Some(who.login.clone()), ..super::actor(&who) },
            outcome: Outcome::Success,
            detail: BTreeMap::new(),
        };
        self.archive.trace.append(event).await?;
        keys.iter().for_each(|key| {
            locked(&self.sessions.tries).remove(key);
        });
        let token = hex::encode(ambient::random_bytes::<32>(self.archive.random.as_ref()));
        let now = self.archive.clock.monotonic();
        let mut open = locked(&self.sessions.open);
        open.retain(|_, session| alive(session, now));
        open.insert(digest(&token), Session { login, verifier, opened: now, seen: now });
        Ok(Login::Welcome(StaffToken(token)))
    }

    /// Who holds this token now. The account is asked again each time: a closed one opens nothing, another role counts
    /// at once, and another password ends what the old one opened.
    pub async fn who(&self, token: &str) -> Result<Option<Who>, ArchiveError> {
        let now = self.archive.clock.monotonic();
        let key = digest(token);
        let (login, verifier) = {
            let mut open = locked(&self.sessions.open);
            match open.get_mut(&key) {
                Some(session) if alive(session, now) => {
                    session.seen = now;
                    (session.login.clone(), session.verifier)
                }
                _ => {
                    open.remove(&key);
                    return Ok(None);
                }
            }
        };
        let staff = self.archive.catalogue.staff_by_login(self.group(), &login).await?;
        let staff = staff.filter(|staff| staff.disabled_at.is_none() && digest(&staff.phc) == verifier);
        if staff.is_none() {
            locked(&self.sessions.open).remove(&key);
        }
        Ok(staff.map(who_is))
    }

    /// Ends a session.
    pub fn logout(&self, token: &str) {
        locked(&self.sessions.open).remove(&digest(token));
    }

    /// Ends every session of whoever holds this token, on whatever machine it was left open.
    pub fn logout_everywhere(&self, token: &str) {
        let mut open = locked(&self.sessions.open);
        if let Some(login) = open.get(&digest(token)).map(|session| session.login.clone()) {
            open.retain(|_, session| session.login != login);
        }
    }

    /// Admits a try and counts it as failed until it has succeeded, so that tries at the same moment are no way round.
    fn admit(&self, keys: &[String]) -> bool {
        let now = self.archive.clock.monotonic();
        let mut tries = locked(&self.sessions.tries);
        if !keys.iter().all(|key| tries.get(key).is_none_or(|tries| tries.not_before <= now)) {
            return false;
        }
        if tries.len() > REMEMBERED {
            tries.retain(|_, tries| tries.not_before > now);
        }
        for key in keys {
            let entry = tries.entry(key.clone()).or_default();
            entry.failures = entry.failures.saturating_add(1);
            if entry.failures >= QUICK_TRIES {
                let doubled = Duration::from_secs(2).saturating_mul(1 << (entry.failures - QUICK_TRIES).min(20));
                entry.not_before = now + doubled.min(LONGEST_WAIT);
            }
        }
        true
    }
}

fn who_is(staff: record::Staff) -> Who {
    Who { login: staff.login, name: staff.name, role: staff.role, site: staff.site }
}

fn alive(session: &Session, now: Duration) -> bool {
    now.saturating_sub(session.seen) < IDLE && now.saturating_sub(session.opened) < ABSOLUTE
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn matches(phc: &str, password: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The verifier of no password, with the cost of a real one: an unknown login takes as long as a known one.
fn decoy() -> &'static str {
    "$argon2id$v=19$m=19456,t=2,p=1$bm8gcGFzc3dvcmQgaGVyZQ$QkH9mSfvT3fN3RkrcdP0QGv6b1Rr0XvQ8mVwJmHcZ0o"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_login_costs_as_much_as_a_known_one() {
        let real = verifier("x", [1; 16]).unwrap();
        let (decoy, real) = (PasswordHash::new(decoy()).unwrap(), PasswordHash::new(&real).unwrap());
        assert_eq!((decoy.algorithm, decoy.version, decoy.params), (real.algorithm, real.version, real.params));
        assert_eq!(decoy.hash.map(|hash| hash.len()), real.hash.map(|hash| hash.len()));
    }
}
