//! An IDX file of any number of dimensions.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use super::unpack::{Unpacked, unpack};
use crate::DataError;

/// The type code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;
const MAX_DIMENSIONS: u8 = 4;
/// First growth step of the buffer, in bytes.
const FIRST_GROWTH: usize = 1 << 20;

/// The content of an IDX file of unsigned bytes.
///
/// ```
/// use rbm_data::idx::IdxArray;
///
/// let file = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 20, 21, 22];
/// let array = IdxArray::read(&file[..], "two-rows-of-three")?;
/// assert_eq!(array.dimensions, [2, 3]);
/// assert_eq!(array.data[3], 20);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxArray {
    /// The sizes, 1 to 4 of them, none zero; the last varies fastest.
    pub dimensions: Vec<usize>,
    /// The elements; as many as the product of the sizes.
    pub data: Vec<u8>,
}

impl IdxArray {
    /// The largest content that is read, in bytes (4 GiB).
    pub const MAX_BYTES: u64 = 1 << 32;

    /// Reads the file at `path`, plain or in gzip.
    ///
    /// # Errors
    ///
    /// [`DataError::Io`] if the file cannot be opened; those of [`IdxArray::read`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| DataError::Io {
            action: "open",
            path: path.to_path_buf(),
            source,
        })?;
        Self::read(BufReader::with_capacity(1 << 16, file), path)
    }

    /// Reads from `reader` to its end, plain or in gzip; `file` is its name in messages.
    ///
    /// Memory is taken only as content arrives, never on the word of the header.
    ///
    /// # Errors
    ///
    /// [`DataError::Format`] for a header that is not one of unsigned bytes in 1 to 4 dimensions,
    /// none of them zero; [`DataError::TooLarge`] past [`IdxArray::MAX_BYTES`];
    /// [`DataError::Truncated`] and [`DataError::TrailingBytes`] if the content is not exactly as
    /// long as declared; [`DataError::Gzip`] for a damaged wrapper; [`DataError::Io`].
    pub fn read(reader: impl Read, file: impl AsRef<Path>) -> Result<Self, DataError> {
        let file = file.as_ref();
        let reader = unpack(reader).map_err(|source| DataError::Io {
            action: "read",
            path: file.to_path_buf(),
            source,
        })?;
        Source {
            file,
            reader,
            offset: 0,
        }
        .array()
    }
}

/// A stream that knows where it is.
struct Source<'a, R: Read> {
    file: &'a Path,
    reader: Unpacked<R>,
    /// Unpacked bytes read so far.
    offset: u64,
}

impl<R: Read> Source<'_, R> {
    fn array(mut self) -> Result<IdxArray, DataError> {
        let [zero0, zero1, element, count] = self.word(4)?;
        if [zero0, zero1] != [0, 0] {
            let found = format!("{zero0:#04x} {zero1:#04x}");
            return Err(self.format("magic number", 0, "two zero bytes (IDX)", found));
        }
        if element != UNSIGNED_BYTE {
            let expected = "0x08 (unsigned bytes, the only type that is read)";
            return Err(self.format("element type", 2, expected, format!("{element:#04x}")));
        }
        if !(1..=MAX_DIMENSIONS).contains(&count) {
            return Err(self.format("number of dimensions", 3, "1 to 4", count.to_string()));
        }
        let header = 4 + 4 * u64::from(count);
        let mut dimensions = Vec::with_capacity(count.into());
        for _ in 0..count {
            let at = self.offset;
            let size = u32::from_be_bytes(self.word(header)?);
            if size == 0 {
                return Err(self.format("dimension", at, "at least 1", "0".into()));
            }
            dimensions.push(size);
        }
        let length = self.length(&dimensions)?;
        let data = self.content(header, length)?;
        let dimensions = dimensions.into_iter().map(|size| size as usize).collect();
        Ok(IdxArray { dimensions, data })
    }

    /// The product of the sizes, within the limit.
    fn length(&self, dimensions: &[u32]) -> Result<usize, DataError> {
        dimensions
            .iter()
            .try_fold(1u64, |product, &size| product.checked_mul(size.into()))
            .filter(|&length| length <= IdxArray::MAX_BYTES)
            .and_then(|length| usize::try_from(length).ok())
            .ok_or_else(|| DataError::TooLarge {
                file: self.file.to_path_buf(),
                declared: dimensions
                    .iter()
                    .map(u32::to_string)
                    .collect::<Vec<_>>()
                    .join(" x "),
                limit: IdxArray::MAX_BYTES,
            })
    }

    /// Exactly `length` bytes and then the end.
    fn content(&mut self, header: u64, length: usize) -> Result<Vec<u8>, DataError> {
        let total = header + length as u64;
        let mut data = Vec::new();
        while data.len() < length {
            // Twice what has really arrived: a lying header costs nothing, and the last step
            // ends at the exact length.
            let target = length.min((2 * data.len()).max(FIRST_GROWTH));
            data.reserve_exact(target - data.len());
            let wanted = target - data.len();
            if self.append(&mut data, wanted, total)? < wanted {
                return Err(self.truncated(total));
            }
        }
        // Reading to the end is also what makes the gzip decoder compare its checksum.
        if self.append(&mut Vec::new(), 1, total)? > 0 {
            return Err(DataError::TrailingBytes {
                file: self.file.to_path_buf(),
                expected: total,
            });
        }
        Ok(data)
    }

    /// The next four bytes of a header of `expected` bytes.
    fn word(&mut self, expected: u64) -> Result<[u8; 4], DataError> {
        let mut bytes = Vec::with_capacity(4);
        self.append(&mut bytes, 4, expected)?;
        bytes.try_into().map_err(|_| self.truncated(expected))
    }

    /// Appends up to `wanted` bytes, fewer only at the end of the stream; says how many.
    fn append(&mut self, out: &mut Vec<u8>, wanted: usize, total: u64) -> Result<usize, DataError> {
        let before = out.len();
        let result = self.reader.by_ref().take(wanted as u64).read_to_end(out);
        let appended = out.len() - before;
        self.offset += appended as u64;
        match result {
            Ok(_) => Ok(appended),
            Err(source) => Err(self.failed(source, total)),
        }
    }

    fn failed(&self, source: io::Error, total: u64) -> DataError {
        let file = self.file.to_path_buf();
        if !self.reader.is_gzip() {
            return DataError::Io {
                action: "read",
                path: file,
                source,
            };
        }
        match source.kind() {
            io::ErrorKind::UnexpectedEof if self.offset < total => self.truncated(total),
            // A stream cut within the checksum has all its content, but cannot prove it.
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData => DataError::Gzip {
                file,
                offset: self.offset,
                source,
            },
            _ => DataError::Io {
                action: "read",
                path: file,
                source,
            },
        }
    }

    fn truncated(&self, expected: u64) -> DataError {
        DataError::Truncated {
            file: self.file.to_path_buf(),
            expected,
            found: self.offset,
        }
    }

    fn format(&self, field: &'static str, offset: u64, expected: &str, found: String) -> DataError {
        DataError::Format {
            file: self.file.to_path_buf(),
            field,
            offset,
            expected: expected.into(),
            found,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::idx::unpack::tests::gzip;

    /// An IDX file with these sizes in its header and this content.
    pub(crate) fn file(dimensions: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, u8::try_from(dimensions.len()).unwrap()];
        bytes.extend(dimensions.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend(data);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<IdxArray, DataError> {
        IdxArray::read(bytes, "f.idx")
    }

    fn message(bytes: &[u8]) -> String {
        read(bytes).unwrap_err().to_string()
    }

    #[test]
    fn golden_bytes() {
        let bytes = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 7, 8, 9, 255];
        let array = read(&bytes).unwrap();
        assert_eq!(array.dimensions, [1, 2, 2]);
        assert_eq!(array.data, [7, 8, 9, 255]);
        assert_eq!(read(&gzip(&bytes)).unwrap(), array);
    }

    #[test]
    fn content_longer_than_one_growth_step() {
        let data: Vec<u8> = (0..=250).cycle().take(3 * FIRST_GROWTH + 5).collect();
        let array = read(&gzip(&file(&[u32::try_from(data.len()).unwrap()], &data))).unwrap();
        assert_eq!(array.data, data);
        assert_eq!(array.data.capacity(), data.len());
    }

    #[test]
    fn wrong_headers_are_named() {
        let mut bytes = file(&[1], &[0]);
        bytes[1] = 9;
        assert!(message(&bytes).contains("magic number at byte 0: expected two zero bytes"));
        bytes[1..3].copy_from_slice(&[0, 0x0d]);
        assert!(message(&bytes).contains("at byte 2: expected 0x08"));
        bytes[2..4].copy_from_slice(&[8, 0]);
        assert!(message(&bytes).contains("dimensions at byte 3: expected 1 to 4, found 0"));
        bytes[3] = 5;
        assert!(message(&bytes).contains("found 5"));
        let zero = message(&file(&[3, 0], &[]));
        assert!(
            zero.contains("dimension at byte 8: expected at least 1, found 0"),
            "{zero}"
        );
    }

    #[test]
    fn lengths_must_match_exactly() {
        for bytes in [&[][..], &[0, 0, 8], &[0, 0, 8, 1, 0, 0]] {
            assert!(
                matches!(read(bytes), Err(DataError::Truncated { .. })),
                "{bytes:?}"
            );
        }
        let short = message(&file(&[2, 2], &[1, 2, 3]));
        assert!(
            short.contains("expected 16 bytes (unpacked), found 15"),
            "{short}"
        );
        let long = read(&file(&[2], &[1, 2, 3]));
        assert!(matches!(
            long,
            Err(DataError::TrailingBytes { expected: 10, .. })
        ));
    }

    #[test]
    fn lying_sizes_cost_no_memory() {
        for sizes in [&[u32::MAX; 4][..], &[65536, 65537], &[u32::MAX, 2]] {
            assert!(matches!(
                read(&file(sizes, &[1])),
                Err(DataError::TooLarge { .. })
            ));
        }
        // Four GiB are allowed, and are not there.
        let error = read(&file(&[65536, 65536], &[1])).unwrap_err();
        assert!(
            matches!(error, DataError::Truncated { found: 13, .. }),
            "{error}"
        );
    }

    #[test]
    fn damaged_gzip_is_reported_as_such() {
        let data: Vec<u8> = (0..10_000u32).map(|i| (i * i).to_le_bytes()[1]).collect();
        let packed = gzip(&file(&[10_000], &data));
        let cut = read(&packed[..packed.len() / 2]).unwrap_err();
        let DataError::Truncated {
            expected: 10_008,
            found,
            ..
        } = cut
        else {
            panic!("{cut}")
        };
        assert!((8..10_008).contains(&found), "{found}");
        let without_checksum = read(&packed[..packed.len() - 3]).unwrap_err();
        assert!(
            matches!(without_checksum, DataError::Gzip { .. }),
            "{without_checksum}"
        );
        let mut flipped = packed.clone();
        let checksum = flipped.len() - 6;
        flipped[checksum] ^= 1;
        assert!(matches!(read(&flipped), Err(DataError::Gzip { .. })));
        let garbage = [&packed[..], b"garbage"].concat();
        assert!(read(&garbage).is_err());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = IdxArray::open("no/such/file").unwrap_err().to_string();
        assert!(error.contains("cannot open no/such/file"), "{error}");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&bytes);
            let _ = read(&[&[0x1f, 0x8b, 8, 0][..], &bytes].concat());
            let _ = read(&[&[0, 0, 8][..], &bytes].concat());
        }

        #[test]
        fn arbitrary_sizes_never_panic(sizes in proptest::collection::vec(any::<u32>(), 1..=4)) {
            let _ = read(&file(&sizes, &[0; 9]));
        }

        #[test]
        fn valid_files_round_trip(
            sizes in proptest::collection::vec(1u32..6, 1..=4),
            bytes in proptest::collection::vec(any::<u8>(), 625),
            packed: bool,
        ) {
            let data = &bytes[..sizes.iter().product::<u32>() as usize];
            let plain = file(&sizes, data);
            let array = read(&if packed { gzip(&plain) } else { plain }).unwrap();
            let expected: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
            prop_assert_eq!(array.dimensions, expected);
            prop_assert_eq!(&array.data[..], data);
        }
    }
}
