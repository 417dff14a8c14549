//! A port in memory and short ways to ask the router.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Extension;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use dicomweb::{CopyError, Frame, Grant, SeriesInfo, WebCopy, routes};
use http_body_util::BodyExt;
use tower::ServiceExt;
use uuid::Uuid;

pub const GRANT: Grant = Grant { publication: Uuid::from_u128(7), leaf: 42 };

/// Series 1 has two instances of three frames in JPEG 2000; series 2 fails; nothing else exists.
pub struct Shelf {
    pub syntax: &'static str,
}

#[async_trait]
impl WebCopy for Shelf {
    async fn series(&self, grant: &Grant) -> Result<Vec<SeriesInfo>, CopyError> {
        if *grant != GRANT {
            return Err(CopyError::NotFound);
        }
        Ok(vec![SeriesInfo {
            series: 1,
            modality: "MG".into(),
            description: "R CC".into(),
            instances: 2,
            frames: 6,
            viewable: true,
        }])
    }

    async fn metadata_gz(&self, _: &Grant, series: u32) -> Result<Bytes, CopyError> {
        match series {
            1 => Ok(Bytes::from_static(b"\x1f\x8b stored gzip")),
            2 => Err(CopyError::Unavailable("disk /secret/path on fire".into())),
            _ => Err(CopyError::NotFound),
        }
    }

    async fn frame(&self, _: &Grant, series: u32, instance: u32, frame: u32) -> Result<Frame, CopyError> {
        if series == 1 && instance <= 2 && frame <= 3 {
            Ok(Frame { bytes: Bytes::from(format!("frame {instance}.{frame}")), transfer_syntax: self.syntax.into() })
        } else {
            Err(CopyError::NotFound)
        }
    }

    async fn thumbnail(&self, _: &Grant, series: u32) -> Result<Bytes, CopyError> {
        if series == 1 { Ok(Bytes::from_static(b"\xff\xd8\xff")) } else { Err(CopyError::NotFound) }
    }

    async fn screen(&self, _: &Grant, series: u32) -> Result<Bytes, CopyError> {
        if series == 1 { Ok(Bytes::from_static(b"\xff\xd8\xff screen")) } else { Err(CopyError::NotFound) }
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub async fn ask(grant: Option<Grant>, request: Request<Body>) -> Answer {
    ask_of(Shelf { syntax: "1.2.840.10008.1.2.4.90" }, grant, request).await
}

pub async fn ask_of(shelf: Shelf, grant: Option<Grant>, request: Request<Body>) -> Answer {
    let mut router = routes(Arc::new(shelf));
    if let Some(grant) = grant {
        router = router.layer(Extension(grant));
    }
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes().to_vec() }
}

pub fn to(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

pub async fn get(path: &str) -> Answer {
    ask(Some(GRANT), to(path)).await
}
