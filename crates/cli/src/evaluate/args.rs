//! The options of an evaluation.

use burnzmann::eval::{Ais, AnnealingSchedule, EvaluationConfig, Method};
use clap::Args;

use crate::{ModelArgs, RowsArgs};

/// The settings of the library.
fn usual() -> EvaluationConfig {
    EvaluationConfig::default()
}

/// The options of `burnzmann evaluate`.
#[derive(Args, Clone, Debug)]
pub struct EvaluateArgs {
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub model: ModelArgs,
    #[expect(missing_docs, reason = "clap's text is that of the options inside")]
    #[command(flatten)]
    pub rows: RowsArgs,
    /// auto, exact (25 units at most on one side), ais or pseudo
    #[arg(long, default_value_t = Method::Auto, value_name = "METHOD")]
    pub method: Method,
    /// Chains of annealed importance sampling
    #[arg(long, default_value_t = usual().ais.chains, value_name = "N")]
    pub chains: usize,
    /// The inverse temperatures: linear:STEPS, salakhutdinov-murray or adaptive:TARGET
    #[arg(long, default_value_t = usual().ais.schedule, value_name = "SCHEDULE")]
    pub schedule: AnnealingSchedule,
    /// Anneal back from data as well, so that log Z is bounded on both sides (`--reverse=false` halves the
    /// time; log Z then has no upper bound)
    #[arg(long, num_args = 0..=1, default_value_t = true, default_missing_value = "true",
          require_equals = true, value_name = "BOOL")]
    pub reverse: bool,
    /// Gibbs sweeps of the reverse chains before they anneal
    #[arg(long, default_value_t = usual().burn_in, value_name = "N")]
    pub burn_in: usize,
    /// Random seed
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Print one JSON object and nothing else on standard output
    #[arg(long)]
    pub json: bool,
}

impl EvaluateArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann evaluate runs/digits-1                     the run's own data, test rows
  burnzmann evaluate runs/mnist-1 --chains 100 --json  quick, for a program to read
  burnzmann evaluate runs/mnist-1 --best               the epoch of the best likelihood
  burnzmann evaluate model.safetensors --data rows.npy --method exact";

    pub(super) fn config(&self) -> EvaluationConfig {
        EvaluationConfig {
            method: self.method,
            ais: Ais {
                schedule: self.schedule.clone(),
                chains: self.chains,
                seed: self.seed,
                ..Ais::default()
            },
            reverse: self.reverse,
            burn_in: self.burn_in,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Options {
        #[command(flatten)]
        evaluate: EvaluateArgs,
    }

    /// `Fitted::evaluate` and the command measure alike.
    #[test]
    fn what_is_not_said_is_as_in_the_library() {
        let options = Options::parse_from(["evaluate", "run"]);
        assert_eq!(options.evaluate.config(), EvaluationConfig::default());
        let options = Options::parse_from(["evaluate", "run", "--chains", "7"]);
        assert_eq!(options.evaluate.config().ais.chains, 7);
    }
}
