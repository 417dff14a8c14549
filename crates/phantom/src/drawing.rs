//! Lead letters on films: the side markers that a radiographer puts beside the patient.

/// Five columns by seven rows, a bit per dot, for the letters that markers use.
fn glyph(letter: char) -> Option<[u8; 7]> {
    Some(match letter {
        'C' => [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110],
        'D' => [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110],
        'G' => [0b01110, 0b10001, 0b10000, 0b10111, 0b10001, 0b10001, 0b01110],
        'L' => [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
        'M' => [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001],
        'O' => [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
        'R' => [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
        _ => return None,
    })
}

/// A marker: where its top left corner is, and how large a dot is, in pixels.
pub(crate) struct Marker<'a> {
    pub(crate) text: &'a str,
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) dot: f32,
}

impl Marker<'_> {
    /// Whether the marker covers this pixel.
    pub(crate) fn covers(&self, x: f32, y: f32) -> bool {
        let (across, down) = (((x - self.left) / self.dot).floor(), ((y - self.top) / self.dot).floor());
        if across < 0.0 || !(0.0..7.0).contains(&down) {
            return false;
        }
        let (letter, column) = ((across / 6.0) as usize, (across % 6.0) as usize);
        let rows = self.text.chars().nth(letter).and_then(glyph);
        let row = rows.and_then(|rows| rows.get(down as usize).copied()).unwrap_or_default();
        column < 5 && row & (0b10000 >> column) != 0
    }
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(crate) fn ramp(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How deep a point lies in an ellipse: 1 at its middle, 0 on its edge, negative outside.
pub(crate) fn depth(x: f32, y: f32, centre: (f32, f32), axes: (f32, f32)) -> f32 {
    1.0 - (((x - centre.0) / axes.0).powi(2) + ((y - centre.1) / axes.1).powi(2)).sqrt()
}
