//! The small handwritten digits that come with this crate.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::{Dataset, Values};

const PACKED: &[u8] = include_bytes!("../assets/digits.csv.gz");
const SIDE: usize = 8;
const LEVELS: u8 = 16;

/// 1797 handwritten digits of 8 × 8 pixels with 17 grey levels, and their labels.
///
/// From *Optical Recognition of Handwritten Digits* (the test set), E. Alpaydin and C. Kaynak,
/// UCI Machine Learning Repository, 1998, <https://doi.org/10.24432/C50P49>; licence CC BY 4.0.
/// It is embedded, so it needs no file and no network.
///
/// ```
/// let data = rbm_data::digits();
/// assert_eq!((data.rows(), data.num_visible()), (1797, 64));
/// assert_eq!(data.labels().unwrap()[..4], [0, 1, 2, 3]);
/// ```
pub fn digits() -> Dataset {
    let mut text = String::new();
    GzDecoder::new(PACKED)
        .read_to_string(&mut text)
        .expect("the embedded file is whole");
    let (mut data, mut labels) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let number = |field: &str| {
            field
                .parse::<u8>()
                .expect("the embedded file holds numbers")
        };
        let (pixels, label) = line.rsplit_once(',').expect("a label ends each line");
        data.extend(pixels.split(',').map(number));
        labels.push(number(label));
    }
    let values = Values::Bytes {
        data,
        levels: LEVELS,
    };
    Dataset::new("digits", SIDE * SIDE, values)
        .and_then(|data| data.with_labels(labels))
        .and_then(|data| data.with_image_shape(SIDE, SIDE))
        .expect("the embedded data set is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_the_published_one() {
        let data = digits();
        assert_eq!((data.rows(), data.num_visible()), (1797, 64));
        assert_eq!(data.image_shape(), Some([8, 8]));
        // The classes of the repository's test set.
        let mut classes = [0; 10];
        for &label in data.labels().unwrap() {
            classes[usize::from(label)] += 1;
        }
        assert_eq!(classes, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let Values::Bytes { data, levels: 16 } = data.values() else {
            panic!("digits are bytes of 16 levels")
        };
        assert_eq!(data[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
        assert_eq!(data.iter().max(), Some(&16));
    }
}
