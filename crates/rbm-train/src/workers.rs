//! Where an update runs.

use burn::tensor::Device;
use rbm_kernels::on_pool;

/// Products of so many terms and more are shared among threads.
const SHARED: usize = 1 << 20;

/// Calls `work`, on a thread of the [pool](on_pool) where the device is this machine's processor and a
/// product in it has terms for more than one thread: `terms` are rows times units below times units above.
///
/// To come to the pool and to leave it takes as long as a part of an update, so a loop over updates goes
/// there as a whole.
///
/// ```
/// assert_eq!(rbm_train::internal::on_workers(&Default::default(), 100 * 784 * 500, || 2 + 2), 4);
/// ```
pub fn on_workers<T: Send>(device: &Device, terms: usize, work: impl FnOnce() -> T + Send) -> T {
    if terms >= SHARED && rbm_model::internal::is_host(device) {
        on_pool(work)
    } else {
        work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_work_stays_where_it_is() {
        let device = Device::default();
        let here = std::thread::current().id();
        let place = |terms| on_workers(&device, terms, || std::thread::current().id());
        assert_eq!(place(SHARED - 1), here);
        // On a CPU backend, the rest is done by the pool.
        assert_eq!(place(SHARED) != here, rbm_model::internal::is_host(&device));
    }
}
