//! dicom.
