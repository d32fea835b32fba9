//! Arrays of words.

use std::path::Path;

use super::header::Header;
use crate::DataError;

/// The shape and the elements of an array.
pub(crate) type Words = (Vec<usize>, Vec<String>);

/// The shape and the elements of an array of words: of characters (`<U5`), or of bytes (`|S5`). None of any
/// other array.
pub(crate) fn read_text(bytes: &[u8], file: &Path) -> Result<Option<Words>, DataError> {
    let mut content = bytes;
    let Ok(Ok(header)) = Header::read(&mut content) else {
        return Ok(None);
    };
    let Some((order, letter, count)) = parts(&header.descr) else {
        return Ok(None);
    };
    let wrong = |expected: &str, found: String| DataError::Format {
        file: file.to_owned(),
        field: "words",
        offset: header.length,
        expected: expected.to_owned(),
        found,
    };
    let width = if letter == 'U' { 4 * count } else { count };
    let elements = header
        .shape
        .iter()
        .try_fold(1u64, |elements, &size| elements.checked_mul(size));
    let size = elements.and_then(|elements| elements.checked_mul(width as u64));
    if size != Some(content.len() as u64) || header.fortran && header.shape.len() > 1 {
        let expected = format!(
            "{:?} elements of {width} bytes in row-major order",
            header.shape
        );
        return Err(wrong(&expected, format!("{} bytes", content.len())));
    }
    let shape: Vec<usize> = header
        .shape
        .iter()
        .map(|&size| usize::try_from(size).unwrap_or(usize::MAX))
        .collect();
    let elements = shape.iter().product();
    // Words of no letters take no room, however many there are.
    if width == 0 {
        return Err(wrong("words of one letter or more", "empty ones".into()));
    }
    let mut words = Vec::with_capacity(elements);
    for element in content.chunks_exact(width) {
        let word: Option<String> = if letter == 'U' {
            let codes = element.as_chunks::<4>().0.iter();
            codes
                .map(|&code| match order {
                    '>' => u32::from_be_bytes(code),
                    _ => u32::from_le_bytes(code),
                })
                .take_while(|&code| code != 0)
                .map(char::from_u32)
                .collect()
        } else {
            let end = element.iter().position(|&byte| byte == 0);
            let element = &element[..end.unwrap_or(element.len())];
            std::str::from_utf8(element).ok().map(str::to_owned)
        };
        words.push(word.ok_or_else(|| wrong("words in UTF-8", format!("{element:?}")))?);
    }
    Ok(Some((shape, words)))
}

/// Order, letter and length of a type like `<U5`.
fn parts(descr: &str) -> Option<(char, char, usize)> {
    let mut letters = descr.chars();
    let order = letters.next()?;
    let letter = letters
        .next()
        .filter(|letter| matches!(letter, 'U' | 'S'))?;
    let count: u32 = letters.as_str().parse().ok()?;
    Some((order, letter, count as usize))
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Words>, DataError> {
        read_text(bytes, Path::new("a.npy"))
    }

    #[test]
    fn words_of_characters_and_of_bytes() {
        let codes = |words: &[&str], big: bool| -> Vec<u8> {
            let of = |word: &&str| -> Vec<u8> {
                let mut codes: Vec<u32> = word.chars().map(u32::from).collect();
                codes.resize(3, 0);
                let bytes = |x: u32| {
                    if big {
                        x.to_be_bytes()
                    } else {
                        x.to_le_bytes()
                    }
                };
                codes.into_iter().flat_map(bytes).collect()
            };
            words.iter().flat_map(of).collect()
        };
        let words = ["cat", "ö", "ox"];
        for (descr, content) in [
            ("<U3", codes(&words, false)),
            (">U3", codes(&words, true)),
            ("|S3", "cat\u{f6}\0ox\0".as_bytes().to_vec()),
        ] {
            let (shape, found) = read(&file(descr, false, "(3,)", &content))
                .unwrap()
                .unwrap();
            assert_eq!(
                (&shape[..], &found[..]),
                (&[3][..], &words.map(str::to_owned)[..])
            );
        }
        assert_eq!(read(&file("<i8", false, "(1,)", &[0; 8])).unwrap(), None);
        assert_eq!(read(b"no array").unwrap(), None);
    }

    #[test]
    fn sizes_that_are_not_there_are_refused() {
        for (descr, shape, content) in [
            ("<U3", "(2,)", &[0; 12][..]),
            ("<U0", "(4000000000000000000,)", &[]),
            (
                "<U4294967295",
                "(4000000000000000000, 4000000000000000000)",
                &[],
            ),
            ("|S2", "(1,)", &[0xff, 0xfe]),
        ] {
            let error = read(&file(descr, false, shape, content)).unwrap_err();
            assert!(error.to_string().contains("words at byte"), "{error}");
        }
    }
}
