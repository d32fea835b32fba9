//! What is shown of the training.

use std::error::Error;

use burnzmann::data::Batches;
use burnzmann::dbn::PretrainObserver;
use burnzmann::model::Rbm;
use burnzmann::train::{EpochReport, StepInfo, Trainer, metrics};

use super::super::{run::DbnRunConfig, screen::Screen};

/// Shows and measures each epoch.
pub(super) struct Watch {
    pub(super) screen: Screen,
    layers: usize,
    epochs: u64,
}

impl Watch {
    pub(super) fn new(config: &DbnRunConfig, quiet: bool) -> Self {
        let layers = config.network.layers.len();
        Self {
            screen: Screen::new("updates", quiet),
            layers,
            epochs: 0,
        }
    }
}

impl PretrainObserver for Watch {
    fn on_layer(&mut self, layer: usize, below: &[Rbm], batches: &Batches) {
        let inputs = batches.dataset().num_visible();
        let made = if below.is_empty() {
            ""
        } else {
            " (features of the layers below)"
        };
        self.screen.line(&format!(
            "layer {layer} of {}: {inputs} inputs{made}",
            self.layers
        ));
        self.screen.bar.reset();
    }

    fn on_step(&mut self, layer: usize, info: &StepInfo) {
        let bar = &self.screen.bar;
        if info.batch == 1 {
            bar.set_message(format!(
                "layer {layer}/{} epoch {}",
                self.layers,
                info.epoch + 1
            ));
        }
        bar.set_position(info.step);
    }

    fn on_epoch(
        &mut self,
        layer: usize,
        batches: &Batches,
        trainer: &Trainer,
        report: &mut EpochReport,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.epochs = trainer.config().epochs;
        self.screen
            .bar
            .set_length(self.epochs * batches.len() as u64);
        let few = &batches.rows()[..batches.rows().len().min(500)];
        let rows = batches.rows_tensor(few, report.epoch, &trainer.device());
        let error = metrics::reconstruction_error(&trainer.model(), rows);
        report.insert("reconstruction_error", error);
        let of = format!("layer {layer} ");
        let names = ["reconstruction_error", "seconds"];
        self.screen.row(&of, report, self.epochs, &names);
        Ok(())
    }
}
