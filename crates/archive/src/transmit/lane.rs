//! A lane per partner and kind: what is queued leaves in order, one at a time, each until the partner has it.

use super::plan::{self, held};
use super::{Announced, Partner, Receipt, Trouble, images, message};
use crate::reader::Manifests;
use crate::{Archive, ArchiveError};
use record::{ExamDetail, Transmission, TransmissionKind, TransmissionStep};
use std::collections::BTreeMap;
use std::future::Future;
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use trace::{Actor, Event, Kind, Outcome, Role};
use work::{LONGEST_BACK_OFF, MAX_ATTEMPTS, back_off};

/// Sends until `stop` turns true. Whatever is on its way then is sent again at the next start.
pub(crate) async fn run<F>(
    archive: Archive,
    stop: watch::Receiver<bool>,
    wake: impl FnMut() -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut lanes = JoinSet::new();
    for partner in &archive.partners.all {
        for kind in partner.kinds() {
            lanes.spawn(lane(archive.clone(), partner.clone(), kind, stop.clone(), wake.clone()));
        }
    }
    lanes.spawn(super::reconcile::run(archive, stop, wake));
    while let Some(ended) = lanes.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a partner's lane ended abnormally: nothing more leaves there until the next start");
        }
    }
}

async fn lane<F>(
    archive: Archive,
    partner: Partner,
    kind: TransmissionKind,
    mut stop: watch::Receiver<bool>,
    mut wake: impl FnMut() -> F,
) where
    F: Future<Output = ()> + Send,
{
    while !*stop.borrow() {
        match turn(&archive, &partner, kind, &mut stop).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(partner = partner.name, %error, "a partner's queue cannot be read"),
        }
        tokio::select! {
            () = wake() => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Sends all that is due now; says how much was done.
pub async fn once(archive: &Archive) -> Result<usize, ArchiveError> {
    let (_open, mut stop) = watch::channel(false);
    let mut done = 0;
    for partner in &archive.partners.all {
        for kind in partner.kinds() {
            while turn(archive, partner, kind, &mut stop).await? {
                done += 1;
            }
        }
    }
    Ok(done)
}

/// Why nothing more is done about a transmission for now.
enum Ended {
    /// The partner has it.
    Received(Receipt),
    /// It did not succeed.
    Trouble(Trouble),
    /// It may not leave: planned again, or stopped.
    Kept,
    /// The program stops.
    Stopping,
}

impl From<Trouble> for Ended {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Whether its time has come. One that is further away than anything waits was told by a clock that ran ahead and was
/// corrected since.
fn due(one: &Transmission, now: OffsetDateTime) -> bool {
    one.due_at <= now || one.due_at - now > LONGEST_BACK_OFF
}

/// The first of a queue, if it is due. False when there is nothing to do now.
async fn turn(
    archive: &Archive,
    partner: &Partner,
    kind: TransmissionKind,
    stop: &mut watch::Receiver<bool>,
) -> Result<bool, ArchiveError> {
    let group = archive.config.group;
    let first = archive.catalogue.transmission_next(group, &partner.name, kind).await?;
    let Some(first) = first.filter(|first| due(first, archive.clock.now())) else { return Ok(false) };
    // What was true when it was planned may not be by the time its turn comes.
    let ended = match ready(archive, partner, &first).await {
        Ok(Some(detail)) => send(archive, partner, &first, &detail, stop).await,
        Ok(None) => Ok(Ended::Kept),
        Err(error) => Err(error),
    };
    let at = archive.clock.now();
    let step = |step| archive.catalogue.transmission_step(group, first.id, step, at);
    match ended {
        Ok(Ended::Received(receipt)) => {
            step(received(receipt)).await?;
            tracing::info!(exam = %first.exam, partner = partner.name, kind = kind.key(), "a partner has it");
            crate::journal::ask(archive).await?;
        }
        Ok(Ended::Kept) => {}
        Ok(Ended::Stopping) => return Ok(false),
        Ok(Ended::Trouble(Trouble::Refused(refused))) => {
            tracing::error!(exam = %first.exam, partner = partner.name, %refused, "a partner refuses: somebody must look");
            step(TransmissionStep::Dead { reason: refused.key() }).await?;
        }
        Ok(Ended::Trouble(Trouble::Unreachable(why))) => later(archive, &first, ("unreachable", &why)).await?,
        Ok(Ended::Trouble(Trouble::Broken(why))) => later(archive, &first, ("broken-off", &why)).await?,
        Err(error) => later(archive, &first, ("internal", &error.to_string())).await?,
    }
    Ok(true)
}

fn received(receipt: Receipt) -> TransmissionStep {
    let how = match receipt {
        Receipt::Awaited => return TransmissionStep::Sent,
        Receipt::Accepted => "accepted",
        Receipt::Committed => "committed",
        Receipt::Stored => "stored",
    };
    TransmissionStep::Acknowledged { how: how.into() }
}

/// Waits, longer each time. Who is not there is waited for without end, seen by its age; what breaks off again and again
/// becomes a dead letter, so that it does not stop what is behind it for ever.
async fn later(archive: &Archive, one: &Transmission, (trouble, why): (&str, &str)) -> Result<(), ArchiveError> {
    let (group, at) = (archive.config.group, archive.clock.now());
    let counted = trouble != "unreachable";
    let tries = 1 + if counted { one.tries } else { one.misses };
    tracing::warn!(exam = %one.exam, partner = one.partner, trouble, tries, why, "a transmission did not succeed");
    if counted && tries >= MAX_ATTEMPTS {
        let dead = TransmissionStep::Dead { reason: trouble.to_owned() };
        return Ok(archive.catalogue.transmission_step(group, one.id, dead, at).await?);
    }
    archive.catalogue.transmission_later(group, one.id, trouble, at + back_off(tries), counted).await?;
    Ok(())
}

/// The exam, when this transmission is still what should leave now.
async fn ready(archive: &Archive, partner: &Partner, one: &Transmission) -> Result<Option<ExamDetail>, ArchiveError> {
    plan::plan(archive, one.exam).await?;
    let now = archive.catalogue.transmission(archive.config.group, one.id).await?;
    if now.state != record::TransmissionState::Queued {
        return Ok(None);
    }
    let detail = archive.catalogue.exam(archive.config.group, one.exam).await?;
    if held(&detail, partner).is_some() {
        return Ok(None);
    }
    Ok(Some(detail))
}

async fn send(
    archive: &Archive,
    partner: &Partner,
    one: &Transmission,
    detail: &ExamDetail,
    stop: &mut watch::Receiver<bool>,
) -> Result<Ended, ArchiveError> {
    let sent = match one.kind {
        TransmissionKind::Report => send_report(archive, partner, one, detail, stop).await?,
        TransmissionKind::Images => send_images(archive, partner, one, detail, stop).await?,
    };
    Ok(sent.unwrap_or_else(|ended| ended))
}

type Sent = Result<Result<Ended, Ended>, ArchiveError>;

async fn send_report(
    archive: &Archive,
    partner: &Partner,
    one: &Transmission,
    detail: &ExamDetail,
    stop: &mut watch::Receiver<bool>,
) -> Sent {
    let message = match message::of(archive, partner, one, detail).await? {
        Ok(message) => message,
        Err(refused) => return Ok(Err(Ended::Trouble(Trouble::Refused(refused)))),
    };
    let line = match network(stop, archive.partners.senders.report(&partner.name)).await {
        Ok(line) => line,
        Err(ended) => return Ok(Err(ended)),
    };
    if !gate(archive, partner, one, detail).await? {
        return Ok(Err(Ended::Kept));
    }
    Ok(network(stop, line.send(message.into())).await.map(|()| Ended::Received(Receipt::Accepted)))
}

async fn send_images(
    archive: &Archive,
    partner: &Partner,
    one: &Transmission,
    detail: &ExamDetail,
    stop: &mut watch::Receiver<bool>,
) -> Sent {
    let instances = plan::chosen(archive, detail, partner).await?;
    let same = plan::images(archive, detail, partner).await?.is_some_and(|wanted| wanted.basis == one.basis);
    if !same {
        // Images are still arriving: the next version will have them all.
        return Ok(Err(Ended::Trouble(Trouble::Unreachable("the exam is changing".into()))));
    }
    let announced: Vec<Announced> = instances.iter().map(images::announced).collect();
    let mut line = match network(stop, archive.partners.senders.images(&partner.name, &announced)).await {
        Ok(line) => line,
        Err(ended) => return Ok(Err(ended)),
    };
    if !gate(archive, partner, one, detail).await? {
        return Ok(Err(Ended::Kept));
    }
    let mut manifests = Manifests::default();
    for instance in &instances {
        let file = archive.instance_bytes(instance, &mut manifests).await?;
        let image = match images::leaving(partner, one, detail, instance, file).await? {
            Ok(image) => image,
            Err(refused) => return Ok(Err(Ended::Trouble(Trouble::Refused(refused)))),
        };
        if let Err(ended) = network(stop, line.store(image)).await {
            return Ok(Err(ended));
        }
    }
    Ok(network(stop, line.finish(one.id)).await.map(Ended::Received))
}

/// What talks to a partner, unless the program stops meanwhile.
async fn network<T>(
    stop: &mut watch::Receiver<bool>,
    talk: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Ended> {
    tokio::select! {
        biased;
        talked = talk => talked.map_err(Ended::from),
        _ = stop.wait_for(|stop| *stop) => Err(Ended::Stopping),
    }
}

/// The last look before the first byte: no objection, then the trace's leaf, then the fact that it leaves.
async fn gate(
    archive: &Archive,
    partner: &Partner,
    one: &Transmission,
    detail: &ExamDetail,
) -> Result<bool, ArchiveError> {
    let (group, at) = (archive.config.group, archive.clock.now());
    if archive.partners.objections.objects(detail, partner, one.kind).await? {
        let stopped = TransmissionStep::Stopped { reason: "objection".into(), by: "system".into() };
        archive.catalogue.transmission_step(group, one.id, stopped, at).await?;
        return Ok(false);
    }
    let words = [
        ("what", one.kind.key().to_owned()),
        ("version", one.version.to_string()),
        ("transmission", one.id.to_string()),
    ];
    let event = Event {
        kind: Kind::Send,
        patient: detail.patient.as_ref().map(|patient| patient.id.to_string()),
        exam: Some(detail.id.0),
        actor: Actor { role: Role::Partner, label: partner.name.clone(), name: None },
        outcome: Outcome::Success,
        detail: words.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
    };
    archive.trace.append(event).await?;
    archive.catalogue.transmission_step(group, one.id, TransmissionStep::Left, at).await?;
    Ok(true)
}
