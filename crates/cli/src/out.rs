//! Lines on standard output and standard error, whose reader may be gone.
//!
//! `println!` panics there. These macros take its place: results end the program quietly where nobody
//! reads them any more, and what is shown of a training is left out, because its files are what counts.

use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write, stderr, stdout};

/// A line of a result, as `println!` has it. Where the reader is gone, the program ends with code 0.
macro_rules! outln {
    ($($text:tt)*) => {
        $crate::out::line(format_args!($($text)*))
    };
}

/// A note on standard error, as `eprintln!` has it, and none where nobody reads it.
macro_rules! errln {
    ($($text:tt)*) => {
        $crate::out::note(format_args!($($text)*))
    };
}

/// See [`outln!`].
pub(crate) fn line(text: Arguments<'_>) {
    bytes(format!("{text}\n").as_bytes());
}

/// Writes a result as it is.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut out = stdout().lock();
    if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
        end(&error);
    }
}

/// A line about a training that goes on whether it is read or not.
pub(crate) fn progress(text: &str) {
    let mut out = stdout().lock();
    // A pipe that was closed, as by `| head`: the run's files have the numbers.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// See [`errln!`].
pub(crate) fn note(text: Arguments<'_>) {
    let _ = stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Everything asked for was done, but for showing it.
#[expect(clippy::exit, reason = "nobody is there to be told of an error")]
fn end(error: &Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    note(format_args!(
        "error: cannot write to standard output: {error}"
    ));
    std::process::exit(1);
}
