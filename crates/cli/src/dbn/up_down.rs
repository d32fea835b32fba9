//! Contrastive wake-sleep.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use burnzmann::dbn::{self, DataRows, DbnError, UntiedDbn, UpDown, UpDownConfig};
use burnzmann::train::{Ending, LearningRate, OptimizerConfig};
use clap::Args;

use super::{
    run::{DbnRunConfig, UP_DOWN, failure, load, save_untied},
    screen::Screen,
};
use crate::{CliError, RunFolder, interrupt};
use burnzmann::internal::Asked;

/// The options of `burnzmann dbn up-down`.
#[derive(Args, Clone, Debug)]
pub struct UpDownArgs {
    /// The folder of the network
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Passes over the data; Gibbs sweeps of the top layer grow from 3 to 6 and 10 at a third and two
    /// thirds of them
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub epochs: u64,
    /// Rows in a batch
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub batch: usize,
    /// Learning rate of the first update; it falls to zero on a straight line
    #[arg(long, default_value_t = 0.1, value_name = "RATE")]
    pub lr: f64,
    /// Momentum
    #[arg(long, default_value_t = 0.9, value_name = "M")]
    pub momentum: f64,
    /// Weight of the L2 penalty on the weights
    #[arg(long, default_value_t = 0.0, value_name = "X")]
    pub l2: f64,
    /// Do not centre the gradient
    #[arg(long)]
    pub no_centring: bool,
    /// Random seed
    #[arg(long, default_value_t = 42, value_name = "N")]
    pub seed: u64,
    /// Continue a run that was stopped, with its own configuration
    #[arg(long, conflicts_with_all = ["epochs", "batch", "lr", "momentum", "l2", "no_centring", "seed"])]
    pub resume: bool,
    /// flex, ndarray, wgpu, vulkan, metal, cuda or rocm, where compiled in
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Print errors alone
    #[arg(long)]
    pub quiet: bool,
}

impl UpDownArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann dbn up-down runs/mnist-1 --epochs 60
  burnzmann dbn up-down runs/mnist-1 --resume
  burnzmann dbn evaluate runs/mnist-1 --network up-down --no-bound";

    fn config(&self) -> UpDownConfig {
        let (third, thirds) = (self.epochs.div_ceil(3), (2 * self.epochs).div_ceil(3));
        let mut k = vec![(0, 3), (third, 6), (thirds, 10)];
        k.dedup_by_key(|(epoch, _)| *epoch);
        UpDownConfig {
            epochs: self.epochs,
            batch_size: self.batch,
            k: burnzmann::train::Schedule::Steps(k),
            optimizer: OptimizerConfig::Sgd {
                momentum: self.momentum.into(),
            },
            learning_rate: LearningRate::Linear {
                from: self.lr,
                to: 0.0,
            },
            l2: self.l2,
            centring: UpDownConfig::default()
                .centring
                .filter(|_| !self.no_centring),
            seed: self.seed,
        }
    }
}

const CHECKPOINT: &str = "up-down-checkpoint.safetensors";
const HISTORY: &str = "up-down-history.jsonl";

pub(super) fn up_down(args: &UpDownArgs) -> Result<(), CliError> {
    let device = burnzmann::device::select(args.device.as_deref()).map_err(CliError::bad_input)?;
    let config = DbnRunConfig::read(&args.run)?;
    let folder = RunFolder::open(&args.run)?;
    let config = config.here(&args.run, args.resume)?;
    let checkpoint = folder.path(CHECKPOINT);
    let found = [checkpoint.clone(), folder.path(UP_DOWN)];
    if let (false, Some(found)) = (args.resume, found.iter().find(|path| path.exists())) {
        return Err(CliError::BadInput(format!(
            "{} already holds a run of the up-down algorithm ({}); add --resume to go on with it, or move \
             {CHECKPOINT} and {UP_DOWN} away to begin another",
            args.run.display(),
            found.file_name().unwrap_or_default().display()
        )));
    }
    let table = config.table(Asked::default(), args.quiet)?;
    let rows = config.rows(&table);
    let rows = DataRows::new(table.train, rows, config.binarise.into());
    let rows = rows.map_err(CliError::bad_input)?;
    let mut run = if args.resume {
        UpDown::load(&checkpoint, &device).map_err(CliError::bad_input)?
    } else {
        let network = UntiedDbn::from(&load(&args.run, &device)?);
        UpDown::new(args.config(), &network, rows.len()).map_err(failure)?
    };
    let screen = Screen::new("epochs", args.quiet);
    screen.bar.set_length(run.config().epochs);
    screen.bar.set_position(run.epochs());
    screen
        .bar
        .enable_steady_tick(std::time::Duration::from_millis(500));
    let stop = interrupt::interrupted()?;
    let epochs = run.config().epochs;
    let mut after = |run: &UpDown| -> Result<(), DbnError> {
        run.save_with_history(&checkpoint, HISTORY)?;
        screen.bar.set_position(run.epochs());
        if let Some(report) = run.history().last() {
            let names: Vec<&str> = report.metrics.keys().map(String::as_str).collect();
            screen.row("", report, epochs, &names);
        }
        Ok(())
    };
    let ending = dbn::up_down(
        &mut run,
        &rows,
        &|| stop.load(Ordering::Relaxed),
        &mut after,
    );
    screen.close();
    let root = folder.root().display();
    if ending.map_err(failure)? == Ending::Interrupted {
        return Err(CliError::Interrupted(format!(
            "saved after {} of {epochs} epochs; go on with `burnzmann dbn up-down {root} --resume`",
            run.epochs()
        )));
    }
    save_untied(&run.network(), &folder)?;
    screen.line(&format!("In {root}: up-down.safetensors"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: UpDownArgs,
    }

    fn config(words: &str) -> UpDownConfig {
        let words = format!("up-down run {words}");
        Line::parse_from(words.split_whitespace()).args.config()
    }

    /// 3, 6 and 10 sweeps at thirds of the run, as the help says; where there are too few epochs for all
    /// of them, the first ones. Without options it is the library's own configuration.
    #[test]
    fn the_sweeps_grow_at_a_third_and_two_thirds() {
        assert_eq!(config(""), UpDownConfig::default());
        for (epochs, sweeps) in [
            (1, vec![3]),
            (2, vec![3, 6]),
            (3, vec![3, 6, 10]),
            (7, vec![3, 3, 3, 6, 6, 10, 10]),
            (9, vec![3, 3, 3, 6, 6, 6, 10, 10, 10]),
        ] {
            let config = config(&format!("--epochs {epochs}"));
            config.validate().unwrap();
            let found: Vec<usize> = (0..epochs).map(|epoch| config.k.at(epoch)).collect();
            assert_eq!(found, sweeps, "{epochs} epochs");
        }
    }
}
