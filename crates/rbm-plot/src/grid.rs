//! Where the tiles of a picture lie.

use std::ops::Range;

use crate::ImageShape;

/// Between tiles, in pixels.
pub(crate) const GAP: usize = 2;
/// Between blocks of tiles that belong together.
const BLOCK_GAP: usize = 14;
/// The longer side that a small tile is magnified to, about.
const TILE: usize = 60;
/// The width that the tiles together may take: alone, and with the names of rows beside them.
const ROOMS: [usize; 2] = [1240, 1140];

/// A grid of tiles in blocks: each block holds one row of tiles for each source, the image `i` of every source below each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) columns: usize,
    /// How many pixels on the screen one pixel of an image is wide and high.
    pub(crate) magnify: usize,
    count: usize,
    sources: usize,
    tile: (usize, usize),
}

impl Grid {
    /// A grid for `count` images of each of `sources`; without `columns` a layout near a square is chosen, or for several
    /// sources one with blocks of equal length.
    pub(crate) fn new(
        shape: ImageShape,
        count: usize,
        sources: usize,
        columns: Option<usize>,
    ) -> Self {
        let longer = shape.height().max(shape.width()).max(1);
        let mut magnify = ((TILE + longer / 2) / longer).max(1);
        let room = ROOMS[usize::from(sources > 1)] - GAP;
        let fitting = |magnify: usize| (room / (shape.width() * magnify + GAP)).max(1);
        let columns = if let Some(columns) = columns {
            let columns = columns.clamp(1, count.max(1));
            while magnify > 1 && fitting(magnify) < columns {
                magnify -= 1;
            }
            columns
        } else if sources > 1 {
            let blocks = count.div_ceil(fitting(magnify)).max(1);
            count.div_ceil(blocks).max(1)
        } else {
            let aspect =
                (shape.height() * magnify + GAP) as f64 / (shape.width() * magnify + GAP) as f64;
            near_square(count, aspect, fitting(magnify))
        };
        Self {
            columns,
            magnify,
            count,
            sources,
            tile: (shape.width() * magnify, shape.height() * magnify),
        }
    }

    /// Width and height of all tiles with the gaps around them.
    pub(crate) fn size(&self) -> (usize, usize) {
        let (width, height) = self.tile;
        let rows = self.count.div_ceil(self.columns);
        let last = if rows == 0 {
            0
        } else {
            self.corner(self.sources - 1, (rows - 1) * self.columns).1 + height + GAP
        };
        (self.columns * (width + GAP) + GAP, last)
    }

    /// The top left corner of an image of a source, from the top left corner of the grid.
    pub(crate) fn corner(&self, source: usize, image: usize) -> (usize, usize) {
        let (width, height) = self.tile;
        let (block, column) = (image / self.columns, image % self.columns);
        let block_height =
            self.sources * (height + GAP) + if self.sources > 1 { BLOCK_GAP } else { 0 };
        (
            GAP + column * (width + GAP),
            GAP + block * block_height + source * (height + GAP),
        )
    }

    /// The rows of pixels of every row of tiles, with its source.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let grid = *self;
        (0..self.count)
            .step_by(self.columns)
            .flat_map(move |first| {
                (0..grid.sources).map(move |source| {
                    let top = grid.corner(source, first).1;
                    (source, top..top + grid.tile.1)
                })
            })
    }

    /// Width and height of one tile.
    pub(crate) fn tile(&self) -> (usize, usize) {
        self.tile
    }
}

/// How many columns make `count` tiles near a square, `aspect` being a tile's height over its width.
///
/// A number of columns that leaves no gap in the last row is worth some squareness.
fn near_square(count: usize, aspect: f64, fitting: usize) -> usize {
    let ideal = (count.max(1) as f64 * aspect).sqrt();
    let off = |columns: usize| (columns as f64 / ideal).ln().abs();
    let full = (1..=fitting.min(count))
        .rev()
        .filter(|&columns| count.is_multiple_of(columns) && off(columns) < 0.48)
        // Of two that are equally far off, the wider one comes first, and wins.
        .min_by(|&a, &b| (off(a) * 1e6).round().total_cmp(&(off(b) * 1e6).round()));
    full.unwrap_or_else(|| {
        (1..=fitting)
            .find(|&columns| columns as f64 >= ideal)
            .unwrap_or(fitting)
            .min(count.max(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(side: usize, count: usize, columns: Option<usize>) -> Grid {
        Grid::new(ImageShape::new(side, side), count, 1, columns)
    }

    #[test]
    fn small_images_are_magnified_to_a_readable_size() {
        assert_eq!(grid(28, 100, None).tile(), (56, 56));
        assert_eq!(grid(8, 100, None).tile(), (64, 64));
        assert_eq!(grid(64, 100, None).tile(), (64, 64));
        assert_eq!(grid(300, 1, None).tile(), (300, 300));
    }

    #[test]
    fn layouts_are_near_square_and_full_where_that_is_possible() {
        for (count, columns) in [
            (100, 10),
            (128, 16),
            (10, 5),
            (12, 4),
            (500, 20),
            (1, 1),
            (7, 3),
            (1000, 20),
            (0, 1),
        ] {
            assert_eq!(grid(28, count, None).columns, columns, "for {count} tiles");
        }
        for count in 0..3000 {
            assert!(
                grid(8, count, None).size().0 <= ROOMS[0],
                "{count} tiles are too wide"
            );
        }
    }

    #[test]
    fn a_given_number_of_columns_is_kept_and_made_to_fit() {
        let grid = grid(8, 500, Some(50));
        assert_eq!(grid.columns, 50);
        assert_eq!(grid.magnify, 2);
        assert!(grid.size().0 <= ROOMS[0]);
    }

    #[test]
    fn tiles_lie_side_by_side_and_blocks_apart() {
        let pairs = Grid::new(ImageShape::new(8, 8), 30, 2, None);
        assert_eq!(pairs.columns, 15);
        assert_eq!(pairs.corner(0, 0), (2, 2));
        assert_eq!(pairs.corner(1, 0), (2, 68));
        assert_eq!(pairs.corner(0, 14), (2 + 14 * 66, 2));
        assert_eq!(pairs.corner(0, 15), (2, 2 + 2 * 66 + BLOCK_GAP));
        assert_eq!(pairs.size().1, 2 + 4 * 66 + BLOCK_GAP);
        assert_eq!(
            pairs.rows().last(),
            Some((1, pairs.size().1 - 66..pairs.size().1 - 2))
        );
    }
}
