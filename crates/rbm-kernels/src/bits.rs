//! Matrices of zeros and ones, a bit an element.

use rayon::prelude::*;

use crate::simd::{Level, versions};

/// Elements in a word.
const BITS: usize = 32;
/// Rows that a thread packs at once.
const BLOCK: usize = 32;
/// Elements below which threads cost more than they bring.
const SERIAL: usize = 1 << 17;

/// A matrix of zeros and ones, row by row, a bit an element: the left side of a
/// [binary product](crate).
///
/// ```
/// use rbm_kernels::BitMatrix;
///
/// let x = [1f32, 0.0, 0.0, 1.0, 1.0, 1.0];
/// let bits = BitMatrix::from_rows(&x, [2, 3]).expect("zeros and ones");
/// assert_eq!((bits.rows(), bits.columns(), bits.count_ones()), (2, 3, 4));
/// assert!(BitMatrix::from_rows(&[0.5], [1, 1]).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitMatrix {
    rows: usize,
    columns: usize,
    words_per_row: usize,
    words: Vec<u32>,
}

impl BitMatrix {
    /// The bits of a row-major matrix `[rows, columns]`; `None` where an element is neither zero
    /// nor one.
    ///
    /// # Panics
    ///
    /// Where the slice is not of that shape.
    pub fn from_rows(x: &[f32], [rows, columns]: [usize; 2]) -> Option<Self> {
        assert_eq!(x.len(), rows * columns, "{rows} rows of {columns}");
        let words_per_row = columns.div_ceil(BITS);
        let mut words = vec![0; rows * words_per_row];
        let level = Level::best();
        let pack = |(rows, words): (&[f32], &mut [u32])| {
            let rows = rows.chunks_exact(columns);
            rows.zip(words.chunks_exact_mut(words_per_row))
                .fold(true, |binary, (row, words)| {
                    binary & pack_row(level, row, words)
                })
        };
        let binary = if columns == 0 {
            true
        } else if x.len() < SERIAL {
            pack((x, &mut words))
        } else {
            let x = x.par_chunks(BLOCK * columns);
            let words = words.par_chunks_mut(BLOCK * words_per_row);
            x.zip(words).map(pack).reduce(|| true, |a, b| a & b)
        };
        binary.then_some(Self {
            rows,
            columns,
            words_per_row,
            words,
        })
    }

    /// The bits of the transpose of a row-major matrix: the result is `[columns, rows]`.
    ///
    /// # Panics
    ///
    /// Where the slice is not of that shape.
    pub fn from_columns(x: &[f32], [rows, columns]: [usize; 2]) -> Option<Self> {
        assert_eq!(x.len(), rows * columns, "{rows} rows of {columns}");
        let words_per_row = rows.div_ceil(BITS);
        let mut words = vec![0; columns * words_per_row];
        let mut binary = true;
        let mut word_of_column = vec![0; columns];
        for (i, rows) in x.chunks((BITS * columns).max(1)).enumerate() {
            pack_columns(Level::best(), rows, &mut word_of_column, &mut binary);
            for (words, word) in words.chunks_exact_mut(words_per_row).zip(&word_of_column) {
                words[i] = *word;
            }
        }
        binary.then_some(Self {
            rows: columns,
            columns: rows,
            words_per_row,
            words,
        })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of ones.
    pub fn count_ones(&self) -> usize {
        self.count_groups()[0]
    }

    /// The bits of a row, lowest first; those past the last column are zero.
    pub(crate) fn row(&self, row: usize) -> &[u32] {
        &self.words[row * self.words_per_row..][..self.words_per_row]
    }

    /// One row, with a one in each column that has one in any row.
    pub(crate) fn used_columns(&self) -> Self {
        let mut words = vec![0; self.words_per_row];
        for row in self.words.chunks_exact(self.words_per_row.max(1)) {
            for (used, word) in words.iter_mut().zip(row) {
                *used |= word;
            }
        }
        Self {
            rows: 1,
            words,
            ..*self
        }
    }

    /// In how many groups of one, two and four neighbours in a row there is a one.
    pub(crate) fn count_groups(&self) -> [usize; 3] {
        let mut counts = [0; 3];
        count_groups_at(Level::best(), &self.words, &mut counts);
        counts
    }
}

versions! {
    fn count_groups_at(words: &[u32], counts: &mut [usize; 3]) = count_groups_kernel;
}

#[inline(always)]
fn count_groups_kernel(words: &[u32], counts: &mut [usize; 3]) {
    // Sums in the words' own width keep the loop in vector registers; 2^27 words of ones would fill them.
    for words in words.chunks(1 << 20) {
        let mut sums = [0; 3];
        for ones in words {
            let pairs = (ones | ones >> 1) & (u32::MAX / 3);
            let fours = (pairs | pairs >> 2) & (u32::MAX / 15);
            sums[0] += ones.count_ones();
            sums[1] += pairs.count_ones();
            sums[2] += fours.count_ones();
        }
        for (count, sum) in counts.iter_mut().zip(sums) {
            *count += sum as usize;
        }
    }
}

/// Packs a row, and says whether there was nothing but zeros and ones in it.
fn pack_row(level: Level, row: &[f32], words: &mut [u32]) -> bool {
    let (whole, last) = row.as_chunks::<BITS>();
    let mut binary = true;
    for (x, word) in whole.iter().zip(&mut *words) {
        let (ones, both) = compare(level, x);
        *word = ones;
        binary &= both == u32::MAX;
    }
    if !last.is_empty() {
        let mut padded = [0.0; BITS];
        padded[..last.len()].copy_from_slice(last);
        let (ones, both) = compare(level, &padded);
        words[whole.len()] = ones;
        binary &= both == u32::MAX;
    }
    binary
}

/// Which floats are one, and which zero or one.
#[inline(always)]
fn compare(level: Level, x: &[f32; BITS]) -> (u32, u32) {
    #[cfg(target_arch = "x86_64")]
    {
        if level.is_avx512() {
            // SAFETY: the level says that the machine has AVX-512F.
            return unsafe { x86::compare_avx512(x) };
        }
        if level.is_avx2() {
            // SAFETY: the level says that the machine has AVX2.
            return unsafe { x86::compare_avx2(x) };
        }
    }
    let _ = level;
    let mask = |test: fn(f32) -> bool| {
        let bit = |(i, &x): (usize, &f32)| u32::from(test(x)) << i;
        x.iter().enumerate().map(bit).fold(0, |a, b| a | b)
    };
    let ones = mask(|x| x == 1.0);
    (ones, ones | mask(|x| x == 0.0))
}

/// Compilers do not see that a mask of comparisons is one instruction.
#[cfg(target_arch = "x86_64")]
mod x86 {
    #[allow(
        clippy::wildcard_imports,
        reason = "intrinsics carry their origin in their names"
    )]
    use std::arch::x86_64::*;

    use super::BITS;

    #[target_feature(enable = "avx512f")]
    pub(super) fn compare_avx512(x: &[f32; BITS]) -> (u32, u32) {
        let (one, zero) = (_mm512_set1_ps(1.0), _mm512_setzero_ps());
        let (mut ones, mut both) = (0, 0);
        for (i, half) in x.as_chunks::<16>().0.iter().enumerate() {
            // SAFETY: there are sixteen floats; no alignment is needed.
            let half = unsafe { _mm512_loadu_ps(half.as_ptr()) };
            let is_one = u32::from(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(half, one));
            let is_zero = u32::from(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(half, zero));
            ones |= is_one << (16 * i);
            both |= (is_one | is_zero) << (16 * i);
        }
        (ones, both)
    }

    #[target_feature(enable = "avx2")]
    #[expect(clippy::cast_sign_loss, reason = "a mask of bits")]
    pub(super) fn compare_avx2(x: &[f32; BITS]) -> (u32, u32) {
        let (one, zero) = (_mm256_set1_ps(1.0), _mm256_setzero_ps());
        let (mut ones, mut both) = (0, 0);
        for (i, part) in x.as_chunks::<8>().0.iter().enumerate() {
            // SAFETY: there are eight floats; no alignment is needed.
            let part = unsafe { _mm256_loadu_ps(part.as_ptr()) };
            let is_one = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_EQ_OQ>(part, one)) as u32;
            let is_zero = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_EQ_OQ>(part, zero)) as u32;
            ones |= is_one << (8 * i);
            both |= (is_one | is_zero) << (8 * i);
        }
        (ones, both)
    }
}

versions! {
    fn pack_columns(rows: &[f32], words: &mut [u32], binary: &mut bool) = pack_columns_kernel;
}

/// Bit `r` of word `c` becomes element `[r, c]`.
#[inline(always)]
fn pack_columns_kernel(rows: &[f32], words: &mut [u32], binary: &mut bool) {
    words.fill(0);
    let mut other = 0;
    for (r, row) in rows.chunks_exact(words.len()).enumerate() {
        for (&x, word) in row.iter().zip(&mut *words) {
            *word |= u32::from(x == 1.0) << r;
            other |= u32::from(x != 0.0) ^ u32::from(x == 1.0);
        }
    }
    *binary &= other == 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix([rows, columns]: [usize; 2]) -> Vec<f32> {
        let bit = |i: usize| {
            f32::from(u8::from(
                (i.wrapping_mul(0x9E37_79B9) >> 7).is_multiple_of(4),
            ))
        };
        (0..rows * columns).map(bit).collect()
    }

    #[test]
    fn both_orientations_hold_every_element() {
        for shape @ [_, columns] in [
            [1, 1],
            [3, 31],
            [40, 32],
            [33, 100],
            [65, 7],
            [0, 3],
            [3, 0],
        ] {
            let x = matrix(shape);
            let by_rows = BitMatrix::from_rows(&x, shape).unwrap();
            let by_columns = BitMatrix::from_columns(&x, shape).unwrap();
            assert_eq!([by_columns.columns(), by_columns.rows()], shape);
            let bit = |words: &[u32], i: usize| words[i / 32] >> (i % 32) & 1 == 1;
            for (i, &x) in x.iter().enumerate() {
                let (r, c) = (i / columns, i % columns);
                assert_eq!(bit(by_rows.row(r), c), x == 1.0);
                assert_eq!(bit(by_columns.row(c), r), x == 1.0);
            }
            let ones = x.iter().filter(|x| **x == 1.0).count();
            assert_eq!(
                (by_rows.count_ones(), by_columns.count_ones()),
                (ones, ones)
            );
            let groups = [1, 2, 4].map(|size| {
                let rows = x.chunks(columns.max(1)).flat_map(|row| row.chunks(size));
                rows.filter(|group| group.contains(&1.0)).count()
            });
            assert_eq!(by_rows.count_groups(), groups);
        }
    }

    #[test]
    fn anything_else_is_refused_wherever_it_is() {
        let shape = [34, 35];
        for (i, bad) in [
            (0, 0.5),
            (34, f32::NAN),
            (35 * 33, -1.0),
            (35 * 34 - 1, 2.0),
        ] {
            let mut x = matrix(shape);
            x[5] = -0.0;
            assert!(BitMatrix::from_rows(&x, shape).is_some());
            x[i] = bad;
            assert!(BitMatrix::from_rows(&x, shape).is_none(), "{bad} at {i}");
            assert!(BitMatrix::from_columns(&x, shape).is_none(), "{bad} at {i}");
        }
    }
}
