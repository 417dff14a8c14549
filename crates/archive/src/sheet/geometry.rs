//! Rectangles and matrices of PDF user space (ISO 32000-1 §8.3), in points, y upwards.

/// A rectangle; never inside out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f64,
    pub(super) bottom: f64,
    pub(super) right: f64,
    pub(super) top: f64,
}

impl Rect {
    pub(super) fn new(left: f64, bottom: f64, width: f64, height: f64) -> Self {
        Self { left, bottom, right: left + width, top: bottom + height }
    }

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.top - self.bottom
    }

    /// The smallest rectangle around the points; `None` without points or with one that is no number.
    pub(super) fn around(points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let mut points = points.into_iter();
        let (x, y) = points.next()?;
        let first = Self { left: x, bottom: y, right: x, top: y };
        let all = points.fold(first, |r, (x, y)| Self {
            left: r.left.min(x),
            bottom: r.bottom.min(y),
            right: r.right.max(x),
            top: r.top.max(y),
        });
        [all.left, all.bottom, all.right, all.top].iter().all(|n| n.is_finite()).then_some(all)
    }

    pub(super) fn grown(&self, by: f64) -> Self {
        Self { left: self.left - by, bottom: self.bottom - by, right: self.right + by, top: self.top + by }
    }

    /// What two rectangles share; `None` when they do not touch.
    pub(super) fn shared(&self, other: &Self) -> Option<Self> {
        let shared = Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        };
        (shared.left <= shared.right && shared.bottom <= shared.top).then_some(shared)
    }

    pub(super) fn corners(&self) -> [(f64, f64); 4] {
        [(self.left, self.bottom), (self.right, self.bottom), (self.right, self.top), (self.left, self.top)]
    }
}

/// The matrix `[a b c d e f]` of §8.3.3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const IDENTITY: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(super) fn moved(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This matrix first, then `outer`.
    pub(super) fn then(&self, outer: &Self) -> Self {
        let ([a, b, c, d, e, f], [oa, ob, oc, od, oe, of]) = (self.0, outer.0);
        Self([
            a * oa + b * oc,
            a * ob + b * od,
            c * oa + d * oc,
            c * ob + d * od,
            e * oa + f * oc + oe,
            e * ob + f * od + of,
        ])
    }

    pub(super) fn apply(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// The rectangle around a transformed rectangle.
    pub(super) fn around(&self, rect: &Rect) -> Option<Rect> {
        Rect::around(rect.corners().map(|corner| self.apply(corner)))
    }

    /// How much lengths grow, at most.
    pub(super) fn scale(&self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        a.hypot(b).max(c.hypot(d))
    }
}
