//! The diffusion server's use cases: what is published today, who may open it, until when.
//!
//! This room must not know the vault, the record or DICOM: it holds web copies, verifiers of codes
//! and the few words a list needs, so that a break-in on the Internet side stays outside. It has no
//! way back into the archive side but the numbered messages that side comes to fetch.
//!
//! The archive side pushes blobs and one publication through [`link::DiffusionDoor`]; each web copy is
//! encrypted under its own key, and a publication becomes visible in one transaction. A person opens
//! the door ([`Diffusion::open`]), gets a session, and each request turns the session into a judged
//! [`Grant`] ([`Diffusion::grant`]); a trace entry is durable before any byte leaves. Expiry is judged
//! at each request; [`Diffusion::sweep`] only frees what is already out of reach, key first.
//!
//! Start with [`Diffusion`], then `door/`, `session.rs` and `copies/`.

mod accept;
mod certificate;
mod codes;
mod copies;
mod database;
mod door;
mod download;
mod emergency;
mod eraser;
mod error;
mod expiry;
mod factor;
mod forget;
mod keys;
mod minor;
mod outbox;
mod professional;
mod proofs;
mod publish;
mod read;
mod recall;
mod rights;
mod server;
mod session;
mod settings;
mod share;
mod stub;
mod take_stub;
mod temporary;
mod traced;

pub use database::known;
pub use door::{Attempt, DoorState, Opened, QrAttempt, SessionToken};
pub use download::{ByteStream, Download, FrameToRender, NoRenderer, Renderer};
pub use emergency::{EmergencyAnswer, EmergencyNotice, EmergencyWish};
pub use error::DiffusionError;
pub use expiry::{SweepState, Swept};
pub use factor::{
    Channel, FactorRule, FactorView, Language, Letter, MaskedContact, Message, Messenger, Proof, SecondFactor, Sending,
    Undelivered,
};
/// The words of the link that a page shows.
pub use link::{BirthDate, BlobName, Publication, ReportSummary, SeriesSummary, Times};
pub use professional::{
    AccountLine, BulkState, Fetch, FetchError, ListQuery, LocalAttempt, LoginStart, NewAccount, OpenIdSettings,
    ProDenied, ProLine, ProList, ProLook, ProSession, ProState, ProToken, Professional, Relation, StandIn,
};
pub use proofs::TraceKeys;
pub use read::{MOST_READ, PublishedFrame};
pub use recall::{RecallProgress, RecallView};
pub use rights::{Basis, Choices, ChoosableExam, Draft, Loses, NamedWith, Viewer, Visible};
pub use server::{Diffusion, Ports};
pub use session::{Denied, ExpiryPage, Grant, Holder, Look, NotYet, OpenedWith};
pub use settings::{Argon2Cost, BulkPolicy, SessionTimes, Settings, ThrottlePolicy};
pub use share::{LONGEST_SHARE_DAYS, Share, ShareWish, Sharing, USUAL_SHARE_DAYS};
pub use traced::{Act, Consultation, ConsultedBy, Served};
