//! What a client is told when it gets no bytes: a small problem document (RFC 9457), the same for
//! everything that does not exist for this client.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::port::CopyError;

/// Why nothing is served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No grant, no such number, no such copy: indistinguishable.
    #[error("not found")]
    NotFound,
    /// The client accepts none of the forms a frame can take.
    #[error("not acceptable")]
    NotAcceptable,
    /// The port cannot answer now; the reason is for the operator.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl From<CopyError> for Refusal {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::NotFound => Self::NotFound,
            CopyError::Unavailable(reason) => Self::Unavailable(reason),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, title) = match &self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found"),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "Not acceptable"),
            Self::Unavailable(reason) => {
                tracing::warn!(%reason, "a web copy cannot be read");
                (StatusCode::SERVICE_UNAVAILABLE, "Try again later")
            }
        };
        let body = serde_json::json!({ "status": status.as_u16(), "title": title });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
