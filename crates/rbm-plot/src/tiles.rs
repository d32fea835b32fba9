//! Many small images in one picture.

use std::path::Path;

use crate::canvas::{Anchor, Canvas};
use crate::colour_bar::ColourBar;
use crate::font::{CAPTION, NAME};
use crate::grid::{GAP, Grid};
use crate::header::{Header, MARGIN};
use crate::scale::Fitted;
use crate::{ColourScale, ImageShape, Picture, PlotError};

/// The least width that a title has to break in.
const TEXT_ROOM: usize = 520;
/// Between the names of rows and the tiles, and between the tiles and the colour bar.
const SIDE_GAP: usize = 14;

/// Many small images in a grid, magnified by a whole number so that every pixel stays a crisp square.
///
/// A layout near a square is chosen that is at most about 1400 pixels wide; [`columns`](Self::columns) sets another. Images are
/// drawn in [`ColourScale::grey`] unless [`scale`](Self::scale) says otherwise; every other scale gets a colour bar.
///
/// ```
/// use rbm_plot::{ImageShape, Tiles};
///
/// let images = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]; // [2, 4]
/// let picture = Tiles::new(&images, ImageShape::new(2, 2))?
///     .title("Two checkers")
///     .caption("each of 2 × 2 pixels")
///     .columns(2)
///     .render()?;
/// assert!(picture.width() > 2 * 60 && picture.height() > 60);
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tiles {
    shape: ImageShape,
    /// Name and images of every row of a block.
    sources: Vec<(String, Vec<f32>)>,
    scale: ColourScale,
    title: String,
    caption: String,
    columns: Option<usize>,
}

impl Tiles {
    /// Takes `images` of shape `[n, shape.len()]`, one after the other.
    ///
    /// # Errors
    ///
    /// [`PlotError::Length`] if that is no whole number of images, [`PlotError::EmptyShape`] if an image has no pixels.
    pub fn new(images: &[f32], shape: ImageShape) -> Result<Self, PlotError> {
        Self::stacked(&[("", images)], shape)
    }

    /// Takes `rows`, each one image of `shape.len()` numbers.
    ///
    /// # Errors
    ///
    /// [`PlotError::RowLength`] if a row is not one image, [`PlotError::EmptyShape`] if an image has no pixels.
    pub fn from_rows<R: AsRef<[f32]>>(rows: &[R], shape: ImageShape) -> Result<Self, PlotError> {
        let mut images = Vec::with_capacity(rows.len().saturating_mul(shape.len()));
        for (row, image) in rows.iter().map(AsRef::as_ref).enumerate() {
            if image.len() != shape.len() {
                return Err(PlotError::RowLength {
                    what: "images".to_owned(),
                    row,
                    found: image.len(),
                    shape,
                });
            }
            images.extend_from_slice(image);
        }
        Self::new(&images, shape)
    }

    /// Takes several named sets of equally many images, `[n, shape.len()]` each: image `i` of every set stands below image `i`
    /// of the set before, and the names stand at the left.
    ///
    /// ```
    /// use rbm_plot::{ImageShape, Tiles};
    ///
    /// let (data, noisy, restored) = ([0.0; 64], [0.4; 64], [0.1; 64]);
    /// let sets = [("data", &data[..]), ("noisy", &noisy[..]), ("restored", &restored[..])];
    /// Tiles::stacked(&sets, ImageShape::new(8, 8))?.render()?;
    /// # Ok::<(), rbm_plot::PlotError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PlotError::Length`] if a set is no whole number of images, [`PlotError::Unpaired`] if it has fewer or more than the
    /// first one, [`PlotError::EmptyShape`] if an image has no pixels.
    pub fn stacked(sets: &[(&str, &[f32])], shape: ImageShape) -> Result<Self, PlotError> {
        if shape.is_empty() {
            return Err(PlotError::EmptyShape { shape });
        }
        let expected = sets
            .first()
            .map_or(0, |(_, images)| images.len() / shape.len());
        for (name, images) in sets {
            let what = if name.is_empty() { "images" } else { name };
            let found = images.len() / shape.len();
            if !images.len().is_multiple_of(shape.len()) {
                return Err(PlotError::Length {
                    what: what.to_owned(),
                    found: images.len(),
                    shape,
                });
            }
            if found != expected {
                return Err(PlotError::Unpaired {
                    what: what.to_owned(),
                    expected,
                    found,
                });
            }
        }
        Ok(Self {
            shape,
            sources: sets
                .iter()
                .map(|(name, images)| ((*name).to_owned(), images.to_vec()))
                .collect(),
            scale: ColourScale::grey(),
            title: String::new(),
            caption: String::new(),
            columns: None,
        })
    }

    /// Sets how numbers become colours.
    pub fn scale(self, scale: ColourScale) -> Self {
        Self { scale, ..self }
    }

    /// Sets the title above the tiles; an empty one takes no room.
    pub fn title(self, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..self
        }
    }

    /// Sets the caption below the title, broken into lines where it is long.
    pub fn caption(self, caption: impl Into<String>) -> Self {
        Self {
            caption: caption.into(),
            ..self
        }
    }

    /// Sets the number of columns, at least one; wide grids are magnified less.
    pub fn columns(self, columns: usize) -> Self {
        Self {
            columns: Some(columns),
            ..self
        }
    }

    /// Draws the picture. Without any image it says "no data".
    ///
    /// # Errors
    ///
    /// [`PlotError::Scale`] if the scale has no extent, [`PlotError::TooLarge`] if there are far too many images.
    pub fn render(&self) -> Result<Picture, PlotError> {
        let values = self
            .sources
            .iter()
            .flat_map(|(_, images)| images.iter().copied());
        let scale = self.scale.fit(values)?;
        let layout = self.layout(scale);
        let mut canvas = Canvas::new(layout.width, layout.height)?;
        layout.header.draw(&mut canvas, MARGIN, MARGIN);
        let (left, top) = layout.corner;
        if self.count() == 0 {
            let (x, y) = (left as f32, top as f32 + CAPTION.cap_height());
            canvas.text("no data", x, y, Anchor::Left, CAPTION);
            return Ok(canvas.finish());
        }
        for (source, rows) in layout.grid.rows() {
            let middle = (top + rows.start) as f32 + rows.len() as f32 / 2.0;
            let name = &self.sources[source].0;
            canvas.text_middle(
                name,
                left.saturating_sub(SIDE_GAP) as f32,
                middle,
                Anchor::Right,
                NAME,
            );
        }
        for (source, (_, images)) in self.sources.iter().enumerate() {
            for (place, image) in images.chunks_exact(self.shape.len()).enumerate() {
                let (x, y) = layout.grid.corner(source, place);
                self.draw_tile(&mut canvas, image, (left + x, top + y), &layout.grid, scale);
            }
        }
        if let Some(bar) = &layout.bar {
            bar.draw(&mut canvas, layout.bar_left, top);
        }
        Ok(canvas.finish())
    }

    /// Draws the picture and writes it to a PNG file; see [`Picture::save`].
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render) and [`Picture::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.render()?.save(path)
    }

    /// How many images each set has.
    fn count(&self) -> usize {
        self.sources
            .first()
            .map_or(0, |(_, images)| images.len() / self.shape.len())
    }

    fn layout(&self, scale: Fitted) -> Layout {
        let grid = Grid::new(
            self.shape,
            self.count(),
            self.sources.len().max(1),
            self.columns,
        );
        let (grid_width, grid_height) = if self.count() == 0 {
            (0, CAPTION.line_height())
        } else {
            grid.size()
        };
        let bar = (self.count() > 0 && !scale.goes_without_saying())
            .then(|| ColourBar::new(scale, grid_height));
        let widest = self
            .sources
            .iter()
            .map(|(name, _)| NAME.width(name))
            .fold(0.0, f32::max);
        let names = if widest > 0.0 {
            crate::canvas::index(widest.ceil()) + SIDE_GAP
        } else {
            0
        };
        let bar_left = MARGIN + names + grid_width + SIDE_GAP;
        let content = names + grid_width + bar.as_ref().map_or(0, |bar| SIDE_GAP + bar.width());
        let header = Header::new(&self.title, &self.caption, content.max(TEXT_ROOM));
        let text_width = if header.height() > 0 { TEXT_ROOM } else { 0 };
        let body = grid_height.max(bar.as_ref().map_or(0, ColourBar::height));
        Layout {
            width: content.max(text_width) + 2 * MARGIN,
            height: header.height() + body + 2 * MARGIN,
            corner: (MARGIN + names, MARGIN + header.height()),
            header,
            grid,
            bar,
            bar_left,
        }
    }

    fn draw_tile(
        &self,
        canvas: &mut Canvas,
        image: &[f32],
        (x, y): (usize, usize),
        grid: &Grid,
        scale: Fitted,
    ) {
        let (width, height) = grid.tile();
        canvas.fill(
            x - GAP,
            y - GAP,
            width + 2 * GAP,
            height + 2 * GAP,
            scale.separator(),
        );
        let side = grid.magnify;
        for (place, &value) in image.iter().enumerate() {
            let (row, column) = (place / self.shape.width(), place % self.shape.width());
            canvas.fill(
                x + column * side,
                y + row * side,
                side,
                side,
                scale.colour(value),
            );
        }
    }
}

/// Where everything lies, in pixels of the picture.
#[derive(Debug)]
struct Layout {
    width: usize,
    height: usize,
    /// The top left corner of the grid.
    corner: (usize, usize),
    header: Header,
    grid: Grid,
    bar: Option<ColourBar>,
    bar_left: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::{NOT_A_NUMBER, PAPER, TINTED_SEPARATOR};

    const TWO: ImageShape = ImageShape::new(2, 2);

    #[test]
    fn every_pixel_of_every_tile_is_where_it_belongs() {
        // Two images of 2 × 2, each pixel 30 × 30 on the screen: tiles of 60 with gaps of 2, behind a margin of 24.
        let picture = Tiles::new(&[0.0, 1.0, 0.2, 0.4, 0.6, 0.8, 1.0, 0.0], TWO)
            .unwrap()
            .columns(2)
            .render()
            .unwrap();
        assert_eq!(
            (picture.width(), picture.height()),
            (24 + 126 + 24, 24 + 64 + 24)
        );
        let greys = [[255, 0, 204, 153], [102, 51, 0, 255]];
        for (tile, greys) in greys.iter().enumerate() {
            for (place, grey) in greys.iter().enumerate() {
                let x = 26 + tile * 62 + (place % 2) * 30;
                let y = 26 + (place / 2) * 30;
                for (dx, dy) in [(0, 0), (29, 0), (0, 29), (29, 29)] {
                    assert_eq!(
                        picture.pixel(x + dx, y + dy),
                        [*grey; 3],
                        "tile {tile}, pixel {place}"
                    );
                }
            }
        }
        for (x, y) in [(25, 40), (86, 40), (87, 40), (149, 40), (40, 25), (40, 86)] {
            assert_eq!(picture.pixel(x, y), TINTED_SEPARATOR, "at ({x}, {y})");
        }
        assert_eq!(picture.pixel(23, 40), PAPER);
    }

    #[test]
    fn weights_are_red_white_and_blue() {
        let weights = [0.8, -0.8, 0.0, f32::NAN];
        let tiles = Tiles::new(&weights, TWO)
            .unwrap()
            .scale(ColourScale::diverging());
        let picture = tiles.render().unwrap();
        let [positive, negative, zero, broken] =
            [(40, 40), (70, 40), (40, 70), (70, 70)].map(|(x, y)| picture.pixel(x, y));
        assert!(
            positive[0] > 2 * positive[2] && positive[0] > 2 * positive[1],
            "{positive:?}"
        );
        assert!(negative[2] > 2 * negative[0], "{negative:?}");
        assert_eq!(zero, [255; 3]);
        assert_eq!(broken, NOT_A_NUMBER);
    }

    #[test]
    fn wrong_lengths_say_what_is_wrong() {
        let shape = ImageShape::new(8, 8);
        let message = |result: Result<Tiles, PlotError>| result.unwrap_err().to_string();
        let flat = message(Tiles::new(&[0.0; 65], shape));
        assert!(
            flat.contains("multiple of 64") && flat.contains("8 × 8") && flat.contains("65"),
            "{flat}"
        );
        let row = message(Tiles::from_rows(&[vec![0.0; 64], vec![0.0; 63]], shape));
        assert!(row.contains("row 1") && row.contains("63"), "{row}");
        let pairs = message(Tiles::stacked(
            &[("a", &[0.0; 128]), ("b", &[0.0; 64])],
            shape,
        ));
        assert!(pairs.starts_with("b: expected 2 images"), "{pairs}");
        let empty = message(Tiles::new(&[], ImageShape::new(0, 8)));
        assert!(empty.contains("0 × 8"), "{empty}");
    }

    #[test]
    fn degenerate_pictures_are_drawn() {
        let no_rows: [&[f32]; 0] = [];
        for tiles in [
            Tiles::from_rows(&no_rows, TWO).unwrap().title("Nothing"),
            Tiles::stacked(&[], TWO).unwrap(),
            Tiles::new(&[], TWO)
                .unwrap()
                .scale(ColourScale::diverging())
                .columns(0),
            Tiles::new(&[0.0; 4], TWO).unwrap().columns(0),
            Tiles::new(&[0.0; 500], ImageShape::new(1, 500))
                .unwrap()
                .scale(ColourScale::diverging()),
            Tiles::new(&[0.5; 13], ImageShape::near_square(13)).unwrap(),
            Tiles::new(&[f32::INFINITY; 4], TWO)
                .unwrap()
                .caption("word ".repeat(300)),
        ] {
            assert!(tiles.render().unwrap().width() > 40);
        }
    }

    #[test]
    fn a_million_tiles_are_refused() {
        let tiles = Tiles::new(&vec![0.0; 1 << 20], ImageShape::new(1, 1)).unwrap();
        assert!(matches!(tiles.render(), Err(PlotError::TooLarge { .. })));
    }
}
