//! How long to train where nobody says.

/// The updates that it takes at least to learn a distribution, as [`default_epochs`] counts them.
pub const LEAST_UPDATES: u64 = 5000;

/// As many epochs as are usual, and more where so many rows in batches of this size make fewer updates than
/// `least_updates`: few data mean few updates in a pass over them.
///
/// ```
/// use rbm_train::{LEAST_UPDATES, default_epochs};
///
/// // 57,000 rows in batches of 100, and 1,000 rows.
/// assert_eq!(default_epochs(10, LEAST_UPDATES, 57_000, 100), 10);
/// assert_eq!(default_epochs(10, LEAST_UPDATES, 1000, 100), 500);
/// ```
pub fn default_epochs(usual: u64, least_updates: u64, rows: usize, batch_size: usize) -> u64 {
    let updates = rows.div_ceil(batch_size.max(1)) as u64;
    least_updates.div_ceil(updates.max(1)).max(usual)
}
