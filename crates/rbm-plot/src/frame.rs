//! A place on a canvas.

/// A box of pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}
