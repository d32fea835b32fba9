//! `burnzmann report`: a page about a run.

mod command;
mod figures;
mod page;

pub use command::{ReportArgs, report};
