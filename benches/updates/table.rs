//! What came out, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::case::{Case, Rows};
use crate::measure::median;
use crate::rivals::Line;

/// Marks in a Markdown file that the table stands between.
const MARKS: [&str; 2] = ["<!-- bench:begin -->", "<!-- bench:end -->"];
const OURS: &str = "burnzmann";

/// The rounds of one contestant.
#[derive(Default)]
struct Rounds {
    milliseconds: Vec<f64>,
    steps: u64,
    peak_mib: Option<u64>,
}

/// All that was measured: by case, by contestant.
#[derive(Default)]
pub(crate) struct Results(BTreeMap<String, BTreeMap<String, Rounds>>);

impl Results {
    /// Adds a round.
    pub(crate) fn extend(&mut self, case: &Case, lines: Vec<Line>) {
        for line in lines {
            let rounds = self
                .0
                .entry(case.name())
                .or_default()
                .entry(line.peer)
                .or_default();
            rounds.milliseconds.push(line.milliseconds);
            rounds.steps += line.steps;
            rounds.peak_mib = rounds.peak_mib.max(line.peak_mib);
        }
    }

    /// The medians of a case, the fastest first.
    fn medians(&self, case: &Case) -> Vec<(&str, f64)> {
        let contestants = self.0.get(&case.name()).into_iter().flatten();
        let mut medians: Vec<_> = contestants
            .map(|(peer, rounds)| (peer.as_str(), median(rounds.milliseconds.clone())))
            .collect();
        medians.sort_by(|a, b| a.1.total_cmp(&b.1));
        medians
    }

    /// One JSON object a line for the contestants of a case.
    pub(crate) fn print_json(&self, case: &Case) {
        for (peer, milliseconds) in self.medians(case) {
            let rounds = &self.0[&case.name()][peer];
            let density = match case.rows {
                Rows::Random(density) => Some(density),
                _ => None,
            };
            let line = json!({"peer": peer, "case": case.name(), "visible": case.visible,
                "hidden": case.hidden, "batch": case.batch, "k": case.k(), "density": density,
                "threads": case.threads, "device": if peer.ends_with("cuda") { "cuda" } else { "cpu" },
                "ms_per_step": milliseconds, "steps": rounds.steps, "peak_mib": rounds.peak_mib});
            println!("{line}");
        }
    }

    /// A case for people: its contestants, the fastest first, beside ours.
    pub(crate) fn paragraph(&self, case: &Case) -> String {
        let medians = self.medians(case);
        let ours = medians
            .iter()
            .find(|(peer, _)| *peer == OURS)
            .map(|&(_, ms)| ms);
        let mut text = case.name();
        for (peer, ms) in medians {
            let ratio = ours.map_or(String::new(), |ours| format!("{:8.2} x", ms / ours));
            let _ = write!(text, "\n{ms:12.3} ms {ratio}  {peer}");
        }
        text
    }

    /// The whole table in a Markdown file, instead of the one before.
    pub(crate) fn write(&self, cases: &[Case], file: &Path) -> Result<(), String> {
        let place = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{place}: {error}"))?;
        let (before, rest) = text
            .split_once(MARKS[0])
            .ok_or(format!("{place} has no {}", MARKS[0]))?;
        let (_, after) = rest
            .split_once(MARKS[1])
            .ok_or(format!("{place} has no {}", MARKS[1]))?;
        let text = format!(
            "{before}{}\n{}{}{after}",
            MARKS[0],
            self.markdown(cases),
            MARKS[1]
        );
        std::fs::write(file, text).map_err(|error| format!("{place}: {error}"))
    }

    fn markdown(&self, cases: &[Case]) -> String {
        let columns = [
            "burnzmann",
            "burnzmann-by-hand",
            "burnzmann-dense",
            "bare dense products",
            "numpy",
            "torch",
            "sklearn",
            "torch-cuda",
        ];
        let present = |peer: &&str| self.0.values().any(|peers| peers.contains_key(*peer));
        let columns: Vec<&str> = columns.into_iter().filter(present).collect();
        let rivals = ["numpy", "torch", "sklearn"];
        let mut text = format!(
            "| case | {} | fastest rival ÷ ours | MiB |\n|---|",
            columns.join(" | ")
        );
        text.push_str(&"---|".repeat(columns.len() + 2));
        text.push('\n');
        for case in cases {
            let Some(peers) = self.0.get(&case.name()) else {
                continue;
            };
            let time = |peer: &str| {
                peers
                    .get(peer)
                    .map(|rounds| median(rounds.milliseconds.clone()))
            };
            let cells = columns
                .iter()
                .map(|peer| time(peer).map_or("–".into(), |ms| format!("{ms:.3}")));
            let fastest = rivals.into_iter().filter_map(time).min_by(f64::total_cmp);
            let ratio = match (fastest, time(OURS)) {
                (Some(rival), Some(ours)) => format!("{:.2}", rival / ours),
                _ => "–".into(),
            };
            let memory = peers.get(OURS).and_then(|rounds| rounds.peak_mib);
            let memory = memory.map_or("–".into(), |mib| mib.to_string());
            let cells = cells.collect::<Vec<_>>().join(" | ");
            let _ = writeln!(text, "| {} | {cells} | {ratio} | {memory} |", case.name());
        }
        text
    }
}
