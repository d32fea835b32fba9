//! States of optimisers and of learning rates in an archive.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use burn::lr_scheduler::{LrSchedulerRecord, module_lr_scheduler::ModuleLrScheduler};
use burn::optim::ModuleOptimizer;
use burn::tensor::{Bytes, DType, TensorData};
use rbm_model::store::{Archive, StoreError};

/// Puts both states into an archive, as the bytes of Burn's own records, under the names `optimizer`
/// and `schedule`. `path` is the file's name in messages.
///
/// # Errors
///
/// [`StoreError::Content`] where Burn cannot write one.
pub fn states_into_archive(
    optimizer: &ModuleOptimizer,
    scheduler: &ModuleLrScheduler,
    archive: &mut Archive,
    path: &Path,
) -> Result<(), StoreError> {
    let failed =
        |what: &str, error: &dyn Display| StoreError::content(path, what, error.to_string());
    let optimizer = optimizer
        .into_bytes()
        .map_err(|error| failed("a state of the optimiser", &error))?;
    archive.insert("optimizer", as_tensor(&optimizer));
    let schedule = scheduler.to_record().into_bytes();
    let schedule = schedule.map_err(|error| failed("a state of the learning rate", &error))?;
    archive.insert("schedule", as_tensor(&schedule));
    Ok(())
}

/// Takes both states out of an archive and gives them to an optimiser and a schedule of the same kind.
///
/// # Errors
///
/// [`StoreError::Content`] where one is missing or damaged.
pub fn states_from_archive(
    optimizer: ModuleOptimizer,
    scheduler: ModuleLrScheduler,
    archive: &mut Archive,
    path: &Path,
) -> Result<(ModuleOptimizer, ModuleLrScheduler), StoreError> {
    let mut take = |name: &str| {
        let data = archive.remove(name);
        let data =
            data.ok_or_else(|| StoreError::content(path, format!("a tensor `{name}`"), "none"))?;
        Ok::<_, StoreError>(Bytes::from_bytes_vec(data.as_bytes().to_vec()))
    };
    let damaged = |error: String| {
        StoreError::content(path, "states of the optimiser and the schedule", error)
    };
    let state = take("optimizer")?;
    let optimizer = read_record(|| optimizer.from_bytes(state)).map_err(damaged)?;
    let state = take("schedule")?;
    let record = read_record(|| LrSchedulerRecord::from_bytes(state)).map_err(damaged)?;
    Ok((optimizer, scheduler.load_record(record)))
}

/// What a reader of Burn's makes of a record. Burn 0.22's panic on some records that are damaged: that is
/// an error here.
///
/// # Errors
///
/// What the reader says, or that the record cannot be read.
pub fn read_record<T, E: Display>(read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("a record that cannot be read".to_owned()),
    }
}

fn as_tensor(bytes: &[u8]) -> TensorData {
    TensorData::from_bytes_vec(bytes.to_vec(), [bytes.len()], DType::U8)
}
