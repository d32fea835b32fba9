//! A run on disk, whole, so that it goes on as if it had never stopped.

use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Tensor};
use rbm_model::{
    RbmConfig,
    store::{Archive, StoreError, fields_of, header_of},
};
use rbm_train::EpochReport;
use rbm_train::internal::{History, HistoryMark};
use serde::{Deserialize, Serialize};

use super::{UntiedDbn, UpDown, UpDownConfig, offsets::Offsets, trainer::Sums};
use crate::DbnError;

const FORMAT: &str = "burnzmann-up-down";
const VERSION: u32 = 3;
/// The version that had the whole history in the header.
const WITH_REPORTS: u32 = 2;

/// Everything that is not a tensor; of the history what the version has in the header.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<H> {
    shape: Vec<RbmConfig>,
    config: UpDownConfig,
    rows: usize,
    step: u64,
    epoch: u64,
    batch: usize,
    /// The bits of the sums: JSON need not keep the last digit of a number.
    sums: [u64; 2],
    history: H,
    /// The optimiser knows its states by these, in the order of the parameters.
    parameters: Vec<u64>,
}

impl UpDown {
    /// Saves the run as one safetensors file, written beside and renamed.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`]; the file that was there before is whole then.
    pub fn save(&self, path: &Path) -> Result<(), DbnError> {
        self.write(path, None)
    }

    /// Saves the run, and its history in the file `history` of the same folder, to which each save appends
    /// the epochs since the last one: [`rbm_train::checkpoint::save_with_history`] says more.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    ///
    /// # Panics
    ///
    /// Where `history` is not the name of a file alone.
    pub fn save_with_history(&self, path: &Path, history: &str) -> Result<(), DbnError> {
        self.write(path, Some(history))
    }

    fn write(&self, path: &Path, history: Option<&str>) -> Result<(), DbnError> {
        let network = self.network();
        let mut archive = Archive::default();
        let mut ids = Ids(Vec::new());
        network.visit(&mut ids);
        let header = Header {
            shape: network.shape(),
            config: self.config.clone(),
            rows: self.rows,
            step: self.step,
            epoch: self.epoch,
            batch: self.batch,
            sums: [self.sums.generative_loss, self.sums.recognition_loss].map(f64::to_bits),
            history: self.history.store(path, history, &mut archive)?,
            parameters: ids.0,
        };
        archive.set_header(header_of(FORMAT, VERSION, &header));
        network.store_in(&mut archive);
        if let Some(offsets) = &self.offsets {
            offsets.store_in(&mut archive);
        }
        self.optimizer.store_in(&mut archive, path)?;
        Ok(archive.save(path)?)
    }

    /// Loads a run that [`save`](Self::save) or [`save_with_history`](Self::save_with_history) wrote,
    /// onto `device`.
    ///
    /// # Errors
    ///
    /// [`DbnError::Store`] where the file is missing, damaged, of another version or no such run.
    pub fn load(path: &Path, device: &Device) -> Result<Self, DbnError> {
        let mut archive = Archive::load(path)?;
        let (header, history) = read(&mut archive, path)?;
        let device = device.clone().without_autodiff();
        let network = UntiedDbn::from_archive(&mut archive, &header.shape, &device, path)?;
        let mut ids = Ids(Vec::new());
        network.visit(&mut ids);
        if ids.0.len() != header.parameters.len() {
            let expected = format!("an id for each of {} parameters", ids.0.len());
            let found = header.parameters.len().to_string();
            return Err(StoreError::content(path, expected, found).into());
        }
        let network = network.map(&mut Rename(header.parameters.into_iter()));
        let mut run = Self::new(header.config, &network, header.rows)?;
        if run.config.centring.is_some() && header.step > 0 {
            run.offsets = Some(Offsets::from_archive(&mut archive, &network, path)?);
        }
        run.optimizer = run
            .optimizer
            .restore(header.epoch, 1.0, &mut archive, path)?;
        (run.step, run.epoch, run.batch) = (header.step, header.epoch, header.batch);
        let [generative_loss, recognition_loss] = header.sums.map(f64::from_bits);
        run.sums = Sums {
            generative_loss,
            recognition_loss,
        };
        run.history = history;
        Ok(run)
    }
}

/// The header, and the history that is in it or that it states.
fn read(archive: &mut Archive, path: &Path) -> Result<(Header<()>, History), StoreError> {
    let stated = archive.header().clone();
    if stated["version"] == WITH_REPORTS {
        let header: Header<Vec<EpochReport>> = fields_of(stated, FORMAT, WITH_REPORTS, path)?;
        let (header, reports) = header.split();
        return Ok((header, reports.into()));
    }
    let header: Header<Option<HistoryMark>> = fields_of(stated, FORMAT, VERSION, path)?;
    let (header, mark) = header.split();
    let history = History::restore(mark.as_ref(), archive, path)?;
    Ok((header, history))
}

impl<H> Header<H> {
    fn split(self) -> (Header<()>, H) {
        let header = Header {
            shape: self.shape,
            config: self.config,
            rows: self.rows,
            step: self.step,
            epoch: self.epoch,
            batch: self.batch,
            sums: self.sums,
            history: (),
            parameters: self.parameters,
        };
        (header, self.history)
    }
}

/// The ids of the parameters, in their order.
struct Ids(Vec<u64>);

impl ModuleVisitor for Ids {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.id.val());
    }
}

/// Gives the parameters their ids, in their order.
struct Rename(std::vec::IntoIter<u64>);

impl ModuleMapper for Rename {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let id = ParamId::from(self.0.next().expect("an id for each parameter"));
        Param::from_mapped_value(id, param.val(), param.consume().2)
    }
}
