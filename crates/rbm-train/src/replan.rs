//! Another number of epochs, or another learning rate, for a run on its way.

use crate::{LearningRate, TrainConfigError, Trainer};

impl Trainer {
    /// Plans the rest of the run anew: `epochs` in all, those that are done included.
    ///
    /// Without a `rate`, the learning rate goes on as in a run that was planned for so many epochs from its
    /// beginning: one that falls from 0.1 to 0 is at 0.05 when ten epochs of ten become ten of twenty. With
    /// a `rate`, the learning rate starts again: its first value is that of the first update of the epoch
    /// at hand, and its last one that of the end of the run.
    ///
    /// Everything else (parameters, optimiser, chains, offsets, random numbers) stays as it is. With the
    /// number of epochs that the run has, and no rate, nothing changes.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use rbm_model::{Noise, RbmConfig};
    /// use rbm_train::{LearningRate, TrainConfig, Trainer};
    ///
    /// let rbm = RbmConfig::new(6, 4).init(&mut Noise::new(1), &Device::default());
    /// let config = TrainConfig { epochs: 10, ..TrainConfig::default() };
    /// let mut trainer = Trainer::new(config, rbm, 100)?;
    /// trainer.replan(20, Some(LearningRate::Constant { rate: 0.03 }))?;
    /// let info = trainer.step(Tensor::ones([10, 6], &Device::default()))?;
    /// assert_eq!((trainer.config().epochs, info.learning_rate), (20, 0.03));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrainConfigError`] where fewer epochs are given than are begun, or a rate out of range; the run
    /// is as it was then.
    pub fn replan(
        &mut self,
        epochs: u64,
        rate: Option<LearningRate>,
    ) -> Result<(), TrainConfigError> {
        let begun = self.epoch + u64::from(self.batch > 0);
        TrainConfigError::unless(
            epochs >= begun,
            "epochs",
            epochs,
            "as many as the run has begun, or more",
        )?;
        if epochs == self.config.epochs && rate.is_none() {
            return Ok(());
        }
        let mut config = self.config.clone();
        config.epochs = epochs;
        if let Some(rate) = rate {
            config.learning_rate = rate;
            config.learning_rate_since = self.epoch;
        }
        config.validate()?;
        let mut scheduler = config.scheduler(self.steps_per_epoch);
        let since = config
            .learning_rate_since
            .saturating_mul(self.steps_per_epoch as u64);
        for _ in since..self.step {
            scheduler.step();
        }
        self.optimizer.set_scheduler(scheduler);
        self.config = config;
        Ok(())
    }

    /// The learning rate of the update to come.
    pub fn next_learning_rate(&self) -> f64 {
        self.optimizer.peek_rate()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};
    use rbm_model::{Noise, RbmConfig};

    use super::*;
    use crate::{TrainConfig, checkpoint};

    const PER_EPOCH: usize = 4;

    fn trainer(epochs: u64, rate: LearningRate) -> Trainer {
        let rbm = RbmConfig::new(5, 3).init(&mut Noise::new(1), &Device::default());
        let config = TrainConfig {
            epochs,
            learning_rate: rate,
            ..TrainConfig::default()
        };
        Trainer::new(config, rbm, PER_EPOCH).unwrap()
    }

    /// The learning rates of so many epochs.
    fn epochs(trainer: &mut Trainer, count: usize) -> Vec<f64> {
        let mut rates = Vec::new();
        for _ in 0..count {
            for _ in 0..PER_EPOCH {
                let batch = Tensor::ones([2, 5], &Device::default());
                rates.push(trainer.step(batch).unwrap().learning_rate);
            }
            trainer.end_epoch();
        }
        rates
    }

    #[test]
    fn more_epochs_continue_the_rate_as_if_they_had_been_planned() {
        for rate in [
            LearningRate::Constant { rate: 0.2 },
            LearningRate::Linear { from: 0.1, to: 0.0 },
            LearningRate::Cosine {
                from: 0.1,
                to: 0.01,
            },
            LearningRate::Exponential {
                from: 0.1,
                to: 0.01,
            },
        ] {
            let mut run = trainer(2, rate);
            epochs(&mut run, 2);
            run.replan(6, None).unwrap();
            let next = run.next_learning_rate();
            let found = epochs(&mut run, 4);
            let planned = epochs(&mut trainer(6, rate), 6);
            assert_eq!(found, planned[2 * PER_EPOCH..], "{rate:?}");
            assert_eq!(found[0], next);
            // Again, and in the middle of an epoch.
            run.replan(8, None).unwrap();
            let batch = Tensor::ones([2, 5], &Device::default());
            run.step(batch.clone()).unwrap();
            run.replan(9, None).unwrap();
            let found = run.step(batch).unwrap().learning_rate;
            let planned = epochs(&mut trainer(9, rate), 9);
            assert_eq!(found, planned[6 * PER_EPOCH + 1], "{rate:?}");
        }
    }

    #[test]
    fn another_rate_starts_where_the_run_is_and_ends_with_it() {
        let falling = LearningRate::Linear { from: 0.1, to: 0.0 };
        let mut run = trainer(2, falling);
        epochs(&mut run, 2);
        let again = LearningRate::Linear { from: 0.3, to: 0.1 };
        run.replan(7, Some(again)).unwrap();
        // A checkpoint knows it.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint.safetensors");
        let first = epochs(&mut run, 1);
        checkpoint::save(&run, &file).unwrap();
        let mut resumed = checkpoint::load(&file, &Device::default()).unwrap();
        assert_eq!(resumed.config(), run.config());
        let rest = epochs(&mut resumed, 4);
        let found: Vec<f64> = first.into_iter().chain(rest).collect();
        assert_eq!(found, epochs(&mut trainer(5, again), 5));
        assert!((found[0] - 0.3).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing() {
        let rate = LearningRate::Linear { from: 0.1, to: 0.0 };
        let mut run = trainer(4, rate);
        epochs(&mut run, 2);
        run.step(Tensor::ones([2, 5], &Device::default())).unwrap();
        let before = run.config().clone();
        let error = run.replan(2, None).unwrap_err().to_string();
        assert!(
            error.starts_with("epochs is 2: expected as many"),
            "{error}"
        );
        let error = run.replan(9, Some(LearningRate::Constant { rate: 2.0 }));
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("learning_rate.rate is 2"), "{error}");
        assert_eq!(run.config(), &before);
        // As many as there are: the same bits.
        run.replan(4, None).unwrap();
        let next = run.step(Tensor::ones([2, 5], &Device::default())).unwrap();
        let planned = epochs(&mut trainer(4, rate), 4);
        assert_eq!(next.learning_rate, planned[2 * PER_EPOCH + 1]);
    }
}
