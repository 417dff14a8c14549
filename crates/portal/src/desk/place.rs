//! What stands between the braces of a route.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

/// The ids of a route, as axum's own extractor reads them. Text that can be no id of the kind names nothing that is here:
/// the answer is that of an unknown one, and repeats nothing of the address.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(ids)| Self(ids)).map_err(|_| super::answered(StatusCode::NOT_FOUND))
    }
}
