//! Text: the embedded font, how wide a string is, where a line breaks.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, Glyph, PxScale, ScaleFont as _, point};

use crate::palette::{INK, Rgb, SOFT_INK};

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("../assets/DejaVuSans-subset.ttf")));
static BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("../assets/DejaVuSans-Bold-subset.ttf")));

fn load(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the embedded font is a font")
}

/// Size, weight and colour of a piece of text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Font {
    /// Pixels per em.
    size: f32,
    bold: bool,
    /// What it is drawn in.
    pub(crate) colour: Rgb,
}

/// The picture's title.
pub(crate) const TITLE: Font = Font {
    size: 22.0,
    bold: true,
    colour: INK,
};
/// The title of one panel.
pub(crate) const SUBTITLE: Font = Font {
    size: 18.0,
    bold: true,
    colour: INK,
};
/// Names of rows and series.
pub(crate) const NAME: Font = Font {
    size: 16.0,
    bold: false,
    colour: INK,
};
/// Captions and axis labels.
pub(crate) const CAPTION: Font = Font {
    size: 16.0,
    bold: false,
    colour: SOFT_INK,
};
/// Numbers at ticks.
pub(crate) const TICK: Font = Font {
    size: 15.0,
    bold: false,
    colour: SOFT_INK,
};

impl Font {
    /// The same in another colour.
    pub(crate) fn in_colour(self, colour: Rgb) -> Self {
        Self { colour, ..self }
    }

    fn face(self) -> &'static FontRef<'static> {
        if self.bold { &BOLD } else { &REGULAR }
    }

    /// `ab_glyph` scales by ascent minus descent, a designer by the em.
    fn scale(self) -> PxScale {
        let face = self.face();
        PxScale::from(self.size * face.height_unscaled() / face.units_per_em().unwrap_or(2048.0))
    }

    /// From one baseline to the next, in pixels.
    pub(crate) fn line_height(self) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "font sizes are small and positive"
        )]
        let height = (self.size * 1.4).round() as usize;
        height
    }

    /// Height of a capital or a digit: 0.73 em in this font.
    pub(crate) fn cap_height(self) -> f32 {
        self.size * 0.73
    }

    /// Width of `text` on one line, in pixels.
    pub(crate) fn width(self, text: &str) -> f32 {
        let face = self.face().as_scaled(self.scale());
        text.chars().map(|c| face.h_advance(face.glyph_id(c))).sum()
    }

    /// Calls `paint` with x, y and coverage for every pixel that `text` touches, from `x` on with its baseline at `y`.
    pub(crate) fn draw(self, text: &str, x: f32, y: f32, mut paint: impl FnMut(f32, f32, f32)) {
        let face = self.face().as_scaled(self.scale());
        let mut pen = x;
        for c in text.chars() {
            let id = face.glyph_id(c);
            let glyph: Glyph = id.with_scale_and_position(self.scale(), point(pen, y));
            pen += face.h_advance(id);
            if let Some(outline) = face.outline_glyph(glyph) {
                let corner = outline.px_bounds().min;
                outline.draw(|dx, dy, coverage| {
                    paint(corner.x + dx as f32, corner.y + dy as f32, coverage);
                });
            }
        }
    }

    /// `text`, or as much of its beginning as fits `room` pixels together with an ellipsis.
    pub(crate) fn shorten(self, text: &str, room: f32) -> String {
        if self.width(text) <= room {
            return text.to_owned();
        }
        let room = room - self.width("…");
        let mut short = String::new();
        let mut used = 0.0;
        for c in text.chars() {
            used += self.width(c.encode_utf8(&mut [0; 4]));
            if used > room {
                break;
            }
            short.push(c);
        }
        short.truncate(short.trim_end().len());
        short.push('…');
        short
    }

    /// `text` in lines of at most `room` pixels, broken between words; a word that is wider alone is shortened.
    pub(crate) fn wrap(self, text: &str, room: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer) <= room {
                    *line = longer;
                    continue;
                }
            }
            lines.push(self.shorten(word, room));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_hold_what_figures_need() {
        for font in [TITLE, CAPTION] {
            for c in (' '..='~').chain("–−×·μσ±²Δ⟨⟩…⁻¹³⁴⁵⁶⁷⁸⁹⁰₀₁≤≥αβγλε∞→½‖∂éü".chars())
            {
                assert_ne!(font.face().glyph_id(c).0, 0, "the font lacks {c:?}");
            }
        }
    }

    #[test]
    fn capitals_are_as_high_as_said() {
        let (mut top, mut bottom) = (f32::MAX, f32::MIN);
        TITLE.draw("H", 0.0, 100.0, |_, y, coverage| {
            if coverage > 0.5 {
                (top, bottom) = (top.min(y), bottom.max(y + 1.0));
            }
        });
        assert!((bottom - 100.0).abs() <= 1.0, "bottom at {bottom}");
        assert!(
            (bottom - top - TITLE.cap_height()).abs() <= 1.0,
            "from {top} to {bottom}"
        );
    }

    #[test]
    fn lines_break_between_words_and_never_run_over() {
        let text = "a caption that is rather longer than its line, with one extraordinarily-long-and-unbreakable-word";
        let lines = CAPTION.wrap(text, 200.0);
        assert!(lines.len() > 2);
        assert!(
            lines.iter().all(|line| CAPTION.width(line) <= 200.0),
            "{lines:?}"
        );
        assert_eq!(lines[0], "a caption that is rather");
        assert!(CAPTION.wrap(" \n ", 200.0).is_empty());
        assert_eq!(CAPTION.shorten("short", 200.0), "short");
    }
}
