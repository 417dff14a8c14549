//! The checkpoints of both logs of accesses, shown to witnesses (C2SP `tlog-witness`).
//!
//! A witness that is away is waited for: it stops nothing, and the keeper reads how far it is behind. One that says
//! that a log has not grown from what it saw before is an alarm: an old copy was put back, or a log was made again.

use crate::adapters::partner::way::Opener;
use crate::rooms::Rooms;
use crate::settings::Settings;
use crate::settings::partner::Way;
use crate::time_keeping::shown;
use ambient::Clock;
use anyhow::{Context, Result, bail};
use archive::desk::{Level, Line, Watch};
use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::watch;
use trace::{Checkpoint, Trace, WitnessKey, witness};

/// Between two looks at the logs.
const LOOK: Duration = Duration::from_secs(2);
/// Between two checkpoints shown, unless this many events came.
const EVERY: Duration = Duration::from_secs(60);
const EVENTS: u64 = 1000;
/// For one answer, which is short.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: usize = 64 * 1024;
/// Events not confirmed for longer than this are told in amber.
const LATE: time::Duration = time::Duration::minutes(5);

/// A witness of ours: where it answers and how its cosignatures are known.
#[derive(Debug, Clone)]
pub struct Asked {
    url: String,
    key: WitnessKey,
}

impl Asked {
    /// Reads `url key`.
    pub fn parse(line: &str) -> Result<Self> {
        let (url, key) = line.trim().split_once(' ').context("trace.witnesses: expected \"url key\"")?;
        let key = WitnessKey::parse(key).context("trace.witnesses: the key is none (name+id+base64)")?;
        let asked = Self { url: url.trim_end_matches('/').to_owned(), key };
        let (plain, host, _) = asked.parts()?;
        let local = ["127.0.0.1", "[::1]", "localhost"];
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        if plain && !local.contains(&name) {
            bail!("trace.witnesses: {url}: http only to this machine, https elsewhere");
        }
        Ok(asked)
    }

    /// Whether without TLS, `host:port`, and the path before `/add-checkpoint`.
    fn parts(&self) -> Result<(bool, String, String)> {
        let (plain, rest) = match (self.url.strip_prefix("http://"), self.url.strip_prefix("https://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => bail!("trace.witnesses: {}: expected http:// or https://", self.url),
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let port = if plain { ":80" } else { ":443" };
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Ok((plain, if has_port { host.to_owned() } else { format!("{host}{port}") }, path.to_owned()))
    }

    /// Its answer: status and body.
    async fn ask(&self, settings: &Settings, body: String) -> Result<(u16, String)> {
        let (plain, host, path) = self.parts()?;
        let authorities = settings.trace_witness_authorities.clone();
        let (certificate, key) = Default::default();
        let way = Way { plain, authorities, certificate, key, server_name: String::new() };
        let stream = Opener::new(&host, &way)?.open().await.map_err(|trouble| anyhow::anyhow!("{trouble:?}"))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driving = tokio::spawn(connection);
        let request = Request::post(format!("{path}/add-checkpoint")).header(header::HOST, &host);
        let answer = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
        let status = answer.status().as_u16();
        let read = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await;
        driving.abort();
        let bytes = read.map_err(|error| anyhow::anyhow!("its answer: {error}"))?.to_bytes();
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// The witnesses of the settings.
pub fn asked(settings: &Settings) -> Result<Vec<Asked>> {
    settings.trace_witnesses.iter().map(|line| Asked::parse(line)).collect()
}

/// Their keys, and how many of them make a checkpoint confirmed.
pub fn keys(settings: &Settings) -> Result<(Vec<WitnessKey>, usize)> {
    let keys: Vec<_> = asked(settings)?.into_iter().map(|asked| asked.key).collect();
    let needed = settings.trace_confirmed_by.min(keys.len());
    Ok((keys, needed))
}

/// How it stands with one log.
#[derive(Debug, Clone, Default)]
struct Standing {
    /// Events signed, and events that enough witnesses have cosigned.
    size: u64,
    confirmed: u64,
    /// Since when the last confirmed checkpoint does not count everything.
    behind_since: Option<OffsetDateTime>,
    /// Witnesses that did not answer the last time.
    away: usize,
    /// A witness has said that the log is not the one it knew.
    contradicted: Option<String>,
}

/// What is known of the witnesses, for the keeper's page.
#[derive(Clone, Default)]
pub struct Cosigning(Arc<Mutex<HashMap<&'static str, Standing>>>);

impl Cosigning {
    fn note(&self, side: &'static str, change: impl FnOnce(&mut Standing)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(side).or_default());
    }
}

/// The witnesses' lines on the keeper's page.
pub struct WitnessWatch {
    /// What is known.
    pub known: Cosigning,
    /// The clock of the delay.
    pub clock: Arc<dyn Clock>,
    /// Whether there are any.
    pub any: bool,
}

#[async_trait]
impl Watch for WitnessWatch {
    async fn lines(&self) -> Vec<Line> {
        if !self.any {
            return vec![Line { level: Level::Amber, key: "keeper-witness-none", figures: Vec::new() }];
        }
        let known = self.known.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let now = self.clock.now();
        let line = |(side, standing): (&'static str, Standing)| {
            let behind = standing.size.saturating_sub(standing.confirmed);
            let late = standing.behind_since.is_some_and(|since| now - since > LATE);
            let figures = vec![
                ("side", side.to_owned()),
                ("behind", behind.to_string()),
                ("away", standing.away.to_string()),
                ("since", standing.behind_since.map_or_else(String::new, shown)),
                ("name", standing.contradicted.clone().unwrap_or_default()),
            ];
            let (level, key) = match (standing.contradicted.is_some(), late || standing.away > 0) {
                (true, _) => (Level::Red, "keeper-witness-contradicts"),
                (false, true) => (Level::Amber, "keeper-witness-late"),
                (false, false) => (Level::Green, "keeper-witness"),
            };
            Line { level, key, figures }
        };
        known.into_iter().map(line).collect()
    }
}

/// Shows the checkpoints of the running server to its witnesses.
pub async fn keep(rooms: Arc<Rooms>, known: Cosigning, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let witnesses = asked(&rooms.settings)?;
    let mut logs =
        [Log::new("archive", rooms.archive_trace.clone()), Log::new("diffusion", rooms.diffusion_trace.clone())];
    loop {
        let stopping = *stopped.borrow();
        for log in logs.iter_mut().filter(|_| !witnesses.is_empty()) {
            if let Err(error) = log.look(&rooms, &witnesses, &known).await {
                tracing::error!(side = log.side, error = format!("{error:#}"), "a checkpoint was not shown");
            }
        }
        if stopping {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

struct Log {
    side: &'static str,
    trace: Trace,
    /// The size last shown, and when by the clock that never goes back.
    shown: Option<(u64, Duration)>,
    /// What each witness has cosigned, by its name.
    known: HashMap<String, u64>,
}

impl Log {
    fn new(side: &'static str, trace: Trace) -> Self {
        Self { side, trace, shown: None, known: HashMap::new() }
    }

    async fn look(&mut self, rooms: &Rooms, witnesses: &[Asked], known: &Cosigning) -> Result<()> {
        let Some(note) = self.trace.checkpoint().await? else { return Ok(()) };
        let size = Checkpoint::unverified(&note).context("our own checkpoint cannot be read")?.size;
        let steady = rooms.clock.monotonic();
        let due = self.shown.is_none_or(|(shown, at)| {
            size >= shown + EVENTS || steady.saturating_sub(at) >= EVERY || (size > 0 && shown == 0)
        });
        if !due {
            return Ok(());
        }
        self.shown = Some((size, steady));
        let (mut confirmed, mut cosigned, mut away) = (note.clone(), 0, 0);
        for witness in witnesses {
            match tokio::time::timeout(PATIENCE, self.show(rooms, witness, &note, size)).await {
                Ok(Ok(Said::Cosigned(line))) => {
                    confirmed += &line;
                    cosigned += 1;
                }
                Ok(Ok(Said::Contradicts)) => {
                    tracing::error!(side = self.side, witness = witness.key.name(), "a witness knew another log");
                    known.note(self.side, |standing| standing.contradicted = Some(witness.key.name().to_owned()));
                }
                Ok(Err(error)) => {
                    away += 1;
                    let error = format!("{error:#}");
                    tracing::warn!(side = self.side, witness = witness.key.name(), error, "a witness is away");
                }
                Err(_) => away += 1,
            }
        }
        let enough = cosigned >= rooms.settings.trace_confirmed_by.min(witnesses.len());
        if enough {
            self.trace.keep_confirmed(&confirmed)?;
        }
        let now = rooms.clock.now();
        known.note(self.side, |standing| {
            (standing.size, standing.away) = (size, away);
            if enough {
                (standing.confirmed, standing.behind_since) = (size, None);
            } else {
                standing.behind_since = standing.behind_since.or(Some(now));
            }
        });
        Ok(())
    }

    /// Shows one checkpoint to one witness; what it has seen before is asked of itself the first time.
    async fn show(&mut self, rooms: &Rooms, witness: &Asked, note: &str, size: u64) -> Result<Said> {
        let name = witness.key.name().to_owned();
        let mut old = self.known.get(&name).copied().unwrap_or(0);
        for _ in 0..2 {
            let path = self.trace.growth(old, size).await?;
            let (status, body) = witness.ask(&rooms.settings, witness::request(old, &path, note)).await?;
            match status {
                200 => {
                    let line = witness.key.line_of(note, &body).context("its cosignature does not hold")?;
                    self.known.insert(name, size);
                    return Ok(Said::Cosigned(line));
                }
                409 => {
                    let seen: u64 = body.trim().parse().context("its answer is no size")?;
                    if seen > size || seen == old {
                        return Ok(Said::Contradicts);
                    }
                    old = seen;
                }
                422 => return Ok(Said::Contradicts),
                status => bail!("it answers {status}"),
            }
        }
        bail!("it does not say twice the same")
    }
}

enum Said {
    Cosigned(String),
    Contradicts,
}
