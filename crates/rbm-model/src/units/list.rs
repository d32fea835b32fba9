//! What is written from the list of kinds.

/// Writes the enums of layers and of configurations, and what asks a kind, from a list of files with the type
/// of the layer in each and its settings, each with its usual value.
macro_rules! kinds {
    ($(
        $(#[doc = $doc:literal])+
        $file:ident::$Kind:ident
        $({ $( $(#[$meta:meta])* $field:ident: $Field:ty = $usual:expr ),+ $(,)? })?
    ),+ $(,)?) => {
        $(
            mod $file;
            pub use $file::$Kind;
        )+

        /// A layer of units of any kind: an enum and not a type parameter, so that models with different
        /// layers are one type and a stack may mix them.
        ///
        /// ```
        /// use burn::tensor::Device;
        /// use rbm_model::units::{UnitLayer, UnitsConfig};
        ///
        /// let layer = UnitsConfig::Bernoulli.init(5, &Device::default());
        /// assert_eq!(layer.num_units(), 5);
        /// ```
        #[derive(Module, Debug)]
        pub enum Units {
            $(
                $(#[doc = $doc])+
                $Kind($Kind),
            )+
        }

        /// The kind of a layer's units, as written in a configuration.
        ///
        /// ```
        /// use rbm_model::units::UnitsConfig;
        ///
        /// let units: UnitsConfig = serde_json::from_str(r#"{"kind": "gaussian", "learn_sigma": true}"#)?;
        /// assert_eq!(units, UnitsConfig::Gaussian { learn_sigma: true });
        /// assert_eq!("gaussian".parse(), Ok(UnitsConfig::Gaussian { learn_sigma: false }));
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case", from = "Stored")]
        pub enum UnitsConfig {
            $(
                $(#[doc = $doc])+
                $Kind $({ $( $(#[$meta])* $field: $Field ),+ })?,
            )+
        }

        /// As it is read: with braces behind every name, since serde ignores unknown fields of a variant
        /// that has none.
        #[derive(Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
        enum Stored {
            $(
                $Kind { $($( $(#[$meta])* $field: $Field ),+)? },
            )+
        }

        impl From<Stored> for UnitsConfig {
            fn from(stored: Stored) -> Self {
                match stored {
                    $(Stored::$Kind { $($($field),+)? } => Self::$Kind { $($($field),+)? }),+
                }
            }
        }

        impl UnitsConfig {
            /// Every kind with its usual settings, in the order of the documentation.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$Kind $({ $($field: $usual),+ })?),+]
            }

            /// Its name in configurations and on the command line.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$Kind { .. } => stringify!($file)),+
                }
            }

            /// Its name on the command line with every parameter that it may have.
            fn learned_key(self) -> &'static str {
                match self {
                    $(Self::$Kind { .. } => concat!(stringify!($file), "-learned")),+
                }
            }

            /// The kind in one word, for messages.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Kind { .. } => <$Kind as UnitKind>::NAME),+
                }
            }

            /// The values that the units take.
            pub fn support(self) -> Support {
                match self {
                    $(Self::$Kind { $($($field),+)? } => {
                        <$Kind as UnitKind>::support(($($($field),+)?))
                    })+
                }
            }

            /// Whether a layer of so many units can be of this kind.
            ///
            /// # Errors
            ///
            /// The setting, what it is, and what it may be.
            pub fn validate(self, num_units: usize) -> Result<(), String> {
                match self {
                    $(Self::$Kind { $($($field),+)? } => {
                        <$Kind as UnitKind>::validate(($($($field),+)?), num_units)
                    })+
                }
            }

            /// The kind with every parameter that independent units of it may have: a spread of their own,
            /// for Gaussian units.
            #[must_use]
            pub fn with_all_parameters(self) -> Self {
                match self {
                    $(Self::$Kind { $($($field),+)? } => {
                        #[allow(unused_parens, reason = "settings of one field are that field")]
                        let ($($($field),+)?) =
                            <$Kind as UnitKind>::with_all_parameters(($($($field),+)?));
                        Self::$Kind { $($($field),+)? }
                    })+
                }
            }

            /// A layer of `num_units` such units with zero bias and unit spread.
            ///
            /// # Panics
            ///
            /// Where [`validate`](Self::validate) fails.
            pub fn init(self, num_units: usize, device: &Device) -> Units {
                match self {
                    $(Self::$Kind { $($($field),+)? } => {
                        Units::$Kind(UnitKind::init(num_units, ($($($field),+)?), device))
                    })+
                }
            }

            /// The layer of this kind whose independent units best fit data with these means and
            /// variances: the visible side of a data-driven start, and the base of annealing.
            ///
            /// Means are held away from the ends of a bounded range, and standard deviations from zero, by
            /// what each kind says.
            ///
            /// # Panics
            ///
            /// Where the lengths differ, or [`validate`](Self::validate) fails.
            pub fn fitted(self, mean: &[f64], variance: &[f64], device: &Device) -> Units {
                assert_eq!(mean.len(), variance.len(), "a mean and a variance per unit");
                match self {
                    $(Self::$Kind { $($($field),+)? } => {
                        Units::$Kind(UnitKind::fitted(mean, variance, ($($($field),+)?), device))
                    })+
                }
            }
        }

        impl Units {
            /// The configuration of this layer.
            pub fn config(&self) -> UnitsConfig {
                match self {
                    $(Self::$Kind(layer) => {
                        #[allow(unused_parens, reason = "settings of one field are that field")]
                        let ($($($field),+)?) = layer.settings();
                        UnitsConfig::$Kind { $($($field),+)? }
                    })+
                }
            }

            /// The layer on the way from `base` at `beta = 0` to this one at `beta = 1`.
            ///
            /// # Panics
            ///
            /// Where the two layers are of different kinds.
            pub fn anneal(&self, base: &Self, beta: f64) -> Self {
                match (self, base) {
                    $((Self::$Kind(layer), Self::$Kind(base)) => {
                        Self::$Kind(layer.anneal(base, beta))
                    })+
                    _ => panic!(
                        "annealing needs a base of the same kind of units: {:?} here, {:?} as base",
                        self.config(),
                        base.config()
                    ),
                }
            }

            /// The layer that annealing starts a hidden side from: uniform where that is a distribution,
            /// the layer itself where it is not.
            pub fn reference(&self) -> Self {
                match self {
                    $(Self::$Kind(layer) => Self::$Kind(layer.reference()),)+
                }
            }

            /// `Γ_to(to·I) - Γ_from(from·I)` of each row of the inputs `I`, for the layer on its way from its
            /// [reference](Self::reference), in nats.
            pub fn cgf_step(&self, inputs: Tensor<2>, from: f64, to: f64) -> Tensor<1> {
                match self {
                    $(Self::$Kind(layer) => layer.cgf_step(inputs, from, to),)+
                }
            }

            /// The bias as the parameter that it is.
            pub fn bias_param(&self) -> &Param<Tensor<1>> {
                match self {
                    $(Self::$Kind(layer) => layer.bias_param(),)+
                }
            }

            fn layer(&self) -> &dyn UnitLayer {
                match self {
                    $(Self::$Kind(layer) => layer,)+
                }
            }
        }
    };
}

pub(super) use kinds;
