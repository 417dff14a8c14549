//! The one judge: may this person see this exam? Asked at every request, from the statements known here and from what
//! the archive side last said of the exam. What is hidden is absent: it is answered like what does not exist.

mod judge;
mod known;
mod viewer;

pub use judge::Visible;
pub use viewer::Viewer;
