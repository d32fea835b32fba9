//! Every measured number of the README and the guide stands in docs/results.md or docs/performance.md, beside the
//! command that made it, and is the same there.
//!
//! A number is measured where it has a decimal point or a unit. Its paragraph, item or row says in a comment where it is
//! from, `<!-- docs/results.md: WORDS -->`: the one paragraph or row of that file that has these words. Settings,
//! mathematics and whatever else was not measured are listed below, with the reason.

use super::markdown::{Block, blocks, numbers};
use super::{files, text};

/// Numbers that nobody measured: where they stand, as they are written without a leading zero, and what they are.
const CONSTANTS: &[(&str, &str, &str)] = &[
    ("deep-belief-networks.md", ".01", "a learning rate to give"),
    ("diagnostics.md", "-6.93", "minus ten times log 2"),
    (
        "diagnostics.md",
        "-.70",
        "minus log 2, from the rates of a finite table",
    ),
    ("README.md", "4.0", "the version of a licence"),
    (
        "algorithms.md",
        "-1.7329",
        "minus the entropy of eight rows, of which two are twice there; asserted beside it",
    ),
    ("algorithms.md", ".1", "the default learning rate"),
    (
        "algorithms.md",
        ".001",
        "a rule of thumb of Hinton's practical guide",
    ),
    (
        "algorithms.md",
        ".01",
        "the default rate of the moving averages",
    ),
    ("coming-from.md", ".01", "the default learning rate of rbms"),
    (
        "first-rbm.md",
        "1",
        "GiB from which on a file stays on disk: a setting",
    ),
    ("first-rbm.md", ".1", "the default learning rate"),
    ("first-rbm.md", ".05", "half of the default learning rate"),
    (
        "reproducibility.md",
        "1",
        "GiB from which on a file's digest is of parts of it: a setting",
    ),
    ("gaussian.md", ".01", "a learning rate"),
    (
        "gaussian.md",
        ".05",
        "a learning rate, of the example below it",
    ),
    (
        "gaussian.md",
        "1.5",
        "where the clusters of the example are",
    ),
    (
        "gaussian.md",
        "-1.5",
        "where the clusters of the example are",
    ),
    ("versions.md", ".22", "the version of a crate"),
    ("versions.md", ".10", "the version of a crate"),
];

/// What is wrong with the numbers of a document; `used` are the constants that were met.
fn complaints(
    name: &str,
    document: &str,
    source: &dyn Fn(&str) -> String,
    used: &mut Vec<usize>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for block in blocks(document) {
        let place = format!("{name}:{}", block.line);
        let mut stated = Vec::new();
        for comment in block.comments() {
            match origin(comment, source) {
                Ok(Some(from)) => stated.extend(numbers(&from.raw)),
                Ok(None) => {}
                Err(reason) => wrong.push(format!("{place}: {reason}")),
            }
        }
        for number in numbers(&block.prose()) {
            let digits = &number.digits;
            let constant = CONSTANTS
                .iter()
                .position(|&(file, constant, _)| file == name && constant == digits);
            if stated.iter().any(|stated| stated.digits == *digits) || !number.measured {
                continue;
            }
            match constant {
                Some(constant) => used.push(constant),
                None if stated.is_empty() => wrong.push(format!(
                    "{place}: {digits} has no origin: <!-- docs/results.md: WORDS -->, or a line in CONSTANTS"
                )),
                None => wrong.push(format!("{place}: {digits} is not where its comment says")),
            }
        }
    }
    wrong
}

/// The block that a comment names, where it names one.
fn origin(comment: &str, source: &dyn Fn(&str) -> String) -> Result<Option<Block>, String> {
    let Some((file, words)) = comment.split_once(": ") else {
        return Ok(None);
    };
    if !["docs/results.md", "docs/performance.md"].contains(&file) {
        return Ok(None);
    }
    let all = blocks(&source(file));
    let mut found = all.iter().filter(|block| block.raw.contains(words));
    let (Some(block), None) = (found.next(), found.next()) else {
        return Err(format!(
            "`{words}` is not in exactly one paragraph or row of {file}"
        ));
    };
    let mut section = all.iter().filter(|other| other.section == block.section);
    if !section.any(Block::has_command) {
        return Err(format!(
            "{file} has no command in the section `{}`",
            block.section
        ));
    }
    Ok(Some(block.clone()))
}

#[test]
fn measured_numbers_stand_in_the_measurements() {
    let mut documents = vec!["README.md".to_owned()];
    documents.extend(files("docs/guide/src", ".md"));
    let (mut wrong, mut used) = (Vec::new(), Vec::new());
    for path in &documents {
        let name = path.rsplit('/').next().expect("a name");
        wrong.extend(complaints(name, &text(path), &text, &mut used));
    }
    let idle = CONSTANTS
        .iter()
        .enumerate()
        .filter(|(index, _)| !used.contains(index));
    wrong.extend(
        idle.map(|(_, (file, number, _))| format!("{file}: no {number}; take it off CONSTANTS")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn another_number_than_the_measured_one_is_found() {
    let source = |_: &str| {
        "# Results\n\n    burnzmann train\n\n| run | -86.33 | 3.7 s |\n\n# Other\n\nthe run 5.5\n"
            .to_owned()
    };
    let said = |document: &str| complaints("x.md", document, &source, &mut Vec::new());
    assert!(said("It has -86.33 in 3.7 s. <!-- docs/results.md: | run -->").is_empty());
    let of = |document: &str, message: &str| {
        let said = said(document);
        assert!(said.len() == 1 && said[0].contains(message), "{said:?}");
    };
    of(
        "It has -86.7 nats. <!-- docs/results.md: | run -->",
        "x.md:1: -86.7 is not where",
    );
    of("It has -86.33 nats.", "-86.33 has no origin");
    of(
        "A walk. <!-- docs/results.md: walk -->",
        "not in exactly one",
    );
    of(
        "The run. <!-- docs/results.md: the run -->",
        "no command in the section `Other`",
    );
}
