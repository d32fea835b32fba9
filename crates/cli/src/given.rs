//! Which options were given.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, FromArgMatches};

use crate::CliError;

/// The options that stand on the command line, by their ids: what a command asks that has to refuse the
/// options which change nothing of what it does.
///
/// It is flattened into a command's options, before the others: these take their values out of the matches.
///
/// ```
/// use burnzmann_cli::Given;
/// use clap::Parser;
///
/// #[derive(Parser)]
/// struct Options {
///     #[command(flatten)]
///     given: Given,
///     #[arg(long, default_value_t = 100)]
///     batch: usize,
///     #[arg(long)]
///     epochs: Option<u64>,
/// }
///
/// let options = Options::parse_from(["train", "--epochs", "3"]);
/// assert_eq!((options.batch, options.epochs), (100, Some(3)));
/// assert_eq!(options.given.flags(), ["--epochs"]);
/// assert!(options.given.only(&["epochs"], "a run that goes on").is_ok());
/// let error = options.given.only(&["batch"], "a run that goes on").unwrap_err();
/// assert!(error.to_string().contains("--epochs"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(Vec<String>);

impl Given {
    /// The options as they are written, in the order of their names.
    pub fn flags(&self) -> Vec<String> {
        self.0.iter().map(|id| flag(id)).collect()
    }

    /// Whether all the options that were given are among those with these ids (`likelihood_every` for
    /// `--likelihood-every`).
    ///
    /// # Errors
    ///
    /// [`CliError::BadInput`] with the option that is not, `what` it is not for, and those that are.
    pub fn only(&self, ids: &[&str], what: &str) -> Result<(), CliError> {
        let Some(other) = self.0.iter().find(|id| !ids.contains(&id.as_str())) else {
            return Ok(());
        };
        let known: Vec<String> = ids.iter().map(|id| flag(id)).collect();
        Err(CliError::BadInput(format!(
            "{} is not for {what}; leave it out (what can be given is {})",
            flag(other),
            known.join(", ")
        )))
    }
}

fn flag(id: &str) -> String {
    format!("--{}", id.replace('_', "-"))
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut ids: Vec<String> = matches
            .ids()
            // Groups have no source of their own that counts.
            .filter(|id| matches.try_contains_id(id.as_str()).unwrap_or(false))
            .filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine))
            .map(|id| id.as_str().to_owned())
            // Groups are named after the structures that they flatten.
            .filter(|id| id.starts_with(char::is_lowercase))
            .collect();
        ids.sort();
        Ok(Self(ids))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
