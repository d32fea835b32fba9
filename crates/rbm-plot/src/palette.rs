//! The colours of the pictures.

/// Red, green and blue.
pub(crate) type Rgb = [u8; 3];

/// The page.
pub(crate) const PAPER: Rgb = [255, 255, 255];
/// Titles and names.
pub(crate) const INK: Rgb = [34, 34, 34];
/// Captions, tick labels and other secondary text.
pub(crate) const SOFT_INK: Rgb = [85, 85, 85];
/// Axes and ticks.
pub(crate) const AXIS: Rgb = [110, 110, 110];
/// Grid lines behind curves.
pub(crate) const GRID: Rgb = [228, 228, 228];
/// Between grey tiles: a tint, which no grey pixel can be taken for.
pub(crate) const TINTED_SEPARATOR: Rgb = [160, 188, 222];
/// Between coloured tiles: a grey, which no coloured pixel can be taken for.
pub(crate) const GREY_SEPARATOR: Rgb = [196, 196, 196];
/// A number that is not a number: a colour that no scale holds.
pub(crate) const NOT_A_NUMBER: Rgb = [255, 0, 220];

/// The palette of Okabe and Ito, which colour-blind readers can tell apart too. Its yellow is left out, because a thin yellow
/// line is lost on white paper.
const SERIES: [Rgb; 7] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
    [0, 0, 0],
];

/// The colour of the series at `index`, and whether it is drawn dashed: once the colours are used up, they come again dashed.
pub(crate) fn series(index: usize) -> (Rgb, bool) {
    (
        SERIES[index % SERIES.len()],
        (index / SERIES.len()) % 2 == 1,
    )
}

/// Blue over white to red in eleven steps (`ColorBrewer`'s `RdBu`, its centre made white).
const DIVERGING: [Rgb; 11] = [
    [5, 48, 97],
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [209, 229, 240],
    [255, 255, 255],
    [253, 219, 199],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
    [103, 0, 31],
];

/// The diverging colour at `position`: -1 is blue, 0 white, +1 red; beyond that the ends.
pub(crate) fn diverging(position: f32) -> Rgb {
    if position.is_nan() {
        return NOT_A_NUMBER;
    }
    let mut rest = (position.clamp(-1.0, 1.0) + 1.0) * 5.0;
    let mut step = 0;
    while rest > 1.0 {
        rest -= 1.0;
        step += 1;
    }
    mix(DIVERGING[step], DIVERGING[step + 1], rest)
}

/// The grey at `position`: 0 is white, 1 black; beyond that the ends.
pub(crate) fn grey(position: f32) -> Rgb {
    if position.is_nan() {
        return NOT_A_NUMBER;
    }
    mix([255; 3], [0; 3], position.clamp(0.0, 1.0))
}

/// `share` of `to` over the rest of `from`, with `share` in `0..=1`.
pub(crate) fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between two bytes lies a byte"
        )]
        let byte = (from + (to - from) * share).round() as u8;
        byte
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scales_have_their_ends_and_centres() {
        assert_eq!(diverging(0.0), [255, 255, 255]);
        assert_eq!(diverging(1.0), [103, 0, 31]);
        assert_eq!(diverging(-1.0), [5, 48, 97]);
        assert_eq!(diverging(f32::INFINITY), diverging(1.0));
        assert_eq!(grey(0.0), [255; 3]);
        assert_eq!(grey(1.0), [0; 3]);
        assert_eq!(grey(-7.0), [255; 3]);
        assert_eq!(diverging(f32::NAN), NOT_A_NUMBER);
        assert_eq!(grey(f32::NAN), NOT_A_NUMBER);
    }

    #[test]
    fn colours_come_again_dashed() {
        assert_eq!(series(0), (SERIES[0], false));
        assert_eq!(series(7), (SERIES[0], true));
        assert_eq!(series(14), (SERIES[0], false));
    }
}
