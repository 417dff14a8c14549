//! What a client is told when it gets nothing (PS3.18 §8.5): a small problem document (RFC 9457).

use super::port::Fault;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why nothing is served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request says what it may not: the words tell what.
    #[error("bad request: {0}")]
    Bad(&'static str),
    /// Nobody has judged this access.
    #[error("unauthorized")]
    Unauthorized,
    /// This access may not.
    #[error("forbidden")]
    Forbidden,
    /// Nothing of that name that this client may see.
    #[error("not found")]
    NotFound,
    /// Not by this method.
    #[error("method not allowed")]
    Method,
    /// The client accepts nothing that can be made.
    #[error("not acceptable: {0}")]
    NotAcceptable(&'static str),
    /// The body is of a type that is not read here.
    #[error("unsupported media type")]
    MediaType,
    /// The range of bytes lies outside; the length is this.
    #[error("range not satisfiable")]
    Range(u64),
    /// Not now; the reason is for the operator.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Self::NotFound,
            Fault::NotDrawable(_) => Self::NotAcceptable("the instance cannot be given in this form"),
            Fault::Unavailable(reason) => Self::Unavailable(reason),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, title) = match &self {
            Self::Bad(what) => (StatusCode::BAD_REQUEST, *what),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::NotAcceptable(what) => (StatusCode::NOT_ACCEPTABLE, *what),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type"),
            Self::Range(_) => (StatusCode::RANGE_NOT_SATISFIABLE, "Range not satisfiable"),
            Self::Unavailable(reason) => {
                tracing::warn!(%reason, "an instance cannot be read");
                (StatusCode::SERVICE_UNAVAILABLE, "Try again later")
            }
        };
        let body = serde_json::json!({ "status": status.as_u16(), "title": title });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self {
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::Range(length) => {
                if let Ok(value) = HeaderValue::from_str(&format!("bytes */{length}")) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
            }
            _ => {}
        }
        response
    }
}
