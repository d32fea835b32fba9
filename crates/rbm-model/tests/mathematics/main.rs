//! The identities of the mathematics, against sums over all states.
//!
//! Every test runs on the default device (`BURN_DEVICE` names another): in double precision where
//! the device has it, with a tolerance for single precision where it has not.

mod energies;
mod exactness;
mod fixture;
mod golden;
mod gradients;
mod kinds;
mod labels;
mod noise;
mod plain;
mod sampling;
