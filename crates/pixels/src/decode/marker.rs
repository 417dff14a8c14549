//! The markers of JPEG and JPEG-LS streams, read far enough to know what a decoder would allocate (ISO 10918-1 §B).

/// What the frame header and the markers around it say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stream {
    pub precision: u32,
    /// Whether it is sequential and Huffman coded (SOF0, SOF1).
    pub is_sequential: bool,
    pub rows: u32,
    pub columns: u32,
    pub components: u32,
    /// The colour transform an Adobe marker states: 0 none, 1 YCbCr.
    pub adobe: Option<u8>,
    /// Whether a JFIF marker stands there, which makes three components YCbCr.
    pub is_jfif: bool,
    /// Whether the components are named R, G and B.
    pub is_named_rgb: bool,
    /// Interleave mode of the first scan of JPEG-LS (ISO 14495-1 §C.2.3): 0 by plane.
    pub interleave: u8,
}

/// Reads the markers up to the first scan; `None` when there is no frame header before it.
pub(super) fn read(bytes: &[u8]) -> Option<Stream> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    let mut stream = Stream::default();
    loop {
        let [0xFF, marker, after @ ..] = rest else { return None };
        // Fill bytes may precede a marker (§B.1.1.2).
        if *marker == 0xFF {
            rest = rest.get(1..)?;
            continue;
        }
        let [high, low, ..] = after else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let segment = after.get(2..length)?;
        rest = after.get(length..)?;
        match (marker, segment) {
            (0xDA, _) => {
                let names = usize::from(*segment.first()?);
                stream.interleave = segment.get(1 + 2 * names + 1).copied().unwrap_or(0);
                return (stream.columns > 0).then_some(stream);
            }
            // SOF0 to SOF15 but DHT, JPG and DAC; SOF55 of JPEG-LS.
            (
                0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7,
                [precision, ya, yb, xa, xb, count, parts @ ..],
            ) => {
                stream.precision = u32::from(*precision);
                stream.is_sequential = matches!(marker, 0xC0 | 0xC1);
                stream.rows = u32::from(u16::from_be_bytes([*ya, *yb]));
                stream.columns = u32::from(u16::from_be_bytes([*xa, *xb]));
                stream.components = u32::from(*count);
                let names = parts.chunks_exact(3).filter_map(|part| part.first().copied());
                stream.is_named_rgb = names.eq(*b"RGB");
            }
            (0xE0, [b'J', b'F', b'I', b'F', 0, ..]) => stream.is_jfif = true,
            (0xEE, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => stream.adobe = Some(*transform),
            _ => {}
        }
    }
}
