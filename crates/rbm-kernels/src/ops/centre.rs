//! The gradient of the centred model.

use burn::tensor::Tensor;

/// The centred gradient `g = ∂W - μ ∂cᵀ - ∂b λᵀ` of the weights, and `g λ` and `gᵀ μ`, which the
/// gradients of the biases lose; in one pass where there is a fast body. Constant for autodiff.
///
/// # Shapes
///
/// `weight` is `[visible, hidden]`; the offsets `μ`, `λ` and the gradients `∂b`, `∂c` are `[visible]`
/// and `[hidden]`, as are the two shifts.
///
/// # References
///
/// J. Melchior, A. Fischer, L. Wiskott: *How to center deep Boltzmann machines*, JMLR 17, 2016,
/// equations 12-14.
///
/// ```
/// use burn::tensor::Tensor;
///
/// let device = Default::default();
/// let vector = |x: &[f32]| Tensor::<1>::from_floats(x, &device);
/// let weight = Tensor::<2>::from_floats([[1.0, 2.0]], &device);
/// let offsets = [vector(&[0.5]), vector(&[1.0, 0.0])];
/// let biases = [vector(&[2.0]), vector(&[2.0, 4.0])];
/// let (gradient, shifts) = rbm_kernels::ops::centred(weight, offsets, biases);
/// let values = |x: Tensor<1>| x.into_data().to_vec::<f32>().unwrap();
/// assert_eq!(gradient.into_data().to_vec::<f32>().unwrap(), [-2.0, 0.0]);
/// assert_eq!(shifts.map(values), [vec![-2.0], vec![-1.0, 0.0]]);
/// ```
///
/// # Panics
///
/// Where the lengths do not go together.
pub fn centred(
    weight: Tensor<2>,
    offsets: [Tensor<1>; 2],
    biases: [Tensor<1>; 2],
) -> (Tensor<2>, [Tensor<1>; 2]) {
    let weight = weight.without_autodiff();
    let [offsets, biases] = [offsets, biases].map(|pair| pair.map(Tensor::without_autodiff));
    #[cfg(feature = "flex")]
    if super::is_fast(&weight)
        && [&offsets, &biases]
            .into_iter()
            .flatten()
            .all(super::is_fast)
    {
        use super::flex::{self, primitive};
        use burn::backend::Flex;

        let [offsets, biases] = [offsets, biases].map(|pair| pair.map(primitive));
        let (gradient, shifts) = flex::centred(&primitive(weight), &offsets, &biases);
        return (
            Tensor::from_primitive::<Flex>(gradient),
            shifts.map(Tensor::from_primitive::<Flex>),
        );
    }
    let [mu, lambda] = offsets;
    let [db, dc] = biases;
    let column = |x: &Tensor<1>| x.clone().unsqueeze_dim::<2>(1);
    let row = |x: &Tensor<1>| x.clone().unsqueeze_dim::<2>(0);
    // Both rank-one terms as one product.
    let left = Tensor::cat(vec![column(&mu), column(&db)], 1);
    let right = Tensor::cat(vec![row(&dc), row(&lambda)], 0);
    let gradient = weight - left.matmul(right);
    let by_rows = gradient.clone().matmul(column(&lambda)).squeeze_dim::<1>(1);
    let by_columns = row(&mu).matmul(gradient.clone()).squeeze_dim::<1>(0);
    (gradient, [by_rows, by_columns])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Distribution, Tolerance};

    use super::*;

    /// The fast body against the stock one, which double precision takes; for views, too.
    #[test]
    fn is_what_stock_operations_make() {
        let device = Device::default();
        for [height, width] in [[3, 5], [400, 170]] {
            let random = |shape: [usize; 2]| {
                let normal = Distribution::Normal(0.0, 1.0);
                Tensor::<2>::random(shape, normal, (&device, DType::F64))
            };
            let vector = |n: usize| random([1, n]).squeeze_dim::<1>(0);
            let pair = || [vector(height), vector(width)];
            let turned = random([width, height]).transpose();
            for weight in [random([height, width]), turned] {
                let (offsets, biases) = (pair(), pair());
                let expected = centred(weight.clone(), offsets.clone(), biases.clone());
                let single = |pair: [Tensor<1>; 2]| pair.map(|x| x.cast(DType::F32));
                let found = centred(weight.cast(DType::F32), single(offsets), single(biases));
                let tolerance = Tolerance::<f32>::rel_abs(1e-4, 1e-4);
                let same = |a: Tensor<2>, b: Tensor<2>| {
                    let b = b.cast(DType::F32).into_data();
                    a.into_data().assert_approx_eq(&b, tolerance);
                };
                same(found.0, expected.0);
                for (found, expected) in found.1.into_iter().zip(expected.1) {
                    same(found.unsqueeze(), expected.unsqueeze());
                }
            }
        }
    }
}
