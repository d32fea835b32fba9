//! One array.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use super::header::Header;
use super::layout::{Kind, Layout};
use crate::DataError;

/// An array of NumPy's, its elements in row-major order.
///
/// ```
/// use rbm_data::npy::{NpyArray, NpyValues};
///
/// let array = NpyArray { shape: vec![2, 2], values: NpyValues::Singles(vec![0.0, 1.0, 2.0, 3.0]) };
/// let bytes = array.to_bytes();
/// assert_eq!(NpyArray::read(&bytes[..], bytes.len() as u64, "two-by-two")?, array);
/// # Ok::<(), rbm_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// The sizes, the last varying fastest; their product is the number of elements.
    pub shape: Vec<usize>,
    /// The elements.
    pub values: NpyValues,
}

/// The elements of an array.
///
/// ```
/// use rbm_data::npy::NpyValues;
///
/// let values = NpyValues::Integers(vec![-1, 0, 1 << 24]);
/// assert_eq!((values.len(), values.is_empty()), (3, false));
/// assert_eq!(values.to_singles(), [-1.0, 0.0, 16_777_216.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NpyValues {
    /// `|u1`, and `|b1` as zeros and ones.
    Bytes(Vec<u8>),
    /// `<f4` or `>f4`, and halves (`<f2` or `>f2`), which singles hold exactly.
    Singles(Vec<f32>),
    /// `<f8` or `>f8`.
    Doubles(Vec<f64>),
    /// Any other integers.
    Integers(Vec<i64>),
}

impl NpyValues {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(x) => x.len(),
            Self::Singles(x) => x.len(),
            Self::Doubles(x) => x.len(),
            Self::Integers(x) => x.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// [`to_singles`](Self::to_singles), without a copy where they are that.
    pub(super) fn into_singles(self) -> Vec<f32> {
        match self {
            Self::Singles(x) => x,
            other => other.to_singles(),
        }
    }

    /// The elements as single precision, rounded where they have more.
    #[expect(clippy::cast_possible_truncation, reason = "data are kept as f32")]
    pub fn to_singles(&self) -> Vec<f32> {
        match self {
            Self::Bytes(x) => x.iter().map(|&x| x.into()).collect(),
            Self::Singles(x) => x.clone(),
            Self::Doubles(x) => x.iter().map(|&x| x as f32).collect(),
            Self::Integers(x) => x.iter().map(|&x| x as f32).collect(),
        }
    }
}

impl NpyArray {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// [`DataError::Io`] if the file cannot be opened; those of [`NpyArray::read`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        let io = |action| DataError::io(action, path);
        let file = File::open(path).map_err(io("open"))?;
        let bytes = file.metadata().map_err(io("read"))?.len();
        Self::read(BufReader::with_capacity(1 << 16, file), bytes, path)
    }

    /// Reads an array of `bytes` bytes, header included; `file` is its name in messages.
    ///
    /// Memory is taken only after the header agrees with `bytes`.
    ///
    /// # Errors
    ///
    /// [`DataError::Format`] where it is no array of numbers, [`DataError::Truncated`] and
    /// [`DataError::TrailingBytes`] where its content is not as long as its header says,
    /// [`DataError::Io`].
    pub fn read(
        mut reader: impl Read,
        bytes: u64,
        file: impl AsRef<Path>,
    ) -> Result<Self, DataError> {
        let file = file.as_ref();
        let layout = Layout::read(&mut reader, bytes, file)?;
        let Layout {
            kind, width, shape, ..
        } = layout;
        let values = decode(&mut reader, kind, width, shape.iter().product());
        let values = values.map_err(|error| match error.kind() {
            ErrorKind::InvalidData => DataError::Format {
                file: file.to_owned(),
                field: "values",
                offset: layout.start,
                expected: format!("integers up to {}", i64::MAX),
                found: error.to_string(),
            },
            _ => DataError::io("read", file)(error),
        })?;
        let values = if layout.fortran {
            row_major(&values, &shape)
        } else {
            values
        };
        Ok(Self { shape, values })
    }

    /// The bytes of a file with this array.
    ///
    /// # Panics
    ///
    /// Where the shape is not that of the values.
    pub fn to_bytes(&self) -> Vec<u8> {
        assert_eq!(
            self.shape.iter().product::<usize>(),
            self.values.len(),
            "an array has as many values as its shape says"
        );
        let (descr, content): (_, Vec<u8>) = match &self.values {
            NpyValues::Bytes(x) => ("|u1", x.clone()),
            NpyValues::Singles(x) => ("<f4", x.iter().flat_map(|x| x.to_le_bytes()).collect()),
            NpyValues::Doubles(x) => ("<f8", x.iter().flat_map(|x| x.to_le_bytes()).collect()),
            NpyValues::Integers(x) => ("<i8", x.iter().flat_map(|x| x.to_le_bytes()).collect()),
        };
        [Header::bytes(descr, &self.shape), content].concat()
    }
}

/// Elements one after the other.
pub(super) fn decode(
    reader: &mut impl Read,
    kind: Kind,
    width: usize,
    count: usize,
) -> std::io::Result<NpyValues> {
    let mut next = || -> std::io::Result<[u8; 8]> {
        let mut bytes = [0; 8];
        reader.read_exact(&mut bytes[..width])?;
        Ok(bytes)
    };
    let ordered = |bytes: [u8; 8], big: bool| {
        let mut bytes = bytes;
        if big {
            bytes[..width].reverse();
        }
        bytes
    };
    Ok(match (kind, width) {
        (Kind::Bytes, _) => {
            let mut bytes = vec![0; count];
            reader.read_exact(&mut bytes)?;
            NpyValues::Bytes(bytes)
        }
        (Kind::Float { big }, 2) => {
            let half = |_| {
                let [a, b, ..] = ordered(next()?, big);
                Ok(half_to_single(u16::from_le_bytes([a, b])))
            };
            NpyValues::Singles((0..count).map(half).collect::<std::io::Result<_>>()?)
        }
        (Kind::Float { big }, 4) => {
            let single = |_| {
                let [a, b, c, d, ..] = ordered(next()?, big);
                Ok(f32::from_le_bytes([a, b, c, d]))
            };
            NpyValues::Singles((0..count).map(single).collect::<std::io::Result<_>>()?)
        }
        (Kind::Float { big }, _) => {
            let double = |_| Ok(f64::from_le_bytes(ordered(next()?, big)));
            NpyValues::Doubles((0..count).map(double).collect::<std::io::Result<_>>()?)
        }
        (Kind::Integer { big, signed }, _) => {
            let integer = |_| {
                let value = u64::from_le_bytes(ordered(next()?, big));
                let unused = 64 - 8 * width;
                // Shifted up and back, the sign fills what is unused.
                if signed {
                    return Ok(((value << unused).cast_signed()) >> unused);
                }
                let large = |_| std::io::Error::new(ErrorKind::InvalidData, value.to_string());
                i64::try_from(value).map_err(large)
            };
            NpyValues::Integers((0..count).map(integer).collect::<std::io::Result<_>>()?)
        }
    })
}

/// A number of half precision (IEEE 754 binary16), by its bits.
fn half_to_single(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = u32::from(bits >> 10) & 31;
    let fraction = u32::from(bits) & 1023;
    let size = match exponent {
        // Multiples of the smallest one, 2^-24.
        0 => fraction as f32 / 16_777_216.0,
        31 if fraction == 0 => f32::INFINITY,
        31 => f32::NAN,
        // The exponents of singles are 112 more.
        _ => f32::from_bits((exponent + 112) << 23 | fraction << 13),
    };
    sign * size
}

/// From the first index varying fastest to the last.
fn row_major(values: &NpyValues, shape: &[usize]) -> NpyValues {
    fn moved<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
        (0..values.len())
            .map(|mut place| {
                let mut sizes = Vec::with_capacity(shape.len());
                for &size in shape.iter().rev() {
                    sizes.push(place % size);
                    place /= size;
                }
                // `sizes` has the last index first.
                let from = sizes
                    .iter()
                    .zip(shape.iter().rev())
                    .fold(0, |from, (index, size)| from * size + index);
                values[from]
            })
            .collect()
    }
    match values {
        NpyValues::Bytes(x) => NpyValues::Bytes(moved(x, shape)),
        NpyValues::Singles(x) => NpyValues::Singles(moved(x, shape)),
        NpyValues::Doubles(x) => NpyValues::Doubles(moved(x, shape)),
        NpyValues::Integers(x) => NpyValues::Integers(moved(x, shape)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::super::header::MAGIC;
    use super::*;

    /// A version 1.0 file, written out as the format's description has it.
    pub(crate) fn file(descr: &str, fortran: bool, shape: &str, content: &[u8]) -> Vec<u8> {
        let order = if fortran { "True" } else { "False" };
        let mut header =
            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), content].concat()
    }

    fn read(bytes: &[u8]) -> Result<NpyArray, DataError> {
        NpyArray::read(bytes, bytes.len() as u64, "a.npy")
    }

    #[test]
    fn integers_of_every_width_and_order() {
        for (descr, content, expected) in [
            ("|i1", vec![0xff, 1], vec![-1, 1]),
            (">i2", vec![0xff, 0xfe, 1, 0], vec![-2, 256]),
            ("<u2", vec![0xfe, 0xff, 0, 1], vec![65534, 256]),
            ("<i4", vec![0xfd, 0xff, 0xff, 0xff, 2, 0, 0, 0], vec![-3, 2]),
        ] {
            let array = read(&file(descr, false, "(2,)", &content)).unwrap();
            assert_eq!(array.values, NpyValues::Integers(expected), "{descr}");
        }
    }

    #[test]
    fn halves_of_both_orders_and_all_kinds() {
        // From NumPy: float16 of these numbers, and their bits.
        let known: [(u16, f32); 8] = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x7c00, f32::INFINITY),
        ];
        let expected = known.map(|(_, value)| value);
        let little: Vec<u8> = known
            .iter()
            .flat_map(|(bits, _)| bits.to_le_bytes())
            .collect();
        let big: Vec<u8> = known
            .iter()
            .flat_map(|(bits, _)| bits.to_be_bytes())
            .collect();
        for (descr, content) in [("<f2", little), (">f2", big)] {
            let array = read(&file(descr, false, "(8,)", &content)).unwrap();
            assert_eq!(
                array.values,
                NpyValues::Singles(expected.to_vec()),
                "{descr}"
            );
        }
        let rest = [0x7e00u16, 0x8000].map(u16::to_le_bytes).concat();
        let NpyValues::Singles(rest) = read(&file("<f2", false, "(2,)", &rest)).unwrap().values
        else {
            panic!("halves are singles")
        };
        assert!(rest[0].is_nan() && rest[1].to_bits() == 0x8000_0000);
    }

    #[test]
    fn what_has_no_room_is_refused_and_objects_are_named() {
        let large = file("<u8", false, "(2,)", &[[1; 8], [0xff; 8]].concat());
        let error = read(&large).unwrap_err().to_string();
        assert!(error.contains("found 18446744073709551615"), "{error}");
        let objects = read(&file("|O", false, "(2,)", b"pickled")).unwrap_err();
        assert!(objects.to_string().contains("Python objects"), "{objects}");
    }

    /// The element at (i, j, k) of a column-major array lies at i + 2 (j + 3 k).
    #[test]
    fn three_dimensions_in_columns_come_out_in_rows() {
        let content: Vec<u8> = (0..24).collect();
        let array = read(&file("|u1", true, "(2, 3, 4)", &content)).unwrap();
        let NpyValues::Bytes(values) = array.values else {
            panic!()
        };
        for (i, j, k) in [(0, 0, 1), (1, 0, 0), (0, 2, 0), (1, 2, 3)] {
            assert_eq!(
                usize::from(values[(i * 3 + j) * 4 + k]),
                i + 2 * (j + 3 * k)
            );
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_counted() {
        let error = read(&file("<f4", false, "(2, 2)", &[0; 15])).unwrap_err();
        assert!(
            matches!(error, DataError::Truncated { expected, found, .. } if expected == found + 1)
        );
        let error = read(&file("<f4", false, "(2, 2)", &[0; 17])).unwrap_err();
        assert!(matches!(error, DataError::TrailingBytes { .. }), "{error}");
        let error = read(&file("<f4", false, "(4294967296, 4294967296, 2)", &[])).unwrap_err();
        assert!(matches!(error, DataError::Truncated { .. }), "{error}");
        let error = read(&file("|O", false, "(1,)", &[0; 8]))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("expected |u1") && error.contains("|O"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_error_or_an_array(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            text in "[{}()', :0-9a-zTF<>|_]{0,80}",
        ) {
            let _ = read(&bytes);
            let _ = read(&[MAGIC, &bytes].concat());
            let size = u16::try_from(text.len()).unwrap().to_le_bytes();
            let _ = read(&[MAGIC, &[1, 0], &size, text.as_bytes(), &bytes].concat());
        }

        #[test]
        fn doubles_keep_every_bit(values in proptest::collection::vec(any::<f64>(), 0..40)) {
            let shape = vec![values.len(), 1];
            let array = NpyArray { shape, values: NpyValues::Doubles(values.clone()) };
            let NpyValues::Doubles(again) = read(&array.to_bytes()).unwrap().values else {
                panic!("doubles")
            };
            prop_assert!(again.iter().map(|x| x.to_bits()).eq(values.iter().map(|x| x.to_bits())));
        }
    }
}
