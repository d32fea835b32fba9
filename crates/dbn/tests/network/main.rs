//! The network against sums over all its states, and its greedy training.
//!
//! In double precision on the default device where that has it (`BURN_DEVICE` names another).
//! Statistical tolerances are 4.5 standard errors at fixed seeds.

mod bound;
mod fixture;
mod generation;
mod held_out;
mod kinds;
mod knobs;
mod labels;
mod likelihood;
mod mirror;
mod plain;
mod resume;
