//! The drawing surface: filled boxes, smooth lines, bands and text on white paper.
//!
//! Lines and bands are drawn by how much of each pixel they cover. That makes round joins and caps for free, and a curve that
//! turns a hundred times within one pixel stays a curve.

use crate::font::Font;
use crate::palette::{PAPER, Rgb, mix};
use crate::{Picture, PlotError};

/// The most pixels of a picture: 192 MB while it is drawn, and far beyond what anybody looks at.
const MAX_PIXELS: usize = 1 << 26;

/// Which end of a text its x position means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Left,
    Centre,
    Right,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pen {
    pub(crate) colour: Rgb,
    pub(crate) width: f32,
    /// 1 is opaque.
    pub(crate) alpha: f32,
}

/// A white picture under construction. Places are in pixels from the top left corner; what falls outside is cut off.
#[derive(Debug)]
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize) -> Result<Self, PlotError> {
        match width.checked_mul(height) {
            Some(pixels) if pixels <= MAX_PIXELS => Ok(Self {
                width,
                height,
                rgb: PAPER.repeat(pixels),
            }),
            _ => Err(PlotError::TooLarge {
                width,
                height,
                limit: MAX_PIXELS,
            }),
        }
    }

    pub(crate) fn finish(self) -> Picture {
        Picture::new(self.width, self.height, self.rgb)
    }

    /// Fills a box of whole pixels.
    pub(crate) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Rgb) {
        let columns = x.min(self.width)..(x + width).min(self.width);
        for row in y.min(self.height)..(y + height).min(self.height) {
            let row = &mut self.rgb[row * self.width * 3..][..self.width * 3];
            for pixel in row[columns.start * 3..columns.end * 3].chunks_exact_mut(3) {
                pixel.copy_from_slice(&colour);
            }
        }
    }

    /// Draws one line of text with its baseline at `y`.
    pub(crate) fn text(&mut self, text: &str, x: f32, y: f32, anchor: Anchor, font: Font) {
        let start = match anchor {
            Anchor::Left => x,
            Anchor::Centre => x - font.width(text) / 2.0,
            Anchor::Right => x - font.width(text),
        };
        // A baseline between two rows of pixels would blur every letter's foot.
        font.draw(text, start, y.round(), |x, y, coverage| {
            if x >= 0.0 && y >= 0.0 {
                self.blend(index(x), index(y), font.colour, coverage);
            }
        });
    }

    /// Draws one line of text with the middle of its capitals at `y`.
    pub(crate) fn text_middle(&mut self, text: &str, x: f32, y: f32, anchor: Anchor, font: Font) {
        self.text(text, x, y + font.cap_height() / 2.0, anchor, font);
    }

    /// Draws a line through `points`, round at its ends and corners; one point alone is a dot.
    pub(crate) fn line(&mut self, points: &[(f32, f32)], pen: Pen) {
        let radius = pen.width / 2.0;
        let (columns, rows) = self.bounds(points, radius + 1.0);
        // A pixel takes the most that any piece covers, so that pieces do not add up where they meet.
        let mut cover = vec![0.0_f32; columns.len() * rows.len()];
        let dot = points.first().map(|&point| (point, point));
        let pieces = points.windows(2).map(|pair| (pair[0], pair[1]));
        for (from, to) in dot.into_iter().chain(pieces) {
            let (near_columns, near_rows) = self.bounds(&[from, to], radius + 1.0);
            for y in near_rows {
                for x in near_columns.clone() {
                    let distance = distance((x as f32 + 0.5, y as f32 + 0.5), from, to);
                    let cell = &mut cover[(y - rows.start) * columns.len() + (x - columns.start)];
                    *cell = cell.max((radius + 0.5 - distance).clamp(0.0, 1.0));
                }
            }
        }
        for (row, y) in cover.chunks(columns.len().max(1)).zip(rows) {
            for (&share, x) in row.iter().zip(columns.clone()) {
                self.blend(x, y, pen.colour, share * pen.alpha);
            }
        }
    }

    /// Fills between two curves given as (x, upper y, lower y), with x rising.
    pub(crate) fn band(&mut self, edges: &[(f32, f32, f32)], colour: Rgb, alpha: f32) {
        let corners: Vec<_> = edges
            .iter()
            .flat_map(|&(x, up, low)| [(x, up), (x, low)])
            .collect();
        let (columns, _) = self.bounds(&corners, 0.0);
        let mut piece = 0;
        for column in columns {
            let x = column as f32 + 0.5;
            while piece + 2 < edges.len() && edges[piece + 1].0 <= x {
                piece += 1;
            }
            let [from, to] = [edges[piece], edges[(piece + 1).min(edges.len() - 1)]];
            if x < from.0 || x > to.0 {
                continue;
            }
            let share = if to.0 > from.0 {
                (x - from.0) / (to.0 - from.0)
            } else {
                0.0
            };
            let up = from.1 + (to.1 - from.1) * share;
            let low = from.2 + (to.2 - from.2) * share;
            for row in index(up.min(low))..=index(up.max(low)) {
                let covered = (up.max(low)).min(row as f32 + 1.0) - (up.min(low)).max(row as f32);
                self.blend(column, row, colour, covered.clamp(0.0, 1.0) * alpha);
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, colour: Rgb, share: f32) {
        if x < self.width && y < self.height && share > 0.0 {
            let pixel = &mut self.rgb[(y * self.width + x) * 3..][..3];
            let below = [pixel[0], pixel[1], pixel[2]];
            pixel.copy_from_slice(&mix(below, colour, share.min(1.0)));
        }
    }

    /// The columns and rows of pixels within `margin` of the box around `points`.
    fn bounds(
        &self,
        points: &[(f32, f32)],
        margin: f32,
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let range = |values: &mut dyn Iterator<Item = f32>, limit: usize| {
            let (low, high) = values.fold((f32::MAX, f32::MIN), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            let end = index((high + margin).ceil()).min(limit);
            index(low - margin).min(end)..end
        };
        (
            range(&mut points.iter().map(|p| p.0), self.width),
            range(&mut points.iter().map(|p| p.1), self.height),
        )
    }
}

/// The pixel that holds a place; the first one for a place before the picture.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is meant"
)]
pub(crate) fn index(place: f32) -> usize {
    place as usize
}

/// From `point` to the nearest place on the piece of line between `from` and `to`.
fn distance(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let along = (to.0 - from.0, to.1 - from.1);
    let away = (point.0 - from.0, point.1 - from.1);
    let length_squared = along.0 * along.0 + along.1 * along.1;
    let share = if length_squared > 0.0 {
        ((away.0 * along.0 + away.1 * along.1) / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (away.0 - share * along.0).hypot(away.1 - share * along.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font::CAPTION;

    const RED: Rgb = [255, 0, 0];
    const PEN: Pen = Pen {
        colour: RED,
        width: 2.0,
        alpha: 1.0,
    };

    #[test]
    fn a_box_fills_its_pixels_and_no_others() {
        let mut canvas = Canvas::new(6, 5).unwrap();
        canvas.fill(1, 2, 3, 2, RED);
        canvas.fill(5, 4, 100, 100, RED);
        let picture = canvas.finish();
        for (x, y) in (0..6).flat_map(|x| (0..5).map(move |y| (x, y))) {
            let inside = ((1..4).contains(&x) && (2..4).contains(&y)) || (x, y) == (5, 4);
            assert_eq!(
                picture.pixel(x, y),
                if inside { RED } else { PAPER },
                "at ({x}, {y})"
            );
        }
    }

    #[test]
    fn a_line_covers_what_it_should() {
        let mut canvas = Canvas::new(20, 10).unwrap();
        canvas.line(&[(3.0, 5.0), (17.0, 5.0)], PEN);
        let picture = canvas.finish();
        assert_eq!(picture.pixel(10, 4), RED);
        assert_eq!(picture.pixel(10, 5), RED);
        assert_eq!(picture.pixel(10, 3), PAPER);
        assert_eq!(picture.pixel(10, 6), PAPER);
        assert_eq!(picture.pixel(0, 5), PAPER);
    }

    #[test]
    fn nothing_lies_outside_the_paper() {
        let mut canvas = Canvas::new(8, 8).unwrap();
        canvas.line(&[(-50.0, -50.0), (50.0, 50.0)], PEN);
        canvas.line(&[(-50.0, -50.0)], PEN);
        canvas.line(&[], PEN);
        canvas.band(&[], RED, 0.5);
        canvas.band(&[(-5.0, -5.0, 50.0), (50.0, -5.0, 50.0)], RED, 0.5);
        canvas.text("outside", -100.0, -100.0, Anchor::Left, CAPTION);
        canvas.text("outside", 4.0, 100.0, Anchor::Centre, CAPTION);
        let picture = canvas.finish();
        assert!(
            picture.pixel(4, 4)[1] < 10,
            "the line runs through the middle"
        );
    }

    #[test]
    fn a_band_is_even_and_see_through() {
        let mut canvas = Canvas::new(10, 10).unwrap();
        canvas.band(
            &[(0.0, 2.0, 8.0), (5.0, 2.0, 8.0), (10.0, 2.0, 8.0)],
            RED,
            0.5,
        );
        let picture = canvas.finish();
        for x in 0..10 {
            assert_eq!(picture.pixel(x, 5), [255, 128, 128], "column {x}");
            assert_eq!(picture.pixel(x, 1), PAPER);
            assert_eq!(picture.pixel(x, 8), PAPER);
        }
    }

    #[test]
    fn absurd_sizes_are_an_error() {
        assert!(matches!(
            Canvas::new(1 << 20, 1 << 20),
            Err(PlotError::TooLarge { .. })
        ));
        assert!(matches!(
            Canvas::new(usize::MAX, 2),
            Err(PlotError::TooLarge { .. })
        ));
    }
}
