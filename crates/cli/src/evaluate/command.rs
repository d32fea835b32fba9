//! An evaluation from its first line to its last.

use burnzmann::eval::{self, Method, Progress, Stage};
use burnzmann::model::{Rbm, exact::Enumeration};
use indicatif::{ProgressBar, ProgressStyle};

use super::{EvaluateArgs, OTHER_DATA, evaluation_data, is_of_the_run};
use crate::{CliError, Subject};

/// Estimates the log-likelihood and checks its reliability.
///
/// # Errors
///
/// [`CliError`].
pub fn evaluate(args: &EvaluateArgs) -> Result<(), CliError> {
    let subject = Subject::open(&args.model)?;
    let rows = subject.rows(&args.rows, false)?;
    let rbm = &subject.rbm;
    let data = evaluation_data(&subject, &rows)?;
    let other = !is_of_the_run(&subject, &rows);
    let method = announce(args.method, rbm);
    let bar = Bar::default();
    let evaluation = eval::evaluate(rbm, &data, &args.config(), &mut |progress| {
        bar.show(progress);
    });
    bar.clear();
    let mut evaluation = evaluation.map_err(CliError::bad_input)?;
    if other && evaluation.verdict.overfits == Some(true) {
        evaluation.verdict.findings.push(OTHER_DATA.into());
    }
    debug_assert!(method.is_none_or(|method| method == evaluation.method));
    if args.json {
        let text = serde_json::to_string(&evaluation).map_err(CliError::failed)?;
        outln!("{text}");
    } else {
        outln!("{evaluation}");
        outln!("took {:.1} s", evaluation.seconds);
    }
    Ok(())
}

/// Says beforehand what an enumeration will cost.
fn announce(method: Method, rbm: &Rbm) -> Option<Method> {
    if method == Method::Exact {
        let states = Enumeration::new(rbm).ok()?;
        errln!(
            "summing over {} states of {} units each way",
            states.num_states(),
            rbm.num_visible().max(rbm.num_hidden())
        );
        return Some(Method::Exact);
    }
    None
}

/// A bar that starts over with each stage.
pub(crate) struct Bar(ProgressBar);

impl Default for Bar {
    fn default() -> Self {
        let style =
            ProgressStyle::with_template("{msg} {bar:28} {pos}/{len} {per_sec} {eta} to go")
                .expect("the template is well formed");
        Self(ProgressBar::no_length().with_style(style))
    }
}

impl Bar {
    pub(crate) fn show(&self, Progress { stage, done, total }: Progress) {
        let message = Stage::to_string(&stage);
        if self.0.message() != message {
            self.0.set_message(message);
            self.0.reset();
        }
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
