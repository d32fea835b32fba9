//! Up and down the stack by means, and the pictures of what a unit looks for.

use burn::tensor::Tensor;
use rbm_model::{Noise, Rbm};

use crate::Dbn;

impl Dbn {
    /// The means of the hidden units of `layer`, layer by layer from the data up: `E[h | E[…| v]]`,
    /// the recognition path of a network unrolled. Layer 0 is `v` itself. A label beside the top
    /// layer's features is averaged over, `Σ_y p(y | features) E[h | features, y]`.
    ///
    /// # Shapes
    ///
    /// `v` is `[rows, visible]`, the result `[rows, units of the layer]`.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use dbn::Dbn;
    /// use rbm_model::{Noise, RbmConfig};
    ///
    /// let (device, mut noise) = (Device::default(), Noise::new(1));
    /// let mut layer = |visible, hidden| RbmConfig::new(visible, hidden).init(&mut noise, &device);
    /// let dbn = Dbn::new(vec![layer(6, 5), layer(5, 3)])?;
    /// let v = Tensor::<2>::ones([2, 6], &device);
    /// let expected = dbn.stack[1].hidden_mean(dbn.stack[0].hidden_mean(v.clone()));
    /// assert_eq!(dbn.encode(v, 2).into_data(), expected.into_data());
    /// # Ok::<(), dbn::DbnError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Where there is no such layer, or `v` has another width.
    pub fn encode(&self, v: Tensor<2>, layer: usize) -> Tensor<2> {
        self.check(layer);
        let (below, top) = self.split_at(layer);
        let features = below.iter().fold(v, |x, rbm| rbm.hidden_mean(x));
        match top {
            Some(rbm) => match self.label_layer() {
                Some(label) => self.mean_over_labels(features, label),
                None => rbm.hidden_mean(features),
            },
            None => features,
        }
    }

    /// Draws of the hidden units of `layer` from `q(h | v)`, each layer from the draw below it; a
    /// label beside the top layer's features is drawn too.
    ///
    /// # Shapes
    ///
    /// As [`encode`](Self::encode); constant for autodiff.
    ///
    /// # Panics
    ///
    /// As [`encode`](Self::encode).
    pub fn sample_encoding(&self, v: Tensor<2>, layer: usize, noise: &mut Noise) -> Tensor<2> {
        self.check(layer);
        let (below, top) = self.split_at(layer);
        let features = below.iter().fold(v, |x, rbm| rbm.sample_hidden(x, noise));
        match top {
            Some(rbm) => {
                let visible = self.with_drawn_label(features, noise);
                rbm.sample_hidden(visible, noise)
            }
            None => features,
        }
    }

    /// The means of the visible units given the hidden ones of `layer`, layer by layer down.
    ///
    /// # Shapes
    ///
    /// `h` is `[rows, units of the layer]`, the result `[rows, visible]`.
    ///
    /// # Panics
    ///
    /// As [`encode`](Self::encode).
    pub fn decode(&self, h: Tensor<2>, layer: usize) -> Tensor<2> {
        self.check(layer);
        let (below, top) = self.split_at(layer);
        let features = match top {
            Some(rbm) => self.without_label(rbm.visible_mean(h)),
            None => h,
        };
        below
            .iter()
            .rev()
            .fold(features, |x, rbm| rbm.visible_mean(x))
    }

    /// What is left of `v` after the way up to `layer` and down again, by means, `[rows, visible]`.
    ///
    /// # Panics
    ///
    /// As [`encode`](Self::encode).
    pub fn reconstruct(&self, v: Tensor<2>, layer: usize) -> Tensor<2> {
        self.decode(self.encode(v, layer), layer)
    }

    /// What each hidden unit of `layer` looks for, as a combination of visible units: the columns of
    /// the product `W₁W₂…` of the weights up to there, `[visible, units of the layer]`.
    ///
    /// Exact for the first layer. Above, it leaves the nonlinearities out and shows which filters
    /// below a unit adds up, and with what signs.
    ///
    /// # References
    ///
    /// H. Lee, C. Ekanadham, A. Y. Ng: *Sparse deep belief net model for visual area V2*, NIPS 20,
    /// 2008.
    ///
    /// # Panics
    ///
    /// Where there is no such layer.
    pub fn projected_filters(&self, layer: usize) -> Tensor<2> {
        assert!(layer > 0, "layer 0 is the data: it has no filters");
        self.check(layer);
        let features = self.widths();
        let mut stack = self.stack[..layer].iter().zip(features);
        // Without the rows of label units.
        let weight = |(rbm, rows): (&Rbm, usize)| rbm.weight.val().narrow(0, 0, rows);
        let first = weight(stack.next().expect("there is a layer"));
        stack.fold(first, |filters, next| filters.matmul(weight(next)))
    }

    fn check(&self, layer: usize) {
        let layers = self.num_layers();
        assert!(layer <= layers, "layer {layer} of a network of {layers}");
    }

    /// The layers that have no label units up to `layer`, and the top one where `layer` is its.
    fn split_at(&self, layer: usize) -> (&[Rbm], Option<&Rbm>) {
        if layer == self.num_layers() {
            (&self.stack[..layer - 1], Some(self.top()))
        } else {
            (&self.stack[..layer], None)
        }
    }
}
