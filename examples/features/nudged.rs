//! Five times as many digits.

use burnzmann::data::digits;

type Images = Vec<[f32; 64]>;

/// The digits, and all of them moved up, left, right and down; every pixel from 0 to 1 over all rows.
pub(crate) fn nudged() -> (Images, Vec<u8>) {
    let data = digits();
    let mut images: Images = vec![[0.0; 64]; data.rows()];
    for (row, image) in images.iter_mut().enumerate() {
        data.copy_row(row, image);
    }
    let still = images.clone();
    // What is seen at each pixel, in a frame of zeros one pixel wide.
    for (down, right) in [(2, 1), (1, 2), (1, 0), (0, 1)] {
        images.extend(still.iter().map(|image| {
            std::array::from_fn(|pixel| {
                let (row, column) = (pixel / 8 + down, pixel % 8 + right);
                let inside = (1..=8).contains(&row) && (1..=8).contains(&column);
                if inside {
                    image[(row - 1) * 8 + column - 1]
                } else {
                    0.0
                }
            })
        }));
    }
    for pixel in 0..64 {
        let largest = images.iter().map(|image| image[pixel]).fold(0.0, f32::max);
        images
            .iter_mut()
            .filter(|_| largest > 0.0)
            .for_each(|image| image[pixel] /= largest);
    }
    let labels = data.labels().expect("the digits have labels");
    (images, labels.repeat(5))
}
