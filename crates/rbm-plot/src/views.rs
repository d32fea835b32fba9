//! The views of a Boltzmann machine that everybody looks at: filters, fantasies, reconstructions.

use crate::{ColourScale, ImageShape, PlotError, Tiles};

/// The filters of a machine: one tile for each hidden unit, its weights to all visible units, red where positive and blue where
/// negative.
///
/// `weight` is `[visible, hidden]`, row after row, with `shape.len()` visible units.
///
/// ```
/// use rbm_plot::{ImageShape, filters};
///
/// let weight: Vec<f32> = (0..64 * 10).map(|i| (i as f32).sin()).collect(); // [64, 10]
/// let picture = filters(&weight, ImageShape::new(8, 8))?.title("After one epoch").render()?;
/// assert!(picture.width() > 5 * 64);
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
///
/// # Errors
///
/// [`PlotError::Length`] if `weight` has no whole number of hidden units, [`PlotError::EmptyShape`] if an image has no pixels.
pub fn filters(weight: &[f32], shape: ImageShape) -> Result<Tiles, PlotError> {
    if !shape.is_empty() && !weight.len().is_multiple_of(shape.len()) {
        return Err(PlotError::Length {
            what: "weight".to_owned(),
            found: weight.len(),
            shape,
        });
    }
    let hidden = weight.len() / shape.len().max(1);
    let images: Vec<f32> = (0..hidden)
        .flat_map(|unit| weight.iter().skip(unit).step_by(hidden).copied())
        .collect();
    Ok(Tiles::new(&images, shape)?
        .scale(ColourScale::diverging())
        .title("Filters"))
}

/// Fantasy particles: means or samples of the visible units, `[particles, shape.len()]`, in grey from 0 to 1.
///
/// ```
/// use rbm_plot::{ImageShape, fantasies};
///
/// let picture = fantasies(&[0.5; 20 * 64], ImageShape::new(8, 8))?.render()?;
/// assert!(picture.width() > 5 * 64);
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
///
/// # Errors
///
/// [`PlotError::Length`] if `particles` is no whole number of images, [`PlotError::EmptyShape`] if an image has no pixels.
pub fn fantasies(particles: &[f32], shape: ImageShape) -> Result<Tiles, PlotError> {
    Ok(Tiles::stacked(&[("", particles)], shape)?.title("Fantasy particles"))
}

/// Originals, `[n, shape.len()]`, and below each one its reconstruction, in grey from 0 to 1.
///
/// ```
/// use rbm_plot::{ImageShape, reconstructions};
///
/// let (data, mean) = (vec![1.0; 30 * 64], vec![0.9; 30 * 64]);
/// let picture = reconstructions(&data, &mean, ImageShape::new(8, 8))?.render()?;
/// assert!(picture.height() > 4 * 64); // two blocks of fifteen pairs
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
///
/// # Errors
///
/// [`PlotError::Length`] if a slice is no whole number of images, [`PlotError::Unpaired`] if the two differ in number,
/// [`PlotError::EmptyShape`] if an image has no pixels.
pub fn reconstructions(
    originals: &[f32],
    reconstructions: &[f32],
    shape: ImageShape,
) -> Result<Tiles, PlotError> {
    let sets = [("data", originals), ("reconstruction", reconstructions)];
    Ok(Tiles::stacked(&sets, shape)?.title("Reconstructions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_column_of_the_weight() {
        // Four visible and three hidden units; only the last hidden unit has weights.
        let weight = [0.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let shape = ImageShape::new(2, 2);
        let picture = filters(&weight, shape)
            .unwrap()
            .title("")
            .columns(3)
            .render()
            .unwrap();
        let at = |tile: usize, row: usize, column: usize| {
            picture.pixel(40 + tile * 62 + column * 30, 40 + row * 30)
        };
        for tile in 0..2 {
            assert_eq!(at(tile, 0, 0), [255; 3]);
        }
        assert_eq!(at(2, 0, 0), [103, 0, 31]);
        assert_eq!(at(2, 0, 1), [5, 48, 97]);
        assert_eq!(at(2, 1, 0), [255; 3]);
        assert_eq!(at(2, 1, 1), [103, 0, 31]);
        let error = filters(&weight, ImageShape::new(3, 3)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("weight: expected a multiple of 9"),
            "{error}"
        );
        assert!(matches!(
            filters(&weight, ImageShape::new(0, 3)),
            Err(PlotError::EmptyShape { .. })
        ));
    }

    #[test]
    fn a_reconstruction_stands_below_its_original() {
        let shape = ImageShape::new(2, 2);
        let picture = reconstructions(&[1.0; 8], &[0.4; 8], shape)
            .unwrap()
            .title("")
            .render()
            .unwrap();
        // The tiles end at the right margin, and the names stand at their left.
        let x = picture.width() - 24 - 30;
        assert_eq!(picture.pixel(x, 40), [0; 3]);
        assert_eq!(picture.pixel(x, 40 + 62), [153; 3]);
        let named = |rows: std::ops::Range<usize>| {
            rows.flat_map(|y| (24..150).map(move |x| (x, y)))
                .any(|(x, y)| picture.pixel(x, y)[0] < 100)
        };
        assert!(named(40..72) && named(102..134));
        let error = reconstructions(&[0.0; 8], &[0.0; 4], shape).unwrap_err();
        assert!(matches!(
            error,
            PlotError::Unpaired {
                expected: 2,
                found: 1,
                ..
            }
        ));
    }
}
