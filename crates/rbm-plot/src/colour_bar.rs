//! The bar that says which colour is which number.

use crate::axis::short_number;
use crate::canvas::{Anchor, Canvas};
use crate::font::TICK;
use crate::palette::AXIS;
use crate::scale::Fitted;

const WIDTH: usize = 18;
const LABEL_GAP: usize = 8;

/// A vertical colour bar with numbers at its ends and in its middle.
#[derive(Debug)]
pub(crate) struct ColourBar {
    scale: Fitted,
    height: usize,
    /// From the top down.
    labels: [String; 3],
}

impl ColourBar {
    /// A bar beside a picture of `height` pixels.
    pub(crate) fn new(scale: Fitted, height: usize) -> Self {
        let signed = |value: f32| {
            let plus = if value > 0.0 && scale.low < 0.0 {
                "+"
            } else {
                ""
            };
            format!("{plus}{}", short_number(value))
        };
        let end = |value: f32, clips: bool, beyond: &str| {
            let beyond = if clips { beyond } else { "" };
            format!("{beyond}{}", signed(value))
        };
        Self {
            height: height.clamp(90, 260),
            labels: [
                end(scale.high, scale.clips_high, "≥ "),
                signed(scale.low / 2.0 + scale.high / 2.0),
                end(scale.low, scale.clips_low, "≤ "),
            ],
            scale,
        }
    }

    /// Width with the numbers.
    pub(crate) fn width(&self) -> usize {
        let widest = self
            .labels
            .iter()
            .map(|label| TICK.width(label))
            .fold(0.0, f32::max);
        WIDTH + LABEL_GAP + crate::canvas::index(widest.ceil())
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Draws the bar with its top left corner at (`x`, `y`).
    pub(crate) fn draw(&self, canvas: &mut Canvas, x: usize, y: usize) {
        canvas.fill(x, y, WIDTH, self.height, AXIS);
        let inner = self.height - 2;
        for row in 0..inner {
            let share = row as f32 / (inner - 1) as f32;
            let value = self.scale.high * (1.0 - share) + self.scale.low * share;
            canvas.fill(x + 1, y + 1 + row, WIDTH - 2, 1, self.scale.colour(value));
        }
        // The end labels stay within the bar's height, so that nothing sticks out of the picture.
        let half = TICK.cap_height() / 2.0;
        let (top, bottom) = (y as f32, (y + self.height) as f32);
        let places = [top + half, f32::midpoint(top, bottom), bottom - half];
        for (label, middle) in self.labels.iter().zip(places) {
            canvas.text_middle(
                label,
                (x + WIDTH + LABEL_GAP) as f32,
                middle,
                Anchor::Left,
                TICK,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ColourScale;

    #[test]
    fn red_is_above_and_blue_below() {
        let scale = ColourScale::Diverging { limit: Some(0.5) }
            .fit([0.7].into_iter())
            .unwrap();
        let bar = ColourBar::new(scale, 100);
        assert_eq!(bar.labels, ["≥ +0.50", "0", "−0.50"]);
        let mut canvas = Canvas::new(bar.width(), 100).unwrap();
        bar.draw(&mut canvas, 0, 0);
        let picture = canvas.finish();
        assert_eq!(picture.pixel(9, 1), [103, 0, 31]);
        assert_eq!(picture.pixel(9, 98), [5, 48, 97]);
    }
}
