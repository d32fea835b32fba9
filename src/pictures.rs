//! The pictures of a run.

use std::path::Path;

use burn::tensor::Tensor;
use rbm_data::{Batches, SUBSET_SEED, subset};
use rbm_model::{Noise, Rbm};
use rbm_plot::{CurvePanel, Curves, ImageShape, Series, fantasies, filters, reconstructions};
use rbm_train::{EpochReport, Trainer, metrics};

use crate::Error;

/// The stream of random numbers for pictures.
const PICTURES: u64 = 3;
/// Tiles in a picture of particles or filters.
const TILES: usize = 100;
/// Pairs in the picture of reconstructions.
const PAIRS: usize = 16;
/// Sweeps between the chains and the picture of them.
const SWEEPS: usize = 100;

/// Draws filters, reconstructions of held-out rows and fantasy particles of the model that the run leaves,
/// and its learning curves.
///
/// # Errors
///
/// [`Error`] where rows cannot be read, or a picture cannot be written.
pub fn draw(
    folder: &Path,
    trainer: &Trainer,
    rbm: &Rbm,
    train: &Batches,
    held_out: &Batches,
) -> Result<(), Error> {
    let shape = match train.dataset().image_shape() {
        Some([height, width]) => ImageShape::new(height, width),
        None => ImageShape::near_square(rbm.num_visible()),
    };
    let shown = rbm.num_hidden().min(TILES);
    let weight = values(rbm.weight.val().narrow(1, 0, shown));
    let title = format!("Weights of {shown} of {} hidden units", rbm.num_hidden());
    filters(&weight, shape)?
        .title(title)
        .save(folder.join("filters.png"))?;

    let rows = |batches: &Batches, count: usize| {
        let rows = subset(batches.rows(), count, SUBSET_SEED);
        batches.try_rows_tensor(&rows, 0, &trainer.device())
    };
    let originals = rows(held_out, PAIRS)?;
    let again = rbm.visible_mean(rbm.hidden_mean(originals.clone()));
    reconstructions(&values(originals), &values(again), shape)?
        .title("Held-out rows and their reconstructions")
        .save(folder.join("reconstructions.png"))?;

    let mut noise = Noise::new(trainer.config().seed)
        .derive(PICTURES)
        .at_step(trainer.steps());
    let start = rows(train, TILES)?;
    let particles = metrics::fantasies_of(rbm, trainer, start, TILES, SWEEPS, &mut noise);
    fantasies(&values(particles), shape)?
        .title("Fantasy particles: what the model draws by itself")
        .caption(format!(
            "means after {SWEEPS} more Gibbs sweeps of the chains"
        ))
        .save(folder.join("fantasies.png"))?;
    curves(trainer.history()).save(folder.join("curves.png"))?;
    Ok(())
}

fn values(x: Tensor<2>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

/// The interval of each log-likelihood.
fn band(history: &[EpochReport]) -> Vec<(f64, f64)> {
    let sides = history.iter().filter_map(|report| {
        report.get("log_likelihood")?;
        let side = |name| report.get(name).unwrap_or(f64::NAN);
        Some((side("log_likelihood_low"), side("log_likelihood_high")))
    });
    sides.collect()
}

/// The learning curves of a run.
pub fn curves(history: &[EpochReport]) -> Curves {
    Curves::new(panels(history)).title("Learning curves")
}

/// What the learning curves show, a quantity a panel.
pub fn panels(history: &[EpochReport]) -> Vec<CurvePanel> {
    let series = |name: &str, metric: &str| {
        let points = history.iter().filter_map(|report| {
            let value = report.get(metric)?;
            Some((report.epoch as f64, value))
        });
        Series::new(name, points.collect())
    };
    vec![
        CurvePanel::new("Reconstruction error", "mean square")
            .series(series("held out", "reconstruction_error")),
        CurvePanel::new("Free energy", "nats")
            .series(series("training", "free_energy_train"))
            .series(series("held out", "free_energy_validation")),
        CurvePanel::new("Pseudo-log-likelihood", "nats per row")
            .series(series("held out", "pseudo_log_likelihood")),
        CurvePanel::new("Log-likelihood", "nats per row")
            .series(series("held out", "log_likelihood").band(band(history))),
        CurvePanel::new("Hidden activity", "mean of E[h | v]")
            .series(series("training", "hidden_activity")),
        CurvePanel::new("Size of an update", "|ΔW| / |W|")
            .series(series("last of the epoch", "weight_change")),
    ]
}
