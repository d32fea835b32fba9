//! What is written from the list of algorithms.

/// Writes the enum of the configuration, its dispatch and its names from a list of files with the settings
/// in each.
macro_rules! algorithms {
    ($($file:ident::$settings:ident),+ $(,)?) => {
        $(
            mod $file;
            pub use $file::*;
        )+

        /// What supplies the negative phase, with its settings.
        ///
        /// In a configuration it is an object with the name as its `kind`, and the settings beside it.
        ///
        /// ```
        /// use rbm_train::{Algorithm, Cd, Pcd};
        ///
        /// let names: Vec<_> = Algorithm::all().iter().map(Algorithm::name).collect();
        /// assert!(names.starts_with(&["cd", "pcd", "exact"]));
        /// assert_eq!(Algorithm::named("cd"), Some(Cd::default().into()));
        /// let json = r#"{"kind": "pcd", "k": 5, "chains": 200}"#;
        /// let expected = Pcd { k: 5.into(), chains: Some(200) };
        /// assert_eq!(serde_json::from_str::<Algorithm>(json)?, expected.into());
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Algorithm {
            $(
                #[doc = concat!("Algorithm `", stringify!($file), "`: [`", stringify!($settings), "`].")]
                $settings($settings),
            )+
        }

        $(
            impl From<$settings> for Algorithm {
                fn from(settings: $settings) -> Self {
                    Self::$settings(settings)
                }
            }
        )+

        impl Algorithm {
            /// Every algorithm with its usual settings, in the order of the documentation.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$settings($settings::default())),+]
            }

            /// Its name in configurations and on the command line.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$settings(_) => stringify!($file)),+
                }
            }

            fn settings(&self) -> &dyn AlgorithmSettings {
                match self {
                    $(Self::$settings(settings) => settings),+
                }
            }

            fn settings_mut(&mut self) -> &mut dyn AlgorithmSettings {
                match self {
                    $(Self::$settings(settings) => settings),+
                }
            }
        }
    };
}

pub(super) use algorithms;
