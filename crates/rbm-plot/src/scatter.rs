//! Points in a plane.

use std::path::Path;

use crate::axis::Axis;
use crate::canvas::{Anchor, Canvas, Pen};
use crate::font::{CAPTION, TICK};
use crate::frame::Frame;
use crate::header::{Header, MARGIN};
use crate::palette;
use crate::panel::Panel;
use crate::{CurvePanel, Picture, PlotError, Series};

/// Width and height of the axes.
const SIDE: (usize, usize) = (860, 640);
/// Below the axes: ticks, their numbers and a label.
const BELOW: usize = 56;

/// Points in a plane, each drawn as the number of its class in the colour of the class, or as a dot
/// where there are no classes.
///
/// ```
/// use rbm_plot::Scatter;
///
/// let picture = Scatter::new(vec![(0.0, 1.0), (1.0, 0.0), (2.0, 2.0)])
///     .labels(vec![0, 1, 1])
///     .title("Three points of two classes")
///     .axes("first component", "second component")
///     .render()?;
/// assert!(picture.width() > 800);
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scatter {
    points: Vec<(f64, f64)>,
    labels: Vec<u8>,
    names: Vec<String>,
    title: String,
    caption: String,
    x_label: String,
    y_label: String,
}

impl Scatter {
    /// Takes the points (x, y). A point that is not finite is left out.
    pub fn new(points: Vec<(f64, f64)>) -> Self {
        Self {
            points,
            labels: Vec::new(),
            names: Vec::new(),
            title: String::new(),
            caption: String::new(),
            x_label: String::new(),
            y_label: String::new(),
        }
    }

    /// Sets the class of each point.
    pub fn labels(self, labels: Vec<u8>) -> Self {
        Self { labels, ..self }
    }

    /// Sets what is drawn for each class, instead of its number: short names.
    pub fn names(self, names: Vec<String>) -> Self {
        Self { names, ..self }
    }

    /// Sets the title above the plane; an empty one takes no room.
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

    /// Sets what the axes measure.
    pub fn axes(self, x_label: impl Into<String>, y_label: impl Into<String>) -> Self {
        Self {
            x_label: x_label.into(),
            y_label: y_label.into(),
            ..self
        }
    }

    /// Draws the picture.
    ///
    /// # Errors
    ///
    /// [`PlotError::Unpaired`] if there are labels, and not one for each point.
    pub fn render(&self) -> Result<Picture, PlotError> {
        if !self.labels.is_empty() && self.labels.len() != self.points.len() {
            return Err(PlotError::Unpaired {
                what: "labels".to_owned(),
                expected: self.points.len(),
                found: self.labels.len(),
            });
        }
        let content =
            CurvePanel::new("", self.y_label.as_str()).series(Series::new("", self.points.clone()));
        let across = self.points.iter().map(|&(x, _)| x);
        let x_axis = Axis::over(across, 0.05, 10, false);
        let panel = Panel::new(&content, x_axis.as_ref());
        let width = SIDE.0 + panel.left() + 2 * MARGIN;
        let header = Header::new(&self.title, &self.caption, width - 2 * MARGIN);
        let head = MARGIN + header.height();
        let top = head + CAPTION.line_height() + 10;
        let mut canvas = Canvas::new(width, top + SIDE.1 + BELOW + MARGIN)?;
        header.draw(&mut canvas, MARGIN, MARGIN);
        let plot = Frame {
            x: MARGIN + panel.left(),
            y: top,
            width: SIDE.0,
            height: SIDE.1,
        };
        let (Some(x), Some(y)) = (&x_axis, panel.y_axis()) else {
            let middle = (plot.y + plot.height / 2) as f32;
            canvas.text_middle("no data", MARGIN as f32, middle, Anchor::Left, CAPTION);
            return Ok(canvas.finish());
        };
        let baseline = head as f32 + CAPTION.cap_height() + 2.0;
        canvas.text(
            &y.label(&self.y_label),
            MARGIN as f32,
            baseline,
            Anchor::Left,
            CAPTION,
        );
        panel.draw_axes(&mut canvas, plot);
        let centre = (plot.x + plot.width / 2) as f32;
        let below = (plot.y + plot.height + BELOW - 8) as f32;
        canvas.text(
            &x.label(&self.x_label),
            centre,
            below,
            Anchor::Centre,
            CAPTION,
        );
        for (index, &(across, up)) in self.points.iter().enumerate() {
            let at = (
                plot.x as f32 + x.position(across) * plot.width as f32,
                (plot.y + plot.height) as f32 - y.position(up) * plot.height as f32,
            );
            if at.0.is_finite() && at.1.is_finite() {
                let class = self.labels.get(index).copied();
                let name = class.map(|class| match self.names.get(usize::from(class)) {
                    Some(name) => name.clone(),
                    None => class.to_string(),
                });
                mark(&mut canvas, at, class, name.as_deref());
            }
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
}

fn mark(canvas: &mut Canvas, (x, y): (f32, f32), class: Option<u8>, name: Option<&str>) {
    let (colour, _) = palette::series(class.unwrap_or(0).into());
    match name {
        Some(name) => {
            canvas.text_middle(name, x, y, Anchor::Centre, TICK.in_colour(colour));
        }
        None => {
            let pen = Pen {
                colour,
                width: 5.0,
                alpha: 0.6,
            };
            canvas.line(&[(x, y)], pen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of the pixels of one colour, as the mean over them.
    fn centre(picture: &Picture, colour: [u8; 3]) -> (f64, f64) {
        let (mut sum, mut count) = ((0.0, 0.0), 0.0);
        for y in 0..picture.height() {
            for x in 0..picture.width() {
                if picture.pixel(x, y) == colour {
                    sum = (sum.0 + x as f64, sum.1 + y as f64);
                    count += 1.0;
                }
            }
        }
        assert!(count > 0.0, "no pixel of {colour:?}");
        (sum.0 / count, sum.1 / count)
    }

    #[test]
    fn points_lie_where_they_belong_in_the_colours_of_their_classes() {
        let points = vec![(0.0, 0.0), (10.0, 5.0), (5.0, 10.0)];
        let picture = Scatter::new(points).labels(vec![0, 1, 2]).render().unwrap();
        let at = |class: usize| centre(&picture, palette::series(class).0);
        let (left, right, top) = (at(0), at(1), at(2));
        assert!(
            left.0 < top.0 && top.0 < right.0,
            "{left:?} {top:?} {right:?}"
        );
        assert!(
            top.1 < right.1 && right.1 < left.1,
            "{left:?} {top:?} {right:?}"
        );
        // Halfway in the data is halfway in the picture, but for the shapes of the digits.
        assert!((top.0 - f64::midpoint(left.0, right.0)).abs() < 3.0);
        assert!((right.1 - f64::midpoint(left.1, top.1)).abs() < 5.0);
    }

    #[test]
    fn classes_with_names_are_drawn_as_these() {
        let of = |names: &[&str]| {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            let scatter = Scatter::new(vec![(0.0, 0.0), (10.0, 5.0)]);
            let picture = scatter.labels(vec![0, 1]).names(names).render().unwrap();
            picture.rgb().to_vec()
        };
        // Names that are the numbers change nothing, and a class without a name has its number.
        assert!(of(&["0", "1"]) == of(&[]) && of(&["0"]) == of(&[]));
        assert!(of(&["-1", "1"]) != of(&[]) && of(&["1", "0"]) != of(&[]));
    }

    #[test]
    fn labels_go_with_points_and_no_points_are_no_error() {
        let error = Scatter::new(vec![(0.0, 0.0)]).labels(vec![1, 2]).render();
        assert!(matches!(error, Err(PlotError::Unpaired { found: 2, .. })));
        let empty = Scatter::new(vec![(f64::NAN, 0.0)]).render().unwrap();
        assert!(empty.width() > 800);
    }
}
