//! Rows that are read when they are asked for.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::content::{Content, Raw};
use super::{NpyValues, layout::Kind};
use crate::{DataError, Survey, Values, columns::Rounded, survey::Surveyor};

/// Elements that are looked at together when a file is opened.
const BLOCK: usize = 1 << 20;

/// The rows of a `.npy` file that stay there: for data that are larger than memory.
///
/// Every value is looked at once, when the file is opened, in blocks. After that a row is read when
/// it is asked for, at its place in the file; the operating system keeps in memory what it has room
/// for. Nothing is mapped: a file that is cut short or overwritten while it is in use is an error, and
/// neither ends the process nor passes for data.
///
/// ```
/// use rbm_data::npy::{NpyArray, NpyRows, NpyValues};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("rows.npy");
/// let array = NpyArray { shape: vec![2, 3], values: NpyValues::Bytes(vec![0, 51, 255, 102, 0, 0]) };
/// std::fs::write(&path, array.to_bytes())?;
/// let rows = NpyRows::open(&path)?;
/// let mut second = [0.0; 3];
/// rows.read(3..6, &mut second)?;
/// assert_eq!(second, [102.0, 0.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NpyRows {
    content: Content,
    columns: usize,
    image_shape: Option<[usize; 2]>,
    survey: Arc<Survey>,
    /// What is said of numbers that are rounded.
    note: Option<String>,
    /// The least and the largest value.
    range: (f32, f32),
}

/// Where the same open file is.
impl PartialEq for NpyRows {
    fn eq(&self, other: &Self) -> bool {
        self.content.is(&other.content)
    }
}

impl NpyRows {
    /// Opens the file at `path`, an array `[rows, visible]` or `[rows, height, width]` in row-major
    /// order, and looks at all its values.
    ///
    /// # Errors
    ///
    /// [`DataError::Format`] where it is another array or none, [`DataError::Truncated`] and
    /// [`DataError::TrailingBytes`] where its content is not as long as its header says,
    /// [`DataError::Value`] for a NaN or an infinity, [`DataError::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        let content = Content::open(path)?;
        if content.layout.fortran {
            return Err(DataError::Format {
                file: path.to_owned(),
                field: "fortran_order",
                offset: 6,
                expected: "False, for rows that are read one at a time (numpy.ascontiguousarray \
                           makes such an array)"
                    .into(),
                found: "True".into(),
            });
        }
        let (columns, image_shape) = content.layout.columns(path)?;
        if content.layout.shape.contains(&0) {
            return Err(DataError::Size {
                dataset: path.display().to_string(),
                expected: "one or more rows of at least 1 value".into(),
                found: format!("{:?}", content.layout.shape),
                advice: "give the values of all rows, one row after the other",
            });
        }
        let (survey, rounded) = survey(&content, columns)?;
        let survey = Arc::new(survey);
        Ok(Self {
            note: rounded.note(columns, path),
            content,
            columns,
            image_shape,
            range: (survey.least(), survey.largest()),
            survey,
        })
    }

    /// What numbers there are.
    pub(crate) fn survey(&self) -> Arc<Survey> {
        Arc::clone(&self.survey)
    }

    /// What is said where numbers are rounded.
    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The type of the elements.
    pub(crate) fn kind(&self) -> &'static str {
        self.content.layout.type_name()
    }

    /// How many values, of all rows together.
    pub fn len(&self) -> usize {
        self.content.layout.shape.iter().product()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The height and width of a row, where the array has three dimensions.
    pub fn image_shape(&self) -> Option<[usize; 2]> {
        self.image_shape
    }

    /// Reads the values at the places `range`, counted over all rows, into `out`, as they are.
    ///
    /// # Errors
    ///
    /// [`DataError::Truncated`] where the file is shorter now, [`DataError::Value`] where a value is not
    /// within those that were there when the file was opened, [`DataError::Io`].
    ///
    /// # Panics
    ///
    /// If `out` is not as long as `range`.
    pub fn read(&self, range: Range<usize>, out: &mut [f32]) -> Result<(), DataError> {
        assert_eq!(range.len(), out.len(), "a slice as long as the range");
        let first = range.start;
        match self.content.read(range)? {
            Raw::Bytes(data) => {
                for (slot, byte) in out.iter_mut().zip(data) {
                    *slot = byte.into();
                }
            }
            Raw::Floats(data) => out.copy_from_slice(&data),
        }
        let (least, largest) = self.range;
        match out
            .iter()
            .position(|value| !(least..=largest).contains(value))
        {
            None => Ok(()),
            Some(place) => {
                let expected = "what was there when the file was opened";
                let advice = "leave the file as it is while it is in use";
                Err(value_error(
                    &self.content,
                    self.columns,
                    first + place,
                    expected,
                    out[place],
                    advice,
                ))
            }
        }
    }

    /// The values of `ranges`, one after the other, in memory.
    pub(crate) fn gather(
        &self,
        ranges: impl Iterator<Item = Range<usize>>,
    ) -> Result<Values, DataError> {
        let (mut bytes, mut floats) = (Vec::new(), Vec::new());
        for range in ranges {
            match self.content.read(range)? {
                Raw::Bytes(data) => bytes.extend(data),
                Raw::Floats(data) => floats.extend(data),
            }
        }
        Ok(match self.content.layout.kind {
            Kind::Bytes => Values::Bytes {
                data: bytes,
                levels: u8::MAX,
            },
            _ => Values::Floats(floats),
        })
    }

    /// The place and the value of the first one that is wanted.
    pub(crate) fn find(
        &self,
        is_wanted: impl Fn(f32) -> bool,
    ) -> Result<Option<(usize, f32)>, DataError> {
        let mut out = vec![0.0; BLOCK.min(self.len())];
        for block in blocks(self.len()) {
            let out = &mut out[..block.len()];
            self.read(block.clone(), out)?;
            if let Some(place) = out.iter().position(|&value| is_wanted(value)) {
                return Ok(Some((block.start + place, out[place])));
            }
        }
        Ok(None)
    }
}

/// Looks at every value: they have to be finite, and those that single precision does not have are counted.
fn survey(content: &Content, columns: usize) -> Result<(Survey, Rounded), DataError> {
    let (mut surveyor, mut rounded) = (Surveyor::new(columns), Rounded::default());
    for block in blocks(content.layout.shape.iter().product()) {
        let first = block.start;
        match content.values(block)? {
            NpyValues::Bytes(data) => surveyor.look(data.into_iter().map(f32::from)),
            values => {
                rounded.look(&values, first);
                let data = values.into_singles();
                if let Some(place) = data.iter().position(|value| !value.is_finite()) {
                    let expected = "a finite number";
                    let advice = "remove or replace such values before the data set is made";
                    let (found, place) = (data[place], first + place);
                    return Err(value_error(
                        content, columns, place, expected, found, advice,
                    ));
                }
                surveyor.look(data.into_iter());
            }
        }
    }
    Ok((surveyor.finish(), rounded))
}

fn blocks(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len)
        .step_by(BLOCK)
        .map(move |start| start..len.min(start + BLOCK))
}

fn value_error(
    content: &Content,
    columns: usize,
    place: usize,
    expected: &'static str,
    found: f32,
    advice: &'static str,
) -> DataError {
    DataError::Value {
        dataset: content.path.display().to_string(),
        row: place / columns,
        column: place % columns,
        expected,
        found: found.into(),
        advice,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::PathBuf;

    use burn::tensor::Device;

    use super::super::tests::file as npy_file;
    use super::*;
    use crate::{Batches, Binarisation, Dataset};

    /// A number for each of the cells, of any type.
    fn content(descr: &str, cells: usize) -> Vec<u8> {
        let value = |cell: usize| ((cell * 2_654_435_761) >> 7) % 101;
        let bytes = |cell: usize| -> Vec<u8> {
            let x = value(cell);
            match descr {
                "|u1" => vec![u8::try_from(x).unwrap()],
                "|b1" => vec![u8::from(x > 50)],
                "<f4" => (x as f32 / 100.0).to_le_bytes().to_vec(),
                ">f8" => (x as f64 / 100.0).to_be_bytes().to_vec(),
                "<i2" => i16::try_from(x).unwrap().to_le_bytes().to_vec(),
                _ => unreachable!(),
            }
        };
        (0..cells).flat_map(bytes).collect()
    }

    fn written(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
        let path = folder.path().join("rows.npy");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn bits(tensor: burn::tensor::Tensor<2>) -> Vec<u32> {
        let values: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
        values.into_iter().map(f32::to_bits).collect()
    }

    #[test]
    fn batches_are_those_of_the_array_in_memory_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let device = Device::default();
        let chosen: Vec<u32> = (0..120).filter(|row| row % 7 != 3).collect();
        for descr in ["|u1", "|b1", "<f4", ">f8", "<i2"] {
            let path = written(
                &folder,
                &npy_file(descr, false, "(120, 5, 2)", &content(descr, 1200)),
            );
            let (memory, file) = (
                Dataset::open(&path).unwrap(),
                Dataset::stream(&path).unwrap(),
            );
            assert_eq!((file.rows(), file.image_shape()), (120, Some([5, 2])));
            assert_eq!(file.column_means(), memory.column_means());
            assert_eq!(file.survey(), memory.survey());
            assert_eq!(file.kind(), memory.kind());
            // Levels out of 100, whatever they are stored as.
            let levels = ["|u1", "<i2"].contains(&descr);
            assert_eq!(file.scale().divisor(), if levels { 100.0 } else { 1.0 });
            for binarisation in [
                Binarisation::None,
                Binarisation::Threshold(0.5),
                Binarisation::Stochastic,
            ] {
                let of = |data| Batches::new(data, &chosen, 33, binarisation, 9).unwrap();
                let (memory, file) = (of(&memory), of(&file));
                assert_eq!(file.column_means(), memory.column_means());
                for epoch in [0, 3] {
                    let expected = memory.epoch(epoch, &device).map(bits);
                    let mut batches = file.epoch(epoch, &device);
                    for expected in expected {
                        let found = batches.try_next().unwrap().unwrap();
                        assert!(bits(found) == expected, "{descr}, epoch {epoch}");
                    }
                    assert!(batches.try_next().is_none());
                }
            }
            let (some, same) = (
                file.select(&[7, 0]).unwrap(),
                memory.select(&[7, 0]).unwrap(),
            );
            assert_eq!(some.values(), same.values());
        }
    }

    #[test]
    fn a_file_that_is_cut_or_overwritten_is_an_error_of_the_next_read() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = npy_file("<f4", false, "(100, 4)", &content("<f4", 400));
        let path = written(&folder, &bytes);
        let data = Dataset::stream(&path).unwrap();
        let rows: Vec<u32> = (0..100).collect();
        let batches = Batches::new(&data, &rows, 10, Binarisation::None, 1).unwrap();
        let mut epoch = batches.epoch(0, &Device::default());
        let handle = File::options().write(true).open(&path).unwrap();
        handle.set_len(bytes.len() as u64 / 2).unwrap();
        let error = epoch.try_next().unwrap().unwrap_err();
        assert!(
            matches!(error, DataError::Truncated { expected, found, .. }
                if expected == bytes.len() as u64 && found == expected / 2),
            "{error}"
        );
        // What is there can be read.
        assert!(batches.try_rows_tensor(&[1], 0, &Device::default()).is_ok());
        let mut changed = bytes.clone();
        let end = changed.len();
        changed[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        std::fs::write(&path, &changed).unwrap();
        let error = batches.try_rows_tensor(&[99], 0, &Device::default());
        let error = error.unwrap_err().to_string();
        assert!(error.contains("row 99, column 3"), "{error}");
    }

    /// Not outside of the range of all values, but in the middle; and by the survey alone where none is outside.
    #[test]
    fn every_value_is_looked_at_where_one_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let values = [0.0f32, 1.0, 1.0, 0.5, 0.0, 1.0];
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let path = written(&folder, &npy_file("<f4", false, "(3, 2)", &bytes));
        let data = Dataset::stream(&path).unwrap();
        let half = data.find(|x| x != 0.0 && x != 1.0).unwrap();
        assert_eq!(half, Some((1, 1, 0.5)));
        assert_eq!(data.find_outside(0.0..=0.5).unwrap(), Some((0, 1, 1.0)));
        std::fs::write(&path, "").unwrap();
        assert!(data.find(|x| x > 1.0).is_err());
        assert_eq!(data.find_outside(0.0..=1.0).unwrap(), None);
    }

    #[test]
    #[should_panic(expected = "truncated: expected")]
    fn where_there_is_no_result_it_panics_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder, &npy_file("|u1", false, "(2, 2)", &[0, 1, 1, 0]));
        let data = Dataset::stream(&path).unwrap();
        std::fs::write(&path, "").unwrap();
        data.copy_row(1, &mut [0.0; 2]);
    }

    /// More than one block, and something wrong in the second one.
    #[test]
    fn every_value_is_looked_at_before_any_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let shape = format!("({BLOCK}, 2)");
        let mut values: Vec<u8> = vec![0; 8 * BLOCK];
        let bad = BLOCK + 5;
        let mut open = |x: f32| {
            values[4 * bad..4 * (bad + 1)].copy_from_slice(&x.to_le_bytes());
            let path = written(&folder, &npy_file("<f4", false, &shape, &values));
            let data = Dataset::stream(&path)?;
            Batches::new(&data, &[0], 1, Binarisation::Stochastic, 0).map(|_| ())
        };
        let place = format!("row {}, column 1", bad / 2);
        for (x, expected) in [
            (f32::NAN, "a finite number"),
            (f32::INFINITY, "a finite number"),
            (1.5, "a probability"),
            (-0.5, "a probability"),
        ] {
            let error = open(x).unwrap_err().to_string();
            assert!(
                error.contains(&place) && error.contains(expected),
                "{error}"
            );
        }
        open(1.0).unwrap();
    }

    #[test]
    fn what_is_no_table_of_rows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (bytes, message) in [
            (
                npy_file("|u1", true, "(2, 3)", &[0; 6]),
                "numpy.ascontiguousarray",
            ),
            (npy_file("|u1", false, "(6,)", &[0; 6]), "[rows, visible]"),
            (npy_file("|u1", false, "(0, 3)", &[]), "one or more rows"),
            (npy_file("|u1", false, "(3, 0)", &[]), "one or more rows"),
            (npy_file("|u1", false, "(2, 3)", &[0; 5]), "truncated"),
            (b"0,1\n1,0\n".to_vec(), "header"),
        ] {
            let error = Dataset::stream(written(&folder, &bytes))
                .unwrap_err()
                .to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
