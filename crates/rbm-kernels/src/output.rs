//! The result of a product while threads write it.

use std::mem::MaybeUninit;

use crate::line::{LANES, Line};

/// A result that threads write tiles of.
pub(crate) struct Output {
    values: *mut f32,
    columns: usize,
}

// SAFETY: threads write disjoint parts, as `Output::write` demands of who calls it.
unsafe impl Sync for Output {}

impl Output {
    /// A place for rows of so many floats.
    pub(crate) fn new(out: &mut [MaybeUninit<f32>], columns: usize) -> Self {
        Self {
            values: out.as_mut_ptr().cast(),
            columns,
        }
    }

    /// Sixteen floats at `row` from `column` on; zeros past the end of the row.
    ///
    /// # Safety
    ///
    /// The result has this element, nobody writes these floats meanwhile, and they were written.
    #[inline(always)]
    pub(crate) unsafe fn read(&self, row: usize, column: usize) -> Line {
        // SAFETY: the caller has said that these floats are there to be read.
        let values = unsafe {
            let start = self.values.add(row * self.columns + column);
            std::slice::from_raw_parts(start, LANES.min(self.columns - column))
        };
        match values.first_chunk() {
            Some(values) => Line(*values),
            None => Line::padded(values),
        }
    }

    /// Writes sixteen floats there, fewer at the end of the row.
    ///
    /// # Safety
    ///
    /// The result has this element, and nobody else reads or writes these floats meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, row: usize, column: usize, line: Line) {
        let width = LANES.min(self.columns - column);
        // SAFETY: the caller has said that these floats exist and are nobody else's.
        unsafe {
            let start = self.values.add(row * self.columns + column);
            if width == LANES {
                start.cast::<[f32; LANES]>().write(line.0);
            } else {
                line.write_start(start, width);
            }
        }
    }
}
