//! A network by the options of an RBM: what the example `mnist` does with `--layers`.

use clap::Parser;

use super::{
    finetune::{FinetuneArgs, finetune},
    pretrain::{PretrainArgs, pretrain},
};
use crate::{CliError, TrainArgs};

/// Options as they are where nothing is said.
#[derive(Parser)]
struct Defaults<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

/// Trains a network with hidden layers of these widths greedily, each layer as `args` say, and, if
/// asked to, unrolls it and tunes it on the labels.
///
/// # Errors
///
/// [`CliError::BadInput`] where an option is for a single RBM alone; as `burnzmann dbn`.
pub fn train_network(args: &TrainArgs, layers: &[usize], tuned: bool) -> Result<(), CliError> {
    if args.resume.is_some() {
        let known = ["resume", "layers", "finetune", "device", "quiet"];
        args.given.only(&known, "a network that goes on")?;
    }
    let alone = [
        ("--hidden", args.hidden.is_some()),
        ("--chains", args.chains.is_some()),
        ("--constant-lr", args.constant_lr),
        ("--l1", args.l1.is_some()),
        ("--config", args.config.is_some()),
        ("--start", args.start.is_some()),
        ("--likelihood-every", args.watch.likelihood_every.is_some()),
        ("--patience", args.watch.patience.is_some()),
        ("--no-early-stop", args.watch.no_early_stop),
        ("--checkpoint-every", args.watch.checkpoint_every.is_some()),
        ("--keep", args.watch.keep.is_some()),
        ("--stream", args.watch.stream),
        ("--log", args.watch.log.is_some()),
        ("--tui", args.watch.tui),
    ];
    if let Some((name, _)) = alone.into_iter().find(|(_, given)| *given) {
        return Err(CliError::BadInput(format!(
            "{name} is for a single RBM, and --layers asks for a network; leave one of them out \
             (`burnzmann dbn pretrain --help` has the options of networks)"
        )));
    }
    let mut network = Defaults::<PretrainArgs>::parse_from(["pretrain"]).args;
    network.data = args.data.clone();
    network.layers = layers.to_vec();
    network.algorithm = args.algorithm.clone().unwrap_or(network.algorithm);
    network.k = args.k.unwrap_or(network.k);
    network.epochs = args.epochs.into_iter().collect();
    network.batch = args.batch.unwrap_or(network.batch);
    network.lr = args.lr.into_iter().collect();
    network.momentum = args.momentum;
    network.l2 = args.l2.unwrap_or(network.l2);
    network.no_centring = args.no_centring;
    network.seed = args.seed.unwrap_or(network.seed);
    network.out.clone_from(&args.out);
    network.resume.clone_from(&args.resume);
    network.device.clone_from(&args.watch.device);
    network.quiet = args.watch.quiet;
    let folder = pretrain(&network)?;
    if !tuned {
        return Ok(());
    }
    let words = ["finetune".into(), folder.into_os_string()];
    let mut tuning = Defaults::<FinetuneArgs>::parse_from(words).args;
    tuning.seed = network.seed;
    tuning.device.clone_from(&args.watch.device);
    tuning.quiet = args.watch.quiet;
    tuning.resume = args.resume.is_some();
    finetune(&tuning)
}
