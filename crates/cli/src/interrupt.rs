//! Ctrl-C and a request to terminate.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::CliError;

/// The exit code after SIGINT, which is Ctrl-C: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;
/// That after SIGTERM, which `kill`, batch systems and container engines send.
#[cfg(unix)]
const TERMINATED: u8 = 143;

/// The code that goes with the first signal.
static CODE: AtomicU8 = AtomicU8::new(INTERRUPTED);

/// The exit code of a run that was stopped and saved itself.
pub(crate) fn exit_code() -> u8 {
    CODE.load(Ordering::Relaxed)
}

/// A flag that is set when the user asks for an end: it comes after the update at hand.
pub(crate) fn interrupted() -> Result<Arc<AtomicBool>, CliError> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    on_interrupt(move || set.store(true, Ordering::Relaxed))?;
    Ok(flag)
}

/// Calls `stop` at Ctrl-C or SIGTERM, instead of what was called before; a second one does not wait.
pub(crate) fn on_interrupt(stop: impl Fn() + Send + 'static) -> Result<(), CliError> {
    type Stop = Box<dyn Fn() + Send>;
    static STOP: Mutex<Option<Stop>> = Mutex::new(None);
    static ASKED: AtomicBool = AtomicBool::new(false);
    let hold = || STOP.lock().unwrap_or_else(PoisonError::into_inner);
    if hold().replace(Box::new(stop)).is_some() {
        return Ok(());
    }
    watch(move |code| {
        if ASKED.swap(true, Ordering::Relaxed) {
            #[expect(clippy::exit, reason = "asked twice: the last checkpoint stands")]
            std::process::exit(code.into());
        }
        CODE.store(code, Ordering::Relaxed);
        if let Some(stop) = &*hold() {
            stop();
        }
    })
}

/// Calls `asked` with the exit code that goes with each signal. SIGHUP stays as it is: `nohup` has it
/// ignored, and a handler would undo that.
#[cfg(unix)]
fn watch(asked: impl Fn(u8) + Send + 'static) -> Result<(), CliError> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(CliError::failed)?;
    let wait = move || {
        for signal in &mut signals {
            asked(if signal == SIGTERM {
                TERMINATED
            } else {
                INTERRUPTED
            });
        }
    };
    let thread = std::thread::Builder::new().name("signals".into());
    thread.spawn(wait).map(drop).map_err(CliError::failed)
}

#[cfg(not(unix))]
fn watch(asked: impl Fn(u8) + Send + 'static) -> Result<(), CliError> {
    ctrlc::set_handler(move || asked(INTERRUPTED)).map_err(CliError::failed)
}
