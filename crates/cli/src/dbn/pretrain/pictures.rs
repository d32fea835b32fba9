//! The pictures of a network.

use burnzmann::data::Dataset;
use burnzmann::dbn::Dbn;
use burnzmann::internal::{scale_of, shape_of};
use burnzmann::model::{Noise, numerics::to_f32};
use burnzmann::plot::{PlotError, fantasies, filters};

use super::super::run::DbnRunConfig;
use crate::RunFolder;

/// Tiles in a picture.
const TILES: usize = 100;
/// Sweeps of the top layer before the network's own digits.
const SWEEPS: usize = 500;

/// The filters of each layer as the data see them, and draws of the network.
pub(super) fn draw(
    dbn: &Dbn,
    data: &Dataset,
    folder: &RunFolder,
    config: &DbnRunConfig,
) -> Result<(), PlotError> {
    let shape = shape_of(data);
    for layer in 1..=dbn.num_layers() {
        let projected = dbn.projected_filters(layer);
        let units = projected.dims()[1];
        let shown = units.min(TILES);
        filters(&to_f32(projected.narrow(1, 0, shown)), shape)?
            .title(format!("Layer {layer}: {shown} of {units} hidden units"))
            .caption("weights multiplied down to the pixels")
            .save(folder.path(&format!("filters-{layer}.png")))?;
    }
    let seed = config.network.layers[0].train.seed;
    let mut noise = Noise::new(seed).derive(PICTURES);
    let chains = dbn.random_chains(TILES, &mut noise);
    let drawn = dbn.generate(chains, SWEEPS, &mut noise);
    let drawn = to_f32(drawn.mean);
    fantasies(&drawn, shape)?
        .scale(scale_of(&dbn.stack[0], &drawn))
        .title("Draws of the network")
        .caption(format!(
            "means after {SWEEPS} Gibbs sweeps of the top layer and one pass down"
        ))
        .save(folder.path("generated.png"))
}

/// The stream of random numbers for pictures.
const PICTURES: u64 = 3;
