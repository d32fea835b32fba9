//! The lines of a text that hold something.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::{
    DataError,
    idx::{IdxArray, Unpacked, unpack},
};

/// What Windows writes before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads lines that are neither empty nor comments, plain or in gzip, without a byte order mark and without
/// the ends of lines of any system.
pub(super) struct Lines<'a, R: Read> {
    reader: BufReader<Unpacked<R>>,
    file: &'a Path,
    line: Vec<u8>,
    number: u64,
    /// Bytes that may still come.
    left: u64,
    /// The text of the comment before the last line, without its sign.
    comment: Option<String>,
}

impl<'a, R: Read> Lines<'a, R> {
    pub(super) fn new(reader: R, file: &'a Path) -> Result<Self, DataError> {
        let reader = unpack(reader).map_err(DataError::io("read", file))?;
        Ok(Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            file,
            line: Vec::new(),
            number: 0,
            left: IdxArray::MAX_BYTES,
            comment: None,
        })
    }

    /// The number of the last line, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The comment right before the last line, where it may be a header.
    pub(super) fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The next line; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<&str>, DataError> {
        self.comment = None;
        loop {
            if !self.fill()? {
                return Ok(None);
            }
            let line = self.line.trim_ascii();
            if let Some(comment) = line.strip_prefix(b"#") {
                self.comment = std::str::from_utf8(comment).ok().map(str::to_owned);
            } else if !line.is_empty() {
                break;
            }
        }
        let number = self.number;
        let end = |byte: &u8| *byte == b'\n' || *byte == b'\r';
        let ends = self.line.iter().rev().take_while(|byte| end(byte)).count();
        match std::str::from_utf8(&self.line[..self.line.len() - ends]) {
            Ok(line) => Ok(Some(line)),
            Err(error) => Err(DataError::Line {
                file: self.file.to_owned(),
                line: number,
                expected: "text in UTF-8".into(),
                found: format!("{error} (save it as UTF-8)"),
            }),
        }
    }

    /// Takes the next line, whatever is in it; false at the end.
    fn fill(&mut self) -> Result<bool, DataError> {
        self.line.clear();
        let count = (&mut self.reader)
            .take(self.left)
            .read_until(b'\n', &mut self.line)
            .map_err(DataError::io("read", self.file))?;
        self.left -= count as u64;
        if self.left == 0 {
            return Err(DataError::TooLarge {
                file: self.file.to_owned(),
                declared: "a text of more than that".into(),
                limit: IdxArray::MAX_BYTES,
            });
        }
        self.number += u64::from(count > 0);
        if self.number == 1 {
            if self.line.starts_with(b"\xff\xfe") || self.line.starts_with(b"\xfe\xff") {
                return Err(DataError::Line {
                    file: self.file.to_owned(),
                    line: 1,
                    expected: "text in UTF-8".into(),
                    found: "UTF-16, which Windows calls Unicode (save it as UTF-8)".into(),
                });
            }
            if self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
        }
        Ok(count > 0)
    }
}
