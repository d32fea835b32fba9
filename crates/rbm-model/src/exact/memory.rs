//! What exact training needs of the memory, before it is asked for.

use super::{ExactError, MAX_UNITS, Side, enumeration::smaller};
use crate::RbmConfig;

/// What is taken to be there where the system does not say: 16 GiB.
const ASSUMED: u64 = 16 << 30;

/// Bytes that [`exact_phase`](super::exact_phase) and the gradient of its energy hold at once, about: all
/// the states of the smaller discrete side, in single precision, with what is computed of each.
///
/// ```
/// use rbm_model::{RbmConfig, exact::phase_bytes};
///
/// let bytes = phase_bytes(&RbmConfig::new(64, 20))?;
/// assert!((1 << 29..1 << 30).contains(&bytes), "{bytes}"); // a million states, 64 + 20 units
/// assert!(phase_bytes(&RbmConfig::new(64, 26)).is_err());
/// # Ok::<(), rbm_model::exact::ExactError>(())
/// ```
///
/// # Errors
///
/// [`ExactError::TooLarge`] where no discrete side has [`MAX_UNITS`] units or fewer.
pub fn phase_bytes(config: &RbmConfig) -> Result<u64, ExactError> {
    let (states, side) = smaller(config)?;
    let (enumerated, other) = match side {
        Side::Visible => (config.num_visible, config.num_hidden),
        Side::Hidden => (config.num_hidden, config.num_visible),
    };
    let of_a_state = OF_ENUMERATED * enumerated as u64 + OF_OTHER * other as u64 + OF_STATE;
    Ok((states as u64).saturating_mul(of_a_state))
}

/// Bytes for each unit of an enumerated state: the states themselves, and what products and energies make
/// of them. The largest resident memory of runs on the CPU grew by 569 bytes a state with 20 units and 40 on
/// the other side, and by 1588 with 18 and 200; these numbers give 592 and 1848.
const OF_ENUMERATED: u64 = 12;
/// Bytes for each unit of the other side, whose means and inputs are computed.
const OF_OTHER: u64 = 8;
/// Bytes for each state: its weight and its probability, in double precision.
const OF_STATE: u64 = 32;

/// Whether exact training of such a model fits into the memory that is available now.
///
/// ```
/// use rbm_model::{RbmConfig, exact::check_memory};
///
/// check_memory(&RbmConfig::new(64, 10))?;
/// let error = check_memory(&RbmConfig::new(100_000, 25)).unwrap_err().to_string();
/// assert!(error.contains("GiB"), "{error}");
/// # Ok::<(), rbm_model::exact::ExactError>(())
/// ```
///
/// # Errors
///
/// [`ExactError::Memory`] where it does not, and as [`phase_bytes`].
pub fn check_memory(config: &RbmConfig) -> Result<(), ExactError> {
    check_against(config, available().unwrap_or(ASSUMED))
}

fn check_against(config: &RbmConfig, available: u64) -> Result<(), ExactError> {
    let needed = phase_bytes(config)?;
    if needed <= available {
        return Ok(());
    }
    let (states, _) = smaller(config)?;
    let per_state = needed / states as u64;
    // Each unit fewer halves the number of states.
    let units = (0..=MAX_UNITS).rev();
    let fits = |&units: &usize| (per_state << units) <= available;
    Err(ExactError::Memory {
        states,
        needed,
        available,
        units: units.into_iter().find(fits).unwrap_or(0),
    })
}

/// Bytes that a process may still take: what Linux has available, or less where its control group has a
/// limit. Nothing where the system does not say.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let limits = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let limits = limits.into_iter().filter_map(|path| {
        // A group without a limit says `max`.
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    });
    limits.chain([kilobytes << 10]).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnitsConfig;

    #[test]
    fn what_does_not_fit_is_refused_with_how_much_it_needs() {
        // 2^25 states with 25 and 784 numbers of four bytes each, two times over.
        let config = RbmConfig::new(784, 25);
        let needed = phase_bytes(&config).unwrap();
        assert!((190 << 30..220 << 30).contains(&needed), "{needed}");
        let error = check_against(&config, 64 << 30).unwrap_err();
        let ExactError::Memory { units, .. } = error else {
            panic!("{error}");
        };
        // What is offered instead fits, and one unit more does not.
        let fits = |hidden| check_against(&RbmConfig::new(784, hidden), 64 << 30).is_ok();
        assert!(fits(units) && !fits(units + 1), "{units}");
        let message = error.to_string();
        assert!(
            message.contains("33554432 states") && message.contains("64.0 GiB"),
            "{message}"
        );
        assert_eq!(check_against(&RbmConfig::new(784, 10), 64 << 30), Ok(()));
    }

    /// Those of the two models that the constants were measured on; and a model that fits on no machine.
    #[test]
    fn bytes_are_those_of_every_state() {
        let of = |visible, hidden| phase_bytes(&RbmConfig::new(visible, hidden)).unwrap();
        assert_eq!(of(40, 20), 592 << 20);
        assert_eq!(of(200, 18), 1848 << 18);
        // Three petabytes: on no machine that runs this.
        let error = check_memory(&RbmConfig::new(10_000_000, 25)).unwrap_err();
        assert!(matches!(error, ExactError::Memory { .. }), "{error}");
    }

    #[test]
    fn the_smaller_discrete_side_counts() {
        let wide = RbmConfig::new(10, 30);
        let gaussian =
            RbmConfig::new(10, 12).with_visible(UnitsConfig::Gaussian { learn_sigma: false });
        let labelled = RbmConfig::new(12, 30).with_visible(UnitsConfig::Labelled { classes: 3 });
        for (config, states) in [(wide, 1 << 10), (gaussian, 1 << 12), (labelled, 3 << 9)] {
            assert_eq!(smaller(&config).unwrap().0, states);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_says_what_is_available() {
        let found = available().expect("/proc/meminfo is there");
        assert!(found > 1 << 26, "{found}");
    }
}
