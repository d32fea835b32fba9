//! One number of several runs in one picture.

use std::path::Path;

use burnzmann::plot::{CurvePanel, Curves, Series};
use burnzmann::train::EpochReport;
use clap::ValueEnum;

use crate::CliError;

/// What curves are drawn over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Abscissa {
    /// Passes over the data.
    #[default]
    Epochs,
    /// Updates of the parameters.
    Updates,
    /// Seconds of training, without what was measured between the epochs.
    Seconds,
}

impl Abscissa {
    fn name(self) -> &'static str {
        match self {
            Self::Epochs => "epochs",
            Self::Updates => "updates",
            Self::Seconds => "seconds of training",
        }
    }

    /// Where each epoch of a run ends.
    fn ends(self, history: &[EpochReport]) -> Vec<f64> {
        let mut seconds = 0.0;
        let end = |report: &EpochReport| match self {
            Self::Epochs => report.epoch as f64,
            Self::Updates => report.step as f64,
            Self::Seconds => {
                seconds += report.get("seconds").unwrap_or(0.0);
                seconds
            }
        };
        history.iter().map(end).collect()
    }
}

/// The curves of one quantity, with its interval where the runs have one.
pub(super) fn curves(
    runs: &[(&Path, Vec<EpochReport>)],
    quantity: &str,
    by: Abscissa,
) -> Result<Curves, CliError> {
    let mut panel = CurvePanel::new(quantity.replace('_', " "), "");
    for (run, history) in runs {
        let name = run.file_name().map_or_else(
            || run.display().to_string(),
            |name| name.to_string_lossy().into(),
        );
        let (mut points, mut band) = (Vec::new(), Vec::new());
        for (end, report) in by.ends(history).into_iter().zip(history) {
            let Some(value) = report.get(quantity) else {
                continue;
            };
            points.push((end, value));
            let side = |end: &str| report.get(&format!("{quantity}_{end}")).unwrap_or(value);
            band.push((side("low"), side("high")));
        }
        if points.is_empty() {
            let known = history.last().map_or(String::new(), |report| {
                report
                    .metrics
                    .keys()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(", ")
            });
            return Err(CliError::BadInput(format!(
                "{}: no epoch has the number `{quantity}`; it has {known}",
                run.display()
            )));
        }
        panel = panel.series(Series::new(name, points).band(band));
    }
    Ok(Curves::new(vec![panel]).columns(1).x_label(by.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_ends_after_all_before_it() {
        let history: Vec<EpochReport> = (1..=3)
            .map(|epoch| {
                let mut report = EpochReport::new(epoch, 10 * epoch);
                report.insert("seconds", epoch as f64);
                report
            })
            .collect();
        assert_eq!(Abscissa::Epochs.ends(&history), [1.0, 2.0, 3.0]);
        assert_eq!(Abscissa::Updates.ends(&history), [10.0, 20.0, 30.0]);
        assert_eq!(Abscissa::Seconds.ends(&history), [1.0, 3.0, 6.0]);
    }
}
