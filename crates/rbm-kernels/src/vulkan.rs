//! What a Vulkan driver has to have.

use std::ffi::CStr;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use burn_wgpu::wgpu::{self, hal};

/// Without it the SPIR-V that `cubecl-spirv` 0.11 makes of shared memory is not valid: its
/// `lower_shared_implicit` exchanges the types of a variable and of its address, and drivers end
/// the process on such a module.
const NEEDED: &CStr = c"VK_KHR_workgroup_memory_explicit_layout";

/// Why the Vulkan adapter that Burn takes by default cannot run kernels in SPIR-V, where it cannot.
///
/// `None` where it can, where there is no adapter (which Burn says itself), and where
/// `CUBECL_WGPU_DEFAULT_DEVICE` names another one. Asked once a process.
pub fn vulkan_obstacle() -> Option<String> {
    static OBSTACLE: OnceLock<Option<String>> = OnceLock::new();
    OBSTACLE.get_or_init(ask).clone()
}

fn ask() -> Option<String> {
    if std::env::var_os("CUBECL_WGPU_DEFAULT_DEVICE").is_some() {
        return None;
    }
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..wgpu::RequestAdapterOptions::default()
    };
    let adapter = {
        let request = pin!(instance.request_adapter(&options));
        // Outside browsers the answer is there at once.
        match request.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(adapter) => adapter.ok(),
            Poll::Pending => None,
        }
    };
    let obstacle = adapter.and_then(|adapter| {
        // SAFETY: the adapter's list of extensions is read, nothing of it is destroyed or kept.
        let driver = unsafe { adapter.as_hal::<hal::api::Vulkan>() }?;
        let has = driver
            .physical_device_capabilities()
            .supports_extension(NEEDED);
        let name = adapter.get_info().name;
        let needed = NEEDED.to_string_lossy();
        (!has).then(|| format!("the Vulkan driver of `{name}` has no {needed}"))
    });
    // Loaders do not bear that instances go while another thread makes one.
    std::mem::forget(instance);
    obstacle
}
