//! Several curves over one pair of axes.

use crate::Series;

/// One panel of [`Curves`](crate::Curves): curves that share a y axis.
///
/// ```
/// use rbm_plot::{CurvePanel, Series};
///
/// let panel = CurvePanel::new("Reconstruction error", "mean squared error per pixel")
///     .series(Series::new("train", vec![(1.0, 0.30), (2.0, 0.22)]))
///     .series(Series::new("test", vec![(1.0, 0.31), (2.0, 0.24)]));
/// assert_eq!(panel.series.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurvePanel {
    /// What the panel shows, above it in bold.
    pub title: String,
    /// The quantity on the y axis and its unit, below the title.
    pub y_label: String,
    /// The curves, drawn in order, each in the next colour.
    pub series: Vec<Series>,
}

impl CurvePanel {
    /// A panel without curves.
    pub fn new(title: impl Into<String>, y_label: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            y_label: y_label.into(),
            series: Vec::new(),
        }
    }

    /// Adds one curve.
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }
}
