//! Which tensor of another program is which parameter.

use burn::tensor::TensorData;
use burnzmann::model::store::Archive;
use clap::ValueEnum;

use super::formats::Tensors;

/// Which index of a weight comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// `[visible, hidden]`.
    VisibleHidden,
    /// `[hidden, visible]`, as in scikit-learn and in most PyTorch code.
    HiddenVisible,
}

/// What the user says about names and layout.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    pub(super) weight: Option<String>,
    pub(super) visible: Option<String>,
    pub(super) hidden: Option<String>,
    pub(super) layout: Option<Layout>,
}

/// Where each parameter is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) weight: String,
    pub(super) visible: String,
    pub(super) hidden: String,
    pub(super) layout: Layout,
}

/// What programs call the weights, after any prefix.
const WEIGHTS: [&str; 6] = [
    "weight",
    "weights",
    "W",
    "w",
    "components_",
    "weight_matrix",
];

/// What programs call the biases of the visible and of the hidden units.
const BIASES: [(&str, &str); 14] = [
    ("visible.bias", "hidden.bias"),
    ("visible_bias", "hidden_bias"),
    ("bias_visible", "bias_hidden"),
    ("v_bias", "h_bias"),
    ("bias_v", "bias_h"),
    ("vbias", "hbias"),
    ("b_v", "b_h"),
    ("bv", "bh"),
    ("vb", "hb"),
    ("intercept_visible_", "intercept_hidden_"),
    ("visible_bias_", "hidden_bias_"),
    ("a", "b"),
    ("b", "c"),
    ("bias", "c"),
];

impl Mapping {
    /// Finds the parameters of one RBM.
    pub(super) fn find(tensors: &Tensors, hints: &Hints) -> Result<Self, String> {
        let found = Self::names(tensors, hints)?;
        let layout = found.layout(tensors, hints.layout)?;
        Ok(Self { layout, ..found })
    }

    fn names(tensors: &Tensors, hints: &Hints) -> Result<Self, String> {
        let mapping = |weight: &str, visible: &str, hidden: &str| Self {
            weight: weight.to_owned(),
            visible: visible.to_owned(),
            hidden: hidden.to_owned(),
            layout: Layout::VisibleHidden,
        };
        for hint in [&hints.weight, &hints.visible, &hints.hidden]
            .into_iter()
            .flatten()
        {
            if !tensors.contains_key(hint) {
                return Err(format!("no tensor is called `{hint}`; {}", list(tensors)));
            }
        }
        if let (Some(w), Some(v), Some(h)) = (&hints.weight, &hints.visible, &hints.hidden) {
            return Ok(mapping(w, v, h));
        }
        let mut found = Vec::new();
        for name in tensors.keys() {
            let weight = WEIGHTS.iter().find_map(|known| prefix_before(name, known));
            let chosen = hints.weight.as_ref().is_none_or(|hint| hint == name);
            let prefix = match (weight, &hints.weight) {
                (Some(prefix), _) if chosen => prefix,
                (None, Some(hint)) if hint == name => {
                    name.rfind('.').map_or("", |end| &name[..=end])
                }
                _ => continue,
            };
            let pair = BIASES.iter().find_map(|(visible, hidden)| {
                let of = |hint: &Option<String>, name: &str| match hint {
                    Some(hint) => Some(hint.clone()),
                    None => Some(format!("{prefix}{name}")).filter(|n| tensors.contains_key(n)),
                };
                Some((of(&hints.visible, visible)?, of(&hints.hidden, hidden)?))
            });
            if let Some((visible, hidden)) = pair {
                found.push(mapping(name, &visible, &hidden));
            }
        }
        match &found[..] {
            [one] => Ok(one.clone()),
            [] => Err(format!(
                "found no weights with the biases of both layers; {}; name them with --weight, \
                 --visible-bias and --hidden-bias",
                list(tensors)
            )),
            several => {
                let names: Vec<_> = several.iter().map(|m| m.weight.as_str()).collect();
                let names = names.join(", ");
                Err(format!(
                    "found several models ({names}); choose one with --weight"
                ))
            }
        }
    }

    /// By the lengths of the biases; by name or by the user's word where these are equal.
    fn layout(&self, tensors: &Tensors, hint: Option<Layout>) -> Result<Layout, String> {
        let shape = tensors[&self.weight].shape().as_slice().to_vec();
        let count = |name: &str| tensors[name].shape().as_slice().iter().product::<usize>();
        let (visible, hidden) = (count(&self.visible), count(&self.hidden));
        let fits = |layout| match layout {
            Layout::VisibleHidden => shape == [visible, hidden],
            Layout::HiddenVisible => shape == [hidden, visible],
        };
        let both = [Layout::VisibleHidden, Layout::HiddenVisible];
        let possible: Vec<Layout> = both.into_iter().filter(|&layout| fits(layout)).collect();
        let wanted = match hint {
            Some(layout) => Some(layout),
            None if self.weight.ends_with("components_") => Some(Layout::HiddenVisible),
            None if self.visible == "visible.bias" || self.weight.ends_with("weight_matrix") => {
                Some(Layout::VisibleHidden)
            }
            None => None,
        };
        match (&possible[..], wanted) {
            ([], _) => Err(format!(
                "`{}` has shape {shape:?}, and the biases {visible} visible (`{}`) and {hidden} \
                 hidden units (`{}`)",
                self.weight, self.visible, self.hidden
            )),
            ([only], None) => Ok(*only),
            ([only], Some(layout)) if *only == layout || hint.is_none() => Ok(*only),
            ([_], Some(_)) => Err(format!(
                "--layout contradicts the shape {shape:?} of `{}`",
                self.weight
            )),
            (_, Some(layout)) => Ok(layout),
            (_, None) => Err(format!(
                "`{}` is square, and its name does not say which index is the visible unit; give \
                 --layout hidden-visible (as torch.nn.Linear has it) or visible-hidden",
                self.weight
            )),
        }
    }

    /// The parameters under our names, and the names of all other tensors.
    pub(super) fn apply(&self, mut tensors: Tensors) -> (Archive, Vec<String>) {
        let mut archive = Archive::default();
        let mut take = |name: &str| {
            tensors
                .remove(name)
                .expect("the mapping is of these tensors")
        };
        let weight = take(&self.weight);
        let weight = match self.layout {
            Layout::VisibleHidden => weight,
            Layout::HiddenVisible => transposed(weight),
        };
        archive.insert("weight", weight);
        for (ours, theirs) in [
            ("visible.bias", &self.visible),
            ("hidden.bias", &self.hidden),
        ] {
            archive.insert(ours, flat(take(theirs)));
        }
        (archive, tensors.into_keys().collect())
    }
}

/// What stands before `known` at the end of `name`: nothing, or parts that end in a dot.
fn prefix_before<'a>(name: &'a str, known: &str) -> Option<&'a str> {
    name.strip_suffix(known)
        .filter(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

fn list(tensors: &Tensors) -> String {
    let names = tensors
        .iter()
        .map(|(name, data)| format!("{name} {:?}", data.shape().as_slice()));
    format!("the tensors are {}", names.collect::<Vec<_>>().join(", "))
}

/// Rows for columns, whatever the type of the numbers.
pub(super) fn transposed(data: TensorData) -> TensorData {
    let &[rows, columns] = data.shape().as_slice() else {
        return data;
    };
    let width = data.dtype().size();
    let bytes = data.as_bytes();
    let cell = |row: usize, column: usize| {
        let start = (row * columns + column) * width;
        &bytes[start..start + width]
    };
    let moved: Vec<u8> = (0..columns)
        .flat_map(|column| (0..rows).flat_map(move |row| cell(row, column)))
        .copied()
        .collect();
    TensorData::from_bytes_vec(moved, [columns, rows], data.dtype())
}

/// A bias that was kept as a matrix of one row or one column.
fn flat(data: TensorData) -> TensorData {
    let count = data.shape().as_slice().iter().product::<usize>();
    let dtype = data.dtype();
    TensorData::from_bytes_vec(data.as_bytes().to_vec(), [count], dtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(shapes: &[(&str, &[usize])]) -> Tensors {
        let zeros =
            |shape: &[usize]| TensorData::new(vec![0f32; shape.iter().product()], shape.to_vec());
        let named = shapes
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), zeros(shape)));
        named.collect()
    }

    #[test]
    fn names_and_layouts_of_other_programs_are_found() {
        type Case = (
            &'static [(&'static str, &'static [usize])],
            [&'static str; 3],
            Layout,
        );
        let cases: [Case; 5] = [
            (
                &[
                    ("components_", &[3, 3]),
                    ("intercept_hidden_", &[3]),
                    ("intercept_visible_", &[3]),
                ],
                ["components_", "intercept_visible_", "intercept_hidden_"],
                Layout::HiddenVisible,
            ),
            (
                &[("W", &[2, 5]), ("v_bias", &[5]), ("h_bias", &[2])],
                ["W", "v_bias", "h_bias"],
                Layout::HiddenVisible,
            ),
            (
                &[
                    ("rbm.W", &[5, 2]),
                    ("rbm.a", &[1, 5]),
                    ("rbm.b", &[2]),
                    ("other", &[7]),
                ],
                ["rbm.W", "rbm.a", "rbm.b"],
                Layout::VisibleHidden,
            ),
            (
                &[("W", &[5, 2]), ("b", &[5]), ("c", &[2])],
                ["W", "b", "c"],
                Layout::VisibleHidden,
            ),
            (
                &[("weight_matrix", &[5, 2]), ("vbias", &[5]), ("hbias", &[2])],
                ["weight_matrix", "vbias", "hbias"],
                Layout::VisibleHidden,
            ),
        ];
        for (shapes, [weight, visible, hidden], layout) in cases {
            let found = Mapping::find(&tensors(shapes), &Hints::default()).unwrap();
            let names = [&found.weight, &found.visible, &found.hidden];
            assert_eq!(names, [weight, visible, hidden]);
            assert_eq!(found.layout, layout, "{weight}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_asked_for() {
        let square = tensors(&[("W", &[3, 3]), ("vbias", &[3]), ("hbias", &[3])]);
        let error = Mapping::find(&square, &Hints::default()).unwrap_err();
        assert!(error.contains("--layout"), "{error}");
        let hints = Hints {
            layout: Some(Layout::HiddenVisible),
            ..Hints::default()
        };
        let found = Mapping::find(&square, &hints).unwrap();
        assert_eq!(found.layout, Layout::HiddenVisible);

        let linear = tensors(&[("fc.weight", &[2, 5]), ("fc.bias", &[2]), ("pixels", &[5])]);
        let error = Mapping::find(&linear, &Hints::default()).unwrap_err();
        assert!(
            error.contains("--visible-bias") && error.contains("pixels [5]"),
            "{error}"
        );
        let hints = Hints {
            visible: Some("pixels".into()),
            hidden: Some("fc.bias".into()),
            ..Hints::default()
        };
        assert_eq!(Mapping::find(&linear, &hints).unwrap().weight, "fc.weight");

        let stack = tensors(&[
            ("0.W", &[2, 5]),
            ("0.vbias", &[5]),
            ("0.hbias", &[2]),
            ("1.W", &[3, 2]),
            ("1.vbias", &[2]),
            ("1.hbias", &[3]),
        ]);
        let error = Mapping::find(&stack, &Hints::default()).unwrap_err();
        assert!(error.contains("0.W, 1.W"), "{error}");
        let hints = Hints {
            weight: Some("1.W".into()),
            ..Hints::default()
        };
        assert_eq!(Mapping::find(&stack, &hints).unwrap().visible, "1.vbias");

        let wrong = tensors(&[("W", &[4, 4]), ("vbias", &[5]), ("hbias", &[2])]);
        let error = Mapping::find(&wrong, &Hints::default()).unwrap_err();
        assert!(
            error.contains("[4, 4]") && error.contains("5 visible"),
            "{error}"
        );
    }

    #[test]
    fn a_transposed_matrix_has_its_indices_swapped() {
        let data = TensorData::from([[1f64, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let expected = TensorData::from([[1f64, 4.0], [2.0, 5.0], [3.0, 6.0]]);
        assert_eq!(transposed(data), expected);
    }
}
