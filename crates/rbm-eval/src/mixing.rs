//! Whether Gibbs chains forget where they started.

use burn::tensor::Tensor;
use rbm_model::{
    Noise, Rbm,
    sampling::{
        Kernel,
        annealing::{
            Annealing, Path, Position,
            statistics::{mean, variance},
        },
    },
    units::Units,
};
use serde::{Deserialize, Serialize};

use crate::{Autocorrelation, EvalError, Window, ais::sampler::starts};

/// Two sets of Gibbs chains of the model, one started at data and one at draws of the base,
/// compared by their free energies.
///
/// Chains that mix end in the same place. Where they do not, one set or both sit in a part of the
/// model's states only, and so may the chains of annealing.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use rbm_eval::Mixing;
/// use rbm_model::{Noise, RbmConfig};
///
/// let device = Device::default();
/// let rbm = RbmConfig::new(10, 4).init(&mut Noise::new(1), &device);
/// let data = Tensor::<2>::ones([20, 10], &device);
/// let (mixing, ends) = Mixing::measure(&rbm, &rbm.visible, data, 40, 100, 7, &mut |_, _| ())?;
/// assert!(mixing.agrees() && mixing.is_long_enough(), "{mixing:?}");
/// assert_eq!(ends.dims(), [40, 10]);
/// # Ok::<(), rbm_eval::EvalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mixing {
    /// The number of chains in each set.
    pub chains: usize,
    /// The number of sweeps of each chain; the second half of them is what is compared.
    pub sweeps: usize,
    /// The integrated autocorrelation time of the free energy, in sweeps, along the chains started
    /// at data.
    pub autocorrelation_time: f64,
    /// The mean free energy of the chains started at data, nats.
    pub from_data: f64,
    /// The mean free energy of the chains started at the base, nats.
    pub from_base: f64,
    /// The difference of the two means in standard errors.
    pub sigmas: f64,
    /// The difference of the two means in standard deviations of the free energy.
    pub spreads: f64,
}

/// The stream of random numbers of these chains.
const MIXING: u64 = 5;
/// A difference that chance does not explain.
const SIGMAS: f64 = 4.0;
/// A difference that matters.
const SPREADS: f64 = 0.25;
/// Autocorrelation times that a chain must be long.
const TIMES: f64 = 20.0;

impl Mixing {
    /// Runs two times `chains` chains over `sweeps` sweeps, the first from rows of `data`,
    /// `[rows, visible]`, the second from draws of `base`. Also gives the last states of the first,
    /// `[chains, visible]`. `progress` is called with the sweeps done and their total.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where there are fewer than 2 chains, 8 sweeps or 1 row, where the base or the
    /// data do not belong to the model, or where a free energy is not finite.
    pub fn measure(
        rbm: &Rbm,
        base: &Units,
        data: Tensor<2>,
        chains: usize,
        sweeps: usize,
        seed: u64,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(Self, Tensor<2>), EvalError> {
        for (what, least, found) in [
            ("the data", 1, data.dims()[0]),
            ("the set of chains", 2, chains),
            ("the record of sweeps", 8, sweeps),
        ] {
            if found < least {
                return Err(EvalError::TooFewRows { what, least, found });
            }
        }
        if data.dims()[1] != rbm.num_visible() {
            return Err(EvalError::Width {
                what: "the data",
                expected: rbm.num_visible(),
                found: data.dims()[1],
            });
        }
        let path = Path::new(rbm, base)?;
        let noise = Noise::new(seed).derive(MIXING);
        let at_data = path.place(starts(&data, chains));
        let at_base = path.start(chains, &mut noise.derive(0));
        let mut report = |done| progress(done, 2 * sweeps);
        let (data_traces, ends) = trace(&path, at_data, sweeps, &noise.derive(1), &mut report);
        let mut report = |done| progress(sweeps + done, 2 * sweeps);
        let (base_traces, _) = trace(&path, at_base, sweeps, &noise.derive(2), &mut report);
        let mixing = Self::of(&data_traces, &base_traces, sweeps);
        let found = mixing.from_data + mixing.from_base;
        if !found.is_finite() {
            let what = "the free energy of a chain";
            return Err(EvalError::NotFinite { what, found });
        }
        Ok((mixing, ends))
    }

    fn of(data: &[Vec<f64>], base: &[Vec<f64>], sweeps: usize) -> Self {
        let means = |traces: &[Vec<f64>]| traces.iter().map(|t| mean(t)).collect::<Vec<_>>();
        let (of_data, of_base) = (means(data), means(base));
        let (from_data, from_base) = (mean(&of_data), mean(&of_base));
        let chains = data.len();
        // Chains are independent of each other; steps of one chain are not.
        let error = ((variance(&of_data) + variance(&of_base)) / chains as f64).sqrt();
        let spread = (0.5 * (variance(&data.concat()) + variance(&base.concat()))).sqrt();
        let difference = (from_data - from_base).abs();
        // Rounding aside, a difference of zero is none, also among chains that never move.
        let ratio = |of: f64| {
            if difference <= 1e-9 * from_data.abs().max(1.0) {
                0.0
            } else {
                difference / of.max(f64::MIN_POSITIVE)
            }
        };
        Self {
            chains,
            sweeps,
            autocorrelation_time: Autocorrelation::new(data, Window::Geyer).time,
            from_data,
            from_base,
            sigmas: ratio(error).min(f64::MAX),
            spreads: ratio(spread).min(f64::MAX),
        }
    }

    /// Whether the two sets ended in the same place: their means differ by less than 4 standard
    /// errors, or by less than a quarter of the spread of the free energy.
    pub fn agrees(&self) -> bool {
        self.sigmas < SIGMAS || self.spreads < SPREADS
    }

    /// Whether the chains are 20 autocorrelation times long.
    pub fn is_long_enough(&self) -> bool {
        self.sweeps as f64 >= TIMES * self.autocorrelation_time
    }
}

/// The free energies along the second half of the chains, chain by chain, and their last states.
fn trace(
    path: &Path,
    mut position: Position,
    sweeps: usize,
    noise: &Noise,
    progress: &mut dyn FnMut(usize),
) -> (Vec<Vec<f64>>, Tensor<2>) {
    let mut traces = vec![Vec::with_capacity(sweeps - sweeps / 2); position.visible.dims()[0]];
    let kernel = Annealing::at(1.0);
    for sweep in 0..sweeps {
        (position, _) = kernel.step(path, position, &mut noise.at_step(sweep as u64));
        if sweep >= sweeps / 2 {
            for (trace, free_energy) in traces.iter_mut().zip(path.free_energy(&position)) {
                trace.push(free_energy);
            }
        }
        progress(sweep + 1);
    }
    (traces, position.visible)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rbm_model::{RbmConfig, WeightInit};

    use super::*;

    /// The first half of a chain is its way from where it was started.
    #[test]
    fn the_second_half_of_each_chain_is_recorded() {
        let config = RbmConfig::new(6, 4).with_weight(WeightInit::Normal { std: 1.0 });
        let rbm = config.init(&mut Noise::new(5), &Device::default());
        let path = Path::new(&rbm, &rbm.visible).unwrap();
        let (start, noise) = (|| path.start(3, &mut Noise::new(6)), Noise::new(7));
        let mut position = start();
        let mut expected = vec![Vec::new(); 3];
        for sweep in 0..7 {
            (position, _) = Annealing::at(1.0).step(&path, position, &mut noise.at_step(sweep));
            if [3, 4, 5, 6].contains(&sweep) {
                let free_energies = path.free_energy(&position);
                for (trace, free_energy) in expected.iter_mut().zip(free_energies) {
                    trace.push(free_energy);
                }
            }
        }
        let (traces, ends) = trace(&path, start(), 7, &noise, &mut |_| ());
        assert_eq!(traces, expected);
        assert_eq!(ends.into_data(), position.visible.into_data());
    }

    /// Two chains each that stay where they are, so that all errors are known.
    #[test]
    fn differences_are_measured_by_both_variances() {
        let still = |at: f64| vec![at; 8];
        let mixing = Mixing::of(&[still(0.0), still(2.0)], &[still(10.0), still(16.0)], 16);
        // Means 1 and 13, variances 2 and 18 of two chains each.
        assert_eq!((mixing.from_data, mixing.from_base), (1.0, 13.0));
        assert!((mixing.sigmas - 12.0 / 10f64.sqrt()).abs() < 1e-12);
        // Within the sixteen numbers of each set: 16/15 and 144/15.
        let spread = (0.5 * (16.0 + 144.0) / 15.0f64).sqrt();
        assert!((mixing.spreads - 12.0 / spread).abs() < 1e-12);
        assert!(mixing.agrees(), "12 / √10 is below 4");
    }

    /// Free energies near zero have differences, too.
    #[test]
    fn only_rounding_is_no_difference() {
        let of = |base: f64| {
            Mixing::of(
                &[vec![0.0; 8], vec![0.0; 8]],
                &[vec![base; 8], vec![base; 8]],
                16,
            )
        };
        assert!(!of(0.5).agrees());
        assert!(!of(1e-8).agrees());
        assert!(of(1e-10).agrees());
    }
}
