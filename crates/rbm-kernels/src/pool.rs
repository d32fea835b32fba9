//! Work of many short parallel loops.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::Yield;

/// Numbers below which a pass over them is not worth a second thread, above all where it has to be woken.
pub(crate) const SERIAL: usize = 1 << 16;

/// Runs `work` on a thread of the pool, and keeps the pool's other threads awake meanwhile.
///
/// An update has a dozen parallel loops of some ten microseconds each. From any other thread, each of them
/// would put the caller to sleep and wake it again; and between two loops the pool's other threads would
/// fall asleep, and be woken for the next. Waiting threads use their processors up to the end of the
/// work, but give way to other programs.
///
/// ```
/// assert_eq!(rbm_kernels::on_pool(|| 2 + 2), 4);
/// ```
pub fn on_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let done = AtomicBool::new(false);
    rayon::scope(|scope| {
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(|_| {
                while !done.load(Ordering::Acquire) {
                    if rayon::yield_now() != Some(Yield::Executed) {
                        // Nothing to do here: whoever else waits for the processor may have it.
                        std::thread::yield_now();
                    }
                }
            });
        }
        let _done = OnDrop(&done);
        work()
    })
}

/// Runs two pieces of work that do not need each other, side by side on a thread of the
/// [pool](on_pool), one after the other elsewhere.
///
/// Each may be parallel itself: a thread that is done with one takes part in the other. Work for a GPU
/// belongs on one thread, which is its queue, and small work is not worth a pool.
///
/// ```
/// assert_eq!(rbm_kernels::join(|| 2 + 2, || "and"), (4, "and"));
/// ```
pub fn join<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    if rayon::current_thread_index().is_some() {
        rayon::join(first, second)
    } else {
        (first(), second())
    }
}

/// Says that the work is done, also where it panics.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    fn sum() -> usize {
        on_pool(|| (0..100_000usize).into_par_iter().sum())
    }

    /// From outside, from inside, and from all the threads of a pool at once, of whatever size.
    #[test]
    fn it_ends_with_the_result() {
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let sums: Vec<usize> = pool
                .unwrap()
                .install(|| (0..20).into_par_iter().map(|_| sum()).collect());
            assert_eq!(sums, [4_999_950_000; 20]);
        }
        assert_eq!(sum(), 4_999_950_000);
    }

    #[test]
    fn joined_work_stays_outside_a_pool_and_spreads_inside() {
        let here = || std::thread::current().id();
        assert_eq!(join(here, here), (here(), here()));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
        let barrier = std::sync::Barrier::new(2);
        // Would wait for ever on one thread.
        let wait = || barrier.wait().is_leader();
        let (a, b) = pool.unwrap().install(|| join(wait, wait));
        assert!(a != b);
    }

    #[test]
    fn it_ends_where_the_work_panics() {
        let panicked = std::panic::catch_unwind(|| on_pool(|| -> usize { panic!("as asked") }));
        assert!(panicked.is_err());
        assert_eq!(sum(), 4_999_950_000);
    }
}
