//! The weights and both biases among the tensors of another program.

use super::hints::{Hints, Layout};
use super::names::{Role, Side, role_of};
use super::tensors::{Tensors, known, listed, vector_length};

/// The names of the parameters of one RBM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) weight: String,
    pub(super) visible: String,
    pub(super) hidden: String,
    /// What stands before the names, as far as it is known.
    pub(super) prefix: String,
}

/// Biases that are called so in this order, visible first, by most who call them that.
const LETTERS: [(&str, &str); 3] = [("a", "b"), ("b", "c"), ("bias", "c")];

impl Parameters {
    /// The parameters, and which index of the weights comes first.
    pub(super) fn find(tensors: &Tensors, hints: &Hints) -> Result<(Self, Layout), String> {
        for hint in [&hints.weight, &hints.visible_bias, &hints.hidden_bias]
            .into_iter()
            .flatten()
        {
            known(tensors, hint)?;
        }
        if hints.visible_bias.is_some() && hints.visible_bias == hints.hidden_bias {
            return Err("--visible-bias and --hidden-bias name the same tensor".into());
        }
        let mut weights = weights(tensors, hints);
        if let (Some(visible), Some(hidden), None) =
            (&hints.visible_bias, &hints.hidden_bias, &hints.weight)
        {
            // Of several matrices those that go with these biases.
            let several = weights.len() > 1;
            weights.retain(|(weight, prefix)| {
                let names = Self {
                    weight: (*weight).to_owned(),
                    visible: visible.clone(),
                    hidden: hidden.clone(),
                    prefix: (*prefix).to_owned(),
                };
                !several
                    || names.fits(tensors, Layout::VisibleHidden)
                    || names.fits(tensors, Layout::HiddenVisible)
            });
        }
        let mut found = Vec::new();
        for (weight, prefix) in &weights {
            found.extend(Self::beside(tensors, hints, weight, prefix)?);
        }
        if let ([(weight, prefix)], []) = (&weights[..], &found[..]) {
            // One matrix, and biases that say what they are, wherever they stand.
            found.extend(Self::anywhere(tensors, hints, weight, prefix));
        }
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(format!(
                "found no weights with the biases of both layers; {}; name them with --weight, \
                 --visible-bias and --hidden-bias",
                listed(tensors)
            )),
            _ => {
                let names: Vec<_> = found.iter().map(|(m, _)| m.weight.as_str()).collect();
                let names = names.join(", ");
                Err(format!(
                    "found several models ({names}); choose one with --weight"
                ))
            }
        }
    }

    /// The parameters whose biases have the same prefix as the weights.
    fn beside(
        tensors: &Tensors,
        hints: &Hints,
        weight: &str,
        prefix: &str,
    ) -> Result<Option<(Self, Layout)>, String> {
        let named = |visible: &str, hidden: &str| Self {
            weight: weight.to_owned(),
            visible: visible.to_owned(),
            hidden: hidden.to_owned(),
            prefix: prefix.to_owned(),
        };
        let of = |role| biases(tensors, Some(prefix), role);
        let visible = one(
            hints.visible_bias.as_deref(),
            of(Role::Bias(Side::Visible)),
            "--visible-bias",
        )?;
        let hidden = one(
            hints.hidden_bias.as_deref(),
            of(Role::Bias(Side::Hidden)),
            "--hidden-bias",
        )?;
        // A letter stands for the other layer where one layer is named by the user.
        let letter = |taken: &str| {
            let letters = ["a", "b", "c", "bias"].map(|letter| of(Role::Letter(letter)));
            let mut others = letters.concat();
            others.retain(|&name| name != taken);
            match others[..] {
                [other] => Some(other),
                _ => None,
            }
        };
        let (visible, hidden) = match (visible, hidden) {
            (Some(visible), None) if hints.visible_bias.is_some() => {
                (Some(visible), letter(visible))
            }
            (None, Some(hidden)) if hints.hidden_bias.is_some() => (letter(hidden), Some(hidden)),
            both => both,
        };
        match (visible, hidden) {
            (Some(visible), Some(hidden)) => {
                let names = named(visible, hidden);
                let layout = names.layout(tensors, hints.layout())?;
                Ok(Some((names, layout)))
            }
            (None, None) => {
                let pairs = LETTERS.iter().filter_map(|&(first, second)| {
                    match (&of(Role::Letter(first))[..], &of(Role::Letter(second))[..]) {
                        (&[first], &[second]) => Some([named(first, second), named(second, first)]),
                        _ => None,
                    }
                });
                let fits = |names: &Self| {
                    names.fits(tensors, Layout::VisibleHidden)
                        || names.fits(tensors, Layout::HiddenVisible)
                };
                let (fitting, others): (Vec<_>, Vec<_>) = pairs.partition(|[usual, _]| fits(usual));
                match (&fitting[..], &others[..]) {
                    ([readings], _) | ([], [readings, ..]) => {
                        Self::by_letters(readings, tensors, hints).map(Some)
                    }
                    ([], []) => Ok(None),
                    _ => Err(format!(
                        "more than two vectors beside `{weight}` could be its biases; give --visible-bias and \
                         --hidden-bias; {}",
                        listed(tensors)
                    )),
                }
            }
            _ => Ok(None),
        }
    }

    /// Of two readings the usual one, where all that is usual agrees.
    ///
    /// Most call the visible bias by the earlier letter, and most of these keep weights `[visible, hidden]`. But there are
    /// papers and programs with each of them the other way round, and shapes alone allow both readings always: one with
    /// the letters, or the indices, exchanged.
    fn by_letters(
        readings: &[Self; 2],
        tensors: &Tensors,
        hints: &Hints,
    ) -> Result<(Self, Layout), String> {
        let [usual, other] = readings;
        let layouts = [Layout::VisibleHidden, Layout::HiddenVisible];
        let square = layouts.iter().all(|&layout| usual.fits(tensors, layout));
        let layout = hints.layout().unwrap_or(Layout::VisibleHidden);
        if !square && usual.fits(tensors, layout) {
            return Ok((usual.clone(), layout));
        }
        if !square && hints.layout().is_some() && other.fits(tensors, layout) {
            return Ok((other.clone(), layout));
        }
        // What fits nowhere is said as of any names.
        usual.layout(tensors, Some(Layout::HiddenVisible))?;
        let Self {
            weight,
            visible: first,
            hidden: second,
            ..
        } = usual;
        let shape = tensors[weight].shape().as_slice().to_vec();
        let layout = if square && hints.layout().is_none() {
            ", and --layout visible-hidden or hidden-visible (--transpose)"
        } else {
            ""
        };
        Err(format!(
            "`{weight}` {shape:?} with `{first}` and `{second}` can be read in more than one way: programs do not agree which \
             of these letters is the visible bias, and the shapes allow both. Give --visible-bias {first} --hidden-bias {second}, or \
             --visible-bias {second} --hidden-bias {first}{layout}"
        ))
    }

    /// The parameters whose biases have any prefix, where only one of each kind is there.
    fn anywhere(
        tensors: &Tensors,
        hints: &Hints,
        weight: &str,
        prefix: &str,
    ) -> Option<(Self, Layout)> {
        let only = |hint: &Option<String>, side| match hint {
            Some(hint) => Some(hint.clone()),
            None => match biases(tensors, None, Role::Bias(side))[..] {
                [name] => Some(name.to_owned()),
                _ => None,
            },
        };
        let names = Self {
            weight: weight.to_owned(),
            visible: only(&hints.visible_bias, Side::Visible)?,
            hidden: only(&hints.hidden_bias, Side::Hidden)?,
            prefix: prefix.to_owned(),
        };
        let layout = names.layout(tensors, hints.layout()).ok()?;
        Some((names, layout))
    }

    fn fits(&self, tensors: &Tensors, layout: Layout) -> bool {
        let shape = tensors[&self.weight].shape();
        let count = |name: &str| vector_length(&tensors[name]);
        let (Some(visible), Some(hidden)) = (count(&self.visible), count(&self.hidden)) else {
            return false;
        };
        shape.as_slice()
            == match layout {
                Layout::VisibleHidden => [visible, hidden],
                Layout::HiddenVisible => [hidden, visible],
            }
    }

    /// By the lengths of the biases; by name or by the user's word where these are equal.
    fn layout(&self, tensors: &Tensors, hint: Option<Layout>) -> Result<Layout, String> {
        let shape = |name: &str| tensors[name].shape().as_slice().to_vec();
        let both = [Layout::VisibleHidden, Layout::HiddenVisible];
        let possible: Vec<Layout> = both
            .into_iter()
            .filter(|&layout| self.fits(tensors, layout))
            .collect();
        let wanted = match hint {
            Some(layout) => Some(layout),
            None => self.layout_by_name(),
        };
        match (&possible[..], wanted) {
            ([], _) => Err(format!(
                "`{}` has shape {:?}, which does not go with the biases `{}` {:?} of the visible and `{}` {:?} of the \
                 hidden units",
                self.weight,
                shape(&self.weight),
                self.visible,
                shape(&self.visible),
                self.hidden,
                shape(&self.hidden),
            )),
            ([only], None) => Ok(*only),
            ([only], Some(layout)) if *only == layout || hint.is_none() => Ok(*only),
            ([_], Some(_)) => Err(format!(
                "the layout that was asked for contradicts the shape {:?} of `{}`",
                shape(&self.weight),
                self.weight
            )),
            (_, Some(layout)) => Ok(layout),
            (_, None) => Err(format!(
                "`{}` is square, and its name does not say which index is the visible unit; give \
                 --layout hidden-visible (--transpose, as torch.nn.Linear has it) or visible-hidden",
                self.weight
            )),
        }
    }

    /// What one program alone calls its weights says how they lie.
    fn layout_by_name(&self) -> Option<Layout> {
        let ends = |name: &str| self.weight.ends_with(name);
        if ends("components_") {
            Some(Layout::HiddenVisible)
        } else if self.visible == "visible.bias" || ends("weight_matrix") || ends("vishid") {
            Some(Layout::VisibleHidden)
        } else {
            None
        }
    }
}

/// The matrices that are weights by name, or the one that the user names, and the prefixes of their models.
fn weights<'a>(tensors: &'a Tensors, hints: &Hints) -> Vec<(&'a str, &'a str)> {
    let found = tensors.iter().filter_map(|(name, data)| {
        let role = role_of(name);
        match &hints.weight {
            Some(hint) if hint != name => None,
            Some(_) => Some((
                name.as_str(),
                match role {
                    Some((Role::Weight, prefix)) => prefix,
                    _ => name.rfind('.').map_or("", |end| &name[..=end]),
                },
            )),
            None => match role {
                Some((Role::Weight, prefix)) if data.shape().num_dims() == 2 => {
                    Some((name.as_str(), prefix))
                }
                _ => None,
            },
        }
    });
    found.collect()
}

/// The vectors with this role, of the model with this prefix or of any.
fn biases<'a>(tensors: &'a Tensors, prefix: Option<&str>, role: Role) -> Vec<&'a str> {
    let found = tensors.iter().filter_map(|(name, data)| {
        let (found, of) = role_of(name)?;
        let fits = found == role && prefix.is_none_or(|prefix| prefix == of);
        (fits && vector_length(data).is_some()).then_some(name.as_str())
    });
    found.collect()
}

/// The user's word, or the only one; several are asked about.
fn one<'a>(
    hint: Option<&'a str>,
    found: Vec<&'a str>,
    option: &str,
) -> Result<Option<&'a str>, String> {
    match (hint, &found[..]) {
        (Some(hint), _) => Ok(Some(hint)),
        (None, []) => Ok(None),
        (None, [name]) => Ok(Some(name)),
        (None, several) => Err(format!(
            "each of {} could be that bias; choose one with {option}",
            several.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    fn tensors(shapes: &[(&str, &[usize])]) -> Tensors {
        let zeros =
            |shape: &[usize]| TensorData::new(vec![0f32; shape.iter().product()], shape.to_vec());
        let named = shapes
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), zeros(shape)));
        named.collect()
    }

    fn find(shapes: &[(&str, &[usize])], hints: &Hints) -> Result<([String; 3], Layout), String> {
        let (names, layout) = Parameters::find(&tensors(shapes), hints)?;
        Ok(([names.weight, names.visible, names.hidden], layout))
    }

    fn named(visible: &str, hidden: &str) -> Hints {
        Hints {
            visible_bias: Some(visible.into()),
            hidden_bias: Some(hidden.into()),
            ..Hints::default()
        }
    }

    #[test]
    fn names_and_layouts_of_other_programs_are_found() {
        type Case = (
            &'static [(&'static str, &'static [usize])],
            [&'static str; 3],
            Layout,
        );
        let cases: [Case; 11] = [
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
            (
                &[
                    ("rbm_weights", &[2, 5]),
                    ("rbm_visbias", &[5]),
                    ("rbm_hidbias", &[2]),
                ],
                ["rbm_weights", "rbm_visbias", "rbm_hidbias"],
                Layout::HiddenVisible,
            ),
            (
                &[
                    ("vishid", &[3, 3]),
                    ("visbiases", &[1, 3]),
                    ("hidbiases", &[1, 3]),
                ],
                ["vishid", "visbiases", "hidbiases"],
                Layout::VisibleHidden,
            ),
            // A vector of that name is no matrix of weights.
            (
                &[
                    ("norm.weight", &[5]),
                    ("module.weight", &[2, 5]),
                    ("module.v_bias", &[5]),
                    ("module.h_bias", &[2]),
                ],
                ["module.weight", "module.v_bias", "module.h_bias"],
                Layout::HiddenVisible,
            ),
            // One matrix, and biases whose names say all.
            (
                &[("linear.weight", &[2, 5]), ("bv", &[5]), ("bh", &[2])],
                ["linear.weight", "bv", "bh"],
                Layout::HiddenVisible,
            ),
            (
                &[("W", &[2, 5]), ("v", &[1, 5]), ("h", &[1, 2])],
                ["W", "v", "h"],
                Layout::HiddenVisible,
            ),
            // The velocities of an optimiser have names of their own.
            (
                &[
                    ("W", &[5, 2]),
                    ("vbias", &[5]),
                    ("hbias", &[2]),
                    ("W_velocity", &[5, 2]),
                ],
                ["W", "vbias", "hbias"],
                Layout::VisibleHidden,
            ),
        ];
        for (shapes, names, layout) in cases {
            let found = find(shapes, &Hints::default());
            assert_eq!(found, Ok((names.map(str::to_owned), layout)));
        }
    }

    /// Letters that papers use for either layer, and shapes that allow both readings.
    #[test]
    fn letters_are_asked_about_unless_all_that_is_usual_agrees() {
        let silent = Hints::default();
        // `b` has the length of what is usually the hidden index.
        let turned: &[(&str, &[usize])] = &[("W", &[5, 2]), ("b", &[2]), ("c", &[5])];
        let linear: &[(&str, &[usize])] = &[("W", &[2, 5]), ("b", &[5]), ("c", &[2])];
        let other: &[(&str, &[usize])] = &[("W", &[2, 5]), ("a", &[5]), ("b", &[2])];
        for shapes in [turned, linear, other] {
            let error = find(shapes, &silent).unwrap_err();
            assert!(error.contains("more than one way"), "{error}");
        }
        let error = find(turned, &silent).unwrap_err();
        assert!(
            error.contains("--visible-bias b --hidden-bias c, or --visible-bias c --hidden-bias b"),
            "{error}"
        );
        // Names say it, and the shape does the rest.
        let (names, layout) = find(turned, &named("c", "b")).unwrap();
        assert_eq!((names[1].as_str(), layout), ("c", Layout::VisibleHidden));
        let (names, layout) = find(turned, &named("b", "c")).unwrap();
        assert_eq!((names[1].as_str(), layout), ("b", Layout::HiddenVisible));
        // One name leaves one for the other.
        let one = Hints {
            visible_bias: Some("c".into()),
            ..Hints::default()
        };
        assert_eq!(find(turned, &one).unwrap().0, ["W", "c", "b"]);
        // And so does the layout.
        let layout = |layout| Hints {
            layout: Some(layout),
            ..Hints::default()
        };
        let found = |shapes, hints| find(shapes, &layout(hints)).unwrap().0;
        assert_eq!(found(turned, Layout::VisibleHidden), ["W", "c", "b"]);
        assert_eq!(found(turned, Layout::HiddenVisible), ["W", "b", "c"]);

        let square: &[(&str, &[usize])] = &[("W", &[3, 3]), ("b", &[3]), ("c", &[3])];
        let error = find(square, &silent).unwrap_err();
        assert!(
            error.contains("--visible-bias b") && error.contains("--layout"),
            "{error}"
        );
        let error = find(square, &layout(Layout::HiddenVisible)).unwrap_err();
        assert!(error.contains("--visible-bias b"), "{error}");
        let error = find(square, &named("b", "c")).unwrap_err();
        assert!(error.contains("--layout"), "{error}");
        let all = Hints {
            transpose: true,
            ..named("b", "c")
        };
        let (names, layout) = find(square, &all).unwrap();
        assert_eq!((names[2].as_str(), layout), ("c", Layout::HiddenVisible));
        // Lengths that fit nowhere are no question of names.
        let wrong: &[(&str, &[usize])] = &[("W", &[4, 4]), ("b", &[5]), ("c", &[2])];
        let error = find(wrong, &silent).unwrap_err();
        assert!(error.contains("does not go with"), "{error}");
        // Three letters of one length, two of which are the biases.
        let three: &[(&str, &[usize])] = &[("W", &[5, 5]), ("a", &[5]), ("b", &[5]), ("c", &[5])];
        let error = find(three, &silent).unwrap_err();
        assert!(error.contains("more than two vectors"), "{error}");
    }

    #[test]
    fn what_cannot_be_told_is_asked_for() {
        let square: &[(&str, &[usize])] = &[("W", &[3, 3]), ("vbias", &[3]), ("hbias", &[3])];
        let error = find(square, &Hints::default()).unwrap_err();
        assert!(error.contains("--layout"), "{error}");
        let hints = Hints {
            layout: Some(Layout::HiddenVisible),
            ..Hints::default()
        };
        assert_eq!(find(square, &hints).unwrap().1, Layout::HiddenVisible);

        let linear: &[(&str, &[usize])] =
            &[("fc.weight", &[2, 5]), ("fc.bias", &[2]), ("pixels", &[5])];
        let error = find(linear, &Hints::default()).unwrap_err();
        assert!(
            error.contains("--visible-bias") && error.contains("pixels [5]"),
            "{error}"
        );
        let found = find(linear, &named("pixels", "fc.bias")).unwrap();
        assert_eq!(found.0[0], "fc.weight");

        let stack: &[(&str, &[usize])] = &[
            ("0.W", &[2, 5]),
            ("0.vbias", &[5]),
            ("0.hbias", &[2]),
            ("1.W", &[3, 2]),
            ("1.vbias", &[2]),
            ("1.hbias", &[3]),
        ];
        let error = find(stack, &Hints::default()).unwrap_err();
        assert!(error.contains("0.W, 1.W"), "{error}");
        let hints = Hints {
            weight: Some("1.W".into()),
            ..Hints::default()
        };
        assert_eq!(find(stack, &hints).unwrap().0[1], "1.vbias");
        let found = find(stack, &named("1.vbias", "1.hbias")).unwrap();
        assert_eq!(found.0[0], "1.W");

        let wrong: &[(&str, &[usize])] = &[("W", &[4, 4]), ("vbias", &[5]), ("hbias", &[2])];
        let error = find(wrong, &Hints::default()).unwrap_err();
        assert!(
            error.contains("[4, 4]") && error.contains("`vbias` [5]"),
            "{error}"
        );
        let twice: &[(&str, &[usize])] = &[
            ("W", &[5, 2]),
            ("vbias", &[5]),
            ("visible_bias", &[5]),
            ("hbias", &[2]),
        ];
        let error = find(twice, &Hints::default()).unwrap_err();
        assert!(error.contains("choose one with --visible-bias"), "{error}");
        let error = find(square, &named("vbias", "vbias")).unwrap_err();
        assert!(error.contains("the same tensor"), "{error}");
        let error = find(square, &named("vbias", "none")).unwrap_err();
        assert!(error.contains("no tensor is called `none`"), "{error}");
    }
}
