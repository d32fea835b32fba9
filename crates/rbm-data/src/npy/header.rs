//! The header of a `.npy` file: a Python dictionary of three entries.

use std::io::{self, Read};

/// The first bytes of a file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy itself refuses longer headers than this unless it is told to trust the file.
const LONGEST: usize = 10_000;
/// The header is padded so that the content begins at a multiple of this.
const ALIGNMENT: usize = 64;

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) descr: String,
    pub(super) fortran: bool,
    pub(super) shape: Vec<u64>,
    /// The bytes before the content.
    pub(super) length: u64,
}

impl Header {
    /// Reads a header up to the first byte of the content.
    pub(super) fn read(reader: &mut impl Read) -> io::Result<Result<Self, String>> {
        let mut start = [0; 10];
        if !fill(reader, &mut start)? || &start[..6] != MAGIC {
            return Ok(Err("no first line of NumPy's".into()));
        }
        let (size, before) = match start[6] {
            1 => (usize::from(u16::from_le_bytes([start[8], start[9]])), 10),
            2 | 3 => {
                let mut more = [0; 2];
                if !fill(reader, &mut more)? {
                    return Ok(Err("a header that ends early".into()));
                }
                let size = u32::from_le_bytes([start[8], start[9], more[0], more[1]]);
                (usize::try_from(size).unwrap_or(usize::MAX), 12)
            }
            version => return Ok(Err(format!("version {version}"))),
        };
        if size > LONGEST {
            return Ok(Err(format!("a header of {size} bytes")));
        }
        let mut text = vec![0; size];
        if !fill(reader, &mut text)? {
            return Ok(Err("a header that ends early".into()));
        }
        Ok(parse(&text, before + size as u64))
    }

    /// The bytes of a header for row-major content.
    pub(super) fn bytes(descr: &str, shape: &[usize]) -> Vec<u8> {
        let sizes: Vec<String> = shape.iter().map(|size| format!("{size},")).collect();
        let sizes = sizes.join(" ");
        let mut text =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}");
        while !(10 + text.len() + 1).is_multiple_of(ALIGNMENT) {
            text.push(' ');
        }
        text.push('\n');
        let size = u16::try_from(text.len()).expect("a shape is short");
        [MAGIC, &[1, 0], &size.to_le_bytes(), text.as_bytes()].concat()
    }
}

/// Whether the stream had that many bytes.
fn fill(reader: &mut impl Read, out: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(out) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn parse(text: &[u8], length: u64) -> Result<Header, String> {
    let text = std::str::from_utf8(text).map_err(|_| "a header that is no text".to_owned())?;
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    let mut rest = skip(text, "{")?;
    while let Some(entry) = rest.trim_start().strip_prefix(['\'', '"']) {
        let (key, after) = entry.split_once(['\'', '"']).ok_or_else(|| shown(entry))?;
        let value = skip(after, ":")?.trim_start();
        rest = match key {
            "descr" => {
                let quoted = value
                    .strip_prefix(['\'', '"'])
                    .ok_or_else(|| shown(value))?;
                let (found, after) = quoted.split_once(['\'', '"']).ok_or_else(|| shown(value))?;
                descr = Some(found.to_owned());
                after
            }
            "fortran_order" => {
                let (found, after) = if let Some(after) = value.strip_prefix("True") {
                    (true, after)
                } else {
                    (false, skip(value, "False")?)
                };
                fortran = Some(found);
                after
            }
            "shape" => {
                let (sizes, after) = skip(value, "(")?
                    .split_once(')')
                    .ok_or_else(|| shown(value))?;
                let numbers = sizes
                    .split(',')
                    .map(str::trim)
                    .filter(|size| !size.is_empty());
                // Python 2 wrote long integers with an L.
                let numbers = numbers.map(|size| size.trim_end_matches('L').parse::<u64>());
                let found: Result<Vec<u64>, _> = numbers.collect();
                shape = Some(found.map_err(|_| shown(sizes))?);
                after
            }
            other => return Err(format!("an entry `{other}`")),
        };
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    let end = skip(rest, "}")?;
    match (descr, fortran, shape) {
        (Some(descr), Some(fortran), Some(shape)) if end.trim().is_empty() => Ok(Header {
            descr,
            fortran,
            shape,
            length,
        }),
        _ => Err("a header without one of descr, fortran_order and shape".into()),
    }
}

fn skip<'a>(text: &'a str, word: &str) -> Result<&'a str, String> {
    text.trim_start()
        .strip_prefix(word)
        .ok_or_else(|| shown(text))
}

/// A piece of the header, short enough for a message.
fn shown(text: &str) -> String {
    format!("`{}`", text.chars().take(30).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for shape in [&[][..], &[3], &[2, 5], &[1, 2, 3]] {
            let bytes = Header::bytes("<f4", shape);
            assert!(bytes.len().is_multiple_of(64));
            let header = Header::read(&mut &bytes[..]).unwrap().unwrap();
            assert_eq!(header.length, bytes.len() as u64);
            assert_eq!((header.descr.as_str(), header.fortran), ("<f4", false));
            assert!(
                header
                    .shape
                    .iter()
                    .map(|&n| usize::try_from(n).unwrap())
                    .eq(shape.iter().copied())
            );
        }
    }

    #[test]
    fn headers_that_others_write_are_read_and_wrong_ones_named() {
        let parsed = |text: &str| parse(text.as_bytes(), 0);
        let long =
            parsed("{'shape': (3L, 4L), 'fortran_order': True, \"descr\": \"|b1\"}").unwrap();
        assert_eq!((long.shape, long.fortran), (vec![3, 4], true));
        for (text, message) in [
            ("", "``"),
            ("{}", "without one"),
            ("{'descr': [('a', '<f4')], }", "[('a'"),
            ("{'descr': '<f4', 'fortran_order': 1, }", "`1"),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }",
                "-3",
            ),
            ("{'colour': 'red'}", "`colour`"),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } import os",
                "without one",
            ),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
