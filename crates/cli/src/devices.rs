//! `burnzmann devices`: what is compiled in, what answers.

use burnzmann::device::{self, DeviceError};
use clap::Args;
use serde_json::json;

use crate::CliError;

/// The options of `burnzmann devices`.
#[derive(Args, Clone, Debug)]
pub struct DevicesArgs {
    /// Print one JSON array and nothing else on standard output
    #[arg(long)]
    pub json: bool,
}

/// Every name that there is, with the feature that builds it.
const NAMES: [&str; 7] = ["cuda", "metal", "rocm", "vulkan", "wgpu", "flex", "ndarray"];

impl DevicesArgs {
    /// Shown below `--help`.
    pub const EXAMPLES: &str = "\
Examples:
  burnzmann devices          what this program was built with, and what answers on this machine
  burnzmann devices --json   for a program to read";
}

/// Lists the devices, each one that was compiled in after one operation on it.
///
/// # Errors
///
/// [`CliError::Failed`] where none answers.
pub fn devices(args: &DevicesArgs) -> Result<(), CliError> {
    let available = device::available();
    let mut found = Vec::new();
    for name in NAMES {
        let compiled = available.contains(&name);
        let answer = compiled.then(|| device::select(Some(name)));
        let (answers, reason) = match answer {
            Some(Ok(_)) => (true, String::new()),
            Some(Err(
                DeviceError::NoAdapter { reason, .. } | DeviceError::Driver { reason, .. },
            )) => (false, reason),
            Some(Err(error)) => (false, error.to_string()),
            None => (false, format!("build with `--features {name}`")),
        };
        found.push((name, compiled, answers, reason));
    }
    let chosen = std::env::var("BURN_DEVICE")
        .ok()
        .filter(|name| !name.is_empty());
    let default = chosen.as_deref().or(available.first().copied());
    if args.json {
        let list: Vec<_> = found
            .iter()
            .map(|(name, compiled, answers, reason)| {
                json!({
                    "name": name,
                    "compiled_in": compiled,
                    "answers": answers,
                    "default": default == Some(*name),
                    "reason": reason,
                })
            })
            .collect();
        outln!("{}", serde_json::Value::from(list));
    } else {
        for (name, compiled, answers, reason) in &found {
            let state = match (compiled, answers) {
                (true, true) if default == Some(*name) => "answers; the default".to_owned(),
                (true, true) => "answers".to_owned(),
                (true, false) => format!("compiled in, and does not answer: {reason}"),
                (false, _) => format!("not compiled in: {reason}"),
            };
            outln!("{name:<8} {state}");
        }
    }
    if found.iter().any(|(_, _, answers, _)| *answers) {
        return Ok(());
    }
    Err(CliError::failed("no device of this build answers"))
}
