//! The one judge: may this person see this exam? Asked at every request, from the statements known here and from what
//! the archive side last said of the exam. What is hidden is absent: it is answered like what does not exist.

mod basis;
mod choices;
mod judge;
mod known;
mod standing;
mod viewer;

pub use basis::Basis;
pub use choices::{Choices, ChoosableExam, Draft, Loses, NamedWith};
pub use judge::Visible;
pub(crate) use judge::{Asked, is_of_report, without_report};
pub use viewer::Viewer;
pub(crate) use viewer::viewers_of;
