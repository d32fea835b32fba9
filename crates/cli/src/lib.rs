//! The parts of the command line `burnzmann`, as a library for its program, its tests and its fuzzing.

#[macro_use]
mod out;

mod error;
pub use error::CliError;

mod given;
pub use given::Given;
mod interrupt;

mod stored_path;

mod source;
pub use source::{DataArgs, ReadArgs, Source};

mod table;

mod run;
pub use run::{Digests, FirstModel, MovedArgs, RunConfig, RunFolder, WatchConfig};

mod train;
pub use train::{
    ConfigFile, HiddenUnits, LogFormat, ResumeArgs, TrainArgs, WatchArgs, resume, train,
};

mod subject;
pub use subject::{ModelArgs, Part, Rows, RowsArgs, Subject};

mod evaluate;
pub use evaluate::{EvaluateArgs, evaluate};

mod apply;
pub use apply::{
    EncodeArgs, FreeEnergyArgs, InpaintArgs, ReconstructArgs, SampleArgs, Start, encode,
    free_energy, inpaint, reconstruct, sample,
};

mod plot;
pub use plot::{Abscissa, CurvesArgs, EmbeddingArgs, FiltersArgs, Plot, PlotArgs, plot};

mod report;
pub use report::{ReportArgs, report};

mod convert;
pub use convert::{ConvertArgs, Tensors, convert, read_rbms};

mod info;
pub use info::{InfoArgs, info};

mod devices;
pub use devices::{DevicesArgs, devices};

mod manual;
pub use manual::{CompletionsArgs, ManArgs, completions, man};

mod dbn;
pub use dbn::{
    ClassifyArgs, DbnArgs, DbnCommand, DbnEvaluateArgs, DbnRunConfig, Directions, FinetuneArgs,
    GenerateArgs, Network, NetworkArgs, PretrainArgs, UpDownArgs, dbn,
};

use std::process::ExitCode;

/// Ends a program: prints the one sentence of an error and turns it into the exit code.
pub fn finish(outcome: Result<(), CliError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            errln!("{}: {error}", error.kind());
            error.exit_code()
        }
    }
}
