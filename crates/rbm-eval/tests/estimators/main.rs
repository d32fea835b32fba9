//! Every estimator against exact values, over seeds.
//!
//! In double precision on the default device (`BURN_DEVICE` names another). Tolerances come from the
//! Monte Carlo error, four to five standard errors at fixed seeds.

mod bracket;
mod evaluation;
mod fixture;
mod forward;
mod golden;
mod labels;
mod multimodal;
mod quality;
mod values;
