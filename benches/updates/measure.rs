//! The clock.

use std::time::{Duration, Instant};

/// A name and the work that is timed, given its number.
pub(crate) type Contestant<'a> = (&'static str, Box<dyn FnMut(usize) + 'a>);

/// Medians of what was measured.
pub(crate) struct Timing {
    pub(crate) peer: &'static str,
    pub(crate) milliseconds: f64,
    pub(crate) steps: usize,
}

/// Runs the contestants by turns until each has had its share of time, and `least` turns at least
/// after `warm_up` ones that do not count.
pub(crate) fn by_turns(
    contestants: Vec<Contestant<'_>>,
    (warm_up, least): (usize, usize),
    sync: &dyn Fn(),
) -> Vec<Timing> {
    let share = Duration::from_millis(900);
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
    let (names, mut works): (Vec<_>, Vec<_>) = contestants.into_iter().unzip();
    let begin = Instant::now();
    let all = share * u32::try_from(works.len()).expect("a few contestants");
    let mut turn = 0;
    while turn < warm_up + least || (begin.elapsed() < all && turn < warm_up + 400) {
        for (work, times) in works.iter_mut().zip(&mut times) {
            let begin = Instant::now();
            work(turn);
            sync();
            if turn >= warm_up {
                times.push(begin.elapsed().as_secs_f64() * 1e3);
            }
        }
        turn += 1;
    }
    let timings = names.into_iter().zip(times).map(|(peer, times)| Timing {
        peer,
        steps: times.len(),
        milliseconds: median(times),
    });
    timings.collect()
}

/// The middle one, or the mean of the two middle ones.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
    0.5 * (values[low] + values[high])
}
