//! As much of Markdown as the documents use.

/// A paragraph, an item of a list, or a row of a table: what is read as one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    /// Of its first line, counted from 1.
    pub(crate) line: usize,
    /// Its lines as they stand.
    pub(crate) raw: String,
    /// The heading that it is below.
    pub(crate) section: String,
}

/// The blocks of a document, without code between fences.
pub(crate) fn blocks(document: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let (mut fenced, mut open, mut section) = (false, false, String::new());
    for (index, line) in document.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            (fenced, open) = (!fenced, false);
        } else if fenced || line.trim().is_empty() {
            open = false;
        } else {
            if line.starts_with('#') {
                section = String::from(line.trim_start_matches('#').trim());
            }
            let begins = ["|", "- ", "#"].iter().any(|mark| line.starts_with(mark))
                || line.starts_with(|c: char| c.is_ascii_digit()) && line.contains(". ");
            match found.last_mut() {
                Some(block) if open && !begins => {
                    block.raw.push('\n');
                    block.raw.push_str(line);
                }
                _ => found.push(Block {
                    line: index + 1,
                    raw: line.to_owned(),
                    section: section.clone(),
                }),
            }
            open = !line.starts_with(['|', '#']);
        }
    }
    found
}

impl Block {
    /// The comments in it, which no reader sees.
    pub(crate) fn comments(&self) -> Vec<&str> {
        between(&self.raw, "<!--", "-->").1
    }

    /// What a reader sees, without code and the targets of links.
    pub(crate) fn prose(&self) -> String {
        let (text, _) = between(&self.raw, "<!--", "-->");
        let (text, _) = between(&text, "`", "`");
        let (text, _) = between(&text, "](", ")");
        text
    }

    /// Whether it is a command, or has one in its text.
    pub(crate) fn has_command(&self) -> bool {
        let commands = ["cargo ", "burnzmann ", "BURNZMANN_"];
        let begins = |text: &str| commands.iter().any(|command| text.starts_with(command));
        let mut indented = self
            .raw
            .lines()
            .filter_map(|line| line.strip_prefix("    "));
        indented.any(begins) || between(&self.raw, "`", "`").1.into_iter().any(begins)
    }
}

/// The text without what is between two marks, and that.
fn between<'a>(text: &'a str, from: &str, to: &str) -> (String, Vec<&'a str>) {
    let (mut rest, mut outside, mut inside) = (text, String::new(), Vec::new());
    while let Some((before, after)) = rest.split_once(from) {
        let Some((content, behind)) = after.split_once(to) else {
            break;
        };
        outside.push_str(before);
        outside.push(' ');
        inside.push(content.trim());
        rest = behind;
    }
    outside.push_str(rest);
    (outside, inside)
}

/// A number as it stands in a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Number {
    /// Its digits, without separators, a leading plus and a leading zero.
    pub(crate) digits: String,
    /// Whether it has a decimal point, or a unit behind it.
    pub(crate) measured: bool,
}

/// What stands behind a number that was measured.
const UNITS: [&str; 16] = [
    "%", "nats", "nat", "ns", "µs", "ms", "s", "seconds", "minutes", "min", "hours", "MB", "MiB",
    "GB", "GiB", "times",
];

/// The numbers of a text that stand by themselves: not in a name, and no versions.
pub(crate) fn numbers(text: &str) -> Vec<Number> {
    let chars: Vec<char> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or(' ');
    let digit = |place: usize| at(place).is_ascii_digit();
    let (mut found, mut place) = (Vec::new(), 0);
    while place < chars.len() {
        let begins = digit(place) || at(place) == '.' && digit(place + 1);
        if !begins {
            place += 1;
            continue;
        }
        let start = place;
        while digit(place) || at(place) == ',' && digit(place + 1) {
            place += 1;
        }
        if at(place) == '.' && digit(place + 1) {
            place += 1;
            while digit(place) {
                place += 1;
            }
        }
        let before = |n: usize| if start >= n { at(start - n) } else { ' ' };
        let signed = matches!(before(1), '-' | '−') && !before(2).is_alphanumeric();
        let named = before(1).is_alphabetic()
            || matches!(before(1), '_' | '/' | '.' | '·')
            || before(1) == '-' && before(2).is_alphabetic();
        let goes_on = at(place).is_alphabetic() || at(place) == '.' && digit(place + 1);
        if goes_on && at(place) == '.' {
            // A version: all of it is passed over.
            while digit(place) || at(place) == '.' {
                place += 1;
            }
        }
        if named || goes_on {
            continue;
        }
        let all: String = chars[start..place].iter().filter(|&&c| c != ',').collect();
        let unsigned = match all.strip_prefix('0') {
            Some(rest) if rest.starts_with('.') => rest.to_owned(),
            _ => all.clone(),
        };
        let rest: String = chars[place..].iter().collect();
        let word = rest.trim_start_matches([' ', '\n']);
        let unit = UNITS.iter().any(|unit| {
            word.strip_prefix(unit)
                .is_some_and(|next| !next.starts_with(char::is_alphanumeric))
        });
        let factor = word
            .strip_prefix('×')
            .is_some_and(|next| !next.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        found.push(Number {
            digits: if signed {
                format!("-{unsigned}")
            } else {
                unsigned
            },
            measured: all.contains('.') || unit || factor,
        });
    }
    found
}

#[test]
fn numbers_are_told_from_names_and_versions() {
    let found = |text: &str| -> Vec<(String, bool)> {
        let numbers = numbers(text).into_iter();
        numbers.map(|n| (n.digits, n.measured)).collect()
    };
    let number = |digits: &str, measured| (digits.to_owned(), measured);
    assert_eq!(
        found("-86.33 [-86.44, -85.97] nats in 3.7 s, 784 × 500 units, 3 × as fast"),
        [
            number("-86.33", true),
            number("-86.44", true),
            number("-85.97", true),
            number("3.7", true),
            number("784", false),
            number("500", false),
            number("3", true),
        ]
    );
    assert_eq!(
        found("AVX-512, Apache-2.0, 1.9.1, CD-1, 0.x, 57,000 rows, 0.950 and .950, 4.1-5.5"),
        [
            number("0", false),
            number("57000", false),
            number(".950", true),
            number(".950", true),
            number("4.1", true),
            number("5.5", true),
        ]
    );
    assert_eq!(
        found("13 nats better, 12 %"),
        [number("13", true), number("12", true)]
    );
}

#[test]
fn blocks_are_paragraphs_items_and_rows() {
    let document = "# A\n\none\ntwo 1.5 <!-- x: y -->\n\n```text\n9.9\n```\n- item `2.5`\n  more\n| a | 3.5 |\n| b |\n";
    let found = blocks(document);
    let raw: Vec<&str> = found.iter().map(|block| block.raw.as_str()).collect();
    assert_eq!(
        raw,
        [
            "# A",
            "one\ntwo 1.5 <!-- x: y -->",
            "- item `2.5`\n  more",
            "| a | 3.5 |",
            "| b |"
        ]
    );
    assert_eq!(found[1].comments(), ["x: y"]);
    assert_eq!((found[1].line, found[1].section.as_str()), (3, "A"));
    assert!(numbers(&found[2].prose()).is_empty());
}
