//! What is measured.

use serde::{Deserialize, Serialize};

/// Where the rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Rows {
    /// Binarised MNIST where `BURNZMANN_DATA` names a folder with it, else random rows as dense.
    Mnist,
    /// The embedded 8×8 digits, on where brighter than half.
    Digits,
    /// Zeros and ones, ones with this probability.
    Random(f64),
    /// Numbers between zero and one, which no kernel for zeros and ones can take.
    Gray,
}

/// What is done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// An update by CD-k.
    Cd(usize),
    /// An update by PCD-k, with as many chains as a batch has rows.
    Pcd(usize),
    /// Annealed importance sampling, as many chains as the batch, 14,500 temperatures, of a model after so
    /// many updates by PCD-1. Before any, all its hidden units are at one half.
    Ais(usize),
    /// The free energies of a batch.
    FreeEnergy,
    /// An epoch of MNIST by PCD-1 with the library's defaults, reading the files included.
    Epoch,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) work: Work,
    pub(crate) visible: usize,
    pub(crate) hidden: usize,
    pub(crate) batch: usize,
    pub(crate) rows: Rows,
    /// Threads of every contestant; all of the machine where absent.
    pub(crate) threads: Option<usize>,
}

impl Case {
    const fn new(work: Work, [visible, hidden, batch]: [usize; 3], rows: Rows) -> Self {
        Self {
            work,
            visible,
            hidden,
            batch,
            rows,
            threads: None,
        }
    }

    /// As the table and `--case` name it.
    pub(crate) fn name(&self) -> String {
        let work = match self.work {
            Work::Cd(k) => format!("cd-{k}"),
            Work::Pcd(k) => format!("pcd-{k}"),
            Work::Ais(0) => "ais".into(),
            Work::Ais(updates) => format!("ais after {updates} updates,"),
            Work::FreeEnergy => "free-energy".into(),
            Work::Epoch => "epoch".into(),
        };
        let rows = match self.rows {
            Rows::Mnist => String::new(),
            Rows::Digits => ", digits".into(),
            Rows::Random(density) => format!(", density {density}"),
            Rows::Gray => ", gray".into(),
        };
        let threads = self
            .threads
            .map_or(String::new(), |n| format!(", threads {n}"));
        let Self {
            visible,
            hidden,
            batch,
            ..
        } = self;
        format!("{work} {visible}x{hidden} batch {batch}{rows}{threads}")
    }

    /// The Gibbs steps of an update.
    pub(crate) fn k(&self) -> Option<usize> {
        match self.work {
            Work::Cd(k) | Work::Pcd(k) => Some(k),
            _ => None,
        }
    }
}

const SHAPE: [usize; 3] = [784, 500, 128];

/// The case that `--quick` asks for.
pub(crate) fn quick() -> Vec<Case> {
    vec![Case::new(Work::Cd(1), SHAPE, Rows::Mnist)]
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let shapes = [
        ([64, 100, 10], Rows::Digits),
        ([784, 200, 100], Rows::Mnist),
        (SHAPE, Rows::Mnist),
        ([784, 1024, 128], Rows::Mnist),
        ([784, 500, 2000], Rows::Mnist),
        ([3072, 4096, 512], Rows::Random(0.13)),
    ];
    let updates = [Work::Cd(1), Work::Cd(10), Work::Pcd(1)];
    let mut list: Vec<Case> = shapes
        .into_iter()
        .flat_map(|(shape, rows)| updates.map(|work| Case::new(work, shape, rows)))
        .collect();
    for density in [0.05, 0.13, 0.3, 0.5] {
        list.push(Case::new(Work::Cd(1), SHAPE, Rows::Random(density)));
    }
    list.push(Case::new(Work::Cd(1), SHAPE, Rows::Gray));
    for threads in [1, 2] {
        let case = Case::new(Work::Cd(1), SHAPE, Rows::Mnist);
        list.push(Case {
            threads: Some(threads),
            ..case
        });
    }
    for work in [Work::Ais(0), Work::Ais(2000)] {
        list.push(Case::new(work, [784, 500, 100], Rows::Mnist));
    }
    list.push(Case::new(Work::FreeEnergy, [784, 500, 10_000], Rows::Mnist));
    list.push(Case::new(Work::Epoch, [784, 500, 100], Rows::Mnist));
    list
}
