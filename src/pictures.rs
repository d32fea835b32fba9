//! The pictures of a run.

use std::path::Path;

use rbm_data::{Batches, Dataset, SUBSET_SEED, subset};
use rbm_model::{Noise, Rbm, numerics::to_f32};
use rbm_plot::{
    ColourScale, CurvePanel, Curves, ImageShape, Series, fantasies, filters, reconstructions,
};
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
    let shape = shape_of(train.dataset());
    let shown = rbm.num_hidden().min(TILES);
    let weight = to_f32(rbm.weight.val().narrow(1, 0, shown));
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
    let originals = to_f32(originals);
    reconstructions(&originals, &to_f32(again), shape)?
        .scale(scale_of(rbm, &originals))
        .title("Held-out rows and their reconstructions")
        .save(folder.join("reconstructions.png"))?;

    let mut noise = Noise::new(trainer.config().seed)
        .derive(PICTURES)
        .at_step(trainer.steps());
    let start = rows(train, TILES)?;
    let particles = metrics::fantasies_of(rbm, trainer, start, TILES, SWEEPS, &mut noise);
    let particles = to_f32(particles);
    fantasies(&particles, shape)?
        .scale(scale_of(rbm, &particles))
        .title("Fantasy particles: what the model draws by itself")
        .caption(format!(
            "means after {SWEEPS} more Gibbs sweeps of the chains"
        ))
        .save(folder.join("fantasies.png"))?;
    curves(trainer.history()).save(folder.join("curves.png"))?;
    Ok(())
}

/// The shape in which rows are drawn: that of the images that they are, else nearly a square.
pub fn shape_of(data: &Dataset) -> ImageShape {
    match data.image_shape() {
        Some([height, width]) => ImageShape::new(height, width),
        None => ImageShape::near_square(data.num_visible()),
    }
}

/// Grey levels for the visible units: from the least value that a unit takes to the largest, of real units over
/// the range of `values`.
pub fn scale_of(rbm: &Rbm, values: &[f32]) -> ColourScale {
    let (low, high) = match rbm.visible.support().values() {
        Some([low, .., high]) => (f32::from(*low), f32::from(*high)),
        _ => values.iter().fold((f32::MAX, f32::MIN), |(low, high), &x| {
            (low.min(x), high.max(x))
        }),
    };
    if low < high {
        ColourScale::Grey { low, high }
    } else {
        ColourScale::grey()
    }
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

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_data::{Binarisation, Values};
    use rbm_model::{RbmConfig, units::UnitsConfig};
    use rbm_train::TrainConfig;

    use super::*;

    fn model(visible: UnitsConfig) -> Rbm {
        let config = RbmConfig::new(16, 2).with_visible(visible);
        config.init(&mut Noise::new(1), &Device::default())
    }

    #[test]
    fn the_scale_is_that_of_the_values_that_units_take() {
        let grey = |low, high| ColourScale::Grey { low, high };
        let real = UnitsConfig::Gaussian { learn_sigma: false };
        let labelled = UnitsConfig::Labelled { classes: 3 };
        for (kind, expected) in [
            (UnitsConfig::Bernoulli, grey(0.0, 1.0)),
            (labelled, grey(0.0, 1.0)),
            (UnitsConfig::Spin, grey(-1.0, 1.0)),
            (real, grey(0.25, 0.75)),
        ] {
            let found = scale_of(&model(kind), &[0.5, 0.25, 0.75]);
            assert_eq!(found, expected, "{kind:?}");
        }
        assert_eq!(scale_of(&model(real), &[2.0, 2.0]), ColourScale::grey());
    }

    /// Reconstructions and fantasies are the pictures that are made by hand with white at -1.
    #[test]
    fn spins_are_drawn_from_minus_one_to_one() {
        let spin = |place: usize| if place * 7 % 5 < 2 { 1.0 } else { -1.0 };
        let values = Values::Floats((0..20 * 16).map(spin).collect());
        let data = Dataset::new("spins", 16, values).unwrap();
        let rows: Vec<u32> = (0..20).collect();
        let all = Batches::new(&data, &rows, 20, Binarisation::None, 1).unwrap();
        let rbm = model(UnitsConfig::Spin);
        let trainer = Trainer::new(TrainConfig::default(), rbm.clone(), 1).unwrap();
        let folder = tempfile::tempdir().unwrap();
        draw(folder.path(), &trainer, &rbm, &all, &all).unwrap();

        let shape = ImageShape::near_square(16);
        let scale = ColourScale::Grey {
            low: -1.0,
            high: 1.0,
        };
        let drawn = |count: usize| {
            let rows = subset(all.rows(), count, SUBSET_SEED);
            all.rows_tensor(&rows, 0, &trainer.device())
        };
        let rows = drawn(PAIRS);
        let again = to_f32(rbm.visible_mean(rbm.hidden_mean(rows.clone())));
        let pairs = reconstructions(&to_f32(rows), &again, shape).unwrap();
        let pairs = pairs.title("Held-out rows and their reconstructions");
        let noise = Noise::new(trainer.config().seed).derive(PICTURES);
        let mut noise = noise.at_step(0);
        let particles =
            metrics::fantasies_of(&rbm, &trainer, drawn(TILES), TILES, SWEEPS, &mut noise);
        let particles = fantasies(&to_f32(particles), shape)
            .unwrap()
            .title("Fantasy particles: what the model draws by itself")
            .caption("means after 100 more Gibbs sweeps of the chains");
        for (name, tiles) in [("reconstructions", pairs), ("fantasies", particles)] {
            let expected = tiles.scale(scale).render().unwrap().to_png().unwrap();
            let found = std::fs::read(folder.path().join(format!("{name}.png"))).unwrap();
            assert!(found == expected, "{name}");
        }
    }
}
