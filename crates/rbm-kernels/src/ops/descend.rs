//! A step against a gradient.

use burn::tensor::Tensor;

/// `x - rate · gradient`, in one pass where there is a fast body; constant for autodiff.
///
/// With a negative rate it adds: `descend(g, v, -m)` is a velocity with momentum `m`.
///
/// # Shapes
///
/// The result is as `x` and the gradient are.
///
/// ```
/// use burn::tensor::Tensor;
///
/// let tensor = |x: [f32; 2]| Tensor::<1>::from_floats(x, &Default::default());
/// let next = rbm_kernels::ops::descend(tensor([1.0, 2.0]), tensor([4.0, -4.0]), 0.5);
/// assert_eq!(next.into_data().to_vec::<f32>().unwrap(), [-1.0, 4.0]);
/// ```
///
/// # Panics
///
/// Where the shapes differ.
pub fn descend<const D: usize>(x: Tensor<D>, gradient: Tensor<D>, rate: f64) -> Tensor<D> {
    assert_eq!(
        x.dims(),
        gradient.dims(),
        "a gradient has the shape of what it changes"
    );
    let (x, gradient) = (x.without_autodiff(), gradient.without_autodiff());
    #[cfg(feature = "flex")]
    if super::is_fast(&x) && super::is_fast(&gradient) {
        use super::flex::{self, primitive};
        use burn::backend::Flex;

        let next = flex::descend(primitive(x), primitive(gradient), rate);
        return Tensor::from_primitive::<Flex>(next);
    }
    x - gradient.mul_scalar(rate)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Distribution};

    use super::*;

    /// The same bits as stock operations, at sizes below and above a thread's share, and for views.
    #[test]
    fn is_what_stock_operations_make() {
        let device = Device::default();
        for (dtype, shape) in [
            (DType::F32, [3, 5]),
            (DType::F32, [300, 701]),
            (DType::F64, [3, 5]),
        ] {
            let random = |[m, n]: [usize; 2]| {
                Tensor::<2>::random([m, n], Distribution::Normal(0.0, 1.0), (&device, dtype))
            };
            let turned = random([shape[1], shape[0]]).transpose();
            for (x, g) in [(random(shape), random(shape)), (random(shape), turned)] {
                for rate in [0.1, -0.9, 1e-8] {
                    let expected = x.clone() - g.clone().mul_scalar(rate);
                    let expected = expected.into_data();
                    // Memory of its own for the one, the other, both or none of them.
                    for (x_owned, g_owned) in
                        [(false, false), (true, false), (false, true), (true, true)]
                    {
                        let copy = |t: &Tensor<2>| Tensor::from_data(t.to_data(), (&device, dtype));
                        let own_x = if x_owned { copy(&x) } else { x.clone() };
                        let own_g = if g_owned { copy(&g) } else { g.clone() };
                        let found = descend(own_x, own_g, rate);
                        found.into_data().assert_eq(&expected, true);
                        // What others hold is as it was.
                        let again = x.clone() - g.clone().mul_scalar(rate);
                        again.into_data().assert_eq(&expected, true);
                    }
                }
            }
        }
    }
}
