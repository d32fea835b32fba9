//! Sixteen floats: what tables, sums and transposes are made of.

/// Floats in a line.
pub(crate) const LANES: usize = 16;

/// Sixteen floats: a cache line, and the widest vector there is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) [f32; LANES]);

impl Line {
    /// Fewer floats than a line holds, and zeros. Out of line, as is the next: the sums that hot
    /// loops keep in registers must not have an address.
    #[cold]
    #[inline(never)]
    pub(crate) fn padded(values: &[f32]) -> Self {
        let mut line = Self::default();
        line.0[..values.len()].copy_from_slice(values);
        line
    }

    /// Writes the first floats.
    ///
    /// # Safety
    ///
    /// So many floats may be written there.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn write_start(self, values: *mut f32, length: usize) {
        assert!(length <= LANES, "no more than a line holds");
        // SAFETY: the caller has said so, and the line has as many.
        unsafe { values.copy_from_nonoverlapping(self.0.as_ptr(), length) };
    }
}

impl std::ops::Add for Line {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let mut sum = self;
        for lane in 0..LANES {
            sum.0[lane] += other.0[lane];
        }
        sum
    }
}

impl std::ops::Mul<f32> for Line {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f32) -> Self {
        Self(self.0.map(|x| x * factor))
    }
}
