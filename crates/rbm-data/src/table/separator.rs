//! What stands between the cells of a line.

use std::borrow::Cow;

/// What stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// One of this character.
    One(u8),
    /// Spaces and tabs, any number of them.
    Blank,
    /// Nothing: a line is a cell.
    Nothing,
}

impl Separator {
    /// The separator of a table with these first lines, or the cell that has a decimal comma.
    pub(super) fn of(first: &str, second: Option<&str>) -> Result<Self, String> {
        let probe = second.unwrap_or(first);
        for separator in [Self::One(b';'), Self::One(b'\t'), Self::Blank] {
            let cells: Vec<_> = separator.cells(probe).collect();
            let commas = cells.iter().find(|cell| is_decimal_comma(cell));
            if cells.len() > 1
                && let Some(cell) = commas
                && cells
                    .iter()
                    .all(|cell| is_decimal_comma(cell) || is_number(cell))
            {
                return Err(cell.to_string());
            }
        }
        let count = |separator: Self, line: &str| separator.cells(line).count();
        let fits = |separator: &Self| {
            let (head, row) = (count(*separator, first), count(*separator, probe));
            // R leaves out the name of the names of rows.
            row > 1 && (head == row || head + 1 == row)
        };
        let ones = [b';', b'\t', b','].map(Self::One);
        let fitting = ones.into_iter().filter(fits);
        // A tab among blanks is one of them.
        let fitting = fitting.filter(|&separator| {
            separator != Self::One(b'\t')
                || separator
                    .cells(probe)
                    .all(|cell| !cell.contains(' ') || !starts_with_number(&cell))
        });
        if let Some(most) = fitting
            .rev()
            .max_by_key(|&separator| count(separator, probe))
        {
            return Ok(most);
        }
        if fits(&Self::Blank) {
            return Ok(Self::Blank);
        }
        // Lines that differ: an error of the second one, in the separator that the first one has most of.
        let most = ones
            .into_iter()
            .rev()
            .max_by_key(|&separator| count(separator, first));
        if let Some(most) = most.filter(|&separator| count(separator, first) > 1) {
            return Ok(most);
        }
        // The name of a column may have spaces.
        let alone = second.is_some() && Self::Blank.cells(probe).count() == 1;
        let is_name = Self::Blank.cells(first).all(|cell| !is_number(&cell));
        Ok(if alone && is_name || count(Self::Blank, first) == 1 {
            Self::Nothing
        } else {
            Self::Blank
        })
    }

    /// The cells of a line.
    pub(super) fn cells(self, line: &str) -> Cells<'_> {
        Cells {
            separator: self,
            rest: Some(line.trim_matches(|c| self.is_blank(c))),
        }
    }

    /// Whether a character beside a cell is none of it.
    fn is_blank(self, c: char) -> bool {
        match self {
            Self::One(b'\t') => c == ' ' || c == '\r',
            _ => c.is_ascii_whitespace(),
        }
    }
}

/// See [`Separator::cells`].
#[derive(Clone, Debug)]
pub(super) struct Cells<'a> {
    separator: Separator,
    rest: Option<&'a str>,
}

impl<'a> Iterator for Cells<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        let separator = self.separator;
        let line = self.rest?.trim_start_matches(|c| separator.is_blank(c));
        let quoted = line.strip_prefix('"').and_then(unquoted);
        let (cell, after) = match quoted {
            Some((cell, after)) => (Some(cell), after),
            None => (None, line),
        };
        let end = match separator {
            Separator::One(byte) => after.find(char::from(byte)),
            Separator::Blank => after.find([' ', '\t']),
            Separator::Nothing => None,
        };
        let (plain, rest) = match end {
            Some(end) => (&after[..end], Some(&after[end + 1..])),
            None => (after, None),
        };
        let plain = plain.trim_matches(|c| separator.is_blank(c));
        self.rest = match (separator, rest) {
            // There is another cell behind blanks only if there is something.
            (Separator::Blank, Some(rest)) => {
                let rest = rest.trim_start_matches([' ', '\t']);
                (!rest.is_empty()).then_some(rest)
            }
            (_, rest) => rest,
        };
        Some(match cell {
            Some(cell) if plain.is_empty() => cell,
            Some(cell) => Cow::Owned(format!("{cell}{plain}")),
            None => Cow::Borrowed(plain),
        })
    }
}

/// What is in quotes that are already open, and what follows; none where they are not closed.
fn unquoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find('"')?;
    let (cell, after) = (&text[..end], &text[end + 1..]);
    if !after.starts_with('"') {
        return Some((Cow::Borrowed(cell), after));
    }
    // Two of them are one.
    let (mut cell, mut after) = (cell.to_owned(), after);
    while let Some(more) = after.strip_prefix('"') {
        cell.push('"');
        let end = more.find('"')?;
        cell.push_str(&more[..end]);
        after = &more[end + 1..];
    }
    Some((Cow::Owned(cell), after))
}

/// Whether a cell is a number, or means that there is none in a way that [`f64`] knows.
pub(super) fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok()
}

fn starts_with_number(cell: &str) -> bool {
    cell.split(' ').next().is_some_and(is_number)
}

/// Whether a cell would be a number with a point instead of its comma.
pub(super) fn is_decimal_comma(cell: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((whole, fraction)) = cell.split_once(',') else {
        return false;
    };
    let mantissa = fraction.split(['e', 'E']).next().unwrap_or_default();
    digits(whole.trim_start_matches(['-', '+']))
        && !mantissa.is_empty()
        && digits(mantissa)
        && is_number(&cell.replacen(',', ".", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(separator: Separator, line: &str) -> Vec<String> {
        separator.cells(line).map(Cow::into_owned).collect()
    }

    #[test]
    fn quotes_and_blanks_are_no_part_of_a_cell() {
        let comma = Separator::One(b',');
        assert_eq!(
            cells(comma, " 1 , \"a, b\" ,\"say \"\"x\"\"\",, "),
            ["1", "a, b", "say \"x\"", "", ""]
        );
        assert_eq!(cells(comma, "\"open, 2"), ["\"open", "2"]);
        assert_eq!(
            cells(Separator::Blank, "  1 \t 2  \"a b\"  "),
            ["1", "2", "a b"]
        );
        assert_eq!(
            cells(Separator::One(b'\t'), "\tx y\t 1 \t"),
            ["", "x y", "1", ""]
        );
        assert_eq!(cells(Separator::Nothing, " a, b "), ["a, b"]);
    }

    #[test]
    fn separators_are_those_that_two_lines_agree_on() {
        let one = |byte| Ok(Separator::One(byte));
        for (first, second, expected) in [
            ("a,b", Some("1,0"), one(b',')),
            ("a;b", Some("1;0"), one(b';')),
            ("my one\tmy other", Some("1\t0"), one(b'\t')),
            ("1 \t0 1", Some(" 0\t1 1 "), Ok(Separator::Blank)),
            ("my column", Some("1"), Ok(Separator::Nothing)),
            ("1 0 1", None, Ok(Separator::Blank)),
            ("1", None, Ok(Separator::Nothing)),
            ("1 0", Some("1"), Ok(Separator::Blank)),
            ("1,0", Some("1,0,1"), one(b',')),
            ("1,0,1", Some("1"), one(b',')),
            ("\"a\" \"b\"", Some("\"r 1\" 1 0"), Ok(Separator::Blank)),
            ("1, 0, 1", Some("1, 0, 0"), one(b',')),
            ("a;b", Some("1,5;2"), Err("1,5".to_owned())),
            ("1,5 2,5", None, Err("1,5".to_owned())),
            ("1\t-2,5e3", None, Err("-2,5e3".to_owned())),
        ] {
            assert_eq!(
                Separator::of(first, second),
                expected,
                "{first:?} {second:?}"
            );
        }
    }
}
