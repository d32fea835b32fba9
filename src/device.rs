//! The device that tensors are on, by name.
//!
//! Which backends there are is decided when the program is compiled (Cargo features), which of them
//! is used when it runs: by a name given here, else by the variable `BURN_DEVICE`, else the first of
//! CUDA, Metal, ROCm, Vulkan, wgpu, flex and ndarray that was compiled in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use burn::tensor::{Device, Tensor};
use thiserror::Error;

/// A device that cannot be had.
///
/// ```
/// use burnzmann::device::{DeviceError, select};
///
/// let error = select(Some("abacus")).unwrap_err();
/// let DeviceError::Unknown { name, available, .. } = &error else { unreachable!() };
/// assert_eq!((name, available), (&"abacus".to_owned(), &burnzmann::device::available().join(", ")));
/// assert!(error.to_string().contains("`abacus` is not in this build"));
/// ```
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceError {
    /// The name is none that Burn knows, or its feature was not compiled in.
    #[error("the device `{name}` is not in this build, which has {available}; {hint}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names that there are.
        available: String,
        /// What to do.
        hint: String,
    },
    /// The backend is there and no hardware or driver for it.
    #[error(
        "no adapter for the device `{name}` answers on this machine ({reason}); install its driver \
         (on Debian the package mesa-vulkan-drivers has a software one), or choose another \
         device: this build has {available}"
    )]
    NoAdapter {
        /// The name asked for.
        name: String,
        /// What the backend said.
        reason: String,
        /// The names that there are.
        available: String,
    },
    /// The driver is there, and would crash on kernels in SPIR-V.
    #[error(
        "the device `{name}` cannot run kernels in SPIR-V: {reason}; build with `--features wgpu` \
         instead of `vulkan`, or choose another device: this build has {available}"
    )]
    Driver {
        /// The name asked for.
        name: String,
        /// What the driver lacks.
        reason: String,
        /// The names that there are.
        available: String,
    },
}

/// Makes a device of one backend.
type Constructor = fn() -> Device;

/// The backends of this build, in the order in which they are preferred.
fn backends() -> Vec<(&'static str, Constructor)> {
    #[cfg(any(feature = "metal", feature = "vulkan", feature = "wgpu"))]
    use burn::tensor::DeviceKind;
    vec![
        #[cfg(feature = "cuda")]
        ("cuda", || Device::cuda(0)),
        #[cfg(feature = "metal")]
        ("metal", || Device::metal(DeviceKind::DefaultDevice)),
        #[cfg(feature = "rocm")]
        ("rocm", || Device::rocm(0)),
        #[cfg(feature = "vulkan")]
        ("vulkan", || Device::vulkan(DeviceKind::DefaultDevice)),
        #[cfg(any(feature = "metal", feature = "vulkan", feature = "wgpu"))]
        ("wgpu", || Device::wgpu(DeviceKind::DefaultDevice)),
        #[cfg(feature = "flex")]
        ("flex", Device::flex),
        #[cfg(feature = "ndarray")]
        ("ndarray", || {
            #[expect(deprecated, reason = "offered for as long as Burn has it")]
            Device::ndarray()
        }),
    ]
}

/// The names of the backends in this build, the preferred one first.
///
/// ```
/// assert!(!burnzmann::device::available().is_empty());
/// ```
pub fn available() -> Vec<&'static str> {
    backends().into_iter().map(|(name, _)| name).collect()
}

/// The device called `name`, or the default one, after one operation on it has succeeded.
///
/// ```
/// use burnzmann::device::select;
///
/// let error = select(Some("abacus")).unwrap_err();
/// assert!(error.to_string().contains("`abacus` is not in this build"));
/// ```
///
/// # Errors
///
/// [`DeviceError`] where the backend was not compiled in, finds nothing to run on, or would crash there.
pub fn select(name: Option<&str>) -> Result<Device, DeviceError> {
    let asked = name.map(str::to_owned).or_else(|| {
        std::env::var("BURN_DEVICE")
            .ok()
            .filter(|name| !name.is_empty())
    });
    let all = backends();
    let found = match &asked {
        Some(name) => all
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name)),
        None => all.first(),
    };
    let list = || available().join(", ");
    let Some((name, constructor)) = found else {
        let name = asked.unwrap_or_default();
        let hint = match name.to_lowercase().as_str() {
            known @ ("cuda" | "metal" | "rocm" | "vulkan" | "wgpu" | "flex" | "ndarray") => {
                format!("build with `--features {known}`")
            }
            _ => "choose one of these".to_owned(),
        };
        return Err(DeviceError::Unknown {
            name,
            available: list(),
            hint,
        });
    };
    if let Some(reason) = obstacle(name) {
        return Err(DeviceError::Driver {
            name: (*name).to_owned(),
            reason,
            available: list(),
        });
    }
    probe(*constructor).map_err(|reason| DeviceError::NoAdapter {
        name: (*name).to_owned(),
        reason,
        available: list(),
    })
}

/// What keeps a device's driver from running the kernels of this build: those in SPIR-V are given to any
/// device on Vulkan, however it was called, and Vulkan is what `wgpu` takes first on Linux.
fn obstacle(name: &str) -> Option<String> {
    #[cfg(feature = "vulkan")]
    if name == "vulkan" || name == "wgpu" && cfg!(target_os = "linux") {
        return rbm_kernels::vulkan_obstacle();
    }
    let _ = name;
    None
}

/// Adds two numbers on the device. Drivers are opened at the first operation, and a backend that
/// finds none panics: caught here once, so that nobody meets it later.
fn probe(constructor: Constructor) -> Result<Device, String> {
    let first_panic = Arc::new(OnceLock::new());
    let hook = std::panic::take_hook();
    std::panic::set_hook({
        let first_panic = Arc::clone(&first_panic);
        // The first is the cause: a thread that waits for another one's answer panics after it.
        Box::new(move |panic| drop(first_panic.set(panic.payload_as_str().map(str::to_owned))))
    });
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let device = constructor();
        let sum = Tensor::<1>::from_floats([1.0, 2.0], &device).sum();
        let read = sum
            .try_into_scalar::<f32>()
            .map_err(|error| error.to_string());
        read.map(|value| (device, value))
    }));
    std::panic::set_hook(hook);
    match outcome {
        Ok(Ok((device, 3.0))) => Ok(device),
        Ok(Ok((_, value))) => Err(format!("it adds 1 and 2 to {value}")),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            let cause = first_panic.get().cloned().flatten();
            let cause = cause.unwrap_or_else(|| "the backend panicked".into());
            Err(cause.lines().next().unwrap_or_default().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As wgpu does it: its server finds no adapter, and whoever waits for the server gets no answer.
    #[test]
    fn the_first_panic_is_the_reason() {
        let outcome = probe(|| {
            let server = std::thread::spawn(|| panic!("no adapter was found\nfor this backend"));
            server.join().expect("an answer of the server");
            Device::default()
        });
        assert_eq!(outcome.unwrap_err(), "no adapter was found");
        assert_eq!(probe(Device::default), Ok(Device::default()));
    }
}
