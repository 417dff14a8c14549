//! A recall followed by its page, by Server-Sent Events from the same origin: bounded in number and in time, never
//! cached, and no sign of life of the person: the visit ends when it would have ended without it.

use super::words::{State as Shown, state_of};
use crate::layout::{self, Words};
use crate::patient::{PatientPages, cookie};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use diffusion::{Denied, SessionToken};
use futures::stream;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Pages of one visit that follow at once.
const MOST_OF_A_VISIT: usize = 3;
/// Pages of everybody.
const MOST: usize = 500;
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Looks of one answer; the browser asks again by itself.
const LOOKS: u32 = 300;

/// Who follows at this moment.
#[derive(Clone, Default)]
pub struct Followers(Arc<Mutex<HashMap<u64, usize>>>);

impl Followers {
    /// A place for one more page of this visit, if there is one.
    fn enter(&self, token: &SessionToken) -> Option<Place> {
        let mut hasher = DefaultHasher::new();
        token.secret().hash(&mut hasher);
        let visit = hasher.finish();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (everybody, own) = (all.values().sum::<usize>(), all.get(&visit).copied().unwrap_or(0));
        if everybody >= MOST || own >= MOST_OF_A_VISIT {
            return None;
        }
        all.insert(visit, own + 1);
        Some(Place { followers: self.clone(), visit })
    }
}

/// A place, given back when its answer ends, however it ends.
struct Place {
    followers: Followers,
    visit: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.followers.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(&self.visit) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(all.remove(&self.visit)),
        }
    }
}

/// What one answer remembers between two looks.
struct Following {
    pages: PatientPages,
    words: Words,
    token: SessionToken,
    last: Option<Shown>,
    looks: u32,
    _place: Place,
}

/// The events: `etat` with what to show each time it changes, and `fin` when there is nothing more to follow.
pub(in crate::patient) async fn follow(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
) -> Response {
    let Some(token) = cookie::visit(&headers, pages.secure_cookies) else { return layout::missing(&words) };
    match pages.diffusion.follow_recall(&token).await {
        Ok(Some(_)) => {}
        // 204 tells the browser not to ask again.
        Ok(None) => return StatusCode::NO_CONTENT.into_response(),
        Err(denied) => return crate::patient::visit::refused(&words, &denied),
    }
    let Some(place) = pages.followers.enter(&token) else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    let following = Following { pages, words, token, last: None, looks: 0, _place: place };
    let events = stream::unfold(Some(following), |following| async move {
        let (event, following) = following?.next().await?;
        Some((Ok::<_, Infallible>(event), following))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response();
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

impl Following {
    /// The next event, and whether the answer goes on after it.
    async fn next(mut self) -> Option<(Event, Option<Self>)> {
        loop {
            if self.looks >= LOOKS {
                return None;
            }
            if self.looks > 0 {
                tokio::time::sleep(LOOK).await;
            }
            self.looks += 1;
            let view = match self.pages.diffusion.follow_recall(&self.token).await {
                Ok(Some(view)) => view,
                Ok(None)
                | Err(
                    Denied::NoSession
                    | Denied::NotOnline
                    | Denied::NotRecallable
                    | Denied::FactorAwaited
                    | Denied::Absent
                    | Denied::NotStrong,
                ) => return Some(end()),
                Err(Denied::Failed(error)) => {
                    tracing::warn!(%error, "a recall could not be followed");
                    return None;
                }
            };
            let shown = state_of(&self.words, &view, self.pages.diffusion.now());
            let (open, new) = (view.open, self.last.as_ref() != Some(&shown));
            if !new && open {
                continue;
            }
            if !new {
                return Some(end());
            }
            let event = Event::default().event("etat").json_data(&shown).ok()?;
            self.last = Some(shown);
            return Some((event, Some(self)));
        }
    }
}

/// The page loads again and shows what is then.
fn end() -> (Event, Option<Following>) {
    (Event::default().event("fin").data(""), None)
}
