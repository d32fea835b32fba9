//! The program from outside: what it prints, leaves and returns.

mod aborted;
mod begun_from;
mod browser;
mod continued;
mod few_rows;
mod fixture;
mod foreign;
mod formats;
mod help;
mod interruption;
mod models;
mod modes;
mod network_models;
mod networks;
mod older_versions;
mod others_files;
mod page;
mod places;
mod reading;
mod real_networks;
mod runs;
mod seeds;
mod shells;
mod sources;
mod stopping;
mod verdicts;
