//! Deep belief networks: `burnzmann dbn …`.

mod classify;
mod evaluate;
mod finetune;
mod generate;
mod model;
mod pretrain;
mod run;
mod screen;
mod summary;
mod tuning;
mod up_down;

pub use classify::ClassifyArgs;
pub use evaluate::DbnEvaluateArgs;
pub use finetune::FinetuneArgs;
pub use generate::GenerateArgs;
pub(crate) use model::open;
pub use model::{Directions, NetworkArgs};
pub use pretrain::PretrainArgs;
pub(crate) use run::PRETRAINED;
pub use run::{DbnRunConfig, Network};
pub(crate) use summary::summary;
pub use up_down::UpDownArgs;

use clap::{Args, Subcommand};

use crate::CliError;

/// The options of `burnzmann dbn`.
#[derive(Args, Clone, Debug)]
pub struct DbnArgs {
    #[command(subcommand)]
    command: DbnCommand,
}

/// What is done with a network.
#[derive(Subcommand, Clone, Debug)]
pub enum DbnCommand {
    /// Train a network layer by layer and leave a folder with it, its metrics and pictures
    #[command(after_help = PretrainArgs::EXAMPLES)]
    Pretrain(PretrainArgs),
    /// Tune a network both ways by contrastive wake-sleep
    #[command(after_help = UpDownArgs::EXAMPLES)]
    UpDown(UpDownArgs),
    /// Unroll a network into a classifier and tune it by backpropagation
    #[command(after_help = FinetuneArgs::EXAMPLES)]
    Finetune(FinetuneArgs),
    /// Draw images from a network, of a class where it knows classes
    #[command(after_help = GenerateArgs::EXAMPLES)]
    Generate(GenerateArgs),
    /// Bound the likelihood of data, and count wrong classes where the network knows classes
    #[command(after_help = DbnEvaluateArgs::EXAMPLES)]
    Evaluate(DbnEvaluateArgs),
    /// Write the class of each row, with the probability of every class
    #[command(after_help = ClassifyArgs::EXAMPLES)]
    Classify(ClassifyArgs),
}

/// Runs a command on deep belief networks.
///
/// # Errors
///
/// [`CliError`].
pub fn dbn(args: &DbnArgs) -> Result<(), CliError> {
    match &args.command {
        DbnCommand::Pretrain(args) => pretrain::pretrain(args).map(drop),
        DbnCommand::UpDown(args) => up_down::up_down(args),
        DbnCommand::Finetune(args) => finetune::finetune(args),
        DbnCommand::Generate(args) => generate::generate(args),
        DbnCommand::Evaluate(args) => evaluate::evaluate(args),
        DbnCommand::Classify(args) => classify::classify(args),
    }
}
