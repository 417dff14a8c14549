//! Opaque names.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The group (tenant): the first part of every key in every table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub u32);

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

opaque!(
    /// An exam, on both sides of the link.
    ExamId
);
opaque!(
    /// A patient of the record.
    PatientId
);
opaque!(
    /// One version of a report.
    ReportId
);
opaque!(
    /// A printed sheet that carries a code (never kept here).
    SheetId
);
opaque!(
    /// Something a person must settle.
    DoubtId
);
