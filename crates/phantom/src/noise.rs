//! Chance that repeats: a seed gives the same numbers for ever. Never for anything secret.

/// A repeatable sequence (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The sequence of a seed and a name, so that each use has its own.
    pub fn new(seed: u64, name: &str) -> Self {
        let named = name.bytes().fold(seed ^ 0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self { state: mix(named) }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound.max(1)
    }

    /// A UID under the root 2.25 (PS3.5 §B.2).
    pub fn uid(&mut self) -> String {
        let bits = (u128::from(self.bits()) << 64) | u128::from(self.bits());
        dicom::uid::from_random(bits.to_be_bytes())
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in 0..1 that belongs to a point of a grid.
pub fn at(x: i32, y: i32, z: i32) -> f32 {
    let key = (u64::from(x as u32) << 42) ^ (u64::from(y as u32) << 21) ^ u64::from(z as u32);
    (mix(key.wrapping_add(0x1234_5678_9ABC_DEF1)) >> 40) as f32 / 16_777_216.0
}

/// About a normal deviate (mean 0, deviation 1) that belongs to a point of a grid: the sum of four numbers.
pub fn grain(x: i32, y: i32, z: i32) -> f32 {
    let key = (u64::from(x as u32) << 42) ^ (u64::from(y as u32) << 21) ^ u64::from(z as u32);
    let bits = mix(key ^ 0x5DEE_CE66_D123_4567);
    let sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
    (sum as f32 / 65_536.0 - 2.0) * 1.732
}

/// Smooth noise in 0..1: the grid's numbers, blended.
pub fn smooth(x: f32, y: f32, layer: i32) -> f32 {
    let (x0, y0) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - x0), ease(y - y0));
    let (i, j) = (x0 as i32, y0 as i32);
    let top = at(i, j, layer) * (1.0 - u) + at(i + 1, j, layer) * u;
    let bottom = at(i, j + 1, layer) * (1.0 - u) + at(i + 1, j + 1, layer) * u;
    top * (1.0 - v) + bottom * v
}

/// Cloud-like noise in 0..1: octaves of [`smooth`], each finer and weaker.
pub fn clouds(x: f32, y: f32, layer: i32, octaves: i32) -> f32 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * smooth(x * scale, y * scale, layer * 16 + octave);
        total += weight;
        weight *= 0.55;
        scale *= 2.0;
    }
    sum / total
}
