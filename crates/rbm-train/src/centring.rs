//! Centring: gradients as if units were measured from their means.
//!
//! In the centred model `E = -(v - μ)ᵀb' - (h - λ)ᵀc' - (v - μ)ᵀW(h - λ)` the gradient of the
//! weights does not mix with that of the biases, and training no longer depends on whether a pixel
//! is called on or off. The centred parameters are `b' = b + Wλ` and `c' = c + Wᵀμ`, so an update of
//! them is an update of the plain ones, and the plain ones are all that is ever kept:
//!
//! ```text
//! ∂W ← ∂W - μ ∂cᵀ - ∂b λᵀ,     ∂b ← ∂b - ∂W λ,     ∂c ← ∂c - ∂Wᵀ μ
//! ```
//!
//! # References
//!
//! G. Montavon, K.-R. Müller: *Deep Boltzmann machines and the centering trick*, 2012; J. Melchior,
//! A. Fischer, L. Wiskott: *How to center deep Boltzmann machines*, JMLR 17, 2016, equations 12-14.

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use rbm_kernels::ops::centred;
use rbm_model::{Rbm, units::UnitLayer};

/// The offsets that units are measured from.
///
/// A [`Trainer`](crate::Trainer) does this by itself; it is for who writes an update of another kind.
///
/// ```
/// use burn::optim::GradientsParams;
/// use burn::tensor::{Device, Tensor};
/// use rbm_model::{Noise, RbmConfig, objective::{Clamped, surrogate}};
/// use rbm_train::Centring;
///
/// let device = Device::default().autodiff();
/// let rbm = RbmConfig::new(4, 3).init(&mut Noise::new(1), &device);
/// let device = device.without_autodiff();
/// let phase = |v| Clamped::new(&rbm, Tensor::full([1, 4], v, &device)).expected(&rbm);
/// let loss = surrogate(&rbm, phase(1.0), phase(0.0));
/// let mut gradients = GradientsParams::from_grads(loss.backward(), &rbm);
/// let half = |n: usize| Tensor::full([n], 0.5, &device);
/// Centring::new(half(4), half(3)).apply(&rbm, &mut gradients);
/// // Data of ones and a model of zeros: seen from ½, both say that the hidden units do not matter.
/// let weight = gradients.get::<2>(rbm.weight.id).unwrap();
/// assert!(weight.abs().max().into_scalar::<f32>() < 0.1);
/// ```
#[derive(Clone, Debug)]
pub struct Centring {
    /// `μ`, the mean of the visible units, `[visible]`.
    pub(crate) visible: Tensor<1>,
    /// `λ`, the mean of the hidden units, `[hidden]`.
    pub(crate) hidden: Tensor<1>,
}

impl Centring {
    /// Offsets `μ`, of shape `[visible]`, and `λ`, `[hidden]`.
    pub fn new(visible: Tensor<1>, hidden: Tensor<1>) -> Self {
        Self { visible, hidden }
    }

    /// Moves the offsets towards the means of a batch; in (0, 1], `rate` is its weight in them.
    pub fn follow(&mut self, visible: Tensor<2>, hidden: Tensor<2>, rate: f64) {
        self.visible = moving_mean(&self.visible, visible, rate);
        self.hidden = moving_mean(&self.hidden, hidden, rate);
    }

    /// Replaces the gradient of the plain parameters by their centred gradient.
    ///
    /// # Panics
    ///
    /// Where there is no gradient for the weights or for one of the biases.
    pub fn apply(&self, rbm: &Rbm, gradients: &mut GradientsParams) {
        let [w, b, c] = [
            rbm.weight.id,
            rbm.visible.bias_param().id,
            rbm.hidden.bias_param().id,
        ];
        let (Some(dw), Some(db), Some(dc)) = (
            gradients.remove::<2>(w),
            gradients.remove::<1>(b),
            gradients.remove::<1>(c),
        ) else {
            panic!("the surrogate has a gradient for the weights and both biases");
        };
        // By the input and not by the bias: they differ where a unit's bias is scaled.
        let per_input = |units: &dyn UnitLayer, gradient: Tensor<1>| match units.bias_per_input() {
            Some(scale) => gradient * scale.without_autodiff(),
            None => gradient,
        };
        let (dw, [shift_b, shift_c]) = centred(
            dw,
            [self.visible.clone(), self.hidden.clone()],
            [
                per_input(&rbm.visible, db.clone()),
                per_input(&rbm.hidden, dc.clone()),
            ],
        );
        gradients.register(b, db - per_input(&rbm.visible, shift_b));
        gradients.register(c, dc - per_input(&rbm.hidden, shift_c));
        gradients.register(w, dw);
    }
}

/// A mean `[units]` that follows those of batches `[rows, units]`: `(1 - rate)` times itself and `rate`
/// times the mean of this one.
///
/// ```
/// use burn::tensor::Tensor;
///
/// let device = Default::default();
/// let batch = Tensor::<2>::from_floats([[1.0], [3.0]], &device);
/// let mean = rbm_train::internal::moving_mean(&Tensor::zeros([1], &device), batch, 0.25);
/// assert_eq!(mean.into_scalar::<f32>(), 0.5);
/// ```
pub fn moving_mean(mean: &Tensor<1>, batch: Tensor<2>, rate: f64) -> Tensor<1> {
    let new = batch.mean_dim(0).squeeze_dim::<1>(0);
    mean.clone().mul_scalar(1.0 - rate) + new.mul_scalar(rate)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};
    use rbm_model::{
        Noise,
        numerics::to_f64,
        objective::{Clamped, surrogate},
        units::{Bernoulli, Gaussian, Units},
    };

    use super::*;

    fn draw(shape: [usize; 2], scale: f64, seed: u64, device: &Device) -> Tensor<2> {
        let plain = device.clone().without_autodiff();
        let x = Noise::new(seed).normal(shape, DType::F64, &plain);
        Tensor::from_data(x.mul_scalar(scale).into_data(), (device, DType::F64))
    }

    fn vector(n: usize, seed: u64, device: &Device) -> Tensor<1> {
        draw([1, n], 0.5, seed, device).squeeze_dim::<1>(0)
    }

    /// One step in the parameters of the centred model, written out, is one step with the
    /// transformed gradient in the plain ones.
    #[test]
    fn it_is_a_step_of_the_centred_model() {
        let device = Device::flex().autodiff();
        let (n, m, rate) = (5, 3, 0.1);
        let plain = device.clone().without_autodiff();
        for learn_sigma in [None, Some(false), Some(true)] {
            let visible = match learn_sigma {
                None => Units::Bernoulli(Bernoulli::from_bias(vector(n, 1, &device))),
                Some(learned) => Units::Gaussian(Gaussian::from_parts(
                    vector(n, 1, &device),
                    learned.then(|| vector(n, 2, &device)),
                )),
            };
            let hidden = Units::Bernoulli(Bernoulli::from_bias(vector(m, 3, &device)));
            let rbm = Rbm::from_parts(visible, hidden, draw([n, m], 1.0, 4, &device));
            let (mu, lambda) = (vector(n, 5, &plain), vector(m, 6, &plain));
            let up = Noise::new(7).bernoulli(Tensor::full([9, n], 0.3, (&plain, DType::F64)));
            let down = Noise::new(8).bernoulli(Tensor::full([9, n], 0.6, (&plain, DType::F64)));
            let phase = |rbm: &Rbm, v: &Tensor<2>| Clamped::new(rbm, v.clone()).expected(rbm);
            let loss = surrogate(&rbm, phase(&rbm, &up), phase(&rbm, &down));
            let mut gradients = GradientsParams::from_grads(loss.backward(), &rbm);
            Centring::new(mu.clone(), lambda.clone()).apply(&rbm, &mut gradients);
            let step = |x: Tensor<1>, g: Option<Tensor<1>>| x.inner() - g.unwrap().mul_scalar(rate);
            let found = [
                to_f64(
                    rbm.weight.val().inner()
                        - gradients.get::<2>(rbm.weight.id).unwrap().mul_scalar(rate),
                ),
                to_f64(step(
                    rbm.visible.bias(),
                    gradients.get::<1>(rbm.visible.bias_param().id),
                )),
                to_f64(step(
                    rbm.hidden.bias(),
                    gradients.get::<1>(rbm.hidden.bias_param().id),
                )),
            ];

            // The statistics of each unit are those of its input: scale by σ² what Gaussian
            // biases see. Δ are differences between the phases.
            let scale = rbm.visible.bias_per_input().map(Tensor::inner);
            let statistics = |v: &Tensor<2>| {
                let h = rbm.valid_hidden_mean(v);
                let v = v.clone() - mu.clone().unsqueeze();
                let h = h - lambda.clone().unsqueeze();
                let rows = v.dims()[0] as f64;
                (
                    v.clone()
                        .transpose()
                        .matmul(h.clone())
                        .mul_scalar(rows.recip()),
                    v.mean_dim(0).squeeze_dim::<1>(0),
                    h.mean_dim(0).squeeze_dim::<1>(0),
                )
            };
            let (up, down) = (statistics(&up), statistics(&down));
            // Descent on the loss: minus ∂l is the data's statistics minus the model's.
            let dw = (up.0 - down.0).mul_scalar(rate);
            let db = (up.1 - down.1).mul_scalar(rate);
            let dc = (up.2 - down.2).mul_scalar(rate);
            let w = rbm.weight.val().inner();
            let lambda_column = lambda.clone().unsqueeze_dim::<2>(1);
            let mu_row = mu.clone().unsqueeze_dim::<2>(0);
            let shift = |w: Tensor<2>| w.matmul(lambda_column.clone()).squeeze_dim::<1>(1);
            let lift = |w: Tensor<2>| mu_row.clone().matmul(w).squeeze_dim::<1>(0);
            // Natural fields: the bias of a Gaussian unit over its variance. The bias statistic of
            // such a unit is Δv/σ², so its step in the field is divided by σ² once more and
            // multiplied back as the bias is: what is left is Δv/σ² in the bias.
            let (field, unscale): (Tensor<1>, Box<dyn Fn(Tensor<1>) -> Tensor<1>>) = match scale {
                None => (rbm.visible.bias().inner(), Box::new(|x| x)),
                Some(s) => (
                    rbm.visible.bias().inner() / s.clone(),
                    Box::new(move |x| x * s.clone()),
                ),
            };
            let db = match rbm.visible.bias_per_input() {
                None => db,
                Some(s) => db / s.clone().inner() / s.inner(),
            };
            let centred = (
                field + shift(w.clone()),
                rbm.hidden.bias().inner() + lift(w.clone()),
            );
            let (w, b, c) = (w + dw, centred.0 + db, centred.1 + dc);
            let expected = [
                to_f64(w.clone()),
                to_f64(unscale(b - shift(w.clone()))),
                to_f64(c - lift(w)),
            ];
            for (found, expected) in found.iter().zip(&expected) {
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
            }
        }
    }

    trait ValidHiddenMean {
        fn valid_hidden_mean(&self, v: &Tensor<2>) -> Tensor<2>;
    }

    impl ValidHiddenMean for Rbm {
        fn valid_hidden_mean(&self, v: &Tensor<2>) -> Tensor<2> {
            use burn::module::Module;
            self.valid().hidden_mean(v.clone())
        }
    }

    #[test]
    fn offsets_follow_the_batches() {
        let device = Device::flex();
        let zeros = |n: usize| Tensor::<1>::zeros([n], &device);
        let mut centring = Centring::new(zeros(2), zeros(1));
        let v = Tensor::from_data(TensorData::from([[1f32, 0.0], [1.0, 1.0]]), &device);
        let h = Tensor::from_data(TensorData::from([[0.2f32], [0.6]]), &device);
        centring.follow(v, h, 0.25);
        assert_eq!(to_f64(centring.visible), [0.25, 0.125]);
        assert!((to_f64(centring.hidden)[0] - 0.1).abs() < 1e-7);
    }
}
