//! Receiving: verification and storage as a provider (SCP).

mod config;
mod find;
mod handler;
pub mod negotiate;
mod operate;
mod provider;
pub mod query;
mod retrieve;
mod session;
mod status;
mod step;

pub use config::{Config, Timeouts};
pub use find::{FindHandler, FindRequest, Match};
pub use handler::{AssociationEvent, CommitmentHandler, Observer, Reception, StoreHandler, StoreRequest};
pub(crate) use provider::event;
pub use provider::{CommitmentProvider, CommitmentRequest, ReportLine, Reported};
pub use status::StoreStatus;
pub use step::{PERFORMED_STEP_SOP_CLASS, StepHandler, StepRequest};

use crate::association::{Association, Came};
use crate::machine::Event;
use crate::peers::Peers;
use crate::{Error, Phase, ae, pdu};
use negotiate::{Agreement, Refusal};
use session::Session;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Connections heard beyond the limit, only to be told that it is reached.
const OVERFLOW: usize = 16;

/// After a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a listener calls.
#[derive(Clone)]
pub struct Handlers {
    /// Where data sets go.
    pub store: Arc<dyn StoreHandler>,
    /// Who hears of associations.
    pub observer: Option<Arc<dyn Observer>>,
    /// Who hears of commitments, where they are taken.
    pub commitments: Option<Arc<dyn CommitmentHandler>>,
    /// Who commits to what peers ask to be kept, where it is offered.
    pub provider: Option<Arc<dyn CommitmentProvider>>,
    /// Who answers searches, by SOP class.
    pub finds: BTreeMap<String, Arc<dyn FindHandler>>,
    /// Who hears what modalities do, where it is taken.
    pub steps: Option<Arc<dyn StepHandler>>,
    /// Who answers queries and gives what is retrieved, where that is offered.
    pub queries: Option<Arc<dyn query::QueryHandler>>,
}

/// How an association ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Data sets stored.
    pub stored: u64,
    /// Data sets refused or failed.
    pub failed: u64,
}

/// A listener's shared state: its settings, its handlers, its free places.
pub struct Server {
    config: Config,
    handlers: Handlers,
    places: Semaphore,
    /// Who may call now: may change while associations are open.
    peers: RwLock<Peers>,
}

impl Server {
    /// A server with checked settings.
    ///
    /// # Errors
    /// [`Error::Setting`].
    pub fn new(config: Config, handlers: Handlers) -> Result<Self, Error> {
        config.check()?;
        let places = Semaphore::new(config.max_associations);
        let peers = RwLock::new(config.peers.clone());
        Ok(Self { config, handlers, places, peers })
    }

    /// Who may call from now on. Associations that are open stay.
    pub fn set_peers(&self, peers: Peers) {
        *self.peers.write().unwrap_or_else(PoisonError::into_inner) = peers;
    }

    /// Accepts associations on `listener` until `shutdown` completes, then lets the messages under way end.
    ///
    /// # Errors
    /// [`Error::Setting`], before anything is accepted.
    pub async fn serve<F>(listener: TcpListener, config: Config, handlers: Handlers, shutdown: F) -> Result<(), Error>
    where
        F: Future<Output = ()> + Send,
    {
        Arc::new(Self::new(config, handlers)?).run(listener, shutdown).await;
        Ok(())
    }

    /// The same of a server that is there already, and may serve other listeners too.
    pub async fn run<F>(self: Arc<Self>, listener: TcpListener, shutdown: F)
    where
        F: Future<Output = ()> + Send,
    {
        let server = self;
        let (stop, stopped) = watch::channel(false);
        let mut conversations = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = conversations.join_next(), if !conversations.is_empty() => {}
                accepted = listener.accept() => match accepted {
                    // A connection over the limit gets its rejection; a flood of them is closed unheard.
                    Ok(_) if conversations.len() >= server.config.max_associations + OVERFLOW => {}
                    Ok((stream, peer)) => {
                        let (server, stopped) = (Arc::clone(&server), stopped.clone());
                        conversations.spawn(async move {
                            if stream.set_nodelay(true).is_ok() {
                                let _ = server.converse(stream, peer, stopped).await;
                            }
                        });
                    }
                    // No descriptors left, most often: others must end before it gets better.
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        }
        drop(listener);
        stop.send_replace(true);
        let all = async { while conversations.join_next().await.is_some() {} };
        if tokio::time::timeout(server.config.timeouts.drain, all).await.is_err() {
            tracing::warn!("associations were cut at the stop");
        }
    }

    /// Serves one connection that is already open (TCP, TLS, a test's duplex), to its end. `stop` turning
    /// true ends it at the next message boundary.
    ///
    /// # Errors
    /// Whatever ended the association other than a release.
    pub async fn converse<S>(
        &self,
        stream: S,
        peer: SocketAddr,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Summary, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let place = self.places.try_acquire();
        let timeouts = &self.config.timeouts;
        let mut link = Association::acceptor(stream, self.config.max_pdu_bytes, timeouts.artim, timeouts.write).await?;
        let result = self.associate(&mut link, peer, place.is_err(), &mut stop).await;
        link.linger().await;
        result
    }

    async fn associate<S>(
        &self,
        link: &mut Association<S>,
        peer: SocketAddr,
        full: bool,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Summary, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let request = match link.next(Instant::now() + Config::MAX_ARTIM, Phase::Negotiation).await {
            Ok(Came::Request(request)) => request,
            Ok(_) => return Err(Error::Protocol("PDU out of place")),
            Err(error) => {
                self.refused(String::new(), peer, "no valid association request");
                return Err(error);
            }
        };
        let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner).clone();
        let config = Config { peers, ..self.config.clone() };
        let agreement = match negotiate::negotiate(&request, &config, peer.ip(), full) {
            Ok(agreement) => agreement,
            Err(refusal) => {
                self.refused(ae::escaped(&request.calling_field), peer, refusal.why);
                let Refusal { result, origin, reason, .. } = refusal;
                link.step(Event::RejectWanted, &pdu::reject(result, origin, reason)).await?;
                return Err(Error::Rejected { result, origin, reason });
            }
        };
        let (calling, called) = (agreement.calling.as_str(), agreement.called.as_str());
        let accept = pdu::association::write_accept(calling, called, agreement.accept.clone())?;
        link.step(Event::AcceptWanted, &accept).await?;
        self.opened(&agreement, peer, request.claimed_user.as_deref());
        let claimed_user = request.claimed_user.as_deref().map(ae::escaped);
        let mut session = Session::new(self, link, agreement, peer, claimed_user);
        let ended = session.run(stop).await;
        let summary = session.summary;
        self.closed(peer, summary, &ended);
        ended.map(|()| summary)
    }

    fn stores_class(&self, uid: &str) -> bool {
        negotiate::stores_class(uid, &self.config)
    }

    fn observe(&self, event: AssociationEvent) {
        if let Some(observer) = &self.handlers.observer {
            observer.observe(event);
        }
    }

    fn opened(&self, agreement: &Agreement, peer: SocketAddr, claimed_user: Option<&[u8]>) {
        tracing::debug!(calling = %agreement.calling, called = %agreement.called, %peer, "association opened");
        self.observe(AssociationEvent::Opened {
            calling: agreement.calling.clone(),
            called: agreement.called.clone(),
            peer,
            claimed_user: claimed_user.map(ae::escaped),
        });
    }

    fn refused(&self, calling: String, peer: SocketAddr, reason: &'static str) {
        tracing::warn!(calling, %peer, reason, "association refused");
        self.observe(AssociationEvent::Refused { calling, peer, reason });
    }

    fn closed(&self, peer: SocketAddr, summary: Summary, ended: &Result<(), Error>) {
        let Summary { stored, failed } = summary;
        match ended {
            Ok(()) => tracing::debug!(%peer, stored, failed, "association released"),
            Err(error) => tracing::info!(%peer, stored, failed, %error, "association ended"),
        }
        self.observe(AssociationEvent::Closed { peer, stored, failed, released: ended.is_ok() });
    }
}
