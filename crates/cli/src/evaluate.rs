//! x
use crate::CliError;
/// x
#[derive(clap::Args, Clone, Debug)]
pub struct EvaluateArgs {}
impl EvaluateArgs {
    /// x
    pub const EXAMPLES: &str = "";
}
/// x
/// # Errors
/// x
pub fn evaluate(_args: &EvaluateArgs) -> Result<(), CliError> {
    Ok(())
}
