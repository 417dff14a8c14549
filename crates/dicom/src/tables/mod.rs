//! What the standard lists: storage SOP classes and transfer syntaxes.

mod sop_classes;
mod transfer_syntaxes;

pub use sop_classes::STORAGE_SOP_CLASSES;
pub use transfer_syntaxes::TRANSFER_SYNTAXES;

/// Implicit VR Little Endian, the default every peer speaks (PS3.5 §10.1).
pub const IMPLICIT_VR_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian.
pub const EXPLICIT_VR_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Deflated Explicit VR Little Endian.
pub const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1.99";
/// Explicit VR Big Endian (retired).
pub const EXPLICIT_VR_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
/// Media Storage Directory: the SOP class of a DICOMDIR (PS3.10 §8.6).
pub const MEDIA_STORAGE_DIRECTORY: &str = "1.2.840.10008.1.3.10";

/// One SOP class of the Storage service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SopClass {
    /// Its UID.
    pub uid: &'static str,
    /// Its name in PS3.6 §A, without the mention "(Retired)".
    pub name: &'static str,
    /// Whether the standard has retired it.
    pub retired: bool,
}

/// How a data set is written (PS3.5 §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferSyntax {
    /// Its UID.
    pub uid: &'static str,
    /// Its name in PS3.6 §A.
    pub name: &'static str,
    /// Whether each element states its VR.
    pub explicit: bool,
    /// Whether numbers are big endian.
    pub big_endian: bool,
    /// Whether the whole data set is a deflate stream (PS3.5 §A.5).
    pub deflated: bool,
    /// Whether Pixel Data is cut into fragments (PS3.5 §A.4).
    pub encapsulated: bool,
    /// Whether the standard has retired it.
    pub retired: bool,
}

impl TransferSyntax {
    /// Whether Pixel Data is a video stream, whose frames have no place of their own (PS3.5 §8.2.5 to §8.2.8).
    pub fn is_video(&self) -> bool {
        let rest = self.uid.strip_prefix("1.2.840.10008.1.2.4.10");
        rest.is_some_and(|rest| rest.starts_with(|digit| ('0'..='8').contains(&digit)))
    }
}

/// The storage SOP class of that UID.
pub fn storage_sop_class(uid: &str) -> Option<&'static SopClass> {
    STORAGE_SOP_CLASSES.iter().find(|class| class.uid == uid)
}

/// The transfer syntax of that UID.
pub fn transfer_syntax(uid: &str) -> Option<&'static TransferSyntax> {
    TRANSFER_SYNTAXES.iter().find(|syntax| syntax.uid == uid)
}
