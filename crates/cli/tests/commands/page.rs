//! The page about a run.

use std::fs;

use crate::fixture::{burnzmann, report, trained};

#[test]
fn a_report_is_one_file_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (run, html) = (trained(), report(home));
    for section in [
        "Log-likelihood",
        "Learning curves",
        "Filters",
        "Fantasies along chains",
        "Reconstructions",
        "Hidden activity",
        "Free energies",
        "Parameters",
        "To repeat it",
    ] {
        assert!(html.contains(&format!("<h2>{section}</h2>")), "{section}");
    }
    let images: Vec<&str> = html.split("<img ").skip(1).collect();
    assert!(images.len() >= 12, "{}", images.len());
    for image in images {
        let alternative = image
            .split("alt=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert!(alternative.len() > 20, "{alternative}");
        assert!(
            image.starts_with("src=\"data:image/png;base64,"),
            "{}",
            &image[..60]
        );
    }
    // Nothing is fetched and nothing runs.
    for word in ["http:", "https:", "<script", "url("] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.contains("prefers-color-scheme:dark") && html.contains("width=device-width"));
    // Twelve hidden units are summed over.
    assert!(html.contains("summed exactly") && html.contains("estimate is reliable"));
    assert!(html.contains("&quot;num_hidden&quot;: 12"));

    // The command that it names repeats the run.
    let command = html
        .split("<pre>burnzmann ")
        .nth(1)
        .unwrap()
        .split("</pre>")
        .next()
        .unwrap();
    let words: Vec<String> = command
        .split('\'')
        .map(str::trim)
        .map(str::to_owned)
        .collect();
    let [start, config, out, ..] = &words[..] else {
        panic!("{command}")
    };
    assert_eq!((start.as_str(), out.as_str()), ("train --config", "--out"));
    burnzmann(home)
        .args(["train", "--quiet", "--config", config, "--out", "again"])
        .assert()
        .success();
    let model = |path: &std::path::Path| fs::read(path.join("model.safetensors")).unwrap();
    assert!(model(&run) == model(&home.join("again")));

    burnzmann(home)
        .args([
            "report",
            run.to_str().unwrap(),
            "--chains",
            "0",
            "--out",
            "quick.html",
        ])
        .assert()
        .success();
    let quick = fs::read_to_string(home.join("quick.html")).unwrap();
    assert!(!quick.contains("<h2>Log-likelihood</h2>") && quick.contains("<h2>Filters</h2>"));
}
