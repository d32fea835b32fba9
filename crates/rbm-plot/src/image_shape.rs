//! How a row of numbers becomes an image.

use std::fmt;

/// Height and width of the images that a model's visible units form.
///
/// Data that are no images can be shown too: [`near_square`](Self::near_square) wraps them into a compact heat map, which at
/// least shows which units act together.
///
/// ```
/// use rbm_plot::ImageShape;
///
/// assert_eq!(ImageShape::new(28, 28).len(), 784);
/// assert_eq!(ImageShape::near_square(12), ImageShape::new(3, 4));
/// // 13 is prime: four rows of four, and the last three places stay empty.
/// let shape = ImageShape::near_square(13);
/// assert_eq!((shape.height(), shape.width(), shape.len()), (4, 4, 13));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    height: usize,
    width: usize,
    len: usize,
}

impl ImageShape {
    /// `height` rows of `width` pixels, row after row.
    ///
    /// A shape without pixels is reported by whatever is asked to draw with it.
    pub const fn new(height: usize, width: usize) -> Self {
        Self {
            height,
            width,
            len: height.saturating_mul(width),
        }
    }

    /// A shape near a square for `len` numbers that are no image.
    ///
    /// It is filled exactly if `len` divides into sides of at most 1 : 2; otherwise the end of the last row stays empty.
    pub fn near_square(len: usize) -> Self {
        let root = len.isqrt();
        let exact = (1..=root)
            .rev()
            .take_while(|height| height * 2 >= root)
            .find(|height| len.is_multiple_of(*height) && len / height <= height * 2);
        let (height, width) = if let Some(height) = exact {
            (height, len / height)
        } else {
            let width = if root * root == len { root } else { root + 1 };
            (len.div_ceil(width.max(1)), width)
        };
        Self { height, width, len }
    }

    /// Rows of pixels.
    pub fn height(self) -> usize {
        self.height
    }

    /// Pixels in a row.
    pub fn width(self) -> usize {
        self.width
    }

    /// How many numbers one image has.
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether an image has no numbers at all.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.height, self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_square_has_room_for_everything() {
        for len in 1..2000 {
            let shape = ImageShape::near_square(len);
            let room = shape.height() * shape.width();
            assert!(room >= len, "{len} does not fit {shape}");
            assert!(
                room - len < shape.width(),
                "{len} leaves a row of {shape} empty"
            );
            assert!(shape.width() <= 2 * shape.height(), "{len} becomes {shape}");
        }
        assert_eq!(ImageShape::near_square(784), ImageShape::new(28, 28));
        assert!(ImageShape::near_square(0).is_empty());
    }
}
