//! Where modalities and information systems connect: plain and over TLS, with one server behind both.

use crate::adapters::commit::Commits;
use crate::adapters::hl7;
use crate::adapters::partner::Commitments;
use crate::adapters::query::Queries;
use crate::adapters::steps::Steps;
use crate::adapters::store::{AssociationsTraced, StoreToLanding};
use crate::adapters::tls::{self, Certificates, ClientCertificates};
use crate::adapters::worklist::{WORKLIST_SOP_CLASS, Worklist};
use crate::rooms::Rooms;
use crate::serve::JOBS;
use crate::settings::Settings;
use anyhow::{Context, Result};
use archive::Archive;
use archive::images::Images;
use dimse::ae::AeTitle;
use dimse::peers::Peers;
use dimse::scp::{Config, FindHandler, Handlers, Server};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Listeners over TLS, where they are set.
pub struct Secure {
    /// DICOM.
    pub dicom: Option<TcpListener>,
    /// HL7 over MLLP.
    pub hl7: Option<TcpListener>,
}

/// Begins to listen; `file` is where the settings were read.
pub fn begin(
    tasks: &mut JoinSet<Result<()>>,
    rooms: &Rooms,
    archive: &Archive,
    (dicom, messages, secure): (TcpListener, TcpListener, Secure),
    file: Option<PathBuf>,
    stopped: &watch::Receiver<bool>,
) -> Result<()> {
    let settings = &rooms.settings;
    let commits = Arc::new(Commits::new(archive, own_title(settings)?, settings.dicom_peers.clone()));
    let server = Arc::new(server(rooms, archive, commits.clone())?);
    let door = hl7::door(&settings.hl7_allow, rooms.landing.clone(), rooms.clock.clone());
    tasks.spawn(plain(dicom, server.clone(), stopped.clone())?);
    tasks.spawn(hl7::serve(messages, &door, stopped.clone())?);
    if secure.dicom.is_some() || secure.hl7.is_some() {
        let certificates = Arc::new(Certificates::new(settings)?);
        if let Some(listener) = secure.dicom {
            let most = settings.dicom_associations;
            tasks.spawn(over_tls(listener, server.clone(), certificates.clone(), most, stopped.clone())?);
        }
        if let Some(listener) = secure.hl7 {
            let proven = settings.client_certificates()? == ClientCertificates::Required;
            let anybody = proven && settings.hl7_allow.0.is_empty();
            tasks.spawn(hl7::serve_tls(listener, &door, certificates, anybody, stopped.clone())?);
        }
    }
    tasks.spawn(say_commitments(archive.clone(), commits.clone(), stopped.clone()));
    tasks.spawn(read_peers_again(file, server, commits, stopped.clone())?);
    Ok(())
}

fn own_title(settings: &Settings) -> Result<AeTitle> {
    AeTitle::new(&settings.dicom_ae_title).context("dicom.ae-title is not an AE title")
}

fn peers(settings: &Settings) -> Peers {
    match settings.dicom_allow.is_empty() {
        // Without a list only this machine can connect, or who proves itself: the settings were checked for that.
        true => Peers::Anyone,
        false => Peers::Known(settings.dicom_allow.clone()),
    }
}

/// The DICOM server.
fn server(rooms: &Rooms, archive: &Archive, commits: Arc<Commits>) -> Result<Server> {
    let settings = &rooms.settings;
    let worklist = Worklist { archive: archive.clone(), stations: settings.worklist_stations.clone() };
    let finds: BTreeMap<String, Arc<dyn FindHandler>> =
        BTreeMap::from([(WORKLIST_SOP_CLASS.to_owned(), Arc::new(worklist) as Arc<dyn FindHandler>)]);
    let config = Config {
        ae_titles: vec![own_title(settings)?],
        peers: peers(settings),
        max_associations: settings.dicom_associations,
        accept_unknown_classes: settings.dicom_private_classes,
        accept_unknown_transfer_syntaxes: settings.dicom_private_classes,
        takes_commitments: settings.partners.iter().any(|partner| partner.dicom.is_some()),
        offers_commitment: true,
        takes_steps: true,
        offers_queries: true,
        finds: finds.keys().cloned().collect(),
        ..Config::default()
    };
    let queries = Queries {
        images: Images::new(archive.clone()),
        archive: archive.clone(),
        pixels: rooms.pixels.clone(),
        destinations: commits.clone(),
    };
    let handlers = Handlers {
        store: Arc::new(StoreToLanding(rooms.landing.clone())),
        observer: Some(Arc::new(AssociationsTraced(rooms.archive_trace.clone()))),
        commitments: Some(Arc::new(Commitments(archive.clone()))),
        provider: Some(commits),
        queries: Some(Arc::new(queries)),
        finds,
        steps: Some(Arc::new(Steps(archive.clone()))),
    };
    Ok(Server::new(config, handlers)?)
}

fn plain(
    listener: TcpListener,
    server: Arc<Server>,
    mut stopped: watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<()>> + use<>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(async move {
        let until = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        server.run(listener, until).await;
        Ok(())
    })
}

fn over_tls(
    listener: TcpListener,
    server: Arc<Server>,
    certificates: Arc<Certificates>,
    most: usize,
    stopped: watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<()>> + use<>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let told = stopped.clone();
    let talk = move |stream, address| {
        let (server, told) = (server.clone(), told.clone());
        async move {
            // How it ended is in the server's own log.
            let _ = server.converse(stream, address, told).await;
        }
    };
    Ok(async move {
        tls::serve(listener, certificates, most, stopped, talk).await;
        Ok(())
    })
}

/// Tells peers what is kept of what they asked to be.
async fn say_commitments(archive: Archive, commits: Arc<Commits>, stopped: watch::Receiver<bool>) -> Result<()> {
    let waking = commits.clone();
    archive::commit::run(archive, commits, stopped, || waking.clone().wake(JOBS)).await;
    Ok(())
}

/// At SIGHUP: who may call and whom we call, as the file says now. Nothing else of it is taken before the next start, and
/// no association ends. A file with a mistake changes nothing.
fn read_peers_again(
    file: Option<PathBuf>,
    server: Arc<Server>,
    commits: Arc<Commits>,
    mut stopped: watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<()>> + use<>> {
    let mut asked = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = asked.recv() => {}
                _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            }
            match Settings::load(file.as_deref()) {
                Ok(settings) => {
                    server.set_peers(peers(&settings));
                    commits.set_peers(settings.dicom_peers);
                    tracing::info!("the peers were read again");
                }
                Err(error) => tracing::error!("the settings file was not read again: {error:#}"),
            }
        }
    })
}
