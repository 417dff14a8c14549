//! Whole cents, and the one way they are rounded.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// An amount in cents of a euro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cents(pub i64);

/// A share, in hundredths of a per cent: `10_000` is the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(pub u32);

impl Share {
    /// The whole.
    pub const WHOLE: Self = Self(10_000);

    /// So many per cent.
    pub const fn percent(percent: u32) -> Self {
        Self(percent * 100)
    }
}

impl Cents {
    /// Reads `21.28`: digits, a point, two digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (euros, cents) = text.split_once('.')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if euros.is_empty() || euros.len() > 9 || cents.len() != 2 || !digits(euros) || !digits(cents) {
            return None;
        }
        Some(Self(euros.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?))
    }

    /// A product of shares of it, rounded once, half a cent up.
    pub fn times(self, shares: &[Share]) -> Self {
        let product = shares.iter().fold(i128::from(self.0), |product, share| product * i128::from(share.0));
        let whole = 10_000_i128.pow(u32::try_from(shares.len()).unwrap_or(0));
        Self(i64::try_from((product + whole / 2).div_euclid(whole)).unwrap_or(i64::MAX))
    }
}

impl Add for Cents {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Cents {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self(0), Self::add)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}
