//! Invented exams for the demonstration, the tests and the bench: people, orders, images, reports.
//!
//! This room must not know sockets, disks, or any other room of the program but the bytes of `dicom`: it
//! gives plain data, and whoever wants them sends them where they like.
//!
//! A [`Plan`] (seed, day, size) becomes exams: [`people`] invents who, each modality draws its images from
//! formulas ([`ct`], [`mammogram`], [`radiograph`], [`ultrasound`]), [`dataset`] writes them in Explicit VR
//! Little Endian, [`report_pdf`] sets the report. The same plan always gives the same bytes.
//!
//! Start with [`demo`], then [`Plan::exams`].

pub mod ct;
pub mod dataset;
mod drawing;
mod exams;
mod head;
pub mod mammogram;
pub mod noise;
pub mod people;
pub mod radiograph;
mod report;
mod texts;
pub mod ultrasound;

pub use exams::{Kind, PhantomExam, Plan, Size, demo, demo_on};
pub use people::{Order, Patient, Prescriber, Sex};
pub use report::{Report, report_pdf};

/// Explicit VR Little Endian: what every data set here is written in.
pub const TRANSFER_SYNTAX: &str = "1.2.840.10008.1.2.1";

/// One image, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhantomInstance {
    /// Its SOP class.
    pub sop_class_uid: String,
    /// Its SOP instance.
    pub sop_instance_uid: String,
    /// Always [`TRANSFER_SYNTAX`].
    pub transfer_syntax_uid: String,
    /// The data set in Explicit VR Little Endian, without file meta information.
    pub dataset: Vec<u8>,
}

/// What can go wrong here: only the setting of a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A font of this room cannot be read.
    #[error("a font cannot be read")]
    Font,
    /// The page cannot be laid out.
    #[error("the page cannot be laid out")]
    Page,
    /// The PDF cannot be written.
    #[error("the pdf cannot be written")]
    Pdf,
}
