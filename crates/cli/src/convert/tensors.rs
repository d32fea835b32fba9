//! Named tensors, as every format of another program is read.

use std::collections::BTreeMap;

use burn::tensor::{DType, TensorData};
use burnzmann::model::Rbm;

/// Tensors by name.
pub type Tensors = BTreeMap<String, TensorData>;

/// Whether both layers have the units that other programs know.
pub(super) fn all_binary(rbm: &Rbm) -> bool {
    rbm.visible.support().is_binary() && rbm.hidden.support().is_binary()
}

/// How many numbers a vector has, if it is one: at most one of its sizes is not 1.
pub(super) fn vector_length(data: &TensorData) -> Option<usize> {
    let shape = data.shape();
    let long = shape.iter().filter(|&&size| size != 1).count();
    (long <= 1).then(|| shape.iter().product())
}

/// That there is a tensor of this name.
pub(super) fn known(tensors: &Tensors, name: &str) -> Result<(), String> {
    if tensors.contains_key(name) {
        return Ok(());
    }
    Err(format!("no tensor is called `{name}`; {}", listed(tensors)))
}

/// All names with their shapes, for messages.
pub(super) fn listed(tensors: &Tensors) -> String {
    let names = tensors
        .iter()
        .map(|(name, data)| format!("{name} {:?}", data.shape().as_slice()));
    format!("the tensors are {}", names.collect::<Vec<_>>().join(", "))
}

/// Rows for columns, whatever the type of the numbers.
pub(super) fn transposed(data: TensorData) -> TensorData {
    let &[rows, columns] = data.shape().as_slice() else {
        return data;
    };
    let width = data.dtype().size();
    let bytes = data.as_bytes();
    let cell = |row: usize, column: usize| {
        let start = (row * columns + column) * width;
        &bytes[start..start + width]
    };
    let moved: Vec<u8> = (0..columns)
        .flat_map(|column| (0..rows).flat_map(move |row| cell(row, column)))
        .copied()
        .collect();
    TensorData::from_bytes_vec(moved, [columns, rows], data.dtype())
}

/// A bias that was kept as a matrix of one row or one column.
pub(super) fn flat(data: TensorData) -> TensorData {
    let count = data.shape().iter().product::<usize>();
    let dtype = data.dtype();
    TensorData::from_bytes_vec(data.as_bytes().to_vec(), [count], dtype)
}

/// Floats of 16 bits as singles, which hold each of their values. A model is not computed with in 16
/// bits: its free energies have sums of thousands of terms.
pub(super) fn widened(data: TensorData) -> TensorData {
    match data.dtype() {
        DType::F16 | DType::BF16 => data.convert::<f32>(),
        _ => data,
    }
}

/// Values in the type that `like` has, of those that a model is kept in.
#[expect(clippy::cast_possible_truncation, reason = "rounded to singles")]
pub(super) fn in_type_of(values: Vec<f64>, shape: Vec<usize>, like: DType) -> TensorData {
    match like {
        DType::F64 => TensorData::new(values, shape),
        _ => TensorData::new(values.iter().map(|&x| x as f32).collect(), shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_matrix_has_its_indices_swapped() {
        let data = TensorData::from([[1f64, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let expected = TensorData::from([[1f64, 4.0], [2.0, 5.0], [3.0, 6.0]]);
        assert_eq!(transposed(data), expected);
    }

    #[test]
    fn rows_and_columns_are_vectors_and_matrices_are_not() {
        let length = |shape: &[usize]| {
            let count = shape.iter().product();
            vector_length(&TensorData::new(vec![0f32; count], shape.to_vec()))
        };
        assert_eq!(length(&[3]), Some(3));
        assert_eq!(length(&[1, 3]), Some(3));
        assert_eq!(length(&[3, 1]), Some(3));
        assert_eq!(length(&[]), Some(1));
        assert_eq!(length(&[2, 3]), None);
    }

    /// Largest, smallest normal and smallest subnormal number of 16 bits: exact in single precision.
    #[test]
    fn halves_become_singles_of_the_same_value() {
        let halves: Vec<u8> = [0x7bffu16, 0x0400, 0x0001, 0xc000]
            .iter()
            .flat_map(|bits| bits.to_le_bytes())
            .collect();
        let data = TensorData::from_bytes_vec(halves, [4], DType::F16);
        let expected = [65504.0f32, 2f32.powi(-14), 2f32.powi(-24), -2.0];
        assert_eq!(widened(data), TensorData::from(expected));
    }
}
