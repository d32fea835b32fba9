//! The data that a user names, loaded.

use std::path::Path;

use burnzmann::data::{Dataset, Mnist, MnistFiles, ReadOptions, read_labels};
use burnzmann::internal::{Prepared, Wanted};
use burnzmann::{Preparation, Residence, Table};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{CliError, Source};

/// Finds, downloads or makes the data, and says what they are, resolved.
///
/// # Errors
///
/// [`CliError::BadInput`] where a folder or a file is not what it should be.
pub(crate) fn load(
    source: &Source,
    dir: Option<&Path>,
    labels: Option<&Path>,
    read: &ReadOptions,
    residence: Residence,
    quiet: bool,
) -> Result<(Source, Table), CliError> {
    if residence == Residence::File && !matches!(source, Source::File(_)) {
        return Err(CliError::BadInput(format!(
            "--stream is for a .npy file: {source} is kept in memory"
        )));
    }
    if let (Some(_), false) = (labels, matches!(source, Source::File(_))) {
        return Err(CliError::BadInput(format!(
            "--labels is for data in a file: {source} has labels of its own, or none"
        )));
    }
    if !read.is_empty() && !matches!(source, Source::File(_)) {
        return Err(CliError::BadInput(format!(
            "--label-column, --drop and --transpose are for data in a file: {source} is not read from one"
        )));
    }
    let table = match source {
        Source::Auto => return auto(dir, quiet),
        Source::Mnist => mnist(&find_mnist(dir, quiet)?)?,
        Source::Digits => Table::digits(),
        Source::Bas4 => Table::bars_and_stripes(4)?,
        Source::File(path) => file(path, labels, read, residence, quiet)?,
    };
    Ok((source.clone(), table))
}

/// MNIST, or the digits with one line that says so. A folder that was named must hold MNIST.
fn auto(dir: Option<&Path>, quiet: bool) -> Result<(Source, Table), CliError> {
    match find_mnist(dir, quiet) {
        Ok(files) => Ok((Source::Mnist, mnist(&files)?)),
        Err(error) if dir.is_some() || std::env::var_os("MNIST_DIR").is_some() => Err(error),
        Err(_) => {
            errln!(
                "note: MNIST is not here and could not be downloaded; training on the embedded \
                 8x8 digits instead (--data-dir DIR names a folder with MNIST)"
            );
            Ok((Source::Digits, Table::digits()))
        }
    }
}

fn mnist(files: &MnistFiles) -> Result<Table, CliError> {
    let mnist = Mnist::load(files).map_err(CliError::bad_input)?;
    Ok(Table::from_mnist(mnist)?)
}

fn file(
    path: &Path,
    labels: Option<&Path>,
    read: &ReadOptions,
    residence: Residence,
    quiet: bool,
) -> Result<Table, CliError> {
    let mut data = residence.open(path, read)?;
    if let Some(labels) = labels {
        let labels = read_labels(labels, data.rows()).map_err(CliError::bad_input)?;
        data = data.with_labels(labels).map_err(CliError::bad_input)?;
    }
    if !quiet {
        say_notes(&data);
    }
    Ok(Table::new(data)?)
}

/// The data as the visible units take them, and what was done to them, which is said.
pub(crate) fn prepare(
    wanted: &Wanted,
    table: Table,
    from_test: bool,
    quiet: bool,
) -> Result<(Table, Preparation), CliError> {
    let Prepared {
        table,
        preparation,
        said,
    } = wanted.prepare(table, from_test)?;
    for line in said.iter().filter(|_| !quiet) {
        errln!("{line}");
    }
    Ok((table, preparation))
}

/// Says what was decided when a file was read.
pub(crate) fn say_notes(data: &Dataset) {
    for note in data.notes() {
        errln!("note: {note}");
    }
}

pub(crate) fn find_mnist(dir: Option<&Path>, quiet: bool) -> Result<MnistFiles, CliError> {
    let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {eta}")
        .expect("the template is well formed");
    let bar = if quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::no_length().with_style(style)
    };
    let found = MnistFiles::find_or_download(dir, |file, done, total| {
        bar.set_message(format!("downloading {file}"));
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(done);
    });
    bar.finish_and_clear();
    found.map_err(CliError::bad_input)
}
