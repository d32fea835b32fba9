//! What kind of file it is, by its first bytes where its name does not say so.
//!
//! A Python pickle is a program, and running it is not safe: it is recognised and not read. So are other files that people keep
//! models in and that are not read here; the message has the lines that export them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::CliError;

/// A kind of file that tensors are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Safetensors,
    Npz,
    Torch,
    Hdf5,
}

/// How much of a file is looked at: class names stand at its beginning.
const LOOK: u64 = 1 << 16;
/// What a pickle of `torch.save` before PyTorch 1.6 begins with.
const OLD_TORCH: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// What the file at `path` is.
///
/// # Errors
///
/// [`CliError::BadInput`] where it cannot be opened, or is of a kind that is not read.
pub(super) fn container(path: &Path) -> Result<Container, CliError> {
    let start = start_of(path)?;
    let kind = of_bytes(&start, extension(path));
    refuse(path, &start, kind)?;
    Ok(kind)
}

/// Ends with a message where the file at `path` is a pickle, by whatever name.
pub(crate) fn refuse_pickle(path: &Path) -> Result<(), CliError> {
    let start = start_of(path)?;
    if is_pickle(&start) || is_packed_pickle(&start, extension(path)) {
        return refuse(path, &start, Container::Safetensors);
    }
    Ok(())
}

pub(super) fn extension(path: &Path) -> &str {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}

fn start_of(path: &Path) -> Result<Vec<u8>, CliError> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LOOK).read_to_end(&mut start))
        .map_err(|error| CliError::BadInput(format!("{}: cannot read: {error}", path.display())))?;
    Ok(start)
}

fn of_bytes(start: &[u8], extension: &str) -> Container {
    match extension {
        "npz" => Container::Npz,
        "pt" | "pth" => Container::Torch,
        "h5" | "hdf5" => Container::Hdf5,
        "safetensors" => Container::Safetensors,
        _ if start.starts_with(b"PK\x03\x04") => {
            // The first member of a file of `torch.save`.
            if has(&start[..start.len().min(256)], b"/data.pkl") {
                Container::Torch
            } else {
                Container::Npz
            }
        }
        _ if start.starts_with(OLD_TORCH) => Container::Torch,
        _ if start.starts_with(b"\x89HDF\r\n\x1a\n") => Container::Hdf5,
        _ => Container::Safetensors,
    }
}

fn refuse(path: &Path, start: &[u8], kind: Container) -> Result<(), CliError> {
    let reason = if kind != Container::Torch
        && (is_pickle(start) || is_packed_pickle(start, extension(path)))
    {
        pickle(path, start)
    } else if start.starts_with(b"\x93NUMPY") {
        "one array, and a model has three: numpy.savez writes them into one .npz file".to_owned()
    } else if start.starts_with(b"MATLAB 5.0 MAT-file") {
        let (from, to) = names(path);
        format!(
            "a file of MATLAB, which is not read here; these lines of Python export it:\n    \
             import numpy, scipy.io; mat = scipy.io.loadmat({from})\n    \
             numpy.savez({to}, weight=mat[\"vishid\"], visible_bias=mat[\"visbiases\"], \
             hidden_bias=mat[\"hidbiases\"])  # your names in []"
        )
    } else {
        return Ok(());
    };
    Err(CliError::BadInput(format!("{}: {reason}", path.display())))
}

/// Whether these are the first bytes of a pickle of any protocol.
fn is_pickle(start: &[u8]) -> bool {
    match start {
        // A safetensors file begins with the length of its header in eight bytes, and the header's brace.
        [_, _, _, _, _, 0, 0, 0, b'{', ..] => false,
        [0x80, 2..=5, ..] => true,
        // Protocols 0 and 1 begin with an object by the name of its class, or a dictionary.
        _ => [
            &b"ccopy_reg\n"[..],
            b"ccopyreg\n",
            b"c__builtin__\n",
            b"csklearn",
            b"cpylearn2",
            b"cnumpy",
            b"(i",
            b"(dp",
            b"}q",
        ]
        .iter()
        .any(|first| start.starts_with(first)),
    }
}

/// Whether it is a pickle that joblib compressed, by its name and by the first bytes of zlib, gzip, bzip2 or xz.
fn is_packed_pickle(start: &[u8], extension: &str) -> bool {
    ["joblib", "pkl", "pickle"].contains(&extension)
        && [&b"\x78"[..], b"\x1f\x8b", b"BZh", b"\xfd7zXZ"]
            .iter()
            .any(|first| start.starts_with(first))
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// The file's name and that of an archive beside it, as strings of Python.
fn names(path: &Path) -> (String, String) {
    let text = |path: &Path| format!("{:?}", path.display().to_string());
    (text(path), text(&path.with_extension("npz")))
}

/// What it is said to be, and the two lines that export it.
fn pickle(path: &Path, start: &[u8]) -> String {
    let (from, to) = names(path);
    let sklearn = has(start, b"sklearn") || has(start, b"BernoulliRBM");
    let pylearn2 = has(start, b"pylearn2");
    let whose = if sklearn {
        " of scikit-learn"
    } else if pylearn2 {
        " of pylearn2"
    } else {
        ""
    };
    let load = if has(start, b"joblib") || is_packed_pickle(start, extension(path)) {
        format!("import joblib, numpy; rbm = joblib.load({from})")
    } else {
        format!("import numpy, pickle; rbm = pickle.load(open({from}, \"rb\"))")
    };
    let step = if has(start, b"sklearn.pipeline") {
        ".named_steps[\"bernoullirbm\"]  # your name of the step"
    } else {
        ""
    };
    let arrays = if sklearn {
        "components_=rbm.components_, intercept_visible_=rbm.intercept_visible_, \
         intercept_hidden_=rbm.intercept_hidden_)"
    } else if pylearn2 {
        "weight=rbm.get_weights(), visible_bias=rbm.bias_vis.get_value(), \
         hidden_bias=rbm.bias_hid.get_value())"
    } else {
        "weight=rbm.W, visible_bias=rbm.b, hidden_bias=rbm.c)  # your names behind =rbm."
    };
    format!(
        "a Python pickle{whose}: a program that Python runs, so it is not read here; where you trust it, these lines of Python \
         export its arrays for burnzmann convert:\n    {load}{step}\n    numpy.savez({to}, {arrays}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pickles_of_every_protocol_are_told_from_safetensors() {
        for start in [
            &b"\x80\x02}q\x00(X"[..],
            b"\x80\x04\x95\x97\x04\0\0\0\0\0\0\x8c\x1bsklearn",
            b"ccopy_reg\n_reconstructor\n",
            b"(dp0\nS'W'\n",
            b"}q\x00(U\x01W",
        ] {
            assert!(is_pickle(start), "{start:?}");
        }
        // Headers of 128 + 4·256 and of 0x2c80 bytes.
        for start in [
            &b"\x80\x04\0\0\0\0\0\0{\"weight"[..],
            b"\x80\x2c\0\0\0\0\0\0{",
            b"cats,dogs\n",
            b"(1, 2)",
            b"",
        ] {
            assert!(!is_pickle(start), "{start:?}");
        }
    }

    #[test]
    fn a_name_that_says_nothing_leaves_it_to_the_bytes() {
        let torch =
            b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0c\0\0\0rbm/data.pkl";
        for (start, expected) in [
            (&torch[..], Container::Torch),
            (b"PK\x03\x04\0\0W.npy", Container::Npz),
            (b"\x89HDF\r\n\x1a\n", Container::Hdf5),
            (OLD_TORCH, Container::Torch),
            (b"\x10\0\0\0\0\0\0\0{", Container::Safetensors),
        ] {
            assert_eq!(of_bytes(start, "bin"), expected);
        }
        assert_eq!(of_bytes(b"", "h5"), Container::Hdf5);
    }
}
