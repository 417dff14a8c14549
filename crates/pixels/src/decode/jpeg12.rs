//! Extended sequential JPEG of 12 bits, Huffman coded (ISO 10918-1 §F.2, process 4): what modalities send under
//! 1.2.840.10008.1.2.4.51 and the decoder beside this one does not read.

use crate::error::PixelsError;
use std::sync::LazyLock;

/// Zigzag order (figure A.6): natural place of each coefficient.
const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// A block of 8 × 8 coefficients or samples, row by row.
type Block = [f32; 64];

const DAMAGED: PixelsError = PixelsError::damaged("12-bit JPEG stream");

#[derive(Default)]
struct Huffman {
    /// For each length 1–16: first code, number of codes, place of the first value.
    lengths: [(i32, i32, usize); 16],
    values: Vec<u8>,
}

struct Component {
    id: u8,
    across: usize,
    down: usize,
    table: u8,
    /// Blocks in a line, and lines of blocks, whole units included.
    blocks: (usize, usize),
    /// Samples, `blocks.0 * 8` in a line.
    plane: Vec<u16>,
}

#[derive(Default)]
struct Decoder {
    expected: (u32, u32, u32),
    quantisers: [Option<Block>; 4],
    dc: [Huffman; 4],
    ac: [Huffman; 4],
    restart: usize,
    rows: usize,
    columns: usize,
    components: Vec<Component>,
}

/// Decodes to samples of 12 bits by pixel; `expected`, rows, columns and components, is checked before anything is
/// allocated.
pub(super) fn decode(stream: &[u8], expected: (u32, u32, u32)) -> Result<Vec<u16>, PixelsError> {
    let mut decoder = Decoder { expected, ..Decoder::default() };
    let mut rest = stream.strip_prefix(&[0xFF, 0xD8]).ok_or(DAMAGED)?;
    let mut scans = 0;
    while let Some((marker, segment, after)) = next(rest) {
        rest = after;
        match marker {
            0xDB => decoder.quantisers(segment)?,
            0xC4 => decoder.tables(segment)?,
            0xC0 | 0xC1 => decoder.frame(segment)?,
            0xC2..=0xCF => return Err(PixelsError::unsupported("this kind of JPEG")),
            0xDD => decoder.restart = usize::from(word(segment, 0).ok_or(DAMAGED)?),
            0xDA => {
                scans += 1;
                if scans > 4 {
                    return Err(DAMAGED);
                }
                rest = decoder.scan(segment, rest)?;
            }
            0xD9 => break,
            _ => {}
        }
    }
    if scans == 0 { Err(DAMAGED) } else { decoder.samples() }
}

/// The next marker with its segment, and what follows; bytes that belong to none are skipped.
fn next(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let start = bytes.windows(2).position(|pair| matches!(pair, [0xFF, 0x01..=0xCF | 0xD8..=0xFE]))?;
    let marker = *bytes.get(start + 1)?;
    let after = bytes.get(start + 2..)?;
    if marker == 0xD9 {
        return Some((marker, &[], after));
    }
    let length = usize::from(word(after, 0)?);
    Some((marker, after.get(2..length)?, after.get(length..)?))
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

impl Decoder {
    /// §B.2.4.1.
    fn quantisers(&mut self, mut segment: &[u8]) -> Result<(), PixelsError> {
        while let [head, rest @ ..] = segment {
            let wide = head >> 4 != 0;
            let mut table: Block = [0.0; 64];
            for (place, natural) in NATURAL.iter().enumerate() {
                let value = if wide { word(rest, place * 2) } else { rest.get(place).map(|byte| u16::from(*byte)) };
                let slot = table.get_mut(usize::from(*natural)).ok_or(DAMAGED)?;
                *slot = f32::from(value.ok_or(DAMAGED)?);
            }
            *self.quantisers.get_mut(usize::from(head & 15)).ok_or(DAMAGED)? = Some(table);
            segment = rest.get(if wide { 128 } else { 64 }..).ok_or(DAMAGED)?;
        }
        Ok(())
    }

    /// §B.2.4.2, annex C.
    fn tables(&mut self, mut segment: &[u8]) -> Result<(), PixelsError> {
        while let [head, rest @ ..] = segment {
            let counts = rest.get(..16).ok_or(DAMAGED)?;
            let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let values = rest.get(16..16 + total).ok_or(DAMAGED)?.to_vec();
            let mut table = Huffman { values, ..Huffman::default() };
            let (mut code, mut place) = (0, 0);
            for (length, count) in table.lengths.iter_mut().zip(counts) {
                *length = (code, i32::from(*count), place);
                code = (code + i32::from(*count)) << 1;
                place += usize::from(*count);
            }
            let kind = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *kind.get_mut(usize::from(head & 15)).ok_or(DAMAGED)? = table;
            segment = rest.get(16 + total..).ok_or(DAMAGED)?;
        }
        Ok(())
    }

    /// §B.2.2.
    fn frame(&mut self, segment: &[u8]) -> Result<(), PixelsError> {
        let [12, _, _, _, _, count, parts @ ..] = segment else { return Err(DAMAGED) };
        (self.rows, self.columns) =
            (usize::from(word(segment, 1).ok_or(DAMAGED)?), usize::from(word(segment, 3).ok_or(DAMAGED)?));
        if (self.rows as u32, self.columns as u32, u32::from(*count)) != self.expected {
            return Err(DAMAGED);
        }
        let parts: Vec<(u8, u8, u8)> =
            parts.chunks_exact(3).filter_map(|part| Some((*part.first()?, *part.get(1)?, *part.get(2)?))).collect();
        let factors = |(_, factors, _): &(u8, u8, u8)| (usize::from(factors >> 4), usize::from(factors & 15));
        let known = |part| matches!(factors(part), (1..=4, 1..=4));
        if parts.len() != usize::from(*count) || !matches!(parts.len(), 1 | 3) || !parts.iter().all(known) {
            return Err(PixelsError::unsupported("this kind of JPEG"));
        }
        if !self.components.is_empty() || self.rows == 0 || self.columns == 0 {
            return Err(DAMAGED);
        }
        let most = |of: fn((usize, usize)) -> usize| parts.iter().map(|part| of(factors(part))).max().unwrap_or(1);
        let (across, down) = (most(|(across, _)| across), most(|(_, down)| down));
        let units = (self.columns.div_ceil(8 * across), self.rows.div_ceil(8 * down));
        for part in &parts {
            let own = factors(part);
            let blocks = (units.0 * own.0, units.1 * own.1);
            let plane = vec![0; blocks.0 * blocks.1 * 64];
            self.components.push(Component { id: part.0, across: own.0, down: own.1, table: part.2, blocks, plane });
        }
        Ok(())
    }

    /// §B.2.3 and §F.2: a scan of one component or of all; returns what follows it.
    fn scan<'a>(&mut self, segment: &[u8], data: &'a [u8]) -> Result<&'a [u8], PixelsError> {
        let [count, parts @ ..] = segment else { return Err(DAMAGED) };
        let parts: Vec<(u8, u8)> = parts
            .chunks_exact(2)
            .take(usize::from(*count))
            .filter_map(|part| Some((*part.first()?, *part.get(1)?)))
            .collect();
        let alone = parts.len() == 1;
        let (across, down) = self.sampling();
        let mut scanned = Vec::new();
        for (id, tables) in &parts {
            let place = self.components.iter().position(|component| component.id == *id).ok_or(DAMAGED)?;
            scanned.push((place, usize::from(tables >> 4), usize::from(tables & 15), 0_i32));
        }
        let units = match self.components.get(scanned.first().ok_or(DAMAGED)?.0) {
            // A component alone is coded without the padding of whole units (§A.2.2).
            Some(own) if alone => {
                ((self.columns * own.across).div_ceil(8 * across), (self.rows * own.down).div_ceil(8 * down))
            }
            _ => (self.columns.div_ceil(8 * across), self.rows.div_ceil(8 * down)),
        };
        let mut bits = Bits { data, held: 0, count: 0 };
        for unit in 0..units.0 * units.1 {
            if self.restart > 0 && unit > 0 && unit % self.restart == 0 {
                bits.restart();
                scanned.iter_mut().for_each(|part| part.3 = 0);
            }
            let (x, y) = (unit % units.0, unit / units.0);
            for part in &mut scanned {
                let own = self.components.get(part.0).ok_or(DAMAGED)?;
                let (wide, high) = if alone { (1, 1) } else { (own.across, own.down) };
                for block in 0..wide * high {
                    let at = (x * wide + block % wide, y * high + block / wide);
                    self.block(&mut bits, part, at)?;
                }
            }
        }
        Ok(bits.data)
    }

    fn sampling(&self) -> (usize, usize) {
        let across = self.components.iter().map(|component| component.across).max().unwrap_or(1);
        (across, self.components.iter().map(|component| component.down).max().unwrap_or(1))
    }

    /// One block (§F.2.2), put in its place.
    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        (component, dc, ac, before): &mut (usize, usize, usize, i32),
        at: (usize, usize),
    ) -> Result<(), PixelsError> {
        let (dc, ac) = (self.dc.get(*dc).ok_or(DAMAGED)?, self.ac.get(*ac).ok_or(DAMAGED)?);
        let own = self.components.get_mut(*component).ok_or(DAMAGED)?;
        let quantiser = self.quantisers.get(usize::from(own.table)).and_then(Option::as_ref).ok_or(DAMAGED)?;
        let mut block: Block = [0.0; 64];
        let size = bits.symbol(dc)?;
        *before = before.wrapping_add(bits.value(size)?);
        let mut place = 0;
        let mut value = *before;
        loop {
            let natural = usize::from(*NATURAL.get(place).ok_or(DAMAGED)?);
            let (Some(slot), Some(step)) = (block.get_mut(natural), quantiser.get(natural)) else {
                return Err(DAMAGED);
            };
            *slot = value as f32 * step;
            if place == 63 {
                break;
            }
            // Zeros skipped, sixteen at a time, or none left to come.
            let mut symbol = bits.symbol(ac)?;
            while symbol == 0xF0 {
                place += 16;
                symbol = bits.symbol(ac)?;
            }
            if symbol == 0 {
                break;
            }
            place += usize::from(symbol >> 4) + 1;
            value = bits.value(symbol & 15)?;
        }
        let line = own.blocks.0 * 8;
        let start = at.1 * 8 * line + at.0 * 8;
        for (row, samples) in inverse(&block).chunks_exact(8).enumerate() {
            let Some(target) = own.plane.get_mut(start + row * line..start + row * line + 8) else {
                return Err(DAMAGED);
            };
            for (target, sample) in target.iter_mut().zip(samples) {
                *target = (sample.round() + 2048.0).clamp(0.0, 4095.0) as u16;
            }
        }
        Ok(())
    }

    /// The planes, by pixel; a component of fewer samples repeats them.
    fn samples(&self) -> Result<Vec<u16>, PixelsError> {
        let (across, down) = self.sampling();
        let mut samples = Vec::with_capacity(self.rows * self.columns * self.components.len());
        for row in 0..self.rows {
            for column in 0..self.columns {
                for own in &self.components {
                    let (x, y) = (column * own.across / across, row * own.down / down);
                    samples.push(*own.plane.get(y * own.blocks.0 * 8 + x).ok_or(DAMAGED)?);
                }
            }
        }
        Ok(samples)
    }
}

/// The bits of a scan, without the zeros that follow a byte FF (§B.1.1.5). After the last come zeros.
struct Bits<'a> {
    data: &'a [u8],
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn bit(&mut self) -> i32 {
        if self.count == 0 {
            self.held = match self.data {
                [0xFF, 0x00, rest @ ..] => {
                    self.data = rest;
                    0xFF
                }
                // A marker stays where it is.
                [0xFF, ..] | [] => 0,
                [byte, rest @ ..] => {
                    self.data = rest;
                    u32::from(*byte)
                }
            };
            self.count = 8;
        }
        self.count -= 1;
        i32::from(self.held >> self.count & 1 == 1)
    }

    /// §F.2.2.3.
    fn symbol(&mut self, table: &Huffman) -> Result<u8, PixelsError> {
        let mut code = 0;
        for (first, count, place) in &table.lengths {
            code = code << 1 | self.bit();
            if code - first < *count {
                let offset = usize::try_from(code - first).map_err(|_| DAMAGED)?;
                return table.values.get(place + offset).copied().ok_or(DAMAGED);
            }
        }
        Err(DAMAGED)
    }

    /// §F.2.2.1: a number of that many bits, its first bit the sign.
    fn value(&mut self, size: u8) -> Result<i32, PixelsError> {
        if size > 16 {
            return Err(DAMAGED);
        }
        let mut value = 0;
        for _ in 0..size {
            value = value << 1 | self.bit();
        }
        let negative = size > 0 && value >> (size - 1) == 0;
        Ok(if negative { value - (1 << size) + 1 } else { value })
    }

    /// Goes on after the next restart marker (§F.2.1.3.1).
    fn restart(&mut self) {
        self.count = 0;
        if let Some(at) = self.data.windows(2).position(|pair| matches!(pair, [0xFF, 0xD0..=0xD7])) {
            self.data = self.data.get(at + 2..).unwrap_or_default();
        }
    }
}

/// The inverse transform (§A.3.3), rows then columns.
fn inverse(block: &Block) -> Block {
    let mut rows: Block = [0.0; 64];
    for (out, line) in rows.chunks_exact_mut(8).zip(block.chunks_exact(8)) {
        one(line.iter().copied(), out.iter_mut());
    }
    let mut out: Block = [0.0; 64];
    for column in 0..8 {
        one(rows.iter().skip(column).step_by(8).copied(), out.iter_mut().skip(column).step_by(8));
    }
    out
}

fn one<'a>(line: impl Iterator<Item = f32> + Clone, out: impl Iterator<Item = &'a mut f32>) {
    for (factors, out) in COSINES.iter().zip(out) {
        *out = line.clone().zip(factors).map(|(value, cosine)| value * cosine).sum();
    }
}

/// For each sample the eight factors of the coefficients.
static COSINES: LazyLock<[[f32; 8]; 8]> = LazyLock::new(|| {
    let mut table = [[0.0; 8]; 8];
    for (x, factors) in table.iter_mut().enumerate() {
        for (u, factor) in factors.iter_mut().enumerate() {
            let scale = if u == 0 { std::f32::consts::FRAC_1_SQRT_2 } else { 1.0 };
            *factor = scale / 2.0 * ((2 * x + 1) as f32 * u as f32 * std::f32::consts::PI / 16.0).cos();
        }
    }
    table
});
