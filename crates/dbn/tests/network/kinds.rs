//! Networks whose layers are of every kind of units.

use burn::tensor::{Device, Tensor};
use dbn::{Activation, Dbn, Dense, enumeration};
use rbm_model::{
    Noise, Rbm, RbmConfig, WeightInit,
    numerics::to_f64,
    units::{UnitLayer, UnitsConfig},
};

const VISIBLE: usize = 5;
const HIDDEN: usize = 4;

/// Models with every kind without a label below, and every such kind with finitely many values above.
fn models() -> Vec<Rbm> {
    let (device, mut noise) = (Device::default(), Noise::new(3));
    let all = || {
        let all = UnitsConfig::all().into_iter();
        all.filter(|kind| kind.support().classes().is_none())
    };
    let discrete = || all().filter(|kind| kind.support().is_discrete());
    let pairs = all().flat_map(|below| discrete().map(move |above| (below, above)));
    pairs
        .map(|(below, above)| {
            let weights = WeightInit::Normal { std: 0.6 };
            let config = RbmConfig::new(VISIBLE, HIDDEN).with_weight(weights);
            let mut rbm = config.init(&mut noise, &device);
            rbm.visible = below.fitted(&[0.3, 0.6, 0.5, 0.2, 0.7], &[1.0; VISIBLE], &device);
            rbm.hidden = above.fitted(&[0.4, 0.7, 0.2, 0.5], &[1.0; HIDDEN], &device);
            rbm
        })
        .collect()
}

fn rows(rbm: &Rbm, count: usize) -> Tensor<2> {
    let inputs = Tensor::zeros([count, VISIBLE], &Device::default());
    rbm.visible.sample(inputs, &mut Noise::new(5))
}

/// A mirror on top changes nothing: the likelihood of the network, summed over the states of the layer between,
/// is that of the model below, and so is the bound.
#[test]
fn a_mirror_on_top_keeps_the_likelihood_of_every_kind() {
    for rbm in models() {
        let v = rows(&rbm, 6);
        let alone = rbm_model::exact::log_probability(&rbm, v.clone()).unwrap();
        let dbn = Dbn::new(vec![rbm.clone(), rbm.mirror()]).unwrap();
        let whole = enumeration::log_probability(&dbn, v.clone()).unwrap();
        let bound = enumeration::bound(&dbn, v).unwrap();
        for (found, expected) in whole.iter().chain(&bound).zip(alone.iter().cycle()) {
            let what = (rbm.visible.config(), rbm.hidden.config());
            assert!(
                (found - expected).abs() < 2e-5,
                "{what:?}: {found} {expected}"
            );
        }
    }
}

/// A network's draws have the means of the model that a mirror leaves as it is, within five standard errors.
#[test]
fn draws_of_every_kind_have_the_means_of_the_model() {
    for rbm in models() {
        let dbn = Dbn::new(vec![rbm.clone(), rbm.mirror()]).unwrap();
        let (count, mut noise) = (4000, Noise::new(7));
        let start = dbn.random_chains(count, &mut noise);
        let drawn = dbn.generate(start, 60, &mut noise).visible;
        let expected = rbm_model::exact::moments(&rbm).unwrap().visible;
        let support = rbm.visible.support();
        let drawn = to_f64(drawn);
        for (unit, expected) in expected.iter().enumerate() {
            let off = || drawn.chunks(VISIBLE).map(|row| row[unit] - expected);
            let n = count as f64;
            let (mean, square) = (
                off().sum::<f64>() / n,
                off().map(|x| x * x).sum::<f64>() / n,
            );
            let what = (rbm.visible.config(), rbm.hidden.config());
            assert!(
                mean.abs() < 5.0 * (square / n).sqrt(),
                "{what:?}, {unit}: {mean}"
            );
        }
        let known = |&x: &f64| !support.is_discrete() || support.index_of(x).is_some();
        assert!(drawn.iter().all(known));
    }
}

/// A layer of a network of Burn's has the means of the units that it was made of.
#[test]
fn dense_layers_have_the_means_of_every_kind() {
    for rbm in models() {
        assert!(Activation::of(rbm.visible.support()).is_some());
        let v = rows(&rbm, 6);
        let h = rbm.sample_hidden(v.clone(), &mut Noise::new(4));
        for (found, expected) in [
            (Dense::upward(&rbm).forward(v.clone()), rbm.hidden_mean(v)),
            (
                Dense::downward(&rbm).forward(h.clone()),
                rbm.visible_mean(h),
            ),
        ] {
            for (found, expected) in to_f64(found).into_iter().zip(to_f64(expected)) {
                assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
    }
}

/// Layers that take other values do not fit on each other.
#[test]
fn neighbours_take_the_same_values() {
    let device = Device::default();
    let kinds = || {
        UnitsConfig::all()
            .into_iter()
            .filter(|kind| kind.support().classes().is_none())
    };
    for (above, below) in kinds().flat_map(|a| kinds().map(move |b| (a, b))) {
        let layer = |config: RbmConfig| config.init(&mut Noise::new(1), &device);
        let first = RbmConfig::new(3, 4).with_hidden(below);
        let second = RbmConfig::new(4, 2).with_visible(above);
        let fits = Dbn::new(vec![layer(first), layer(second)]).is_ok();
        assert_eq!(
            fits,
            above.support() == below.support(),
            "{below:?} below {above:?}"
        );
    }
}
