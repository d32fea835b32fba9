//! Matrix products with a factor made of zeros and ones.

use crate::{
    bits::BitMatrix,
    fresh,
    product::sum_of_products,
    term::{Source, Term},
};

/// `out = x · w`, with `x` `[m, k]` of zeros and ones, `w` row-major `[k, n]`.
///
/// Rows of `w` (or sums of a few neighbours, whichever is less work for these bits) are added up
/// where `x` is one, on all threads. The sums are those of a dense product in another order, and
/// the same on any machine and number of threads.
///
/// # Panics
///
/// Where the shapes do not go together.
///
/// ```
/// use rbm_kernels::{BitMatrix, binary_matmul};
///
/// let x = BitMatrix::from_rows(&[1f32, 0.0, 1.0, 1.0], [2, 2]).unwrap();
/// let mut out = [0.0; 4];
/// binary_matmul(&x, &[1.0, 2.0, 10.0, 20.0], &mut out);
/// assert_eq!(out, [1.0, 2.0, 11.0, 22.0]);
/// ```
pub fn binary_matmul(x: &BitMatrix, w: &[f32], out: &mut [f32]) {
    product(x, w, out, false);
}

/// `out = x · wᵀ`, with `x` `[m, k]` of zeros and ones, `w` row-major `[n, k]`; see
/// [`binary_matmul`].
///
/// # Panics
///
/// Where the shapes do not go together.
///
/// ```
/// use rbm_kernels::{BitMatrix, binary_matmul_nt};
///
/// let x = BitMatrix::from_rows(&[1f32, 0.0, 1.0, 1.0], [2, 2]).unwrap();
/// let mut out = [0.0; 4];
/// binary_matmul_nt(&x, &[1.0, 2.0, 10.0, 20.0], &mut out);
/// assert_eq!(out, [1.0, 10.0, 3.0, 30.0]);
/// ```
pub fn binary_matmul_nt(x: &BitMatrix, w: &[f32], out: &mut [f32]) {
    product(x, w, out, true);
}

fn product(x: &BitMatrix, w: &[f32], out: &mut [f32], transposed: bool) {
    let columns = width(x.rows(), out);
    sum_of_products(
        &[factors(x, w, columns, transposed)],
        fresh::of_written(out),
        None,
    );
}

/// The product in fresh memory, `[m, columns]`.
#[cfg(feature = "flex")]
pub(crate) fn product_of(x: &BitMatrix, w: &[f32], columns: usize, transposed: bool) -> Vec<f32> {
    let terms = [factors(x, w, columns, transposed)];
    // SAFETY: every element of a product is written.
    unsafe { fresh::filled(x.rows() * columns, |out| sum_of_products(&terms, out, None)) }
}

fn factors<'a>(x: &'a BitMatrix, w: &'a [f32], columns: usize, transposed: bool) -> Term<'a> {
    let source = Source {
        values: w,
        rows: x.columns(),
        columns,
        transposed,
        scale: 1.0,
    };
    Term { bits: x, source }
}

/// One side of a gradient by the weights: states, what they are multiplied with, and a factor.
///
/// ```
/// use rbm_kernels::{BitMatrix, Statistics, binary_matmul_tn};
///
/// // Two rows of one unit, on and off, beside the numbers 3 and 5: half of the sum where it is on.
/// let states = BitMatrix::from_columns(&[1f32, 0.0], [2, 1]).unwrap();
/// let mut out = [0.0];
/// binary_matmul_tn(&[Statistics { states: &states, other: &[3.0, 5.0], scale: 0.5 }], &mut out);
/// assert_eq!(out, [1.5]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Statistics<'a> {
    /// The transpose of the states `[batch, k]`, as [`BitMatrix::from_columns`] makes it.
    pub states: &'a BitMatrix,
    /// The other side, row-major `[batch, n]`.
    pub other: &'a [f32],
    /// A factor for all of it.
    pub scale: f32,
}

/// `out = Σ scale · xᵀ · g` over phases, `[k, n]`: the statistics of both phases of a gradient, say,
/// in one pass and without a matrix for each.
///
/// # Panics
///
/// Where the shapes do not go together.
///
/// ```
/// use rbm_kernels::{BitMatrix, Statistics, binary_matmul_tn};
///
/// let data = BitMatrix::from_columns(&[1f32, 0.0, 1.0, 1.0], [2, 2]).unwrap();
/// let model = BitMatrix::from_columns(&[0f32, 1.0], [1, 2]).unwrap();
/// let mut out = [0.0; 2];
/// binary_matmul_tn(
///     &[
///         Statistics { states: &data, other: &[0.2, 0.4], scale: 0.5 },
///         Statistics { states: &model, other: &[0.1], scale: -1.0 },
///     ],
///     &mut out,
/// );
/// assert!((out[0] - 0.3).abs() < 1e-6 && (out[1] - 0.1).abs() < 1e-6);
/// ```
pub fn binary_matmul_tn(phases: &[Statistics<'_>], out: &mut [f32]) {
    let columns = phases
        .first()
        .map_or(0, |phase| width(phase.states.rows(), out));
    sum_of_products(&terms(phases, columns), fresh::of_written(out), None);
}

/// The same in fresh memory, `[k, columns]`, of one or more phases.
#[cfg(feature = "flex")]
pub(crate) fn statistics_of(phases: &[Statistics<'_>], columns: usize) -> Vec<f32> {
    let length = phases[0].states.rows() * columns;
    // SAFETY: every element of the sum is written.
    unsafe {
        fresh::filled(length, |out| {
            sum_of_products(&terms(phases, columns), out, None);
        })
    }
}

fn terms<'a>(phases: &[Statistics<'a>], columns: usize) -> Vec<Term<'a>> {
    let term = |phase: &Statistics<'a>| Term {
        bits: phase.states,
        source: Source {
            values: phase.other,
            rows: phase.states.columns(),
            columns,
            transposed: false,
            scale: phase.scale,
        },
    };
    phases.iter().map(term).collect()
}

/// The columns of a result of so many rows.
fn width(rows: usize, out: &[f32]) -> usize {
    out.len().checked_div(rows).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        philox::Key,
        uniform::{Address, fill_uniform},
    };

    fn uniform(n: usize, draw: u32) -> Vec<f32> {
        let key = Key::from_seed(9);
        let mut u = vec![0f32; n];
        fill_uniform(&mut u, Address { key, step: 0, draw });
        u
    }

    fn ones(n: usize, density: f32) -> Vec<f32> {
        let u = uniform(n, 7);
        u.iter()
            .map(|u| f32::from(u8::from(*u < density)))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn two_phases_are_the_sum_of_their_products(
            (m1, m2, k, n) in (0usize..80, 1usize..70, 1usize..60, 1usize..150),
            density in prop::sample::select(vec![0f32, 0.1, 0.5, 1.0]),
        ) {
            let phase = |m: usize| (ones(m * k, density), uniform(m * n, 8), m);
            let (first, second) = (phase(m1), phase(m2));
            let mut expected = vec![0f64; k * n];
            for ((x, g, m), scale) in [(&first, 0.25), (&second, -0.5)] {
                for (r, (i, j)) in (0..*m).flat_map(|r| (0..k * n).map(move |e| (r, (e / n, e % n)))) {
                    expected[i * n + j] += scale * f64::from(x[r * k + i] * g[r * n + j]);
                }
            }
            let bits = |x: &[f32], m| BitMatrix::from_columns(x, [m, k]).unwrap();
            let states = [bits(&first.0, m1), bits(&second.0, m2)];
            let side = |states, other, scale| Statistics { states, other, scale };
            let phases = [side(&states[0], &first.1, 0.25), side(&states[1], &second.1, -0.5)];
            let mut out = vec![f32::NAN; k * n];
            binary_matmul_tn(&phases, &mut out);
            for (out, expected) in out.iter().zip(expected) {
                prop_assert!((f64::from(*out) - expected).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn same_sums_on_any_number_of_threads() {
        let [m, k, n] = [150, 700, 210];
        let w = uniform(k * n, 1);
        for density in [0.1, 0.5] {
            let x = BitMatrix::from_rows(&ones(m * k, density), [m, k]).unwrap();
            let run = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let (mut by_rows, mut by_columns) = (vec![0f32; m * n], vec![0f32; m * n]);
                pool.unwrap().install(|| {
                    binary_matmul(&x, &w, &mut by_rows);
                    binary_matmul_nt(&x, &w, &mut by_columns);
                });
                (by_rows, by_columns)
            };
            assert_eq!(run(1), run(7));
        }
    }
}
