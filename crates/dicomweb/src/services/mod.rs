//! The services of PS3.18 on whole studies: search (QIDO-RS), retrieve (WADO-RS, WADO-URI) and store
//! (STOW-RS).
//!
//! | file | what |
//! |---|---|
//! | `port` | what is asked of whoever keeps the instances |
//! | `negotiate`, `refusal`, `parts` | what is accepted, what is refused, how bytes leave |
//! | `query` | search |
//! | `instances`, `metadata`, `frames`, `bulk`, `rendered`, `uri` | retrieve |
//! | `multipart`, `store` | store |

mod bulk;
mod frames;
mod instances;
mod metadata;
mod multipart;
mod negotiate;
mod parts;
mod port;
mod query;
mod refusal;
mod rendered;
mod store;
mod uri;

pub use multipart::{Event, Multipart, MultipartError};
pub use port::{
    Access, Act, Answers, Arrival, Arrivals, Facts, Fault, Finder, Image, Images, Kept, NotKept, Page, Picture,
    PictureFormat, Pieces, UidPath, Window, WindowFunction,
};

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, RawQuery};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::map_response;
use axum::routing::get;
use negotiate::{Query, Range, accepted};
use refusal::Refusal;
use serde::Deserialize;
use std::sync::Arc;

/// What the services stand on. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Whoever keeps the instances.
    pub images: Arc<dyn Images>,
    /// Whoever answers queries.
    pub finder: Arc<dyn Finder>,
    /// Whoever takes them in.
    pub arrivals: Arc<dyn Arrivals>,
    /// The public URL of these services, without a slash at the end: what the URLs in answers begin with. Never taken
    /// from a request.
    pub base: Arc<str>,
}

const STUDY: &str = "/studies/{study}";
const SERIES: &str = "/studies/{study}/series/{series}";
const INSTANCE: &str = "/studies/{study}/series/{series}/instances/{instance}";
const FRAMES: &str = "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}";

/// The router of the services, to be nested under a middleware that inserts `Extension<Access>`.
pub fn services(services: Services) -> Router {
    let mut router = Router::new()
        .route("/studies", get(query::studies).post(store::any_study))
        .route("/series", get(query::series))
        .route("/instances", get(query::instances))
        .route(&format!("{STUDY}/series"), get(query::series))
        .route(&format!("{STUDY}/instances"), get(query::instances))
        .route(&format!("{SERIES}/instances"), get(query::instances))
        .route("/wado", get(uri::retrieve))
        .route(STUDY, get(instances::retrieve).post(store::one_study))
        .route(SERIES, get(instances::retrieve))
        .route(INSTANCE, get(instances::retrieve))
        .route(FRAMES, get(frames::retrieve))
        .route(&format!("{FRAMES}/rendered"), get(rendered::frame))
        .route(&format!("{FRAMES}/thumbnail"), get(rendered::frame_thumbnail))
        .route(&format!("{INSTANCE}/bulkdata/{{value}}"), get(bulk::retrieve));
    for path in [STUDY, SERIES, INSTANCE] {
        router = router
            .route(&format!("{path}/metadata"), get(metadata::retrieve))
            .route(&format!("{path}/rendered"), get(rendered::retrieve))
            .route(&format!("{path}/thumbnail"), get(rendered::thumbnail));
    }
    router
        .fallback(async || Refusal::NotFound)
        .method_not_allowed_fallback(async || Refusal::Method)
        .layer(DefaultBodyLimit::disable())
        .layer(map_response(crate::answer::dress))
        .with_state(services)
}

/// What every handler begins with: who asks, for what, and what is accepted.
struct Asked {
    access: Access,
    path: UidPath,
    frames: Option<String>,
    value: Option<String>,
    query: Query,
    accepted: Vec<Range>,
    headers: HeaderMap,
}

/// The parameters of a path, as written.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    study: Option<String>,
    series: Option<String>,
    instance: Option<String>,
    frames: Option<String>,
    value: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let access = parts.extensions.get::<Access>().cloned().ok_or(Refusal::Unauthorized)?;
        let named = Path::<Named>::from_request_parts(parts, state).await;
        let Path(named) = named.map_err(|_: PathRejection| Refusal::Bad("the path cannot be read"))?;
        let RawQuery(query) = RawQuery::from_request_parts(parts, state).await.unwrap_or(RawQuery(None));
        let query = Query::parse(query.as_deref());
        let uid = |uid: Option<String>| match uid {
            Some(uid) if dicom::uid::check(&uid).is_err() => Err(Refusal::Bad("a UID that is none (PS3.5 §9.1)")),
            uid => Ok(uid),
        };
        let path = UidPath {
            study: uid(named.study)?.unwrap_or_default(),
            series: uid(named.series)?,
            instance: uid(named.instance)?,
        };
        let accepted = accepted(&parts.headers, &query);
        let headers = parts.headers.clone();
        Ok(Self { access, path, frames: named.frames, value: named.value, query, accepted, headers })
    }
}

impl Asked {
    /// The one instance of a path that names one.
    async fn instance(&self, services: &Services, act: Act) -> Result<Arc<dyn Image>, Refusal> {
        let found = services.images.open(&self.access, &self.path, act).await?;
        found.into_iter().next().ok_or(Refusal::NotFound)
    }
}

impl Services {
    /// The URL of an instance.
    fn url_of(&self, facts: &Facts) -> String {
        let Facts { study, series, instance, .. } = facts;
        format!("{}/studies/{study}/series/{series}/instances/{instance}", self.base)
    }
}
