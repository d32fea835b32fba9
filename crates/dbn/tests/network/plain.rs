//! A second implementation: loops over every joint state, in double precision.

/// All states of `n` units; unit `i` is bit `i`.
pub(crate) fn states(n: usize) -> Vec<Vec<f64>> {
    let bit = |s: usize, i: usize| f64::from(u8::from(s >> i & 1 == 1));
    let state = |s: usize| (0..n).map(|i| bit(s, i)).collect();
    (0..1usize << n).map(state).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The probability of a binary state at these means.
fn product(x: &[f64], mean: &[f64]) -> f64 {
    let unit = |(x, p): (&f64, &f64)| x * p + (1.0 - x) * (1.0 - p);
    x.iter().zip(mean).map(unit).product()
}

/// An RBM whose last `classes` visible units are a label.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) w: Vec<Vec<f64>>,
    pub(crate) b: Vec<f64>,
    pub(crate) c: Vec<f64>,
    pub(crate) classes: usize,
}

impl Layer {
    pub(crate) fn features(&self) -> usize {
        self.b.len() - self.classes
    }

    fn energy(&self, v: &[f64], h: &[f64]) -> f64 {
        let mut energy = 0.0;
        for ((v, b), w) in v.iter().zip(&self.b).zip(&self.w) {
            energy -= b * v;
            for (h, w) in h.iter().zip(w) {
                energy -= v * w * h;
            }
        }
        h.iter()
            .zip(&self.c)
            .fold(energy, |energy, (h, c)| energy - c * h)
    }

    /// Every state of the visible units: with a label, each state of the features at each class.
    pub(crate) fn visible_states(&self) -> Vec<Vec<f64>> {
        let features = states(self.features());
        if self.classes == 0 {
            return features;
        }
        let with = |x: &Vec<f64>, class: usize| {
            let mut x = x.clone();
            x.extend((0..self.classes).map(|k| f64::from(u8::from(k == class))));
            x
        };
        let all = features
            .iter()
            .flat_map(|x| (0..self.classes).map(move |k| with(x, k)));
        all.collect()
    }

    /// `exp(-F(v))`, by the sum over hidden states.
    pub(crate) fn weight(&self, v: &[f64]) -> f64 {
        let hidden = states(self.c.len());
        hidden.iter().map(|h| (-self.energy(v, h)).exp()).sum()
    }

    pub(crate) fn partition(&self) -> f64 {
        self.visible_states().iter().map(|v| self.weight(v)).sum()
    }

    pub(crate) fn hidden_mean(&self, v: &[f64]) -> Vec<f64> {
        let input = |j: usize| self.c[j] + (0..v.len()).map(|i| v[i] * self.w[i][j]).sum::<f64>();
        (0..self.c.len()).map(|j| sigmoid(input(j))).collect()
    }

    /// Of binary units: what it says of a label is not its mean.
    fn visible_mean(&self, h: &[f64]) -> Vec<f64> {
        let input = |i: usize| self.b[i] + (0..h.len()).map(|j| h[j] * self.w[i][j]).sum::<f64>();
        (0..self.b.len()).map(|i| sigmoid(input(i))).collect()
    }
}

/// A stack of them.
#[derive(Clone, Debug)]
pub(crate) struct Plain(pub(crate) Vec<Layer>);

impl Plain {
    pub(crate) fn top(&self) -> &Layer {
        &self.0[self.0.len() - 1]
    }

    /// `p(x)` of the features of the top layer, with its label summed out; and with it, by class.
    pub(crate) fn features(&self) -> Vec<(Vec<f64>, Vec<f64>)> {
        let (top, z) = (self.top(), self.top().partition());
        let classes = top.classes.max(1);
        let all = top.visible_states();
        let by_state = all.chunks(classes).map(|group| {
            let p = group.iter().map(|v| top.weight(v) / z).collect();
            (group[0][..top.features()].to_vec(), p)
        });
        by_state.collect()
    }

    /// `p(v)` over all visible states, where the features of the top layer have these weights.
    fn push_down(&self, features: Vec<(Vec<f64>, f64)>) -> Vec<(Vec<f64>, f64)> {
        let below = self.0[..self.0.len() - 1].iter().rev();
        below.fold(features, |above, layer| {
            let p = |v: &Vec<f64>| {
                let term = |(h, p): &(Vec<f64>, f64)| p * product(v, &layer.visible_mean(h));
                above.iter().map(term).sum()
            };
            let all = states(layer.b.len()).into_iter();
            all.map(|v| (v.clone(), p(&v))).collect()
        })
    }

    /// `p(v)`, by the sum over all states above.
    pub(crate) fn distribution(&self) -> Vec<(Vec<f64>, f64)> {
        let features = self.features().into_iter();
        self.push_down(features.map(|(x, p)| (x, p.iter().sum())).collect())
    }

    /// `p(v | y)`.
    pub(crate) fn distribution_of(&self, class: usize) -> Vec<(Vec<f64>, f64)> {
        let features = self.features();
        let of_class: f64 = features.iter().map(|(_, p)| p[class]).sum();
        let given = features.into_iter().map(|(x, p)| (x, p[class] / of_class));
        self.push_down(given.collect())
    }

    /// The distribution of the data after a way up by `q`, a label drawn, one sweep of the top layer,
    /// and a way down.
    pub(crate) fn after_a_sweep(&self, v: &[f64]) -> Vec<(Vec<f64>, f64)> {
        // The probability of each state of the features after the way up.
        let mut up = vec![(v.to_vec(), 1.0)];
        for layer in &self.0[..self.0.len() - 1] {
            let p = |h: &Vec<f64>| {
                let term = |(v, p): &(Vec<f64>, f64)| p * product(h, &layer.hidden_mean(v));
                up.iter().map(term).sum()
            };
            up = states(layer.c.len())
                .into_iter()
                .map(|h| (h.clone(), p(&h)))
                .collect();
        }
        let top = self.top();
        let mut features: Vec<(Vec<f64>, f64)> = states(top.features())
            .into_iter()
            .map(|x| (x, 0.0))
            .collect();
        for (x, p) in &up {
            let with_label: Vec<Vec<f64>> = top
                .visible_states()
                .into_iter()
                .filter(|v| v.starts_with(x))
                .collect();
            let total: f64 = with_label.iter().map(|v| top.weight(v)).sum();
            for v in &with_label {
                let of_label = top.weight(v) / total;
                for h in states(top.c.len()) {
                    let path = p * of_label * product(&h, &top.hidden_mean(v));
                    // Features alone: a label is independent of them given the hidden units.
                    let mean = &top.visible_mean(&h)[..top.features()];
                    for (x, sum) in &mut features {
                        *sum += path * product(x, mean);
                    }
                }
            }
        }
        self.push_down(features)
    }

    /// `E_q[log p(v, h…) - log q(h… | v)]`, by the sum over all paths up to the top layer.
    pub(crate) fn bound(&self, v: &[f64]) -> f64 {
        let features = self.features();
        self.paths(v, 0, &|x, terms| {
            let at = features.iter().find(|(features, _)| features == x);
            let p: f64 = at.expect("every state is there").1.iter().sum();
            terms + p.ln()
        })
    }

    /// The mean of `end(x, Σ log p(below | above) - log q(above | below))` over paths.
    fn paths(&self, v: &[f64], layer: usize, end: &dyn Fn(&[f64], f64) -> f64) -> f64 {
        if layer + 1 == self.0.len() {
            return end(v, 0.0);
        }
        let rbm = &self.0[layer];
        let q_mean = rbm.hidden_mean(v);
        let of_state = |h: &Vec<f64>| {
            let q = product(h, &q_mean);
            let step = product(v, &rbm.visible_mean(h)).ln() - q.ln();
            q * self.paths(h, layer + 1, &|x, terms| end(x, terms + step))
        };
        states(rbm.c.len()).iter().map(of_state).sum()
    }
}
