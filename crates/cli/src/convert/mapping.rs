//! Which tensor of another program is which parameter.

use burn::tensor::DType;
use burnzmann::model::RbmConfig;
use burnzmann::model::store::Archive;
use burnzmann::model::units::UnitsConfig;

use super::hints::{Hints, Layout, VisibleUnits};
use super::parameters::Parameters;
use super::spread::Spread;
use super::tensors::{Tensors, flat, transposed, vector_length, widened};

/// Where each parameter is from, and what is made of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mapping {
    pub(super) parameters: Parameters,
    pub(super) layout: Layout,
    pub(super) spread: Option<Spread>,
    /// `[visible, hidden]`.
    units: [usize; 2],
    gaussian: bool,
}

impl Mapping {
    /// Finds the parameters of one RBM.
    pub(super) fn find(tensors: &Tensors, hints: &Hints) -> Result<Self, String> {
        let (parameters, layout) = Parameters::find(tensors, hints)?;
        let count = |name: &str| vector_length(&tensors[name]).unwrap_or_default();
        let units = [count(&parameters.visible), count(&parameters.hidden)];
        let spread = Spread::find(tensors, &parameters.prefix, units, hints.spread())?;
        let gaussian = match (hints.visible_units, &spread) {
            (Some(VisibleUnits::Binary), Some(spread)) => {
                return Err(format!(
                    "--visible-units binary contradicts `{}`, the spread of Gaussian units; --sigma none where it is \
                     something else",
                    spread.name
                ));
            }
            (Some(VisibleUnits::Gaussian), _) | (_, Some(_)) => true,
            _ => false,
        };
        Ok(Self {
            parameters,
            layout,
            spread,
            units,
            gaussian,
        })
    }

    /// The parameters under our names with the configuration of their model, and the names and shapes
    /// of all other tensors.
    pub(super) fn apply(&self, mut tensors: Tensors) -> (Archive, RbmConfig, Vec<String>) {
        let mut take = |name: &str| {
            let taken = tensors.remove(name);
            widened(taken.expect("the mapping is of these tensors"))
        };
        let weight = take(&self.parameters.weight);
        let mut weight = match self.layout {
            Layout::VisibleHidden => weight,
            Layout::HiddenVisible => transposed(weight),
        };
        let mut archive = Archive::default();
        for (ours, theirs) in [
            ("visible.bias", &self.parameters.visible),
            ("hidden.bias", &self.parameters.hidden),
        ] {
            archive.insert(ours, flat(take(theirs)));
        }
        if let Some(spread) = &self.spread {
            let given = take(&spread.name);
            let log_sigma;
            (weight, log_sigma) = spread.apply(weight, &given);
            archive.insert("visible.log_sigma", log_sigma);
        }
        archive.insert("weight", weight);
        let [visible, hidden] = self.units;
        let mut config = RbmConfig::new(visible, hidden);
        if self.gaussian {
            config = config.with_visible(UnitsConfig::Gaussian {
                learn_sigma: self.spread.is_some(),
            });
        }
        let unused = tensors
            .iter()
            .map(|(name, data)| format!("{name} {:?}", data.shape().as_slice()));
        (archive, config, unused.collect())
    }

    /// A line for each parameter: ours, and which tensor it is.
    pub(super) fn lines(&self, tensors: &Tensors) -> Vec<String> {
        let how = match self.layout {
            Layout::VisibleHidden => "",
            Layout::HiddenVisible => ", transposed",
        };
        let Parameters {
            weight,
            visible,
            hidden,
            ..
        } = &self.parameters;
        let mut parameters = vec![
            ("weight", weight, how),
            ("visible.bias", visible, ""),
            ("hidden.bias", hidden, ""),
        ];
        if let Some(spread) = &self.spread {
            parameters.push(("visible.log_sigma", &spread.name, ""));
        }
        let line = |&(ours, theirs, how): &(&str, &String, &str)| {
            let data = &tensors[theirs];
            let half = match data.dtype() {
                DType::F16 | DType::BF16 => ", 16-bit floats as 32-bit ones",
                _ => "",
            };
            format!(
                "{ours:<12} <- {theirs} {:?}{how}{half}",
                data.shape().as_slice()
            )
        };
        parameters.iter().map(line).collect()
    }
}
