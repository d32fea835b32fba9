//! Draws of a network.

use std::path::PathBuf;

use burnzmann::model::{Noise, numerics::to_f32};
use burnzmann::plot::fantasies;
use clap::Args;

use super::run::{DbnRunConfig, Network, generative};
use crate::CliError;
use crate::apply::{Kind, Output};
use burnzmann::internal::{Asked, scale_of, shape_of};

/// The options of `burnzmann dbn generate`.
#[derive(Args, Clone, Debug)]
pub struct GenerateArgs {
    /// The folder of the network
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The file to write: .png, or .npy of shape [count, visible]
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// How many
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub count: usize,
    /// Gibbs sweeps of the top layer before the pass down
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub sweeps: usize,
    /// Of the class of this name alone; without it, a network that knows classes draws them in equal parts
    #[arg(long, value_name = "CLASS")]
    pub class: Option<String>,
    /// Which network of the folder
    #[arg(long, value_enum, default_value_t)]
    pub network: Network,
    /// Write draws of the visible units instead of their means
    #[arg(long)]
    pub draws: bool,
    /// Random seed
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
}

impl GenerateArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann dbn generate runs/mnist-1 --out digits.png
  burnzmann dbn generate runs/mnist-1 --class 3 --count 40 --out threes.png
  burnzmann dbn generate runs/mnist-1 --draws --count 10000 --out draws.npy";
}

pub(super) fn generate(args: &GenerateArgs) -> Result<(), CliError> {
    let out = Output::new(&args.out, &[Kind::Png, Kind::Npy])?;
    for (name, number) in [("--count", args.count), ("--sweeps", args.sweeps)] {
        if number == 0 {
            return Err(CliError::BadInput(format!(
                "{name} is 0: expected 1 or more"
            )));
        }
    }
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    let config = DbnRunConfig::read(&args.run)?;
    let dbn = generative(args.network, &args.run, &device)?;
    let mut noise = Noise::new(args.seed);
    let known = dbn.classes();
    let class = args.class.as_deref();
    let class = class.map(|name| config.class_of(name)).transpose()?;
    let classes: Option<Vec<usize>> = match (class, known) {
        (Some(class), _) => Some(vec![class; args.count]),
        (None, Some(known)) => Some((0..args.count).map(|i| i * known / args.count).collect()),
        (None, None) => None,
    };
    let drawn = match classes {
        Some(classes) => dbn
            .generate_classes(&classes, args.sweeps, &mut noise)
            .map_err(CliError::bad_input)?,
        None => {
            let chains = dbn.random_chains(args.count, &mut noise);
            dbn.generate(chains, args.sweeps, &mut noise)
        }
    };
    let shown = to_f32(if args.draws {
        drawn.visible
    } else {
        drawn.mean
    });
    match out.kind {
        Kind::Png => {
            let config = config.clone().here(&args.run, false)?;
            let table = config.table(Asked::default(), true)?;
            let picture = fantasies(&shown, shape_of(&table.train))
                .map(|tiles| tiles.scale(scale_of(&dbn.stack[0], &shown)))
                .map(|tiles| tiles.title("Draws of the network"))
                .and_then(|tiles| tiles.render());
            out.write_picture(picture)?;
        }
        _ => out.write_array(shown, &[args.count, dbn.widths()[0]])?,
    }
    outln!("{} draws in {out}", args.count);
    Ok(())
}
