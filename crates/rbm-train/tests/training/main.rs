//! Runs as a whole: what is learned, what is resumed, and what every setting does.

mod algorithms;
mod damage;
mod kinds;
mod knobs;
mod learning;
mod plain;
mod resume;
mod values;
