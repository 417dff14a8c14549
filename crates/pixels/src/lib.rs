//! Images and documents made visible: decode, window, scale, encode; PDF pages to pictures.
//!
//! This room must not know identities, disks, networks or databases: bytes come in with a descriptor of numbers, bytes
//! go out. What decodes foreign bytes runs in a child process with little memory and little time, which may open
//! nothing; when it dies, one request fails.
//!
//! A caller holds a [`Pool`]; a [`RenderRequest`] goes as length-prefixed bytes to a child ([`worker::main`], the same
//! program started again), where [`render`] takes the frame through a codec, the modality and VOI transformations of
//! PS3.3 §C.11, and an encoder.
//!
//! Start with [`Pool::render`], then [`render::render`].

mod colour;
pub mod decode;
mod descriptor;
mod encode;
mod error;
pub mod pdf;
mod pool;
mod protocol;
pub mod render;
mod tone;
pub mod worker;

pub use descriptor::{ImageDescriptor, Lut, Modality, SampleKind, Voi, VoiFunction};
pub use error::PixelsError;
pub use pool::{Pool, PoolSettings};
pub use protocol::{ImageFormat, ImageSource, Output, PdfInfo, RenderRequest};
