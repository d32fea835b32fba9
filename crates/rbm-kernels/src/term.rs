//! A product of which one factor is made of zeros and ones, before it is computed.

use crate::bits::BitMatrix;

/// A matrix `[k, n]` of which rows are to be summed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Whether `values` holds the transpose, row-major.
    pub(crate) transposed: bool,
    /// What every element is multiplied with.
    pub(crate) scale: f32,
}

/// One of the products that are added up: `bits · source`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Term<'a> {
    pub(crate) bits: &'a BitMatrix,
    pub(crate) source: Source<'a>,
}
