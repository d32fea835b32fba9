//! What an algorithm may ask of a trainer, by one that asks for all of it; and that every algorithm keeps
//! to the rules.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use burn::{
    module::Module,
    optim::SgdConfig,
    tensor::{Device, Tensor},
};
use rbm_data::{Batches, Binarisation, digits};
use rbm_model::{
    Noise, Rbm, RbmConfig,
    numerics::to_f64,
    objective::Clamped,
    sampling::{Gibbs, GibbsState, Kernel},
    store::StoreError,
};
use rbm_train::{
    Algorithm, AlgorithmState, Cd, Decision, EpochReport, FitError, Phases, Rejection, Shard, Step,
    TrainConfig, Trainer, TrainingAlgorithm, Update, checkpoint, fit,
};
use serde_json::json;

const VISIBLE: usize = 64;
const HIDDEN: usize = 8;

fn start() -> Rbm {
    RbmConfig::new(VISIBLE, HIDDEN).init(&mut Noise::new(1), &Device::default())
}

fn config(changes: serde_json::Value) -> TrainConfig {
    let mut all = json!({"batch_size": 20, "epochs": 2, "seed": 3,
        "optimizer": {"kind": "sgd", "momentum": 0.5},
        "learning_rate": {"kind": "constant", "rate": 0.1}});
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn trainer(config: TrainConfig) -> Trainer {
    Trainer::new(config, start(), 5).unwrap()
}

/// The same batch for an update of the same number.
fn batch(step: u64, rows: usize) -> Tensor<2> {
    let half = Tensor::full([rows, VISIBLE], 0.5, &Device::default());
    Noise::new(9).at_step(step).bernoulli(half)
}

fn weights(rbm: &Rbm) -> Vec<f64> {
    to_f64(rbm.weight.val())
}

/// All the parameters of a binary model.
fn parameters(rbm: &Rbm) -> Vec<f64> {
    [
        weights(rbm),
        to_f64(rbm.visible.bias()),
        to_f64(rbm.hidden.bias()),
    ]
    .concat()
}

/// CD-1 that does at each hook what it is told to.
#[derive(Default)]
struct Stub {
    /// The update before which all weights are halved without a gradient.
    move_at: Option<u64>,
    /// Updates that are rejected before their gradient, and instead of one.
    reject_at: Vec<u64>,
    veto_at: Vec<u64>,
    /// The share of each step that is made.
    share: Option<f64>,
    /// Whether the visible bias is made zero after each update.
    gauge: bool,
    /// Whether the end of an epoch is rejected.
    settles: bool,
    /// What rejections go back to.
    kept: Option<Rbm>,
    chains: Option<Tensor<2>>,
    calls: u64,
    rows: Arc<AtomicUsize>,
}

impl Stub {
    fn rejection(&self) -> Rbm {
        self.kept.clone().expect("there was an update before")
    }
}

impl TrainingAlgorithm for Stub {
    fn begin(&mut self, update: &mut Update<'_>) -> Decision {
        self.kept.get_or_insert_with(|| update.model.clone());
        if self.move_at == Some(update.step) {
            let model = update.model.clone();
            let weight = model.weight.val().mul_scalar(0.5);
            let parts = Rbm::from_parts(model.visible, model.hidden, weight);
            return Decision::Move(Box::new(parts));
        }
        if self.reject_at.contains(&update.step) {
            return Decision::reject(self.rejection(), "it was told to");
        }
        Decision::Keep
    }

    fn phases(
        &mut self,
        step: &Step<'_>,
        update: &mut Update<'_>,
    ) -> Result<Phases, Box<Rejection>> {
        self.calls += 1;
        let known = step.rows().map_or(0, <[u32]>::len);
        self.rows.fetch_add(known, Ordering::Relaxed);
        if self.veto_at.contains(&update.step) {
            let parameters = self.rejection();
            let reason = "it was told to".to_owned();
            return Err(Box::new(Rejection { parameters, reason }));
        }
        let model = update.model;
        let clamped = Clamped::new(model, step.batch());
        let (visible, hidden) = (step.batch(), clamped.sample_hidden(model, update.noise));
        let positive = step.weighted(update.phase_of(clamped));
        let state = GibbsState { visible, hidden };
        let visible = Gibbs::new(1).visible_after(model, state, 1, update.noise);
        let negative = update.phase_of(Clamped::new(model, visible.clone()));
        self.chains = Some(visible);
        let calls = self.calls as f64;
        Ok(Phases::new(positive, negative, 1).with_statistic("calls", calls))
    }

    fn scale(&mut self, before: &Rbm, after: &Rbm) -> f64 {
        assert_ne!(weights(before), weights(&after.valid()));
        self.share.unwrap_or(1.0)
    }

    fn after_update(&mut self, rbm: &Rbm) -> Option<Rbm> {
        let rbm = rbm.valid();
        let bias = rbm.visible.bias().zeros_like();
        let visible = rbm_model::units::Bernoulli::from_bias(bias);
        let units = rbm_model::units::Units::Bernoulli(visible);
        self.gauge
            .then(|| Rbm::from_parts(units, rbm.hidden, rbm.weight.val()))
    }

    fn settle(&mut self, update: &mut Update<'_>, report: &mut EpochReport) -> Decision {
        report.insert("settled_at", update.step as f64);
        if self.settles {
            return Decision::reject(self.rejection(), "it was told to");
        }
        Decision::Keep
    }

    fn store(&self, state: &mut AlgorithmState) {
        if let Some(chains) = &self.chains {
            state.insert("stub.chains", chains);
        }
        state.values = json!({"calls": self.calls});
    }

    fn restore(&mut self, state: &mut AlgorithmState) -> Result<(), StoreError> {
        self.chains = state.take("stub.chains", VISIBLE)?;
        let calls = state.values["calls"].as_u64();
        self.calls = calls.ok_or_else(|| state.error("a number of calls", "none"))?;
        Ok(())
    }
}

fn with(stub: Stub) -> Trainer {
    trainer(config(json!({}))).with_algorithm(stub)
}

fn steps(trainer: &mut Trainer, count: u64) {
    for _ in 0..count {
        let step = trainer.steps();
        trainer.step(batch(step, 20)).unwrap();
    }
}

/// Without any hook it is the algorithm of the library, bit for bit.
#[test]
fn an_algorithm_of_ones_own_is_worth_one_of_the_list() {
    let mut own = with(Stub::default());
    let mut listed = trainer(config(json!({"algorithm": {"kind": "cd", "k": 1}})));
    steps(&mut own, 7);
    steps(&mut listed, 7);
    assert_eq!(parameters(&own.model()), parameters(&listed.model()));
}

#[test]
fn a_move_changes_the_parameters_before_the_gradient() {
    let mut run = with(Stub {
        move_at: Some(0),
        ..Stub::default()
    });
    let first = start();
    let weight = first.weight.val().mul_scalar(0.5);
    let halved = Rbm::from_parts(first.visible, first.hidden, weight);
    let mut expected = Trainer::new(config(json!({})), halved, 5)
        .unwrap()
        .with_algorithm(Stub::default());
    steps(&mut run, 3);
    steps(&mut expected, 3);
    // The offsets of centring begin at means without input, which the weights have no part in.
    assert_eq!(parameters(&run.model()), parameters(&expected.model()));
    assert_eq!(run.rejections(), 0);
}

/// All parameters are those from before, bit for bit; the rate is half of what it was for the rest of the
/// run, and the next step is that of an optimiser that knows nothing.
#[test]
fn a_veto_restores_halves_and_forgets() {
    let mut run = with(Stub {
        veto_at: vec![3, 4],
        ..Stub::default()
    });
    steps(&mut run, 3);
    assert_ne!(parameters(&run.model()), parameters(&start()));
    let info = run.step(batch(3, 20)).unwrap();
    assert!(info.rejected && info.step == 4 && run.rejections() == 1);
    assert_eq!(parameters(&run.model()), parameters(&start()));
    assert_eq!(info.learning_rate, 0.05);
    assert_eq!(run.step(batch(4, 20)).unwrap().learning_rate, 0.025);
    let info = run.step(batch(5, 20)).unwrap();
    assert!(!info.rejected && info.learning_rate == 0.025 && run.rejections() == 2);

    // Without momentum in its memory, at a quarter of the rate: one step of plain descent.
    let mut plain = trainer(config(json!({"centring": null,
        "learning_rate": {"kind": "constant", "rate": 0.025}})));
    let mut run = trainer(config(json!({"centring": null}))).with_algorithm(Stub {
        veto_at: vec![3, 4],
        ..Stub::default()
    });
    plain = plain.with_algorithm(Stub::default());
    steps(&mut run, 5);
    // The random numbers of an update are those of its number.
    let with_veto = Stub {
        veto_at: vec![0, 1, 2, 3, 4],
        ..Stub::default()
    };
    let mut vetoed = trainer(config(json!({"centring": null,
        "learning_rate": {"kind": "constant", "rate": 0.8}})))
    .with_algorithm(with_veto);
    steps(&mut vetoed, 5);
    for trainer in [&mut run, &mut vetoed] {
        trainer.step(batch(5, 20)).unwrap();
    }
    assert_eq!(parameters(&run.model()), parameters(&vetoed.model()));
    plain.step(batch(0, 20)).unwrap();
    assert_ne!(parameters(&run.model()), parameters(&plain.model()));
}

/// A rejection before the gradient: the update goes on from the parameters that it restores.
#[test]
fn a_rejection_before_the_gradient_goes_on_from_what_it_restores() {
    let mut early = with(Stub {
        reject_at: vec![2],
        ..Stub::default()
    });
    let mut vetoed = with(Stub {
        veto_at: vec![0, 1],
        ..Stub::default()
    });
    steps(&mut early, 2);
    let info = early.step(batch(2, 20)).unwrap();
    assert!(info.rejected && info.k == 1 && info.learning_rate == 0.05);
    assert_ne!(parameters(&early.model()), parameters(&start()));
    steps(&mut vetoed, 2);
    assert_eq!(parameters(&vetoed.model()), parameters(&start()));
}

#[test]
fn a_share_of_a_step_is_a_share_of_the_way() {
    let after = |share: Option<f64>| {
        let mut run = with(Stub {
            share,
            ..Stub::default()
        });
        steps(&mut run, 1);
        parameters(&run.model())
    };
    let (whole, part) = (after(None), after(Some(0.25)));
    for ((part, whole), start) in part.iter().zip(&whole).zip(parameters(&start())) {
        assert!((part - (start + 0.25 * (whole - start))).abs() < 1e-7);
    }
    assert_ne!(whole, part);
}

#[test]
fn a_gauge_is_applied_after_each_update_and_the_run_goes_on() {
    let mut run = with(Stub {
        gauge: true,
        ..Stub::default()
    });
    for _ in 0..3 {
        steps(&mut run, 1);
        assert_eq!(to_f64(run.model().visible.bias()), [0.0; VISIBLE]);
        assert_ne!(weights(&run.model()), weights(&start()));
    }
    // The optimiser still knows the parameters: velocities are those of a run with momentum.
    let mut without = trainer(config(json!({"optimizer": {"kind": "sgd"}}))).with_algorithm(Stub {
        gauge: true,
        ..Stub::default()
    });
    steps(&mut without, 3);
    assert_ne!(weights(&run.model()), weights(&without.model()));
}

/// Over the data: each update knows its rows, statistics are means over an epoch, and its end is settled
/// before it is looked at.
#[test]
fn a_report_has_statistics_and_what_was_settled() {
    let data = digits();
    let all: Vec<u32> = (0..90).collect();
    let batches = Batches::new(&data, &all, 20, Binarisation::Threshold(0.5), 1).unwrap();
    let rows = Arc::new(AtomicUsize::new(0));
    let mut run = with(Stub {
        rows: rows.clone(),
        ..Stub::default()
    });
    fit(&mut run, &batches, &mut [], &|| false).unwrap();
    assert_eq!(rows.load(Ordering::Relaxed), 180);
    let column = |name: &str| {
        let reports = run.history().iter();
        reports.map(|report| report.get(name)).collect::<Vec<_>>()
    };
    assert_eq!(column("calls"), [Some(3.0), Some(8.0)]);
    assert_eq!(column("settled_at"), [Some(5.0), Some(10.0)]);
    assert_eq!(column("rejections"), [None, None]);

    let mut run = with(Stub {
        settles: true,
        ..Stub::default()
    });
    fit(&mut run, &batches, &mut [], &|| false).unwrap();
    assert_eq!(parameters(&run.model()), parameters(&start()));
    assert_eq!(run.history()[1].get("rejections"), Some(2.0));
    assert_eq!(run.history()[1].get("learning_rate"), Some(0.05));
}

#[test]
fn a_run_that_is_always_rejected_ends_with_a_reason() {
    let data = digits();
    let all: Vec<u32> = (0..100).collect();
    let batches = Batches::new(&data, &all, 20, Binarisation::Threshold(0.5), 1).unwrap();
    let config = config(json!({"epochs": 50}));
    let mut run = trainer(config).with_algorithm(Stub {
        veto_at: (4..1000).collect(),
        ..Stub::default()
    });
    let error = fit(&mut run, &batches, &mut [], &|| false).unwrap_err();
    assert!(
        matches!(error, FitError::Rejected { count: 30, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("because it was told to"),
        "{error}"
    );
}

/// Stopped in the middle of an epoch, after a rejection, with a state and an optimiser of its own: the
/// same bits, and the same report.
#[test]
fn a_run_with_parts_of_its_own_resumes_bit_for_bit() {
    let stub = || Stub {
        veto_at: vec![2],
        kept: Some(start()),
        ..Stub::default()
    };
    let give = |trainer: Trainer| {
        let momentum = burn::optim::momentum::MomentumConfig::new().with_momentum(0.7);
        let sgd = SgdConfig::new().with_momentum(Some(momentum)).init();
        trainer.with_algorithm(stub()).with_optimizer(sgd)
    };
    let ended = |run: &mut Trainer| {
        let mut report = EpochReport::new(1, run.steps());
        run.settle(&mut report);
        report
    };
    let mut whole = give(trainer(config(json!({}))));
    steps(&mut whole, 5);
    let expected = ended(&mut whole);
    let mut first = give(trainer(config(json!({}))));
    steps(&mut first, 3);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkpoint.safetensors");
    checkpoint::save(&first, &file).unwrap();
    let mut second = checkpoint::load_with(&file, &Device::default(), give).unwrap();
    steps(&mut second, 2);
    assert_eq!(parameters(&second.model()), parameters(&whole.model()));
    assert_eq!(ended(&mut second), expected);
    assert_eq!(expected.get("calls"), Some((1.0 + 2.0 + 4.0 + 5.0) / 4.0));
    assert_eq!(second.rejections(), 1);

    let error = checkpoint::load(&file, &Device::default()).err().unwrap();
    assert!(error.to_string().contains("one of its program"), "{error}");
    let listed = trainer(config(json!({})));
    checkpoint::save(&listed, &file).unwrap();
    let error = checkpoint::load_with(&file, &Device::default(), give);
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("that of its configuration for an algorithm"),
        "{error}"
    );
}

fn listed() -> Vec<TrainConfig> {
    let all = Algorithm::all().into_iter();
    all.map(|algorithm| TrainConfig {
        algorithm,
        ..config(json!({"centring": null}))
    })
    .collect()
}

/// Integer weights are copies of rows, for the positive phase of every algorithm: whatever is drawn, the
/// negative phase of the models without weights does not see the data, or starts at each row once.
#[test]
fn weights_are_copies() {
    let device = Device::default();
    for config in listed() {
        let name = config.algorithm.name();
        let rows = batch(0, 3);
        let weights = Tensor::from_floats([1.0, 2.0, 0.0], &device);
        let first = |step: Step<'_>| {
            let mut run = trainer(config.clone());
            run.step_with(&step).unwrap();
            to_f64(run.model().visible.bias())
        };
        let weighted = first(Step::new(rows.clone()).with_weights(weights.clone()));
        let scaled = first(Step::new(rows.clone()).with_weights(weights.mul_scalar(8.0)));
        assert_eq!(weighted, scaled, "{name}");
        let plain = first(Step::new(rows.clone()));
        assert_ne!(weighted, plain, "{name}");
        if name == "exact" {
            let copies = Tensor::cat(
                vec![
                    rows.clone().narrow(0, 0, 1),
                    rows.clone().narrow(0, 1, 1),
                    rows.clone().narrow(0, 1, 1),
                ],
                0,
            );
            for (a, b) in weighted.iter().zip(first(Step::new(copies))) {
                assert!((a - b).abs() < 1e-6, "{name}: {a} {b}");
            }
        }
        let equal = first(Step::new(rows).with_weights(Tensor::ones([3], &device)));
        for (a, b) in equal.iter().zip(plain) {
            assert!((a - b).abs() < 1e-6, "{name}: {a} {b}");
        }
    }
}

/// Each part of a batch draws numbers of its own, and the only part draws those of the whole.
#[test]
fn shards_draw_numbers_of_their_own() {
    for config in listed() {
        let first = |index, count| {
            let mut run = trainer(config.clone());
            let step = Step::new(batch(0, 20)).with_shard(Shard { index, count });
            run.step_with(&step).unwrap();
            parameters(&run.model())
        };
        let mut whole = trainer(config.clone());
        whole.step(batch(0, 20)).unwrap();
        assert_eq!(first(0, 1), parameters(&whole.model()));
        let draws = config.algorithm.name() != "exact";
        assert_eq!(
            first(0, 2) != first(1, 2),
            draws,
            "{}",
            config.algorithm.name()
        );
    }
}

/// Every algorithm of the list goes on from a checkpoint bit for bit.
#[test]
fn every_algorithm_resumes_bit_for_bit() {
    for config in listed() {
        let mut whole = trainer(config.clone());
        steps(&mut whole, 6);
        let mut first = trainer(config.clone());
        steps(&mut first, 3);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint.safetensors");
        checkpoint::save(&first, &file).unwrap();
        let mut second = checkpoint::load(&file, &Device::default()).unwrap();
        steps(&mut second, 3);
        let name = config.algorithm.name();
        assert_eq!(
            parameters(&second.model()),
            parameters(&whole.model()),
            "{name}"
        );
    }
}

/// A kernel of one's own in an algorithm of the list: two sweeps a step are two steps.
#[test]
fn a_kernel_of_ones_own_moves_the_chains() {
    /// Sweeps one after the other, by their own draws of both layers.
    struct Plain;

    impl Kernel for Plain {
        type State = GibbsState;
        type Info = ();

        fn init(&self, rbm: &Rbm, visible: Tensor<2>, noise: &mut Noise) -> GibbsState {
            let hidden = rbm.sample_hidden(visible.clone(), noise);
            GibbsState { visible, hidden }
        }

        fn visible(&self, state: &GibbsState) -> Tensor<2> {
            state.visible.clone()
        }

        fn step(&self, rbm: &Rbm, state: GibbsState, noise: &mut Noise) -> (GibbsState, ()) {
            let visible = rbm.sample_visible(state.hidden, noise);
            (self.init(rbm, visible, noise), ())
        }
    }

    let after = |algorithm: rbm_train::ContrastiveDivergence| {
        let mut run = trainer(config(json!({}))).with_algorithm(algorithm);
        run.step(batch(0, 20)).unwrap();
        parameters(&run.model())
    };
    let settings = Cd { k: 3.into() };
    let of_library = rbm_train::ContrastiveDivergence::new(settings.clone(), Gibbs::new(1));
    let own = rbm_train::ContrastiveDivergence::new(settings, Plain);
    assert_eq!(after(own), after(of_library));
}
