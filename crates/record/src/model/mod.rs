//! The shapes that enter and leave the catalogue.

pub mod desk;
pub mod detail;
pub mod fact;
pub mod ids;
pub mod image;
pub mod journal;
pub mod seal;

pub use desk::*;
pub use detail::*;
pub use fact::*;
pub use ids::*;
pub use image::*;
pub use journal::*;
pub use seal::*;
