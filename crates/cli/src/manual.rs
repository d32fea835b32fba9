//! `burnzmann completions` and `burnzmann man`: what a packager installs.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::{CliError, out};

/// The options of `burnzmann completions`.
#[derive(Args, Clone, Debug)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// The options of `burnzmann man`.
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// Write a page for the program and one for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl CompletionsArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann completions bash > ~/.local/share/bash-completion/completions/burnzmann
  burnzmann completions zsh > ~/.zfunc/_burnzmann
  burnzmann completions fish > ~/.config/fish/completions/burnzmann.fish";
}

impl ManArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann man | man -l -                            read the page of the program
  burnzmann man --dir ~/.local/share/man/man1         install all pages";
}

/// Prints the completions of a shell.
///
/// # Errors
///
/// None: it is a [`Result`] as that of every command.
pub fn completions(args: &CompletionsArgs, mut command: Command) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "burnzmann", &mut script);
    out::bytes(&script);
    Ok(())
}

/// Prints the manual page, or writes all of them.
///
/// # Errors
///
/// [`CliError::BadInput`] where the folder cannot be written to.
pub fn man(args: &ManArgs, command: Command) -> Result<(), CliError> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        let man = clap_mangen::Man::new(command);
        man.render(&mut page).map_err(CliError::failed)?;
        out::bytes(&page);
        return Ok(());
    };
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(command, dir))
        .map_err(|error| CliError::BadInput(format!("{}: cannot write: {error}", dir.display())))
}
