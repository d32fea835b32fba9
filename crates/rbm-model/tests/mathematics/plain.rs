//! The model once more, in plain loops over plain numbers: what the tensors are held to.

/// An RBM with Bernoulli hidden units; its visible units are Bernoulli, or Gaussian where there are
/// logarithms of standard deviations.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) w: Vec<Vec<f64>>,
    pub(crate) b: Vec<f64>,
    pub(crate) c: Vec<f64>,
    pub(crate) log_sigma: Option<Vec<f64>>,
}

/// All states of `n` units; bit `i` of the index is unit `i`.
pub(crate) fn states(n: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..1usize << n).map(move |s| {
        (0..n)
            .map(|i| f64::from(u8::from(s >> i & 1 == 1)))
            .collect()
    })
}

impl Plain {
    pub(crate) fn visible_energy(&self, v: &[f64]) -> f64 {
        let units = v.iter().zip(&self.b);
        match &self.log_sigma {
            None => units.map(|(v, b)| -v * b).sum(),
            Some(s) => units
                .enumerate()
                .map(|(i, (v, b))| (v - b).powi(2) / (2.0 * (2.0 * s[i]).exp()))
                .sum(),
        }
    }

    pub(crate) fn energy(&self, v: &[f64], h: &[f64]) -> f64 {
        let mut energy = self.visible_energy(v);
        for (j, h) in h.iter().enumerate() {
            energy -= h * self.c[j];
            for (i, v) in v.iter().enumerate() {
                energy -= v * self.w[i][j] * h;
            }
        }
        energy
    }

    pub(crate) fn free_energy(&self, v: &[f64]) -> f64 {
        let sum: f64 = states(self.c.len())
            .map(|h| (-self.energy(v, &h)).exp())
            .sum();
        -sum.ln()
    }

    /// `log Σ_v exp(-E(v, h))`, or the integral.
    pub(crate) fn log_weight(&self, h: &[f64]) -> f64 {
        let bias: f64 = h.iter().zip(&self.c).map(|(h, c)| h * c).sum();
        let visible = (0..self.b.len()).map(|i| {
            let input: f64 = h.iter().zip(&self.w[i]).map(|(h, w)| h * w).sum();
            match &self.log_sigma {
                None => (1.0 + (self.b[i] + input).exp()).ln(),
                Some(s) => {
                    let variance = (2.0 * s[i]).exp();
                    input * self.b[i]
                        + variance * input * input / 2.0
                        + s[i]
                        + 0.5 * std::f64::consts::TAU.ln()
                }
            }
        });
        bias + visible.sum::<f64>()
    }

    pub(crate) fn log_partition(&self) -> f64 {
        let sum: f64 = states(self.c.len())
            .map(|h| self.log_weight(&h).exp())
            .sum();
        sum.ln()
    }

    /// The mean negative log-likelihood of the rows, in nats.
    pub(crate) fn loss(&self, data: &[Vec<f64>]) -> f64 {
        let free: f64 = data.iter().map(|v| self.free_energy(v)).sum();
        free / data.len() as f64 + self.log_partition()
    }

    /// The parameters in a row: w, b, c, log σ.
    pub(crate) fn parameters(&self) -> Vec<f64> {
        let mut all = self.w.concat();
        all.extend(&self.b);
        all.extend(&self.c);
        all.extend(self.log_sigma.iter().flatten());
        all
    }

    pub(crate) fn with_parameters(&self, values: &[f64]) -> Self {
        let (visible, hidden) = (self.b.len(), self.c.len());
        let (w, rest) = values.split_at(visible * hidden);
        let (b, rest) = rest.split_at(visible);
        let (c, s) = rest.split_at(hidden);
        Self {
            w: w.chunks(hidden).map(<[f64]>::to_vec).collect(),
            b: b.to_vec(),
            c: c.to_vec(),
            log_sigma: self.log_sigma.as_ref().map(|_| s.to_vec()),
        }
    }

    /// The gradient of the loss by central differences.
    pub(crate) fn numerical_gradient(&self, data: &[Vec<f64>]) -> Vec<f64> {
        let step = 1e-5;
        let at = self.parameters();
        let moved = |k: usize, by: f64| {
            let mut values = at.clone();
            values[k] += by;
            self.with_parameters(&values).loss(data)
        };
        (0..at.len())
            .map(|k| (moved(k, step) - moved(k, -step)) / (2.0 * step))
            .collect()
    }
}
