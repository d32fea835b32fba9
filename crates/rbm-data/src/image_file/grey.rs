//! Colours as grey levels.

/// An image as levels from 0 (black) to 255 (white), row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GreyImage {
    /// Pixels of a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// The level of each pixel.
    pub(crate) levels: Vec<u8>,
    /// How opaque each pixel is, from 0 to 255, where the file says it.
    pub(crate) opacities: Option<Vec<u8>>,
}

impl GreyImage {
    /// From samples of one byte: for each pixel `channels` of them, which are grey; grey and opacity; red, green
    /// and blue; or red, green, blue and opacity.
    pub(super) fn from_bytes(width: u32, height: u32, channels: usize, samples: &[u8]) -> Self {
        Self::from_samples(width, height, channels, samples)
    }

    /// From samples of two bytes each, the larger byte first; else as [`from_bytes`](Self::from_bytes).
    pub(super) fn from_wide(width: u32, height: u32, channels: usize, samples: &[u8]) -> Self {
        let samples: Vec<u16> = samples
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        Self::from_samples(width, height, channels, &samples)
    }

    fn from_samples<S: Sample>(width: u32, height: u32, channels: usize, samples: &[S]) -> Self {
        let pixels = || samples.chunks_exact(channels);
        let level = |pixel: &[S]| match *pixel {
            [level] | [level, _] => level.level(),
            [red, green, blue] | [red, green, blue, _] => luma([red, green, blue]),
            _ => unreachable!("a pixel has one to four samples"),
        };
        let opacity = |pixel: &[S]| pixel[channels - 1].level();
        Self {
            width,
            height,
            levels: pixels().map(level).collect(),
            opacities: (channels.is_multiple_of(2)).then(|| pixels().map(opacity).collect()),
        }
    }
}

/// Shares of red, green and blue in the luminance of sRGB (Rec. ITU-R BT.709 with white D65: 0.2126, 0.7152,
/// 0.0722), with the digits and the rounding of `to_luma8` in the crate `image` 0.25, which read images before:
/// data sets keep their levels.
const WEIGHTS: [f32; 3] = [0.212_647_84, 0.715_179_2, 0.072_173_04];

/// The level of a colour. The gamma of sRGB is left in it, as usual for data: luma, not luminance.
fn luma<S: Sample>(colour: [S; 3]) -> u8 {
    let sum =
        (colour.iter().zip(WEIGHTS)).fold(0.0, |sum, (share, weight)| sum + share.share() * weight);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 255, rounded"
    )]
    let level = (sum * 255.0).round() as u8;
    level
}

/// What one sample of a pixel may be.
trait Sample: Copy {
    /// The nearest level from 0 to 255.
    fn level(self) -> u8;
    /// From 0 to 1.
    fn share(self) -> f32;
}

impl Sample for u8 {
    fn level(self) -> u8 {
        self
    }

    fn share(self) -> f32 {
        const ONE: f32 = 1.0 / 255.0;
        f32::from(self) * ONE
    }
}

impl Sample for u16 {
    fn level(self) -> u8 {
        // 65,535 = 257 * 255.
        u8::try_from((u32::from(self) + 128) / 257).expect("a 257th of 16 bits has 8")
    }

    fn share(self) -> f32 {
        const ONE: f32 = 1.0 / 65535.0;
        f32::from(self) * ONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(channels: usize, samples: &[u8]) -> Vec<u8> {
        GreyImage::from_bytes(0, 0, channels, samples).levels
    }

    #[test]
    fn colours_have_the_luma_that_they_had() {
        // `to_luma8` of the crate `image` 0.25.10.
        let colours = [
            [255, 0, 0],
            [0, 255, 0],
            [0, 0, 255],
            [255, 255, 0],
            [12, 200, 99],
            [1, 1, 1],
            [254, 255, 255],
            [90, 17, 203],
        ];
        let expected = [54, 182, 18, 237, 153, 1, 255, 46];
        assert_eq!(levels(3, &colours.concat()), expected);
        let opaque: Vec<u8> = colours
            .iter()
            .flat_map(|colour| [&colour[..], &[7]].concat())
            .collect();
        let image = GreyImage::from_bytes(8, 1, 4, &opaque);
        assert_eq!(
            (&image.levels[..], image.opacities),
            (&expected[..], Some(vec![7; 8]))
        );
        let greys: Vec<u8> = (0..=255).collect();
        let same: Vec<u8> = greys.iter().flat_map(|&grey| [grey; 3]).collect();
        assert_eq!(levels(3, &same), greys);
    }

    #[test]
    fn sixteen_bits_are_rounded_to_the_nearest_level() {
        let wide: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_be_bytes).collect();
        let image = GreyImage::from_wide(256, 256, 1, &wide);
        assert_eq!(image.opacities, None);
        for (sample, &level) in image.levels.iter().enumerate() {
            let exact = sample as f64 / 257.0;
            assert!((exact - f64::from(level)).abs() < 0.5, "{sample}: {level}");
        }
        let pair = [0x12, 0x34, 0xab, 0xcd].repeat(2);
        let image = GreyImage::from_wide(2, 1, 2, &pair);
        assert_eq!(
            (image.levels, image.opacities),
            (vec![18; 2], Some(vec![171; 2]))
        );
        let colour = [0xff, 0xff, 0x00, 0x00, 0x80, 0x00];
        assert_eq!(GreyImage::from_wide(1, 1, 3, &colour).levels, [63]);
    }
}
