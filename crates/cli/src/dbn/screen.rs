//! What the training of a network shows while it goes.

use burnzmann::train::EpochReport;
use indicatif::{ProgressBar, ProgressStyle};

/// Lines for epochs, at most.
const LINES: u64 = 40;

/// A bar, and lines above it.
#[derive(Clone)]
pub(super) struct Screen {
    pub(super) bar: ProgressBar,
    quiet: bool,
}

impl Screen {
    /// A bar whose unit is `what`.
    pub(super) fn new(what: &str, quiet: bool) -> Self {
        let template =
            format!("{{bar:28}} {{msg}}  {{pos}}/{{len}} {what}  {{per_sec}}  {{eta}} to go");
        let style = ProgressStyle::with_template(&template).expect("the template is well formed");
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::no_length().with_style(style)
        };
        Self { bar, quiet }
    }

    pub(super) fn line(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| crate::out::progress(text));
        }
    }

    /// A line for an epoch (for some of them where there are many) with the numbers of these names, where
    /// it has them.
    pub(super) fn row(&self, of: &str, report: &EpochReport, epochs: u64, names: &[&str]) {
        let every = epochs.div_ceil(LINES).max(1);
        if !report.epoch.is_multiple_of(every) && report.epoch != epochs && report.epoch != 1 {
            return;
        }
        let cells = names.iter().filter_map(|name| {
            let value = report.get(name)?;
            Some(format!("  {} {value:.4}", name.replace('_', " ")))
        });
        let cells: String = cells.collect();
        self.line(&format!("  {of}epoch {:>3}/{epochs}{cells}", report.epoch));
    }

    pub(super) fn close(&self) {
        self.bar.finish_and_clear();
    }
}
