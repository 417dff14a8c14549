//! The table of routes. Both sides' routers are made from such a table and from nothing else, so that a route cannot
//! exist without saying who may ask for it, whether a form must come from our own pages, and what may be cached.
//!
//! To add a page, add a line: `.get("/path", Who::Visit, page::show)` or `.post(…)`.

use crate::headers;
use archive::desk::Role;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;

/// Who may ask for a route at all. What they may see there is judged by the use case, at each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anyone,
    /// Whoever has opened a visit that still lives.
    Visit,
    /// The page of such a visit, asking by itself: no sign of life of the person.
    Follower,
    /// A professional whose session lives.
    Professional,
    /// Whoever has opened a visit that lives, be it one that waits for its one-time code.
    Waiting,
    /// A member of staff in one of these roles.
    Staff(&'static [Role]),
}

/// What may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// Nothing: it is personal, or leads to what is.
    NoStore,
    /// The route says so itself: the same bytes for everybody.
    Shared,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// GET (and HEAD), or POST.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: String,
    /// Who may.
    pub who: Who,
    /// Whether the request must come from our own pages: every change of state, but what its own proof protects.
    pub from_our_pages: bool,
    /// What may keep the answer.
    pub cache: Cache,
}

impl fmt::Display for Row {
    /// `GET /examen/{exam} staff:desk,radiologist no-store`, and `our-pages` where a form must come from there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.method, self.path)?;
        match self.who {
            Who::Anyone => write!(f, "anyone")?,
            Who::Visit => write!(f, "visit")?,
            Who::Follower => write!(f, "follower")?,
            Who::Waiting => write!(f, "waiting")?,
            Who::Professional => write!(f, "professional")?,
            Who::Staff(roles) => write!(f, "staff:{}", roles.iter().map(role).collect::<Vec<_>>().join(","))?,
        }
        f.write_str(if self.cache == Cache::Shared { " shared" } else { " no-store" })?;
        if self.from_our_pages { f.write_str(" our-pages") } else { Ok(()) }
    }
}

fn role(role: &Role) -> &'static str {
    match role {
        Role::Desk => "desk",
        Role::Radiologist => "radiologist",
        Role::Administrator => "administrator",
        Role::DataProtection => "data-protection",
    }
}

/// A side's way to say who asks.
pub(crate) trait Side: Clone + Send + Sync + 'static {
    /// Lets the request in, leaving in `parts` what its page will want; or gives what is answered instead.
    fn admit(&self, who: Who, parts: &mut Parts) -> impl Future<Output = Result<(), Response>> + Send;
}

/// A table under construction, for a side whose pages share `S`.
pub(crate) struct Routes<S> {
    rows: Vec<(Row, Target<S>)>,
}

enum Target<S> {
    Page(Box<MethodRouter<S, Infallible>>),
    /// Under a router of its own, mounted beside.
    Mounted,
}

impl<S: Side> Routes<S> {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// A page.
    pub(crate) fn get<H: Handler<T, S>, T: 'static>(self, path: &str, who: Who, page: H) -> Self {
        self.row(Method::GET, path, who, Target::Page(Box::new(get(page))))
    }

    /// A change: asked for by our own pages only.
    pub(crate) fn post<H: Handler<T, S>, T: 'static>(self, path: &str, who: Who, act: H) -> Self {
        self.row(Method::POST, path, who, Target::Page(Box::new(post(act))))
    }

    /// The last line's answer is the same for everybody and says itself how long it may be kept.
    pub(crate) fn shared(mut self) -> Self {
        if let Some((row, _)) = self.rows.last_mut() {
            row.cache = Cache::Shared;
        }
        self
    }

    /// Lines whose pages another room's router serves under `prefix`: see [`only`].
    pub(crate) fn mounted<'a>(self, prefix: &str, who: Who, paths: impl IntoIterator<Item = &'a str>) -> Self {
        paths
            .into_iter()
            .fold(self, |table, path| table.row(Method::GET, &format!("{prefix}{path}"), who, Target::Mounted))
    }

    fn row(mut self, method: Method, path: &str, who: Who, target: Target<S>) -> Self {
        let from_our_pages = method != Method::GET;
        let row = Row { method, path: path.to_owned(), who, from_our_pages, cache: Cache::NoStore };
        self.rows.push((row, target));
        self
    }

    /// The lines, as tests and documents read them.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.rows.iter().map(|(row, _)| row.clone()).collect()
    }

    /// The router: each route behind what its line asks.
    pub(crate) fn router(self, side: &S) -> Router<S> {
        self.rows.into_iter().fold(Router::new(), |router, (row, target)| match target {
            Target::Page(page) => {
                let path = row.path.clone();
                router.route(&path, page.layer(from_fn_with_state((side.clone(), row), enter)))
            }
            Target::Mounted => router,
        })
    }
}

/// What every request passes before its page is told of it, and before its body is read.
async fn enter<S: Side>(State((side, row)): State<(S, Row)>, request: Request, next: Next) -> Response {
    if row.from_our_pages && !headers::is_ours(request.headers(), request.uri()) {
        tracing::info!("a form from another site was refused");
        return StatusCode::FORBIDDEN.into_response();
    }
    let (mut parts, body): (Parts, Body) = request.into_parts();
    match side.admit(row.who, &mut parts).await {
        Ok(()) => {
            let mut response = next.run(Request::from_parts(parts, body)).await;
            response.extensions_mut().insert(row.cache);
            response
        }
        Err(refusal) => refusal,
    }
}

/// Whether a path is one of the mounted lines: what has no line is not there, whatever its router would say.
pub(crate) fn listed(rows: &[Row], path: &str) -> bool {
    rows.iter().any(|row| fits(&row.path, path))
}

/// Whether a path is one that a line with parameters in braces means.
pub(crate) fn fits(line: &str, path: &str) -> bool {
    let (mut wanted, mut asked) = (line.split('/'), path.split('/'));
    loop {
        match (wanted.next(), asked.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if part == pattern || (pattern.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}
