//! JPEG files.

use std::io::Read;

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{GreyImage, check_size};

/// Reads a JPEG image, baseline or progressive, grey or in colours. The error says what was found instead.
pub(super) fn decode(mut file: impl Read) -> Result<GreyImage, String> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    // Sizes are checked here, and files of careless programs are read as well as can be.
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let text = |error: DecodeErrors| format!("damaged data: {error}");
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes), options);
    decoder.decode_headers().map_err(text)?;
    let info = decoder.info().expect("the headers are read");
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height)?;
    let (colours, channels) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, 1),
        _ => (ColorSpace::RGB, 3),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let samples = decoder.decode().map_err(text)?;
    Ok(GreyImage::from_bytes(width, height, channels, &samples))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    // Written by Pillow 13.0 with `optimize=True`.
    /// 8 x 8: the left half of level 20, the right one of level 220; `quality=50`.
    pub(crate) const BASELINE: &[u8] = b"\
        \xff\xd8\xff\xe0\x00\x10\x4a\x46\x49\x46\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xdb\x00\x43\
        \x00\x10\x0b\x0c\x0e\x0c\x0a\x10\x0e\x0d\x0e\x12\x11\x10\x13\x18\x28\x1a\x18\x16\x16\x18\x31\x23\
        \x25\x1d\x28\x3a\x33\x3d\x3c\x39\x33\x38\x37\x40\x48\x5c\x4e\x40\x44\x57\x45\x37\x38\x50\x6d\x51\
        \x57\x5f\x62\x67\x68\x67\x3e\x4d\x71\x79\x70\x64\x78\x5c\x65\x67\x63\xff\xc0\x00\x0b\x08\x00\x08\
        \x00\x08\x01\x01\x11\x00\xff\xc4\x00\x14\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x03\xff\xc4\x00\x18\x10\x00\x02\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x07\x45\x83\xc2\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x35\xec\x85\x7a\x3f\xff\xd9\
    ";
    /// The same with `progressive=True`.
    const PROGRESSIVE: &[u8] = b"\
        \xff\xd8\xff\xe0\x00\x10\x4a\x46\x49\x46\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xdb\x00\x43\
        \x00\x10\x0b\x0c\x0e\x0c\x0a\x10\x0e\x0d\x0e\x12\x11\x10\x13\x18\x28\x1a\x18\x16\x16\x18\x31\x23\
        \x25\x1d\x28\x3a\x33\x3d\x3c\x39\x33\x38\x37\x40\x48\x5c\x4e\x40\x44\x57\x45\x37\x38\x50\x6d\x51\
        \x57\x5f\x62\x67\x68\x67\x3e\x4d\x71\x79\x70\x64\x78\x5c\x65\x67\x63\xff\xc2\x00\x0b\x08\x00\x08\
        \x00\x08\x01\x01\x11\x00\xff\xc4\x00\x14\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x02\xff\xda\x00\x08\x01\x01\x00\x00\x00\x01\x3f\xff\xc4\x00\x15\x10\x01\x01\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\xff\xda\x00\x08\x01\x01\x00\x01\x05\x02\
        \x9e\xff\xc4\x00\x16\x10\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\
        \x81\xff\xda\x00\x08\x01\x01\x00\x06\x3f\x02\x64\x3f\xff\xc4\x00\x16\x10\x00\x03\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x81\xf0\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x21\xa3\
        \x3f\xff\xda\x00\x08\x01\x01\x00\x00\x00\x10\x7f\xff\xc4\x00\x14\x10\x01\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x10\x07\xff\xd9\
    ";
    /// 16 x 8: red and blue halves; `subsampling=0`, all quantisation steps 16.
    const COLOURS: &[u8] = b"\
        \xff\xd8\xff\xe0\x00\x10\x4a\x46\x49\x46\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xdb\x00\x43\
        \x00\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\
        \x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\
        \x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\xff\xc0\x00\x11\x08\x00\x08\
        \x00\x10\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00\xff\xc4\x00\x14\x00\x01\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\xff\xc4\x00\x14\x10\x01\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x00\x00\xff\xc4\x00\x15\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\x07\x05\xff\xc4\x00\x14\x11\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x00\x00\x00\x00\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00\x15\x24\x80\x1c\xac\
        \x34\x7f\xff\xd9\
    ";

    /// Fails where a level is farther than this from what was packed.
    const LOSS: u8 = 12;

    #[test]
    fn grey_images_are_read_baseline_and_progressive() {
        let baseline = decode(BASELINE).unwrap();
        assert_eq!((baseline.width, baseline.height), (8, 8));
        assert_eq!(baseline.opacities, None);
        for (place, &level) in baseline.levels.iter().enumerate() {
            let packed: u8 = if place % 8 < 4 { 20 } else { 220 };
            assert!(level.abs_diff(packed) <= LOSS, "{:?}", baseline.levels);
        }
        // The same coefficients, sent in another order.
        assert_eq!(decode(PROGRESSIVE).unwrap(), baseline);
    }

    #[test]
    fn colours_become_luma() {
        let image = decode(COLOURS).unwrap();
        assert_eq!((image.width, image.height), (16, 8));
        for (place, &level) in image.levels.iter().enumerate() {
            // 0.2126 and 0.0722 of 255.
            let packed: u8 = if place % 16 < 8 { 54 } else { 18 };
            assert!(level.abs_diff(packed) <= LOSS, "{:?}", image.levels);
        }
    }

    #[test]
    fn damaged_and_large_files_are_refused() {
        let error = |bytes: &[u8]| decode(bytes).unwrap_err();
        for end in [3, 40, 100] {
            assert!(
                error(&BASELINE[..end]).starts_with("damaged data: "),
                "{end}"
            );
        }
        // Height and width follow the marker of the frame.
        let frame = BASELINE
            .windows(2)
            .position(|two| two == b"\xff\xc0")
            .unwrap()
            + 5;
        let mut large = BASELINE.to_vec();
        large[frame..frame + 4].copy_from_slice(&[0x10, 0x00, 0xff, 0xff]);
        assert_eq!(error(&large), "an image of 65535 x 4096 pixels");
        large[frame..frame + 4].copy_from_slice(&[0x10, 0x01, 0x00, 0x08]);
        assert_eq!(error(&large), "an image of 8 x 4097 pixels");
    }
}
