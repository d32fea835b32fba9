//! Learning curves, panel beside panel.

use std::path::Path;

use crate::axis::{Axis, drawable};
use crate::canvas::{Anchor, Canvas, index};
use crate::font::{CAPTION, TICK};
use crate::frame::Frame;
use crate::header::{Header, MARGIN};
use crate::panel::Panel;
use crate::{CurvePanel, Picture, PlotError};

/// Width of a picture with one column of panels, and with two.
const WIDTHS: [usize; 2] = [960, 1360];
/// The least width of a panel in more than two columns.
const LEAST_PANEL: usize = 420;
/// Height of the axes of a panel alone, and among others.
const PLOT_HEIGHTS: [usize; 2] = [420, 290];
const COLUMN_GAP: usize = 44;
const ROW_GAP: usize = 30;
/// Below the axes: ticks and their numbers.
const TICKS_BELOW: usize = 30;

/// Learning curves in one or more panels that share their x axis.
///
/// ```
/// use rbm_plot::{CurvePanel, Curves, Series};
///
/// let epochs = || (1..=20).map(f64::from);
/// let error = CurvePanel::new("Reconstruction error", "mean squared error")
///     .series(Series::new("train", epochs().map(|x| (x, 1.0 / x)).collect()))
///     .series(Series::new("test", epochs().map(|x| (x, 1.1 / x)).collect()));
/// let likelihood = CurvePanel::new("Likelihood", "nats per case")
///     .series(Series::new("AIS", epochs().map(|x| (x, -80.0 - 90.0 / x)).collect()));
/// let picture = Curves::new(vec![error, likelihood]).title("CD-1").x_label("epoch").render()?;
/// assert!(picture.width() > 1200);
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Curves {
    panels: Vec<CurvePanel>,
    title: String,
    caption: String,
    x_label: String,
    columns: Option<usize>,
    width: Option<usize>,
}

impl Curves {
    /// Takes the panels, row after row. The x axis is called "epoch" until it is told otherwise.
    pub fn new(panels: Vec<CurvePanel>) -> Self {
        Self {
            panels,
            title: String::new(),
            caption: String::new(),
            x_label: "epoch".to_owned(),
            columns: None,
            width: None,
        }
    }

    /// Sets the title above all panels; an empty one takes no room.
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

    /// Sets what the shared x axis counts.
    pub fn x_label(self, x_label: impl Into<String>) -> Self {
        Self {
            x_label: x_label.into(),
            ..self
        }
    }

    /// Sets the number of columns, at least one; without it, several panels stand in two.
    pub fn columns(self, columns: usize) -> Self {
        Self {
            columns: Some(columns),
            ..self
        }
    }

    /// Sets the width of the whole picture in pixels, at least 320; without it, a column has room for a
    /// desk's screen.
    pub fn width(self, width: usize) -> Self {
        Self {
            width: Some(width.max(320)),
            ..self
        }
    }

    /// Draws the picture. A panel without anything to draw says "no data".
    ///
    /// # Errors
    ///
    /// [`PlotError::Band`] if a band has not one pair for every point, [`PlotError::TooLarge`] if there are far too many panels.
    pub fn render(&self) -> Result<Picture, PlotError> {
        for panel in &self.panels {
            for series in &panel.series {
                series.check(&panel.title)?;
            }
        }
        let nothing = [CurvePanel::default()];
        let contents = if self.panels.is_empty() {
            &nothing[..]
        } else {
            &self.panels
        };
        let columns = self.columns.unwrap_or(2).clamp(1, contents.len());
        let width = match (self.width, columns) {
            (Some(width), _) => width,
            (None, 1 | 2) => WIDTHS[columns - 1],
            _ => columns.saturating_mul(LEAST_PANEL + COLUMN_GAP) + 2 * MARGIN,
        };
        let panel_width = width.saturating_sub(2 * MARGIN + (columns - 1) * COLUMN_GAP) / columns;
        // The y numbers take about 60 pixels of a panel; a few more or less do not matter to the choice of x ticks.
        let x_axis = shared_axis(contents, panel_width.saturating_sub(60) as f32);
        let panels: Vec<_> = contents
            .iter()
            .map(|content| Panel::new(content, x_axis.as_ref()))
            .collect();
        self.place(&panels, x_axis.as_ref(), columns, width, panel_width)
    }

    /// Draws the picture and writes it to a PNG file; see [`Picture::save`].
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render) and [`Picture::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.render()?.save(path)
    }

    fn place(
        &self,
        panels: &[Panel<'_>],
        x_axis: Option<&Axis>,
        columns: usize,
        width: usize,
        panel_width: usize,
    ) -> Result<Picture, PlotError> {
        let header = Header::new(&self.title, &self.caption, width - 2 * MARGIN);
        let plot_height = PLOT_HEIGHTS[usize::from(panels.len() > 1 || width < WIDTHS[0])];
        let heads: Vec<usize> = panels
            .chunks(columns)
            .map(|row| {
                row.iter()
                    .map(|panel| panel.head(panel_width))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let x_label = x_axis.map_or_else(|| self.x_label.clone(), |axis| axis.label(&self.x_label));
        let below = TICKS_BELOW
            + if x_label.is_empty() {
                0
            } else {
                CAPTION.line_height()
            };
        let rows_height: usize = heads.iter().map(|head| head + plot_height + below).sum();
        let height = header.height() + rows_height + (heads.len() - 1) * ROW_GAP + 2 * MARGIN;
        let mut canvas = Canvas::new(width, height)?;
        header.draw(&mut canvas, MARGIN, MARGIN);
        // The last number below the axis stands around the axis' end.
        let right = x_axis.map_or(0.0, widest_label) / 2.0;
        let mut top = MARGIN + header.height();
        for (row, head) in panels.chunks(columns).zip(heads) {
            for (column, panel) in row.iter().enumerate() {
                // Panels of one column start at one line, whatever numbers stand beside them.
                let left = panels
                    .iter()
                    .skip(column)
                    .step_by(columns)
                    .map(Panel::left)
                    .max()
                    .unwrap_or(0);
                let whole = Frame {
                    x: MARGIN + column * (panel_width + COLUMN_GAP),
                    y: top,
                    width: panel_width,
                    height: head + plot_height,
                };
                let plot = Frame {
                    x: whole.x + left,
                    y: top + head,
                    width: panel_width.saturating_sub(left + index(right)).max(40),
                    height: plot_height,
                };
                panel.draw(&mut canvas, whole, plot);
                let (centre, bottom) =
                    (plot.x + plot.width / 2, plot.y + plot_height + TICKS_BELOW);
                let label = CAPTION.shorten(&x_label, plot.width as f32);
                canvas.text(
                    &label,
                    centre as f32,
                    bottom as f32 + CAPTION.cap_height(),
                    Anchor::Centre,
                    CAPTION,
                );
            }
            top += head + plot_height + below + ROW_GAP;
        }
        Ok(canvas.finish())
    }
}

/// The x axis over all points of all panels, with as many ticks as have room for their numbers.
fn shared_axis(panels: &[CurvePanel], room: f32) -> Option<Axis> {
    let points = || {
        panels
            .iter()
            .flat_map(|panel| &panel.series)
            .flat_map(|series| &series.points)
    };
    let xs = || {
        points()
            .filter(|&&(x, y)| drawable(x) && drawable(y))
            .map(|&(x, _)| x)
    };
    // Epochs and steps are counted: half an epoch is no place for a tick.
    let whole = xs().all(|x| x.fract() == 0.0);
    let mut axis = None;
    for most in (1..=10).rev() {
        axis = Axis::over(xs(), 0.02, most, whole);
        let needed = axis.as_ref().map_or(0.0, |axis| {
            (widest_label(axis) + 24.0) * axis.ticks.len() as f32
        });
        if needed <= room {
            break;
        }
    }
    axis
}

fn widest_label(axis: &Axis) -> f32 {
    axis.ticks
        .iter()
        .map(|(_, label)| TICK.width(label))
        .fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Series;
    use crate::palette::{self, PAPER, Rgb};

    fn line(name: &str, ys: &[f64]) -> Series {
        Series::new(
            name,
            ys.iter()
                .zip(1_u32..)
                .map(|(&y, x)| (f64::from(x), y))
                .collect(),
        )
    }

    fn one(series: Series) -> Curves {
        Curves::new(vec![CurvePanel::new("", "").series(series)]).x_label("")
    }

    /// The places of all pixels of one colour.
    fn places(picture: &Picture, colour: Rgb) -> Vec<(usize, usize)> {
        (0..picture.height())
            .flat_map(|y| (0..picture.width()).map(move |x| (x, y)))
            .filter(|&(x, y)| picture.pixel(x, y) == colour)
            .collect()
    }

    #[test]
    fn a_rising_curve_rises_across_the_plot() {
        let picture = one(line("", &[0.0, 1.0, 2.0, 3.0])).render().unwrap();
        let ink = places(&picture, palette::series(0).0);
        let left = ink.iter().min_by_key(|(x, _)| *x).unwrap();
        let right = ink.iter().max_by_key(|(x, _)| *x).unwrap();
        assert!(left.1 > right.1 + 300, "from {left:?} to {right:?}");
        assert!(left.0 < 120 && right.0 > 860, "from {left:?} to {right:?}");
    }

    #[test]
    fn a_gap_stays_empty() {
        let ys: Vec<f64> = (0..100)
            .map(|i| if (40..60).contains(&i) { f64::NAN } else { 1.0 })
            .collect();
        let picture = one(line("", &ys)).render().unwrap();
        let ink = places(&picture, palette::series(0).0);
        assert!(ink.iter().any(|(x, _)| *x < 300) && ink.iter().any(|(x, _)| *x > 700));
        assert!(!ink.iter().any(|(x, _)| (440..540).contains(x)));
    }

    #[test]
    fn a_band_is_see_through_and_lies_around_its_curve() {
        let band = vec![(0.5, 1.5), (0.5, 1.5)];
        let picture = one(line("", &[1.0, 1.0]).band(band)).render().unwrap();
        let tint = palette::mix(PAPER, palette::series(0).0, 0.18);
        let rows: Vec<usize> = places(&picture, tint).into_iter().map(|(_, y)| y).collect();
        let ink = places(&picture, palette::series(0).0)[0].1;
        assert!(*rows.iter().min().unwrap() + 100 < ink && ink + 100 < *rows.iter().max().unwrap());
    }

    #[test]
    fn degenerate_curves_are_drawn() {
        let huge = [
            f64::MAX,
            f64::MIN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        for ys in [
            &[][..],
            &[1.0],
            &[0.0],
            &[3.0, 3.0, 3.0],
            &[f64::NAN; 4],
            &huge,
            &[1e-300, 2e-300],
            &[-1e99, 1e99],
        ] {
            let series = line("name", ys);
            let band = ys.iter().map(|y| (y - 1.0, y + 1.0)).collect();
            for curves in [one(series.clone()), one(series.clone().band(band))] {
                let picture = curves.render().unwrap();
                assert!(
                    picture.rgb().iter().any(|&byte| byte != 255),
                    "nothing drawn for {ys:?}"
                );
            }
        }
        for panels in [vec![], vec![CurvePanel::default(); 5]] {
            for columns in [0, 1, 2, 3, usize::MAX] {
                Curves::new(panels.clone())
                    .columns(columns)
                    .render()
                    .unwrap();
            }
        }
        one(
            Series::new("unsorted", vec![(3.0, 1.0), (1.0, 2.0), (2.0, 0.0)])
                .band(vec![(0.0, 1.0); 3]),
        )
        .render()
        .unwrap();
    }

    #[test]
    fn nothing_touches_the_edge() {
        let long = "a very long name that goes on and on ".repeat(9);
        let mut panel = CurvePanel::new(&long, &long);
        for scale in [1e5, -1e5, 999_999.0] {
            panel = panel.series(Series::new(&long, vec![(0.0, scale), (123_456.0, -scale)]));
        }
        for columns in [1, 2, 3] {
            let curves = Curves::new(vec![panel.clone(); 3])
                .columns(columns)
                .title(&long)
                .caption(&long)
                .x_label(&long);
            let picture = curves.render().unwrap();
            let (width, height) = (picture.width(), picture.height());
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                let inside = (12..width - 12).contains(&x) && (12..height - 12).contains(&y);
                assert!(
                    inside || picture.pixel(x, y) == PAPER,
                    "ink at ({x}, {y}) of {width} × {height}"
                );
            }
        }
    }

    #[test]
    fn a_band_of_another_length_is_an_error() {
        let panel =
            CurvePanel::new("Error", "").series(line("test", &[1.0, 2.0]).band(vec![(0.0, 1.0)]));
        let message = Curves::new(vec![panel]).render().unwrap_err().to_string();
        assert!(
            message.contains("\"Error\"")
                && message.contains("\"test\"")
                && message.contains("found 1"),
            "{message}"
        );
    }
}
