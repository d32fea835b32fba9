//! Draws one picture of each kind from made-up numbers: `cargo run -p burnzmann-plot --example gallery -- FOLDER`.

use std::f64::consts::TAU;
use std::path::PathBuf;

use rbm_plot::{
    CurvePanel, Curves, ImageShape, Series, Tiles, fantasies, filters, reconstructions,
};

const SIDE: usize = 16;
const SHAPE: ImageShape = ImageShape::new(SIDE, SIDE);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .ok_or("which folder shall the pictures go to?")?,
    );
    std::fs::create_dir_all(&folder)?;
    filters(&gabors(64), SHAPE)?
        .title("Filters")
        .caption("Made-up weights of 64 hidden units, in the order of the units.")
        .save(folder.join("filters.png"))?;
    fantasies(&stripes(60, 0.0), SHAPE)?.save(folder.join("fantasies.png"))?;
    reconstructions(&stripes(36, 0.0), &stripes(36, 0.3), SHAPE)?
        .save(folder.join("reconstructions.png"))?;
    Tiles::new(&gabors(20)[..20 * 50], ImageShape::near_square(50))?
        .title("Vectors of 50 numbers that are no images")
        .scale(rbm_plot::ColourScale::diverging())
        .save(folder.join("vectors.png"))?;
    learning_curves().save(folder.join("curves.png"))?;
    Ok(())
}

/// Weights `[SIDE * SIDE, hidden]`: waves of several directions in a round window.
fn gabors(hidden: usize) -> Vec<f32> {
    let pixel = |place: usize, unit: usize| {
        let (x, y) = ((place % SIDE) as f32 - 7.5, (place / SIDE) as f32 - 7.5);
        let angle = unit as f32 * 2.4;
        let (dx, dy) = (x - 4.0 * angle.cos(), y - 4.0 * angle.sin());
        let wave = (0.9 * (x * (3.0 * angle).cos() + y * (3.0 * angle).sin()) + angle).cos();
        wave * (-(dx * dx + dy * dy) / 12.0).exp() * (0.3 + 0.1 * (unit % 8) as f32)
    };
    (0..SIDE * SIDE)
        .flat_map(|place| (0..hidden).map(move |unit| pixel(place, unit)))
        .collect()
}

/// Images `[count, SIDE * SIDE]` of stripes, their contrast taken down by `blur`.
fn stripes(count: usize, blur: f32) -> Vec<f32> {
    let pixel = |image: usize, place: usize| {
        let along = if image.is_multiple_of(2) {
            place % SIDE
        } else {
            place / SIDE
        };
        let on = (along + image) % (4 + image % 5) < 2 + image % 3;
        if on { 1.0 - blur } else { blur / 2.0 }
    };
    (0..count)
        .flat_map(|image| (0..SIDE * SIDE).map(move |place| pixel(image, place)))
        .collect()
}

fn learning_curves() -> Curves {
    let curve = |name: &str, most: u32, f: &dyn Fn(f64) -> f64| {
        Series::new(
            name,
            (1..=most)
                .map(|epoch| (f64::from(epoch), f(f64::from(epoch))))
                .collect(),
        )
    };
    let wobble = |x: f64, phase: f64| (x * 1.7 + phase).sin() + 0.6 * (x * 4.1 + phase * 2.0).sin();
    let test = curve("test, mean ± sd of 5 seeds", 100, &|x| {
        0.035 + 0.2 * (-x / 15.0).exp()
    });
    let band = test
        .points
        .iter()
        .map(|&(x, y)| (y - 0.004 - 0.04 / x, y + 0.004 + 0.04 / x))
        .collect();
    let error = CurvePanel::new("Reconstruction error", "mean squared error per pixel")
        .series(curve("train", 100, &|x| {
            0.03 + 0.2 * (-x / 15.0).exp() + 0.002 * wobble(x, 0.0)
        }))
        .series(test.band(band));
    let mut likelihood = CurvePanel::new("Log-likelihood by AIS", "nats per case");
    likelihood.series = (1..=10_u32)
        .step_by(3)
        .map(|steps| {
            let gain = f64::from(steps);
            let points = (0..=10).map(|i| {
                let x = f64::from(i * 10);
                (x, -90.0 + gain.ln() * 4.0 - 60.0 * (-x / 20.0).exp())
            });
            Series::new(format!("CD-{steps}"), points.collect())
        })
        .collect();
    let gap = CurvePanel::new("Free energy, test − train", "nats").series(curve("", 100, &|x| {
        if (40.0..48.0).contains(&x) {
            f64::NAN
        } else {
            0.02 * x + 0.2 * (x / TAU).sin()
        }
    }));
    let rate = CurvePanel::new("Learning rate", "per update").series(curve("", 100, &|_| 0.05));
    Curves::new(vec![error, likelihood, gap, rate])
        .title("A run that never happened")
        .caption("Four panels over one epoch axis. NaN leaves a gap, and few points are marked one by one.")
}
