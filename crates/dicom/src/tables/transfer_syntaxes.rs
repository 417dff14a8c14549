//! The transfer syntaxes of PS3.5 §10 and PS3.6 §A that describe a data set in a file.
//!
//! Left out: RFC 2557 and XML encodings (retired, never seen) and the real-time video flows of PS3.22.

use super::TransferSyntax;

const NATIVE: TransferSyntax = TransferSyntax {
    uid: "",
    name: "",
    explicit: true,
    big_endian: false,
    deflated: false,
    encapsulated: false,
    retired: false,
};

/// A syntax of encapsulated pixel data: always explicit VR little endian (PS3.5 §A.4).
const fn encapsulated(uid: &'static str, name: &'static str) -> TransferSyntax {
    TransferSyntax { uid, name, encapsulated: true, ..NATIVE }
}

/// A retired syntax of encapsulated pixel data.
const fn retired(uid: &'static str, name: &'static str) -> TransferSyntax {
    TransferSyntax { retired: true, ..encapsulated(uid, name) }
}

/// Every transfer syntax, in the order of its UID.
#[rustfmt::skip]
pub const TRANSFER_SYNTAXES: &[TransferSyntax] = &[
    TransferSyntax { uid: "1.2.840.10008.1.2", name: "Implicit VR Little Endian", explicit: false, ..NATIVE },
    TransferSyntax { uid: "1.2.840.10008.1.2.1", name: "Explicit VR Little Endian", ..NATIVE },
    encapsulated("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian"),
    TransferSyntax { uid: "1.2.840.10008.1.2.1.99", name: "Deflated Explicit VR Little Endian", deflated: true, ..NATIVE },
    TransferSyntax { uid: "1.2.840.10008.1.2.2", name: "Explicit VR Big Endian", big_endian: true, retired: true, ..NATIVE },
    encapsulated("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)"),
    encapsulated("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and others)"),
    retired("1.2.840.10008.1.2.4.52", "JPEG Extended (Process 3 and others)"),
    retired("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 and others)"),
    retired("1.2.840.10008.1.2.4.54", "JPEG Spectral Selection, Non-Hierarchical (Process 7 and others)"),
    retired("1.2.840.10008.1.2.4.55", "JPEG Full Progression, Non-Hierarchical (Process 10 and others)"),
    retired("1.2.840.10008.1.2.4.56", "JPEG Full Progression, Non-Hierarchical (Process 11 and others)"),
    encapsulated("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)"),
    retired("1.2.840.10008.1.2.4.58", "JPEG Lossless, Non-Hierarchical (Process 15)"),
    retired("1.2.840.10008.1.2.4.59", "JPEG Extended, Hierarchical (Process 16 and others)"),
    retired("1.2.840.10008.1.2.4.60", "JPEG Extended, Hierarchical (Process 17 and others)"),
    retired("1.2.840.10008.1.2.4.61", "JPEG Spectral Selection, Hierarchical (Process 20 and others)"),
    retired("1.2.840.10008.1.2.4.62", "JPEG Spectral Selection, Hierarchical (Process 21 and others)"),
    retired("1.2.840.10008.1.2.4.63", "JPEG Full Progression, Hierarchical (Process 24 and others)"),
    retired("1.2.840.10008.1.2.4.64", "JPEG Full Progression, Hierarchical (Process 25 and others)"),
    retired("1.2.840.10008.1.2.4.65", "JPEG Lossless, Hierarchical (Process 28)"),
    retired("1.2.840.10008.1.2.4.66", "JPEG Lossless, Hierarchical (Process 29)"),
    encapsulated("1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])"),
    encapsulated("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression"),
    encapsulated("1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression"),
    encapsulated("1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)"),
    encapsulated("1.2.840.10008.1.2.4.91", "JPEG 2000 Image Compression"),
    encapsulated("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)"),
    encapsulated("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component Image Compression"),
    TransferSyntax { uid: "1.2.840.10008.1.2.4.94", name: "JPIP Referenced", ..NATIVE },
    TransferSyntax { uid: "1.2.840.10008.1.2.4.95", name: "JPIP Referenced Deflate", deflated: true, ..NATIVE },
    encapsulated("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level"),
    encapsulated("1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile / Main Level"),
    encapsulated("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level"),
    encapsulated("1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile / High Level"),
    encapsulated("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
    encapsulated("1.2.840.10008.1.2.4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1"),
    encapsulated("1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
    encapsulated("1.2.840.10008.1.2.4.103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
    encapsulated("1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
    encapsulated("1.2.840.10008.1.2.4.104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
    encapsulated("1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
    encapsulated("1.2.840.10008.1.2.4.105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
    encapsulated("1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
    encapsulated("1.2.840.10008.1.2.4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
    encapsulated("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1"),
    encapsulated("1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1"),
    encapsulated("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
    encapsulated("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression"),
    encapsulated("1.2.840.10008.1.2.4.112", "JPEG XL"),
    encapsulated("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
    encapsulated("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)"),
    encapsulated("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000 Image Compression"),
    TransferSyntax { uid: "1.2.840.10008.1.2.4.204", name: "JPIP HTJ2K Referenced", ..NATIVE },
    TransferSyntax { uid: "1.2.840.10008.1.2.4.205", name: "JPIP HTJ2K Referenced Deflate", deflated: true, ..NATIVE },
    encapsulated("1.2.840.10008.1.2.5", "RLE Lossless"),
    encapsulated("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
    TransferSyntax { uid: "1.2.840.10008.1.20", name: "Papyrus 3 Implicit VR Little Endian", explicit: false, retired: true, ..NATIVE },
];
