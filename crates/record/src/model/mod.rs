//! The shapes that enter and leave the catalogue.

pub mod choice;
pub mod desk;
pub mod detail;
pub mod erasure;
pub mod fact;
pub mod ids;
pub mod image;
pub mod journal;
pub mod practice;
pub mod prescriber;
pub mod recall;
pub mod request;
pub mod retention;
pub mod seal;
pub mod standing;
pub mod step;
pub mod transmission;

pub use choice::*;
pub use desk::*;
pub use detail::*;
pub use erasure::*;
pub use fact::*;
pub use ids::*;
pub use image::*;
pub use journal::*;
pub use practice::*;
pub use prescriber::*;
pub use recall::*;
pub use request::*;
pub use retention::*;
pub use seal::*;
pub use standing::*;
pub use step::*;
pub use transmission::*;
