//! The clock.

use std::time::{Duration, Instant};

/// A name and the work that is timed, given its number.
pub(crate) type Contestant<'a> = (&'static str, Box<dyn FnMut(usize) + Send + 'a>);

/// Medians of what was measured.
pub(crate) struct Timing {
    pub(crate) peer: &'static str,
    pub(crate) milliseconds: f64,
    pub(crate) steps: usize,
}

/// Runs each contestant until it has had its share of time, and `least` times at least after
/// `warm_up` ones that do not count. One after the other: caches are as warm as in a training.
pub(crate) fn one_by_one(
    contestants: Vec<Contestant<'_>>,
    (warm_up, least): (usize, usize),
    sync: &(dyn Fn() + Sync),
) -> Vec<Timing> {
    let share = Duration::from_millis(900);
    let time = |(peer, mut work): Contestant<'_>| {
        let mut times = Vec::new();
        (0..warm_up).for_each(&mut work);
        sync();
        let start = Instant::now();
        while times.len() < least || (start.elapsed() < share && times.len() < 500) {
            let begin = Instant::now();
            work(warm_up + times.len());
            sync();
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        Timing {
            peer,
            steps: times.len(),
            milliseconds: median(times),
        }
    };
    contestants.into_iter().map(time).collect()
}

/// The middle one, or the mean of the two middle ones.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
    0.5 * (values[low] + values[high])
}
