//! Numbers of updates, averaged over an epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Sums by name, with the number of their terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Statistics(BTreeMap<String, Sum>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sum {
    /// The bits of the sum: JSON need not keep the last digit of a number.
    bits: u64,
    count: u64,
}

impl Statistics {
    pub(crate) fn add(&mut self, values: &[(&'static str, f64)]) {
        for &(name, value) in values {
            let sum = self.0.entry(name.to_owned()).or_default();
            sum.bits = (f64::from_bits(sum.bits) + value).to_bits();
            sum.count += 1;
        }
    }

    /// The means, after which nothing is left.
    pub(crate) fn take_means(&mut self) -> impl Iterator<Item = (String, f64)> + use<> {
        let sums = std::mem::take(&mut self.0).into_iter();
        sums.map(|(name, sum)| (name, f64::from_bits(sum.bits) / sum.count.max(1) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_survive_a_checkpoint_to_the_bit() {
        let mut all = Statistics::default();
        let mut split = Statistics::default();
        for k in 1..=10 {
            let value = 1.0 / f64::from(k);
            all.add(&[("a", value), ("b", -value)]);
            split.add(&[("a", value), ("b", -value)]);
            split = serde_json::from_str(&serde_json::to_string(&split).unwrap()).unwrap();
        }
        let means: Vec<_> = all.take_means().collect();
        assert_eq!(means, split.take_means().collect::<Vec<_>>());
        assert!(
            (means[0].1 - 0.292_896_825_396_825_4).abs() < 1e-15,
            "{means:?}"
        );
        assert_eq!((means[1].1, all), (-means[0].1, Statistics::default()));
    }
}
