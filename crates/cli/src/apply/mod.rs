//! What a trained model is for: draws, features, reconstructions, scores, missing parts.

mod encode;
mod free_energy;
mod inpaint;
mod mask;
mod output;
mod reconstruct;
mod sample;

pub use encode::{EncodeArgs, encode};
pub use free_energy::{FreeEnergyArgs, free_energy};
pub use inpaint::{InpaintArgs, inpaint};
pub(crate) use output::{Kind, Output, table};
pub use reconstruct::{ReconstructArgs, reconstruct};
pub use sample::{SampleArgs, Start, sample};
