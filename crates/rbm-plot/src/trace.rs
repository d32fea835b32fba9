//! Drawing one curve with its band and dots.

use crate::Series;
use crate::axis::{Axis, drawable};
use crate::canvas::{Canvas, Pen};
use crate::frame::Frame;
use crate::palette::{self, PAPER};

/// Up to this many points, each one is marked.
const MARKED: usize = 25;
/// Width of a curve.
pub(crate) const LINE: f32 = 2.2;

/// A place in the picture, or `None` for a gap.
fn place_of(
    (x, y): (f64, f64),
    (x_axis, y_axis): (&Axis, &Axis),
    plot: Frame,
) -> Option<(f32, f32)> {
    (drawable(x) && drawable(y)).then(|| {
        (
            plot.x as f32 + 0.5 + x_axis.position(x) * plot.width as f32,
            (plot.y + plot.height) as f32 + 0.5 - y_axis.position(y) * plot.height as f32,
        )
    })
}

pub(crate) fn draw_band(
    canvas: &mut Canvas,
    series: &Series,
    place: usize,
    axes: (&Axis, &Axis),
    plot: Frame,
) {
    let Some(band) = &series.band else { return };
    let (colour, _) = palette::series(place);
    let edges: Vec<_> = series
        .points
        .iter()
        .zip(band)
        .map(|(&(x, y), &(low, high))| {
            let (_, up) = place_of((x, high), axes, plot)?;
            let (x_place, down) = place_of((x, low), axes, plot)?;
            drawable(y).then_some((x_place, up, down))
        })
        .collect();
    for run in runs(&edges) {
        if let [(x, up, down)] = run[..] {
            // A single point has no width to fill: its band is an error bar.
            canvas.line(
                &[(x, up), (x, down)],
                Pen {
                    colour,
                    width: 6.0,
                    alpha: 0.25,
                },
            );
        } else {
            canvas.band(&run, colour, 0.18);
        }
    }
}

pub(crate) fn draw_curve(
    canvas: &mut Canvas,
    series: &Series,
    place: usize,
    axes: (&Axis, &Axis),
    plot: Frame,
) {
    let places: Vec<_> = series
        .points
        .iter()
        .map(|&point| place_of(point, axes, plot))
        .collect();
    let marked = marked(series);
    for run in runs(&places) {
        stroke(canvas, &run, place);
        // A point between two gaps would be lost without a dot.
        if marked || run.len() == 1 {
            for &at in &run {
                mark(canvas, at, place);
            }
        }
    }
}

pub(crate) fn marked(series: &Series) -> bool {
    series
        .points
        .iter()
        .filter(|&&(x, y)| drawable(x) && drawable(y))
        .count()
        <= MARKED
}

pub(crate) fn mark(canvas: &mut Canvas, at: (f32, f32), place: usize) {
    let (colour, _) = palette::series(place);
    // The white rim keeps dots apart where curves run close.
    canvas.line(
        &[at],
        Pen {
            colour: PAPER,
            width: 9.5,
            alpha: 1.0,
        },
    );
    canvas.line(
        &[at],
        Pen {
            colour,
            width: 7.0,
            alpha: 1.0,
        },
    );
}

/// Draws a line in the way of the series at `place`: in its colour, whole or dashed.
pub(crate) fn stroke(canvas: &mut Canvas, points: &[(f32, f32)], place: usize) {
    let (colour, dashed) = palette::series(place);
    let pen = Pen {
        colour,
        width: LINE,
        alpha: 1.0,
    };
    if dashed {
        for dash in dashes(points) {
            canvas.line(&dash, pen);
        }
    } else {
        canvas.line(points, pen);
    }
}

/// The pieces between gaps.
fn runs<T: Copy>(places: &[Option<T>]) -> Vec<Vec<T>> {
    let pieces = places.split(Option::is_none);
    pieces
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.iter().copied().flatten().collect())
        .collect()
}

/// Cuts a line into dashes of 8 pixels with gaps of 5 (2 of which the round caps fill), measured along the line.
fn dashes(points: &[(f32, f32)]) -> Vec<Vec<(f32, f32)>> {
    let mut done: Vec<Vec<(f32, f32)>> = Vec::new();
    let (mut drawing, mut left) = (true, 8.0);
    let mut current: Vec<(f32, f32)> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = (to.0 - from.0).hypot(to.1 - from.1);
        while length > left {
            let share = left / length;
            from = (
                from.0 + (to.0 - from.0) * share,
                from.1 + (to.1 - from.1) * share,
            );
            length -= left;
            if drawing {
                current.push(from);
                done.push(std::mem::take(&mut current));
            } else {
                current.push(from);
            }
            drawing = !drawing;
            left = if drawing { 8.0 } else { 5.0 };
        }
        left -= length;
        if drawing {
            current.push(to);
        }
    }
    done.push(current);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_part_a_curve() {
        assert_eq!(
            runs(&[None, Some(1), Some(2), None, None, Some(3)]),
            [vec![1, 2], vec![3]]
        );
        assert!(runs::<u8>(&[None, None]).is_empty());
    }

    #[test]
    fn dashes_follow_the_line_around_corners() {
        let dashes = dashes(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]);
        assert_eq!(dashes[0], [(0.0, 0.0), (8.0, 0.0)]);
        assert_eq!(dashes[1], [(10.0, 3.0), (10.0, 10.0)]);
    }
}
