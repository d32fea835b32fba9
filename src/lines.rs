//! Progress in lines of text.

use std::io::Write;
use std::time::Instant;

use dbn::PretrainObserver;
use rbm_data::{Batches, SUBSET_SEED, subset};
use rbm_model::Rbm;
use rbm_train::{EpochReport, Observer, Trainer, metrics::reconstruction_error};

/// Writes a line for some of the epochs, twenty or so a model: the reconstruction error, the log-likelihood where
/// it was measured, the rate and the time to go. It observes the training of an RBM and that of the layers of a
/// network.
///
/// ```
/// use burnzmann::{Lines, Table, Training};
///
/// let mut lines = Lines::new(Vec::new());
/// Training::new().hidden(8).epochs(3).observer(&mut lines).fit(&Table::bars_and_stripes(4)?)?;
/// let text = String::from_utf8(lines.into_inner()).unwrap();
/// assert!(text.contains("recon. err.") && text.contains("3/3"), "{text}");
/// # Ok::<(), burnzmann::Error>(())
/// ```
pub struct Lines<W> {
    out: W,
    /// When the model at hand was seen first, and how many epochs it had.
    begun: Option<(Instant, u64)>,
}

/// Lines for a model, at most.
const LINES: u64 = 20;
/// Rows of a layer that are reconstructed.
const ROWS: usize = 1000;

type Watched = Result<(), Box<dyn std::error::Error + Send + Sync>>;

impl<W: Write + Send> Lines<W> {
    /// Lines that go to `out`. Where it cannot be written, the training goes on.
    pub fn new(out: W) -> Self {
        Self { out, begun: None }
    }

    /// What the lines went to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn begin(&mut self, epochs: u64) {
        if self.begun.is_none() {
            self.begun = Some((Instant::now(), epochs));
            let _ = writeln!(
                self.out,
                "      epoch  recon. err.   log-lik.   rows/s    to go"
            );
        }
    }

    fn line(&mut self, layer: &str, trainer: &Trainer, report: &EpochReport, error: Option<f64>) {
        let (done, epochs) = (report.epoch, trainer.config().epochs);
        let Some((begun, before)) = self.begun else {
            return;
        };
        let seconds = begun.elapsed().as_secs_f64() / done.saturating_sub(before).max(1) as f64;
        let left = seconds * epochs.saturating_sub(done) as f64;
        let epoch = format!("{layer}{done}/{epochs}");
        let [error, nats] = [(error, 5), (report.get("log_likelihood"), 2)]
            .map(|(x, decimals)| x.map_or("-".to_owned(), |x| format!("{x:.decimals$}")));
        let rate = report.get("rows_per_second").unwrap_or(f64::NAN);
        let _ = writeln!(
            self.out,
            "{epoch:>11}  {error:>11}  {nats:>9}  {rate:7.0}  {left:5.0} s"
        );
    }
}

/// Whether this epoch has a line.
fn is_shown(trainer: &Trainer, report: &EpochReport) -> bool {
    let epochs = trainer.config().epochs;
    report.epoch == epochs || report.epoch.is_multiple_of(epochs.div_ceil(LINES))
}

impl<W: Write + Send> Observer for Lines<W> {
    fn on_step(&mut self, info: &rbm_train::StepInfo) {
        self.begin(info.epoch);
    }

    fn on_epoch(&mut self, trainer: &Trainer, report: &mut EpochReport) -> Watched {
        if is_shown(trainer, report) {
            self.line("", trainer, report, report.get("reconstruction_error"));
        }
        Ok(())
    }
}

impl<W: Write + Send> PretrainObserver for Lines<W> {
    fn on_layer(&mut self, _layer: usize, _below: &[Rbm], _batches: &Batches) {
        self.begun = None;
    }

    fn on_step(&mut self, _layer: usize, info: &rbm_train::StepInfo) {
        self.begin(info.epoch);
    }

    fn on_epoch(
        &mut self,
        layer: usize,
        batches: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Watched {
        if is_shown(trainer, report) {
            let rows = subset(batches.rows(), ROWS, SUBSET_SEED);
            let rows = batches.try_rows_tensor(&rows, 0, &trainer.device())?;
            let error = reconstruction_error(&trainer.model(), rows);
            self.line(&format!("{layer}: "), trainer, report, Some(error));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, Training};

    /// Forty epochs in twenty lines, with the numbers of the history.
    #[test]
    fn lines_have_the_numbers_of_the_reports() {
        let mut lines = Lines::new(Vec::new());
        let table = Table::bars_and_stripes(4).unwrap();
        let training = Training::new().hidden(6).epochs(40).observer(&mut lines);
        let fitted = training.fit(&table).unwrap();
        let text = String::from_utf8(lines.into_inner()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 20);
        for (line, epoch) in lines[1..].iter().zip((2..).step_by(2)) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let report = &fitted.history()[epoch - 1];
            let error = report.get("reconstruction_error").unwrap();
            let nats = report.get("log_likelihood");
            let nats = nats.map_or("-".to_owned(), |nats| format!("{nats:.2}"));
            assert_eq!(
                words[..3],
                [format!("{epoch}/40"), format!("{error:.5}"), nats]
            );
        }
    }
}
