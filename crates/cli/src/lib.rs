//! The parts of the command line `burnzmann`, as a library: the example `mnist` is made of them too.

mod error;
pub use error::CliError;

mod source;
pub use source::{Binarise, DataArgs, Sets, Source};

mod run;
pub use run::{RunConfig, RunFolder};

mod train;
pub use train::{AlgorithmName, TrainArgs, train};

mod evaluate;
pub use evaluate::{EvaluateArgs, Part, evaluate};

use std::process::ExitCode;

/// Ends a program: prints the one sentence of an error and turns it into the exit code.
pub fn finish(outcome: Result<(), CliError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", error.kind());
            error.exit_code()
        }
    }
}
