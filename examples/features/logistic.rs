//! Multinomial logistic regression.

use burn::module::{Module, Param};
use burn::optim::{GradientsParams, LBFGSConfig, LineSearchFn};
use burn::tensor::{Int, Tensor, activation::log_softmax};

/// A logistic regression: the inputs of ten classes are linear in the features.
#[derive(Module, Debug)]
pub(crate) struct Logistic {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

impl Logistic {
    pub(crate) fn inputs(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.val()) + self.bias.val().unsqueeze()
    }

    /// The minimum of the loss with a penalty on the weights, `1/c` of it as in scikit-learn.
    pub(crate) fn fit(x: Tensor<2>, classes: Tensor<1, Int>, c: f64) -> Self {
        let ([rows, features], device) = (x.dims(), x.device().autodiff());
        let start = Self {
            weight: Param::from_tensor(Tensor::zeros([features, 10], &device)),
            bias: Param::from_tensor(Tensor::zeros([10], &device)),
        };
        let (x, classes) = (
            Tensor::from_inner(x),
            Tensor::from_inner(classes.unsqueeze_dim(1)),
        );
        let loss_and_gradient = |model: Self| {
            let right = log_softmax(model.inputs(x.clone()), 1).gather(1, classes.clone());
            let penalty = model.weight.val().square().sum() / (2.0 * c * rows as f64);
            let loss = penalty - right.mean();
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            (loss.into_scalar::<f64>(), gradients)
        };
        let search = LBFGSConfig::new().with_line_search_fn(LineSearchFn::StrongWolfe);
        let mut search = search.with_max_iter(1000).init();
        search.step(1.0, start, loss_and_gradient).0.valid()
    }
}
