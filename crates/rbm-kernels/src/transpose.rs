//! Rows for columns, sixteen by sixteen.

use crate::line::{LANES, Line};

/// Sixteen rows of sixteen floats in a matrix, and a factor.
pub(crate) struct Square<'a> {
    /// From the first element on.
    pub(crate) values: &'a [f32],
    /// From one row to the next.
    pub(crate) stride: usize,
    pub(crate) scale: f32,
}

impl Square<'_> {
    /// Writes the columns to every `step`-th line.
    ///
    /// # Panics
    ///
    /// Where the square passes the end of the values, or its columns that of the lines.
    #[inline(always)]
    pub(crate) fn transpose(&self, out: &mut [Line], step: usize) {
        let last = (LANES - 1) * self.stride + LANES;
        assert!(last <= self.values.len(), "a square within the matrix");
        assert!((LANES - 1) * step < out.len(), "a line for each column");
        #[cfg(target_arch = "x86_64")]
        if crate::simd::Level::best().is_avx512() {
            // SAFETY: the machine has AVX-512F, and both ends have just been looked at.
            return unsafe { x86::transpose_avx512(self, out, step) };
        }
        self.transpose_plain(out, step);
    }

    /// Element by element.
    fn transpose_plain(&self, out: &mut [Line], step: usize) {
        for lane in 0..LANES {
            let row = &self.values[lane * self.stride..][..LANES];
            for (i, x) in row.iter().enumerate() {
                out[i * step].0[lane] = x * self.scale;
            }
        }
    }
}

/// Compilers turn the loops above into moves of single floats.
#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "intrinsics carry their origin in their names"
    )]
    use std::arch::x86_64::*;

    use super::{LANES, Line, Square};

    /// Exchanges blocks of 1, 2, 4 and 8: off the diagonal, the upper block for the lower one.
    ///
    /// # Safety
    ///
    /// The square is within its values, and there is a line for each of its columns.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn transpose_avx512(square: &Square<'_>, out: &mut [Line], step: usize) {
        let mut rows = [_mm512_setzero_ps(); LANES];
        for (i, row) in rows.iter_mut().enumerate() {
            // SAFETY: the caller has said that this row may be read; no alignment is needed.
            *row = unsafe { _mm512_loadu_ps(square.values.as_ptr().add(i * square.stride)) };
        }
        exchange::<1>(&mut rows);
        exchange::<2>(&mut rows);
        exchange::<4>(&mut rows);
        exchange::<8>(&mut rows);
        let scale = _mm512_set1_ps(square.scale);
        for (i, row) in rows.into_iter().enumerate() {
            // SAFETY: the caller has said that there is this line, and it has room for sixteen floats.
            unsafe {
                let line = out.as_mut_ptr().add(i * step);
                _mm512_storeu_ps(line.cast(), _mm512_mul_ps(row, scale));
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn exchange<const BLOCK: usize>(rows: &mut [__m512; LANES]) {
        let indices = const { [lanes(BLOCK, 0), lanes(BLOCK, BLOCK)] };
        // SAFETY: there are sixteen numbers in each; no alignment is needed.
        let [upper, lower] = indices
            .each_ref()
            .map(|lanes| unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) });
        for i in 0..LANES {
            if i & BLOCK == 0 {
                let (a, b) = (rows[i], rows[i | BLOCK]);
                rows[i] = _mm512_permutex2var_ps(a, upper, b);
                rows[i | BLOCK] = _mm512_permutex2var_ps(a, lower, b);
            }
        }
    }

    /// Which lanes of two rows make the new upper one (`half` is zero) or the lower one (`half` is the
    /// block): those of the first row's half of each pair of blocks, and beside them those of the
    /// second's, whose lanes count from sixteen.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "numbers below 32"
    )]
    const fn lanes(block: usize, half: usize) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        let mut lane = 0;
        while lane < LANES {
            let of_second = if lane & block == 0 { 0 } else { LANES };
            lanes[lane] = (lane & !block | half | of_second) as i32;
            lane += 1;
        }
        lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let values: Vec<f32> = (0u16..400).map(f32::from).collect();
        let square = Square {
            values: &values[5..],
            stride: 21,
            scale: 0.5,
        };
        for step in [1, 3] {
            let mut found = vec![Line::default(); 16 * step];
            square.transpose(&mut found, step);
            let mut plain = vec![Line::default(); 16 * step];
            square.transpose_plain(&mut plain, step);
            assert_eq!(found, plain);
            for (i, line) in found.iter().step_by(step).enumerate() {
                for (lane, x) in line.0.iter().enumerate() {
                    assert_eq!(*x, 0.5 * values[5 + lane * 21 + i]);
                }
            }
        }
    }
}
