//! A network as the model that a command works on.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use burnzmann::dbn::{Dbn, UntiedDbn};
use burnzmann::model::Noise;
use burnzmann::model::store::Archive;
use clap::Args;

use super::{
    run::{self, DbnRunConfig, Network, PRETRAINED},
    tuning::CLASSIFIER,
};
use crate::CliError;

/// What a command that takes an RBM as well has to know of a network.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct NetworkArgs {
    /// Of a deep belief network: the layer, counted from 1 at the data [default: the top one]
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Of the run of a deep belief network: which of its networks [default: pretrained]
    #[arg(long, value_enum)]
    pub network: Option<Network>,
}

/// A network by its way up and its way down, which are one where the weights are tied.
#[derive(Clone, Debug)]
pub struct Directions {
    /// The network that encodes.
    pub up: Dbn,
    /// The network that generates.
    pub down: Dbn,
    tied: bool,
}

impl From<Dbn> for Directions {
    fn from(dbn: Dbn) -> Self {
        Self {
            up: dbn.clone(),
            down: dbn,
            tied: true,
        }
    }
}

impl From<UntiedDbn> for Directions {
    fn from(untied: UntiedDbn) -> Self {
        Self {
            up: untied.recognition(),
            down: untied.generative(),
            tied: false,
        }
    }
}

impl Directions {
    /// The layer asked for, the top one where none is.
    pub(crate) fn layer(&self, asked: Option<usize>) -> Result<usize, CliError> {
        let layers = self.up.num_layers();
        let layer = asked.unwrap_or(layers);
        if (1..=layers).contains(&layer) {
            return Ok(layer);
        }
        Err(CliError::BadInput(format!(
            "--layer is {layer}: expected 1 to {layers}, the layers of the network"
        )))
    }

    /// What is left of rows after the way up to a layer and down again.
    pub(crate) fn reconstruct(&self, v: Tensor<2>, layer: usize) -> Tensor<2> {
        self.down.decode(self.up.encode(v, layer), layer)
    }

    /// The variational free energy of rows, a column.
    pub(crate) fn free_energy(&self, v: Tensor<2>, draws: usize, noise: &Noise) -> Tensor<2> {
        let device = v.device();
        let found = self.up.variational_free_energy(v, draws, noise);
        Tensor::<1>::from_data(&found[..], &device).unsqueeze_dim(1)
    }

    /// Refuses what needs the same weights both ways.
    pub(crate) fn expect_tied(&self, what: &str) -> Result<(), CliError> {
        if self.tied {
            return Ok(());
        }
        Err(CliError::BadInput(format!(
            "{what} is for the network of greedy training, whose weights serve both ways; that of the \
             up-down algorithm has others up and down"
        )))
    }
}

/// The network at a path, with the run that made it: the folder of a run, or the file of a network. None
/// where it is something else.
pub(crate) fn open(
    path: &Path,
    which: Option<Network>,
    device: &Device,
) -> Result<Option<(Directions, Option<DbnRunConfig>)>, CliError> {
    if DbnRunConfig::is_run(path) {
        let config = DbnRunConfig::read(path)?;
        let network = match which.unwrap_or_default() {
            Network::Pretrained => run::load(path, device)?.into(),
            Network::UpDown => run::load_untied(path, device)?.into(),
        };
        return Ok(Some((network, Some(config))));
    }
    let file = match path.is_dir() {
        true if path.join(CLASSIFIER).is_file() => path.join(CLASSIFIER),
        true => path.join(PRETRAINED),
        false => path.to_owned(),
    };
    let network: Directions = match format_of(&file).as_deref() {
        Some("burnzmann-dbn") => Dbn::load(&file, device).map(Into::into),
        Some("burnzmann-untied-dbn") => UntiedDbn::load(&file, device).map(Into::into),
        Some("burnzmann-classifier") => {
            return Err(CliError::BadInput(format!(
                "{}: a classifier, which goes with the network that it was made of: give the folder of that \
                 network's run, as in `burnzmann dbn classify RUN --name {}`",
                path.display(),
                name_of_classifier(&file)
            )));
        }
        _ => return Ok(None),
    }
    .map_err(CliError::bad_input)?;
    if which.is_some() {
        return Err(CliError::BadInput(format!(
            "--network chooses among those in the folder of a run, and {} is one network",
            path.display()
        )));
    }
    Ok(Some((network, None)))
}

/// The name that a classifier's file has in its run: that of the folder that it is in.
fn name_of_classifier(file: &Path) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().and_then(Path::file_name);
    folder.map_or("NAME".to_owned(), |name| name.display().to_string())
}

/// The format that the header of a file of ours names.
fn format_of(file: &Path) -> Option<String> {
    let ours = file.extension().is_some_and(|name| name == "safetensors");
    let archive = ours.then(|| Archive::load(file).ok())??;
    archive.header()["format"].as_str().map(str::to_owned)
}
