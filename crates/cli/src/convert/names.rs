//! What a tensor of another program is, as far as its name says.
//!
//! Names are looked at from their end: `rbm.W`, `module.rbm_weights` and `W` are all weights, and what
//! stands before them is the model that they belong to. Capital letters do not matter, and neither does
//! which of `.`, `_`, `-`, `/`, `:` separates words.

use super::spread::SpreadKind;

/// One of the two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Visible,
    Hidden,
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Weight,
    /// A bias whose name says of which layer.
    Bias(Side),
    /// A bias whose name says nothing of its layer, `a`, `b`, `c` or `bias`.
    Letter(&'static str),
    /// How far Gaussian units spread around their mean.
    Spread(Side, SpreadKind),
}

const WEIGHTS: [&str; 9] = [
    "weight",
    "weights",
    "w",
    "components",
    "weight_matrix",
    "weights_matrix",
    "kernel",
    "vishid",
    "vis_hid",
];

/// What programs call the biases of the visible and of the hidden units.
const BIASES: [(&str, &str); 19] = [
    ("visible_bias", "hidden_bias"),
    ("visible_biases", "hidden_biases"),
    ("visiblebias", "hiddenbias"),
    ("bias_visible", "bias_hidden"),
    ("intercept_visible", "intercept_hidden"),
    ("vis_bias", "hid_bias"),
    ("visbias", "hidbias"),
    ("visbiases", "hidbiases"),
    ("bias_vis", "bias_hid"),
    ("b_vis", "b_hid"),
    ("v_bias", "h_bias"),
    ("vbias", "hbias"),
    ("vbiases", "hbiases"),
    ("bias_v", "bias_h"),
    ("b_v", "b_h"),
    ("bv", "bh"),
    ("v_b", "h_b"),
    ("vb", "hb"),
    ("v", "h"),
];

/// Papers do not agree on the layer that these belong to.
const LETTERS: [&str; 4] = ["a", "b", "c", "bias"];

const SPREADS: [(&str, SpreadKind); 21] = [
    ("sigma", SpreadKind::Sigma),
    ("sigmas", SpreadKind::Sigma),
    ("std", SpreadKind::Sigma),
    ("stddev", SpreadKind::Sigma),
    ("std_dev", SpreadKind::Sigma),
    ("stdev", SpreadKind::Sigma),
    ("log_sigma", SpreadKind::LogSigma),
    ("logsigma", SpreadKind::LogSigma),
    ("log_std", SpreadKind::LogSigma),
    ("logstd", SpreadKind::LogSigma),
    ("variance", SpreadKind::Variance),
    ("variances", SpreadKind::Variance),
    ("var", SpreadKind::Variance),
    ("sigma2", SpreadKind::Variance),
    ("sigma_sq", SpreadKind::Variance),
    ("log_variance", SpreadKind::LogVariance),
    ("log_var", SpreadKind::LogVariance),
    ("logvar", SpreadKind::LogVariance),
    ("log_sigma2", SpreadKind::LogVariance),
    ("precision", SpreadKind::Precision),
    ("precisions", SpreadKind::Precision),
];

/// What the layers are called beside `sigma` and its kin.
const SIDES: [(&str, Side); 6] = [
    ("visible", Side::Visible),
    ("vis", Side::Visible),
    ("v", Side::Visible),
    ("hidden", Side::Hidden),
    ("hid", Side::Hidden),
    ("h", Side::Hidden),
];

/// What `name` says that the tensor is, and what stands before that.
pub(super) fn role_of(name: &str) -> Option<(Role, &str)> {
    let plain = normalised(name);
    // The longest name wins: `v_bias` is no `bias` of something called `v_`.
    known()
        .filter_map(|(known, role)| Some((prefix_length(&plain, &known)?, role)))
        .min_by_key(|&(before, _)| before)
        .map(|(before, role)| (role, &name[..before]))
}

/// Small letters, one separator, and no `:0` and `_` at the end, which say nothing.
fn normalised(name: &str) -> String {
    let name = name.strip_suffix(":0").unwrap_or(name);
    let separated = name.replace(['.', '-', '/', ':', ' '], "_");
    separated.trim_end_matches('_').to_ascii_lowercase()
}

/// How much stands before `known` at the end of `name`: nothing, or words that end in a separator.
fn prefix_length(name: &str, known: &str) -> Option<usize> {
    let before = name.strip_suffix(known)?;
    (before.is_empty() || before.ends_with('_')).then_some(before.len())
}

fn known() -> impl Iterator<Item = (String, Role)> {
    let weights = WEIGHTS.iter().map(|&name| (name.to_owned(), Role::Weight));
    let biases = BIASES.iter().flat_map(|&(visible, hidden)| {
        [
            (visible.to_owned(), Role::Bias(Side::Visible)),
            (hidden.to_owned(), Role::Bias(Side::Hidden)),
        ]
    });
    let letters = LETTERS
        .iter()
        .map(|&name| (name.to_owned(), Role::Letter(name)));
    let spreads = SPREADS.iter().flat_map(|&(name, kind)| {
        let of_a_side = SIDES.iter().flat_map(move |&(side, of)| {
            [format!("{side}_{name}"), format!("{name}_{side}")]
                .map(|name| (name, Role::Spread(of, kind)))
        });
        // Real-valued units are the visible ones where nothing else is said.
        of_a_side.chain([(name.to_owned(), Role::Spread(Side::Visible, kind))])
    });
    weights.chain(biases).chain(letters).chain(spreads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_behind_any_prefix() {
        let visible = Role::Bias(Side::Visible);
        let hidden = Role::Bias(Side::Hidden);
        for (name, expected) in [
            ("W", Some((Role::Weight, ""))),
            ("rbm.W", Some((Role::Weight, "rbm."))),
            ("rbm_w", Some((Role::Weight, "rbm_"))),
            ("rbm_weights", Some((Role::Weight, "rbm_"))),
            ("module.weight", Some((Role::Weight, "module."))),
            ("model/rbm/weights:0", Some((Role::Weight, "model/rbm/"))),
            ("components_", Some((Role::Weight, ""))),
            ("vishid", Some((Role::Weight, ""))),
            ("rbm_visbias", Some((visible, "rbm_"))),
            ("hidbiases", Some((hidden, ""))),
            ("net.visible.bias", Some((visible, "net."))),
            ("net.hidden_bias", Some((hidden, "net."))),
            ("intercept_hidden_", Some((hidden, ""))),
            ("bv", Some((visible, ""))),
            ("fc.bias", Some((Role::Letter("bias"), "fc."))),
            ("rbm.b", Some((Role::Letter("b"), "rbm."))),
            (
                "visible.log_sigma",
                Some((Role::Spread(Side::Visible, SpreadKind::LogSigma), "")),
            ),
            (
                "rbm.sigma_h",
                Some((Role::Spread(Side::Hidden, SpreadKind::Sigma), "rbm.")),
            ),
            (
                "rbm_logvar",
                Some((Role::Spread(Side::Visible, SpreadKind::LogVariance), "rbm_")),
            ),
            // The end of a longer word says nothing.
            ("raw", None),
            ("pixels", None),
            ("crowbv", None),
            ("rbmweights", None),
        ] {
            assert_eq!(role_of(name), expected, "{name}");
        }
    }
}
