//! The pictures of a report.

use burn::tensor::Tensor;
use burnzmann::internal::{self, scale_of};
use burnzmann::model::sampling::{Gibbs, Kernel, independent_visible};
use burnzmann::model::{Noise, numerics::to_f32, units::UnitLayer};
use burnzmann::plot::{
    ColourScale, CurvePanel, Curves, ImageShape, PlotError, Series, Tiles, histogram,
    reconstructions,
};
use burnzmann::train::EpochReport;

use super::page::Figure;
use crate::Subject;
use crate::plot::filters_of;

/// Width of a picture that has others beside it.
const WIDTH: usize = 480;
/// Bars of a histogram, at most; few numbers have fewer, or each bar would hold one of them.
const BINS: usize = 60;
/// Sweeps at which chains are looked at.
const MOMENTS: [usize; 6] = [0, 1, 10, 100, 1000, 5000];
/// Chains that are followed.
const CHAINS: usize = 10;
/// Pairs of a row and its reconstruction.
const PAIRS: usize = 20;
/// Filters shown.
const FILTERS: usize = 100;
/// Rows of the activity map.
const MAP_ROWS: usize = 60;
/// Units of the activity map.
const MAP_UNITS: usize = 300;
/// Width of the activity map in pixels, about.
const MAP_WIDTH: usize = 900;

/// A quantity a picture, those that were measured.
pub(super) fn curves(history: &[EpochReport]) -> Result<Vec<Figure>, PlotError> {
    let mut figures = Vec::new();
    for panel in internal::panels(history) {
        let points: Vec<&Series> = panel
            .series
            .iter()
            .filter(|s| !s.points.is_empty())
            .collect();
        if points.is_empty() {
            continue;
        }
        let ends = points.iter().filter_map(|series| {
            let (first, last) = (series.points.first()?, series.points.last()?);
            let name = &series.name;
            Some(format!(
                "{name} goes from {:.4} at epoch {} to {:.4} at epoch {}",
                first.1, first.0, last.1, last.0
            ))
        });
        let ends = ends.collect::<Vec<_>>().join("; ");
        let alternative = format!("Curve of {} ({}): {ends}.", panel.title, panel.y_label);
        let caption = if panel.series.iter().any(|series| series.band.is_some()) {
            "The band is the interval of the estimate."
        } else {
            ""
        };
        let picture = Curves::new(vec![panel]).width(WIDTH).render()?;
        figures.push(Figure::new(&picture, alternative, caption)?);
    }
    Ok(figures)
}

/// Filters in the order given.
pub(super) fn filters(
    subject: &Subject,
    order: &[usize],
    shape: ImageShape,
    rows: &str,
) -> Result<Figure, PlotError> {
    let shown = &order[..order.len().min(FILTERS)];
    let picture = filters_of(&subject.rbm, shown, shape)?.title("").render()?;
    let alternative = format!(
        "Weights of {} hidden units as {shape} images, red where positive and blue where negative.",
        shown.len()
    );
    let caption = format!(
        "The {} most used of {} hidden units, by their mean over {rows} rows, most used first.",
        shown.len(),
        order.len()
    );
    Figure::new(&picture, alternative, caption)
}

/// Chains from independent draws, looked at now and then.
pub(super) fn chains(subject: &Subject, shape: ImageShape, seed: u64) -> Result<Figure, PlotError> {
    let rbm = &subject.rbm;
    let mut noise = Noise::new(seed);
    let start = independent_visible(rbm, CHAINS, &mut noise);
    let mut seen = vec![("start".to_owned(), to_f32(start.clone()))];
    let mut state = Gibbs::new(1).init(rbm, start, &mut noise);
    for pair in MOMENTS.windows(2) {
        let (next, info) = Gibbs::new(pair[1] - pair[0]).step(rbm, state, &mut noise);
        state = next;
        let mean = rbm.visible.mean(info.visible_inputs);
        let unit = if pair[1] == 1 { "sweep" } else { "sweeps" };
        seen.push((format!("{} {unit}", pair[1]), to_f32(mean)));
    }
    let all: Vec<f32> = seen
        .iter()
        .flat_map(|(_, images)| images)
        .copied()
        .collect();
    let sets: Vec<(&str, &[f32])> = seen
        .iter()
        .map(|(name, images)| (name.as_str(), &images[..]))
        .collect();
    let picture = Tiles::stacked(&sets, shape)?
        .scale(scale_of(rbm, &all))
        .columns(CHAINS)
        .render()?;
    let last = MOMENTS[MOMENTS.len() - 1];
    Figure::new(
        &picture,
        format!("{CHAINS} Gibbs chains in columns, their visible means after 0 to {last} sweeps."),
        "Each column is a chain that starts without any data.",
    )
}

/// Rows above what the model makes of them.
pub(super) fn pairs(
    subject: &Subject,
    held_out: &Tensor<2>,
    shape: ImageShape,
    name: &str,
) -> Result<Figure, PlotError> {
    let rbm = &subject.rbm;
    let count = held_out.dims()[0].min(PAIRS);
    let rows = held_out.clone().narrow(0, 0, count);
    let again = to_f32(rbm.visible_mean(rbm.hidden_mean(rows.clone())));
    let rows = to_f32(rows);
    let error = rows
        .iter()
        .zip(&again)
        .map(|(a, b)| f64::from((a - b).powi(2)));
    let error = error.sum::<f64>() / rows.len() as f64;
    let picture = reconstructions(&rows, &again, shape)?
        .title("")
        .scale(scale_of(rbm, &rows))
        .render()?;
    Figure::new(
        &picture,
        format!("{count} {name} rows, each above its reconstruction."),
        format!("Mean square error of these rows: {error:.4}."),
    )
}

/// `E[h | v]` of rows: units that are always on or always off are lines.
pub(super) fn activity(
    subject: &Subject,
    held_out: &Tensor<2>,
    order: &[usize],
    name: &str,
) -> Result<Figure, PlotError> {
    let rows = held_out.dims()[0].min(MAP_ROWS);
    let hidden = to_f32(subject.rbm.hidden_mean(held_out.clone().narrow(0, 0, rows)));
    let units = &order[..order.len().min(MAP_UNITS)];
    let map: Vec<f32> = hidden
        .chunks_exact(subject.rbm.num_hidden())
        .flat_map(|row| units.iter().map(|&unit| row[unit]))
        .collect();
    // One tile is not magnified as many small ones are: its cells are made of several pixels here.
    let cell = (MAP_WIDTH / units.len()).clamp(1, 12);
    let large: Vec<f32> = map
        .chunks_exact(units.len())
        .flat_map(|row| std::iter::repeat_n(row, cell))
        .flat_map(|row| row.iter().flat_map(move |&h| std::iter::repeat_n(h, cell)))
        .collect();
    let shape = ImageShape::new(rows * cell, units.len() * cell);
    let mean = map.iter().map(|&x| f64::from(x)).sum::<f64>() / map.len().max(1) as f64;
    let picture = Tiles::new(&large, shape)?
        .scale(ColourScale::grey())
        .render()?;
    Figure::new(
        &picture,
        format!(
            "Map of {rows} rows by {} hidden units; their mean is {mean:.3}.",
            units.len()
        ),
        format!(
            "A row of the map is one of the {name} rows, a column a hidden unit, most used first; \
             black is on. A column of one colour is a unit that says nothing."
        ),
    )
}

/// Histograms of the parameters.
pub(super) fn parameters(subject: &Subject) -> Result<Vec<Figure>, PlotError> {
    let rbm = &subject.rbm;
    let all = [
        ("Weights", to_f32(rbm.weight.val())),
        ("Visible biases", to_f32(rbm.visible.bias())),
        ("Hidden biases", to_f32(rbm.hidden.bias())),
    ];
    let figures = all.into_iter().map(|(name, numbers)| {
        let (low, high) = range(&numbers);
        let mean = numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / numbers.len() as f64;
        let square = numbers
            .iter()
            .map(|&x| (f64::from(x) - mean).powi(2))
            .sum::<f64>();
        let spread = (square / numbers.len() as f64).sqrt();
        let text = format!(
            "{} numbers, mean {mean:.4}, standard deviation {spread:.4}",
            numbers.len()
        );
        figure_of(
            name,
            "value",
            vec![histogram("", &numbers, (low, high), bins(numbers.len()))],
            &text,
        )
    });
    figures.collect()
}

/// Histograms of the free energies of training rows, and of held-out ones where there are any.
pub(super) fn free_energies(train: &[f32], held_out: Option<&[f32]>) -> Result<Figure, PlotError> {
    let mean =
        |set: &[f32]| set.iter().map(|&x| f64::from(x)).sum::<f64>() / set.len().max(1) as f64;
    let Some(held_out) = held_out else {
        let text = format!("mean {:.2} (training; no rows were held out)", mean(train));
        let series = histogram("training", train, range(train), bins(train.len()));
        return figure_of("Free energy", "nats", vec![series], &text);
    };
    let both = [train, held_out].concat();
    let bounds = range(&both);
    let gap = mean(held_out) - mean(train);
    let text = format!(
        "means {:.2} (training) and {:.2} (held out), {gap:.2} nats apart",
        mean(train),
        mean(held_out)
    );
    let series = vec![
        histogram("training", train, bounds, bins(held_out.len())),
        histogram("held out", held_out, bounds, bins(held_out.len())),
    ];
    figure_of("Free energy", "nats", series, &text)
}

fn figure_of(
    name: &str,
    x_label: &str,
    series: Vec<Series>,
    text: &str,
) -> Result<Figure, PlotError> {
    let mut panel = CurvePanel::new(name, "density");
    panel.series = series;
    let picture = Curves::new(vec![panel])
        .x_label(x_label)
        .width(WIDTH)
        .render()?;
    let alternative = format!("Histogram of {}: {text}.", name.to_lowercase());
    Figure::new(&picture, alternative, format!("{text}."))
}

/// As many bars as numbers in a bar; of fewer than these each corner would be marked as a point.
fn bins(count: usize) -> usize {
    count.isqrt().clamp(12, BINS)
}

/// From the least to the largest, never empty.
fn range(numbers: &[f32]) -> (f64, f64) {
    let (low, high) = numbers
        .iter()
        .fold((f64::MAX, f64::MIN), |(low, high), &x| {
            (low.min(x.into()), high.max(x.into()))
        });
    if low < high {
        (low, high)
    } else {
        (low.min(0.0) - 0.5, high.max(0.0) + 0.5)
    }
}
