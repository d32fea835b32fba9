//! One curve.

use crate::PlotError;

/// One curve of a [`CurvePanel`](crate::CurvePanel), with an error band if there is one.
///
/// NaN and infinite numbers are gaps. A curve of few points shows each of them as a dot.
///
/// ```
/// use rbm_plot::Series;
///
/// let mean = vec![(1.0, 0.30), (2.0, 0.22), (3.0, 0.19)];
/// let band = vec![(0.28, 0.32), (0.21, 0.23), (0.18, 0.20)];
/// let series = Series::new("test", mean).band(band);
/// assert_eq!(series.points.len(), 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The name in the legend; an empty one is not listed.
    pub name: String,
    /// The points (x, y), with x rising.
    pub points: Vec<(f64, f64)>,
    /// For every point the (low, high) ends of its error band.
    pub band: Option<Vec<(f64, f64)>>,
}

impl Series {
    /// A curve through `points` without a band.
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self {
            name: name.into(),
            points,
            band: None,
        }
    }

    /// Adds an error band: one (low, high) pair for every point.
    pub fn band(self, band: Vec<(f64, f64)>) -> Self {
        Self {
            band: Some(band),
            ..self
        }
    }

    /// Whether the band, if any, has one pair for every point.
    pub(crate) fn check(&self, panel: &str) -> Result<(), PlotError> {
        match &self.band {
            Some(band) if band.len() != self.points.len() => Err(PlotError::Band {
                panel: panel.to_owned(),
                series: self.name.clone(),
                points: self.points.len(),
                found: band.len(),
            }),
            _ => Ok(()),
        }
    }

    /// All numbers that the y axis must hold.
    pub(crate) fn heights(&self) -> impl Iterator<Item = f64> {
        let edges = self
            .band
            .iter()
            .flatten()
            .flat_map(|&(low, high)| [low, high]);
        self.points.iter().map(|&(_, y)| y).chain(edges)
    }
}
