//! dicomweb.
