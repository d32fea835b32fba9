//! The command `burnzmann`.

use std::process::ExitCode;

use burnzmann_cli::{
    CompletionsArgs, ConvertArgs, DbnArgs, DevicesArgs, EncodeArgs, EvaluateArgs, FreeEnergyArgs,
    InfoArgs, InpaintArgs, ManArgs, PlotArgs, ReconstructArgs, ReportArgs, ResumeArgs, SampleArgs,
    TrainArgs, completions, convert, dbn, devices, encode, evaluate, finish, free_energy, info,
    inpaint, man, plot, reconstruct, report, resume, sample, train,
};
use clap::{CommandFactory, Parser, Subcommand};
use mimalloc::MiMalloc;

/// glibc's allocator costs a step on the CPU up to 40 % of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Restricted Boltzmann machines: train, evaluate, look at them.
#[derive(Parser)]
#[command(name = "burnzmann", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train an RBM; write the model, its metrics and pictures into a folder
    #[command(after_help = TrainArgs::EXAMPLES)]
    Train(TrainArgs),
    /// Continue a run that was stopped, or train it for more epochs
    #[command(after_help = ResumeArgs::EXAMPLES)]
    Resume(ResumeArgs),
    /// Estimate the log-likelihood and check its reliability
    #[command(after_help = EvaluateArgs::EXAMPLES)]
    Evaluate(EvaluateArgs),
    /// Draw samples from a model, as images or an array
    #[command(after_help = SampleArgs::EXAMPLES)]
    Sample(SampleArgs),
    /// Compute the hidden means of data rows: features for another program
    #[command(after_help = EncodeArgs::EXAMPLES)]
    Encode(EncodeArgs),
    /// Reconstruct data rows: the visible means given the hidden means
    #[command(after_help = ReconstructArgs::EXAMPLES)]
    Reconstruct(ReconstructArgs),
    /// Compute the free energy of data rows, for example to find anomalies
    #[command(after_help = FreeEnergyArgs::EXAMPLES)]
    FreeEnergy(FreeEnergyArgs),
    /// Fill in missing parts of data rows by sampling
    #[command(after_help = InpaintArgs::EXAMPLES)]
    Inpaint(InpaintArgs),
    /// Deep belief networks: pre-train, fine-tune, sample, classify, evaluate
    Dbn(DbnArgs),
    /// Plot filters, samples, learning curves or an embedding
    #[command(after_help = PlotArgs::EXAMPLES)]
    Plot(PlotArgs),
    /// Write an HTML report of a run: curves, filters, samples, histograms, verdict
    #[command(after_help = ReportArgs::EXAMPLES)]
    Report(ReportArgs),
    /// Convert a model from or to the file of another program
    #[command(after_help = ConvertArgs::EXAMPLES)]
    Convert(ConvertArgs),
    /// Show the content of a model, a run or a data file
    #[command(after_help = InfoArgs::EXAMPLES)]
    Info(InfoArgs),
    /// List the devices this program was built for, and which of them work
    #[command(after_help = DevicesArgs::EXAMPLES)]
    Devices(DevicesArgs),
    /// Print the completions of a shell
    #[command(after_help = CompletionsArgs::EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = ManArgs::EXAMPLES)]
    Man(ManArgs),
}

fn main() -> ExitCode {
    finish(match Cli::parse().command {
        Command::Train(args) => train(&args),
        Command::Resume(args) => resume(&args),
        Command::Evaluate(args) => evaluate(&args),
        Command::Sample(args) => sample(&args),
        Command::Encode(args) => encode(&args),
        Command::Reconstruct(args) => reconstruct(&args),
        Command::FreeEnergy(args) => free_energy(&args),
        Command::Inpaint(args) => inpaint(&args),
        Command::Dbn(args) => dbn(&args),
        Command::Plot(args) => plot(&args),
        Command::Report(args) => report(&args),
        Command::Convert(args) => convert(&args),
        Command::Info(args) => info(&args),
        Command::Devices(args) => devices(&args),
        Command::Completions(args) => completions(&args, Cli::command()),
        Command::Man(args) => man(&args, Cli::command()),
    })
}
