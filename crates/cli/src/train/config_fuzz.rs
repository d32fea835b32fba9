//! Any configuration trains a step or is refused by the name of a field.

use burn::tensor::{Device, Tensor};
use burnzmann::model::{Noise, units::UnitsConfig};
use burnzmann::train::{Algorithm, Trainer};
use clap::Parser;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::{ConfigFile, TrainArgs, plan::Plan};
use crate::Source;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    train: TrainArgs,
}

/// Numbers that are right, that are just wrong, and that are far out.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0i64..6).prop_map(Value::from),
        (0.0f64..1.2).prop_map(Value::from),
        prop_oneof![
            Just(json!(-1)),
            Just(json!(u64::MAX)),
            Just(json!(1u64 << 40)),
            Just(json!(1e300)),
            Just(json!(-0.5)),
        ],
    ]
}

/// Anything at all.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => number(),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => "[a-z]{0,6}".prop_map(Value::from),
        1 => proptest::collection::vec(number(), 0..3).prop_map(Value::from),
        1 => proptest::collection::vec((0u64..3, number()), 0..3)
            .prop_map(|steps| steps.into_iter().map(|(at, x)| json!([at, x])).collect()),
    ]
}

/// What a field may hold.
fn right(field: &str) -> BoxedStrategy<Value> {
    let of = |range: std::ops::Range<f64>| range.prop_map(Value::from).boxed();
    let whole = |range: std::ops::Range<i64>| range.prop_map(Value::from).boxed();
    match field {
        "k" => prop_oneof![whole(1..4), Just(json!([[0, 1], [2, 2]]))].boxed(),
        "chains" => prop_oneof![whole(1..9), Just(Value::Null)].boxed(),
        "rate" | "from" => of(0.01..0.5),
        "to" => of(0.0001..0.01),
        "momentum" => prop_oneof![of(0.0..0.99), Just(json!([[0, 0.5], [3, 0.9]]))].boxed(),
        "beta_1" | "beta_2" => of(0.5..0.999),
        "l1" | "l2" | "std" | "input" => of(0.0..0.5),
        "centring" => prop_oneof![of(0.01..1.0), Just(Value::Null)].boxed(),
        "batch_size" | "epochs" | "num_hidden" => whole(1..12),
        "classes" => whole(1..4),
        "seed" => any::<u64>().prop_map(Value::from).boxed(),
        "learn_sigma" => any::<bool>().prop_map(Value::from).boxed(),
        "hidden_statistics" => proptest::sample::select(vec!["drawn", "expected"])
            .prop_map(Value::from)
            .boxed(),
        other => panic!("no field is called {other}"),
    }
}

/// An object with most of the fields, most of them right, and now and then one that nobody knows.
fn fields(names: &'static [&'static str], share: f64) -> BoxedStrategy<Map<String, Value>> {
    let field = move |name: &'static str| {
        let value = prop_oneof![12 => right(name), 1 => anything()];
        proptest::option::weighted(share, value.prop_map(move |value| (name.to_owned(), value)))
    };
    let known: Vec<_> = names.iter().map(|name| field(name)).collect();
    let unknown = proptest::option::weighted(0.02, "[a-z]{3}");
    (known, unknown)
        .prop_map(|(known, unknown)| {
            let mut object: Map<String, Value> = known.into_iter().flatten().collect();
            object.extend(unknown.map(|name| (name, Value::Null)));
            object
        })
        .boxed()
}

/// One of several kinds, each with fields of its own.
fn kinds(kinds: &[(&'static str, &'static [&'static str])]) -> BoxedStrategy<Value> {
    let one = proptest::sample::select(kinds.to_vec()).prop_flat_map(|(kind, names)| {
        fields(names, 0.97).prop_map(move |mut object| {
            object.insert("kind".to_owned(), kind.into());
            Value::Object(object)
        })
    });
    prop_oneof![15 => one, 1 => anything()].boxed()
}

/// The names of all kinds of something, with the fields that each of them has.
fn all_of(all: Vec<impl serde::Serialize>) -> Vec<(&'static str, &'static [&'static str])> {
    let leaked = |text: &str| -> &'static str { text.to_owned().leak() };
    all.iter()
        .map(|one| {
            let json = serde_json::to_value(one).unwrap();
            let fields = json.as_object().unwrap().keys();
            let fields = fields.filter(|name| *name != "kind");
            let fields: Vec<&'static str> = fields.map(|name| leaked(name)).collect();
            (leaked(json["kind"].as_str().unwrap()), &*fields.leak())
        })
        .collect()
}

const RATES: &[(&str, &[&str])] = &[
    ("constant", &["rate"]),
    ("linear", &["from", "to"]),
    ("cosine", &["from", "to"]),
    ("exponential", &["from", "to"]),
];
const OPTIMISERS: &[(&str, &[&str])] = &[("sgd", &["momentum"]), ("adam", &["beta_1", "beta_2"])];
const WEIGHTS: &[(&str, &[&str])] = &[("normal", &["std"]), ("scaled", &["input"])];
const NUMBERS: &[&str] = &[
    "hidden_statistics",
    "l1",
    "l2",
    "centring",
    "batch_size",
    "epochs",
    "seed",
];

/// Fields, and objects in some of them.
fn table(
    plain: &'static [&'static str],
    objects: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = objects
        .into_iter()
        .map(|(name, value)| (name, proptest::option::weighted(0.4, value)))
        .unzip();
    (fields(plain, 0.3), values)
        .prop_map(move |(mut object, values)| {
            for (name, value) in names.iter().zip(values) {
                object.extend(value.map(|value| ((*name).to_owned(), value)));
            }
            Value::Object(object)
        })
        .boxed()
}

fn train() -> BoxedStrategy<Value> {
    let objects = vec![
        ("algorithm", kinds(&all_of(Algorithm::all()))),
        ("learning_rate", kinds(RATES)),
        ("optimizer", kinds(OPTIMISERS)),
    ];
    table(NUMBERS, objects)
}

fn model() -> BoxedStrategy<Value> {
    let objects = vec![
        ("visible", kinds(&all_of(UnitsConfig::all()))),
        ("hidden", kinds(&all_of(UnitsConfig::all()))),
        ("weight", kinds(WEIGHTS)),
    ];
    table(&["num_hidden"], objects)
}

/// All names in a value, at any depth, and the names of the fields that have values without names.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| std::iter::once(name.clone()).chain(names(value)))
            .collect(),
        _ => Vec::new(),
    }
}

/// One update of the run that a text configures.
fn one_update(text: &str) -> Result<(), String> {
    let file = ConfigFile::parse(text, true)?;
    let args = Cli::parse_from(["burnzmann"]).train;
    let plan = Plan::over(&args, file).map_err(|error| error.to_string())?;
    let config = plan
        .config(&Source::Bas4, 16, 32, false)
        .map_err(|error| error.to_string())?;
    let device = Device::default();
    let mut noise = Noise::new(config.train.seed);
    let rbm = config.model.init(&mut noise, &device);
    let mut trainer =
        Trainer::new(config.train.clone(), rbm, 4).map_err(|error| error.to_string())?;
    // An update of very many sweeps is right, and would be waited for.
    if let Some(k) = config.train.algorithm.clone().sweeps()
        && k.at(0) > 1000
    {
        return Ok(());
    }
    let rows = config.train.batch_size.min(32);
    let batch = noise.bernoulli(Tensor::full([rows, 16], 0.5, &device));
    match trainer.step(batch) {
        Ok(info) => assert_eq!(info.step, 1),
        // Rates and penalties in their ranges can still be too large for a model; that is said.
        Err(diverged) => assert!(diverged.to_string().contains("lower the learning rate")),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_configuration_trains_or_is_refused_by_name(
        train in train(),
        model in model(),
        other in proptest::option::weighted(0.1, ("[a-z]{3}", anything())),
    ) {
        let mut text = json!({"train": train, "model": model});
        if let Some((name, value)) = other {
            text[name] = value;
        }
        if let Err(message) = one_update(&text.to_string()) {
            let known = names(&text);
            // Two layers of real units are named as such, and two fields are those of every model.
            let named = known.iter().any(|name| message.contains(name.as_str()))
                || message.contains("missing field `");
            prop_assert!(named, "{message}\n{text}");
        }
    }

    #[test]
    fn any_text_is_a_configuration_or_refused(text in "\\PC{0,60}", bytes in "[\\[\\]{}=\",a-z0-9.\n -]{0,80}") {
        for text in [&text, &bytes] {
            for json in [true, false] {
                let _ = ConfigFile::parse(text, json);
            }
        }
    }
}

/// The property is about something: neither outcome is rare.
#[test]
fn configurations_of_both_kinds_are_tried() {
    let mut runner = TestRunner::deterministic();
    let all = (train(), model());
    let mut trained = 0;
    for _ in 0..300 {
        let (train, model) = all.new_tree(&mut runner).unwrap().current();
        trained +=
            usize::from(one_update(&json!({"train": train, "model": model}).to_string()).is_ok());
    }
    assert!((50..250).contains(&trained), "{trained} of 300 trained");
}
