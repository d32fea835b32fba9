//! The guide's table of algorithms, from the list in rbm-train.

use burnzmann::train::Algorithm;

use super::{root, text};

const GUIDE: &str = "docs/guide/src/algorithms.md";
const BEGIN: &str = "<!-- written from the list of algorithms -->\n";
const END: &str = "<!-- end -->\n";

/// A row for each algorithm: its name, its negative phase, its settings with their defaults.
fn table() -> String {
    let mut table = "| `kind` | negative phase | settings |\n|---|---|---|\n".to_owned();
    for algorithm in Algorithm::all() {
        let json = serde_json::to_value(&algorithm).expect("settings are JSON");
        let fields = json.as_object().expect("a kind and settings").iter();
        let settings = fields.filter(|(name, _)| *name != "kind");
        let settings: Vec<String> = settings
            .map(|(name, default)| match default {
                serde_json::Value::Null => format!("`{name}`"),
                default => format!("`{name}` ({default})"),
            })
            .collect();
        let (name, summary) = (algorithm.name(), algorithm.summary());
        table += &format!("| `{name}` | {summary} | {} |\n", settings.join(", "));
    }
    table
}

/// With `BURNZMANN_WRITE` set, the table is written instead of compared.
#[test]
fn the_guide_lists_every_algorithm() {
    let guide = text(GUIDE);
    let (before, rest) = guide.split_once(BEGIN).expect("the table's beginning");
    let (found, after) = rest.split_once(END).expect("the table's end");
    let table = table();
    if std::env::var_os("BURNZMANN_WRITE").is_some() {
        let written = format!("{before}{BEGIN}{table}{END}{after}");
        std::fs::write(root().join(GUIDE), written).expect("the guide can be written");
        return;
    }
    assert_eq!(
        found, table,
        "write it: BURNZMANN_WRITE=1 cargo test --workspace --test documents the_guide_lists"
    );
}
