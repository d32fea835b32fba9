//! Title and caption at the head of a picture.

use crate::canvas::{Anchor, Canvas};
use crate::font::{CAPTION, Font, TITLE};

/// White space around a picture, in pixels.
pub(crate) const MARGIN: usize = 24;

/// A title and a caption, broken into lines.
#[derive(Debug)]
pub(crate) struct Header {
    lines: Vec<(String, Font)>,
}

impl Header {
    /// Breaks both texts into lines of at most `room` pixels; an empty text takes no line.
    pub(crate) fn new(title: &str, caption: &str, room: usize) -> Self {
        let room = room as f32;
        let lines = |text: &str, font: Font| {
            font.wrap(text, room)
                .into_iter()
                .map(move |line| (line, font))
        };
        Self {
            lines: lines(title, TITLE).chain(lines(caption, CAPTION)).collect(),
        }
    }

    /// Height with the space below, in pixels; 0 without any text.
    pub(crate) fn height(&self) -> usize {
        let text: usize = self.lines.iter().map(|(_, font)| font.line_height()).sum();
        if text == 0 { 0 } else { text + 16 }
    }

    /// Draws the lines from the corner (`x`, `y`) down.
    pub(crate) fn draw(&self, canvas: &mut Canvas, x: usize, y: usize) {
        let mut top = y;
        for (line, font) in &self.lines {
            let baseline = top as f32 + font.cap_height() + 2.0;
            canvas.text(line, x as f32, baseline, Anchor::Left, *font);
            top += font.line_height();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::PAPER;

    #[test]
    fn all_ink_lies_within_the_height() {
        let header = Header::new(
            "Qualitatively good [filters]",
            "gypsy caption, with jumps (pq)",
            400,
        );
        let mut canvas = Canvas::new(420, 200).unwrap();
        header.draw(&mut canvas, 10, 10);
        let picture = canvas.finish();
        let inked = |y| (0..420).any(|x| picture.pixel(x, y) != PAPER);
        assert!((0..10).all(|y| !inked(y)));
        assert!((10 + header.height()..200).all(|y| !inked(y)));
        assert!((10..10 + header.height()).any(inked));
    }

    #[test]
    fn no_text_takes_no_room() {
        assert_eq!(Header::new("", "  ", 100).height(), 0);
    }
}
