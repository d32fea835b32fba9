//! A deep belief network, and the classifier that it becomes.

use burnzmann::dbn::{DbnConfig, Pretrainer};
use burnzmann::{model::Noise, plot};

use crate::{Outcome, numbers, options::Run, say, screen::Screen};

/// Trains one layer after the other on what the ones below make of the data.
pub(crate) fn train(run: &Run) -> Outcome {
    let mut config = DbnConfig::new(run.train.num_visible(), &run.options.layers);
    for layer in &mut config.layers {
        layer.train = run.config();
    }
    let (rows, binarisation) = (&run.train_rows, run.binarisation);
    let mut pretrainer = Pretrainer::new(config, &run.train, rows, binarisation, &run.device)?;
    let mut screen = Screen::new(run.config().epochs);
    std::fs::create_dir_all(&run.out)?;
    pretrainer.run(&mut [&mut screen], &|| false)?;
    let dbn = pretrainer.dbn()?;
    dbn.save(&run.out.join("dbn.safetensors"))?;

    for layer in 1..=dbn.num_layers() {
        let filters = dbn.projected_filters(layer);
        let shown = filters.dims()[1].min(100);
        let picture = plot::filters(&numbers(filters.narrow(1, 0, shown)), run.shape())?;
        picture.save(run.out.join(format!("filters-{layer}.png")))?;
    }
    let mut noise = Noise::new(run.options.seed).derive(1);
    let chains = dbn.random_chains(100, &mut noise);
    let draws = dbn.generate(chains, 500, &mut noise);
    plot::fantasies(&numbers(draws.mean), run.shape())?.save(run.out.join("generated.png"))?;
    say(format_args!(
        "In {}: dbn.safetensors, filters-1.png and so on, generated.png",
        run.out.display()
    ));

    #[cfg(feature = "finetune")]
    if run.options.finetune {
        classify(run, &dbn)?;
    }
    Ok(())
}

/// Adds a softmax layer and trains all weights on the labels.
#[cfg(feature = "finetune")]
fn classify(run: &Run, dbn: &burnzmann::dbn::Dbn) -> Outcome {
    use burnzmann::dbn::{DataRows, DbnClassifier, Finetune, FinetuneConfig};
    use burnzmann::train::default_epochs;

    let rows = DataRows::new(run.train.clone(), run.train_rows.clone(), run.binarisation)?;
    let test = DataRows::new(run.test.clone(), run.test_rows.clone(), run.binarisation)?;
    let classifier = DbnClassifier::from_dbn(dbn, 10)?;
    let default = FinetuneConfig::default();
    let epochs = default_epochs(default.epochs, 1000, rows.len(), default.batch_size);
    let config = FinetuneConfig {
        epochs,
        seed: run.options.seed,
        ..default
    };
    let mut tuning = Finetune::new(config)?;
    tuning = tuning.on_epoch(move |report| {
        let loss = report.get("train_loss").unwrap_or(f64::NAN);
        if !report.epoch.is_multiple_of(epochs.div_ceil(20)) && report.epoch != epochs {
            return;
        }
        say(format_args!(
            "classifier epoch {}/{epochs}: {loss:.4} nats",
            report.epoch
        ));
    });
    let tuned = tuning.classifier(classifier, &rows)?;
    tuned.model.save(&run.out.join("classifier.safetensors"))?;
    let error = 100.0 * tuned.model.error_rate(&test)?;
    say(format_args!(
        "test error {error:.2} % of {} rows",
        test.len()
    ));
    Ok(())
}
