//! `negatoscope serve`: both servers in one process, from the first listener to the last answer.

use crate::Program;
use crate::adapters::outlets::{FolderOutlet, OruOutlet};
use crate::backup::{self, RestoredWatch};
use crate::control::{self, ControlSocket};
use crate::cosigning::{self, Cosigning, WitnessWatch};
use crate::factor::FactorWatch;
use crate::listening::{self, Secure};
use crate::professionals::BulkWatch;
use crate::retaining::{self, RetentionWatch};
use crate::rooms::Rooms;
use crate::settings::Settings;
use crate::time_keeping::{self, ClockWatch, SweepWatch};
use crate::web;
use crate::witness;
use anyhow::{Context, Result};
use archive::Archive;
use archive::desk::Desk;
use archive::outlet::SheetOutlet;
use archive::package::{PackageKey, Packages};
use archive::rights_desk::RightsDesk;
use axum_server::Handle;
use diffusion::FactorRule;
use intake::landing::Landing;
use intake::watched::Watched;
use portal::desk::DeskPages;
use portal::patient::{PatientPages, WebCopies};
use portal::{Contact, PaidArchive, SiteInfo};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Between two looks at the jobs.
pub const JOBS: Duration = Duration::from_millis(500);
/// Between two looks at the watched folder; a file is taken when two looks find it unchanged.
const WATCH: Duration = Duration::from_secs(2);
/// For the last answers, at a stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Every address that listens, bound before anything is opened: a refused port costs nothing.
struct Doors {
    dicom: TcpListener,
    hl7: TcpListener,
    desk: TcpListener,
    web: TcpListener,
    secure: Secure,
}

impl Doors {
    fn bind(settings: &Settings) -> Result<Self> {
        let bind = |name: &str, address: SocketAddr| {
            TcpListener::bind(address).with_context(|| format!("{name}: cannot listen on {address}"))
        };
        Ok(Self {
            dicom: bind("dicom.listen", settings.dicom_listen)?,
            hl7: bind("hl7.listen", settings.hl7_listen)?,
            desk: bind("desk.listen", settings.desk_listen)?,
            web: bind("web.listen", settings.web_listen)?,
            secure: Secure {
                dicom: settings.dicom_tls_listen.map(|address| bind("dicom.tls-listen", address)).transpose()?,
                hl7: settings.hl7_tls_listen.map(|address| bind("hl7.tls-listen", address)).transpose()?,
            },
        })
    }

    /// The word that says where each listens.
    fn ready(&self) -> Result<String> {
        let (dicom, hl7) = (self.dicom.local_addr()?, self.hl7.local_addr()?);
        let (desk, web) = (self.desk.local_addr()?, self.web.local_addr()?);
        let mut ready = format!("ready dicom={dicom} hl7={hl7} desk={desk} web={web}");
        for (name, listener) in [("dicomTls", &self.secure.dicom), ("hl7Tls", &self.secure.hl7)] {
            if let Some(listener) = listener {
                ready.push_str(&format!(" {name}={}", listener.local_addr()?));
            }
        }
        Ok(ready)
    }
}

/// Runs until SIGTERM or SIGINT.
pub async fn run(program: Program) -> Result<()> {
    log();
    let doors = Doors::bind(&program.settings)?;
    let tls = match program.settings.tls() {
        true => Some(web::tls(&program.settings.tls_certificate, &program.settings.tls_key).await?),
        false => None,
    };
    let address = match program.settings.web_address.is_empty() {
        true => doors.web.local_addr()?.to_string(),
        false => program.settings.web_address.clone(),
    };
    let file = program.file.clone();
    let rooms = Arc::new(Rooms::open(program).await?);
    let socket = ControlSocket::bind(&rooms.settings.data_folder)?;
    let archive = rooms.archive(&address, outlets(&rooms));
    witness::compare(&rooms).await.context("comparing with the witness")?;
    backup::publish_again(&rooms, &archive).await.context("putting back on the web what was there")?;
    if rooms.settings.factor_rule()? == FactorRule::Off {
        tracing::warn!("not for production: patients are not asked a second factor (second-factor.rule)");
    }
    let site = Arc::new(site_info(&rooms, &archive, &address));
    if let Some(mail) = &rooms.mail {
        mail.speak_for(site.clone());
    }
    let (stop, stopped) = watch::channel(false);
    let pages = Handle::new();
    let cosigned = Cosigning::default();
    let mut tasks = JoinSet::new();
    let ready = doors.ready()?;
    listening::begin(&mut tasks, &rooms, &archive, (doors.dicom, doors.hl7, doors.secure), file, &stopped)?;
    tasks.spawn(web::serve(doors.web, patient_pages(&rooms, &archive, site), tls.clone(), pages.clone()));
    let packages = packages(&rooms, &archive)?;
    let desk = desk_pages(&rooms, &archive, &packages, (&cosigned, doors.desk.local_addr()?))?;
    tasks.spawn(web::serve(doors.desk, desk, tls, pages.clone()));
    tasks.spawn(make_packages(packages, stopped.clone()));
    tasks.spawn(crate::information::exchange(crate::information::practice(&rooms)?, stopped.clone()));
    tasks.spawn(jobs(archive.clone(), stopped.clone()));
    tasks.spawn(witness::keep(rooms.clone(), stopped.clone()));
    tasks.spawn(cosigning::keep(rooms.clone(), cosigned.clone(), stopped.clone()));
    tasks.spawn(control::serve(socket, rooms.clone(), stopped.clone()));
    tasks.spawn(retaining::daily(rooms.clone(), archive.clone(), stopped.clone()));
    tasks.spawn(time_keeping::keep(rooms.clock.clone(), stopped.clone()));
    tasks.spawn(time_keeping::sweeper(rooms.diffusion.clone(), rooms.clock.clone(), stopped.clone()));
    if !rooms.settings.watched_folder.as_os_str().is_empty() {
        tasks.spawn(watched(rooms.settings.watched_folder.clone(), rooms.landing.clone(), stopped.clone()));
    }
    // Before the word: whoever reads it may ask for a stop at once, and must get a good one.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    println!("{ready}");
    let failed = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        ended = tasks.join_next() => ended,
    };
    stop.send_replace(true);
    pages.graceful_shutdown(Some(DRAIN));
    while tasks.join_next().await.is_some() {}
    rooms.close().await?;
    match failed {
        Some(Ok(result)) => result.context("a part of the program ended"),
        Some(Err(error)) => Err(error).context("a part of the program ended abnormally"),
        None => Ok(()),
    }
}

fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("NEGATOSCOPE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // JSON: one line an event, whatever a value holds.
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
}

fn outlets(rooms: &Rooms) -> Vec<Arc<dyn SheetOutlet>> {
    let mut outlets: Vec<Arc<dyn SheetOutlet>> = Vec::new();
    if !rooms.settings.sheet_folder.as_os_str().is_empty() {
        outlets.push(Arc::new(FolderOutlet { folder: rooms.settings.sheet_folder.clone() }));
    }
    if !rooms.settings.hl7_return_to.is_empty() {
        let address = rooms.settings.hl7_return_to.clone();
        outlets.push(Arc::new(OruOutlet { address, clock: rooms.clock.clone() }));
    }
    outlets
}

/// What stands before a side's pages, which are asked for by this name.
fn front(rooms: &Rooms, host: &str) -> web::Front {
    let settings = &rooms.settings;
    web::Front {
        proxies: settings.web_trusted_proxies.clone().into(),
        host: host.into(),
        secure: settings.secure_origin(),
    }
}

/// Who stands behind the pages and the messages.
fn site_info(rooms: &Rooms, archive: &Archive, address: &str) -> SiteInfo {
    let settings = &rooms.settings;
    let said = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| "—".into());
    let contact = |pair: &[String]| Contact { name: said(pair.first()), reach: said(pair.get(1)) };
    let scheme = if settings.secure_origin() { "https" } else { "http" };
    SiteInfo {
        name: settings.site_name.clone(),
        phone: settings.site_phone.clone(),
        hours: settings.site_hours.clone(),
        hours_en: settings.site_hours_en.clone(),
        public_url: format!("{scheme}://{address}"),
        address: said(Some(&settings.site_postal_address)),
        publisher: contact(&settings.site_publisher),
        officer: contact(&settings.site_officer),
        host: contact(&settings.site_host),
        partners: settings.site_partners.clone(),
        paid_archive: PaidArchive {
            sites: archive.config.choice.sites.clone(),
            price_cents: archive.config.choice.price_cents,
        },
    }
}

fn patient_pages(rooms: &Rooms, archive: &Archive, site: Arc<SiteInfo>) -> web::Pages {
    let settings = &rooms.settings;
    let router = portal::patient::router(PatientPages {
        diffusion: rooms.diffusion.clone(),
        site,
        policies: Arc::new(archive.config.policies.clone()),
        images: Some(crate::viewer::viewer(Arc::new(WebCopies::new(rooms.diffusion.clone())))),
        secure_cookies: settings.secure_origin(),
        followers: Default::default(),
    });
    web::Pages { front: front(rooms, &settings.web_address), router }
}

/// What is handed over to the people it is about. Both logs of accesses are on this machine.
fn packages(rooms: &Rooms, archive: &Archive) -> Result<Packages> {
    let inside = rooms.settings.data_folder.join("archive");
    let key = PackageKey::load_or_create(&inside.join("keys"), rooms.random.as_ref())?;
    let traces = vec![rooms.archive_trace.clone(), rooms.diffusion_trace.clone()];
    Ok(Packages::open(archive.clone(), inside.join("packages"), key, traces)?)
}

async fn make_packages(packages: Packages, stopped: watch::Receiver<bool>) -> Result<()> {
    packages.run(stopped, || tokio::time::sleep(JOBS)).await;
    Ok(())
}

fn desk_pages(
    rooms: &Rooms,
    archive: &Archive,
    packages: &Packages,
    (cosigned, address): (&Cosigning, SocketAddr),
) -> Result<web::Pages> {
    let pages = DeskPages {
        desk: Desk::new(archive.clone())
            .watched_by(Arc::new(ClockWatch(rooms.clock.clone())))
            .watched_by(Arc::new(FactorWatch::of(&rooms.settings)))
            .watched_by(Arc::new(SweepWatch(rooms.diffusion.clone())))
            .watched_by(Arc::new(BulkWatch(rooms.diffusion.clone())))
            .watched_by(Arc::new(RetentionWatch(rooms.retention())))
            .watched_by(Arc::new(WitnessWatch {
                known: cosigned.clone(),
                clock: rooms.clock.clone(),
                any: !rooms.settings.trace_witnesses.is_empty(),
            }))
            .watched_by(Arc::new(RestoredWatch::new(rooms))),
        retention: rooms.retention(),
        rights: RightsDesk::new(archive.clone(), packages.clone()),
        practice: crate::information::practice(rooms)?,
        site: rooms.settings.site_name.clone(),
        secure_cookies: rooms.settings.secure_origin(),
    };
    let services = web::dicomweb::router(rooms, archive, pages.desk.clone(), address)?;
    let router = portal::desk::router(pages).merge(services);
    Ok(web::Pages { front: front(rooms, &rooms.settings.desk_address), router })
}

async fn jobs(archive: Archive, stopped: watch::Receiver<bool>) -> Result<()> {
    archive::runner::run(archive, stopped, || tokio::time::sleep(JOBS)).await;
    Ok(())
}

/// Takes in what is dropped into a folder.
async fn watched(folder: PathBuf, landing: Landing, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let mut watched = Watched::new(folder, "watched");
    loop {
        match watched.look(&landing).await {
            Ok(look) if look.refused > 0 => tracing::warn!(?look, "files of the watched folder were refused"),
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the watched folder cannot be read"),
        }
        tokio::select! {
            () = tokio::time::sleep(WATCH) => {}
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}
