//! PNG files.

use std::io::{BufRead, Seek};

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use super::{GreyImage, check_size};

/// Bytes that the decoder may take beside the pixels, for instance for a colour profile.
const MAX_BYTES: usize = 512 << 20;

/// Reads a PNG image of any kind: colours and palettes, with and without opacity, one to sixteen bits a
/// sample, interlaced or not. Of an animation, the first image. The error says what was found instead.
pub(super) fn decode(file: impl BufRead + Seek) -> Result<GreyImage, String> {
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes: MAX_BYTES });
    let (width, height) = decoder.read_header_info().map_err(text)?.size();
    check_size(width, height)?;
    // A palette becomes colours, fewer than eight bits become eight, a transparent colour becomes opacities.
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(text)?;
    let size = reader
        .output_buffer_size()
        .expect("images of this size fit in memory");
    let mut samples = vec![0; size];
    let info = reader.next_frame(&mut samples).map_err(text)?;
    let channels = match info.color_type {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        ColorType::Indexed => return Err("a palette without colours".into()),
    };
    Ok(match info.bit_depth {
        BitDepth::Sixteen => GreyImage::from_wide(width, height, channels, &samples),
        _ => GreyImage::from_bytes(width, height, channels, &samples),
    })
}

fn text(error: png::DecodingError) -> String {
    match error {
        png::DecodingError::IoError(error) => format!("damaged data: {error}"),
        error => error.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Cursor;

    use super::*;

    /// A PNG file of these samples.
    pub(crate) fn encoded(
        [width, height]: [u32; 2],
        colour: ColorType,
        depth: BitDepth,
        samples: &[u8],
    ) -> Vec<u8> {
        with(width, height, colour, depth, samples, |_| {})
    }

    fn with(
        width: u32,
        height: u32,
        colour: ColorType,
        depth: BitDepth,
        samples: &[u8],
        more: impl FnOnce(&mut png::Encoder<&mut Vec<u8>>),
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        more(&mut encoder);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(samples).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<GreyImage, String> {
        decode(Cursor::new(bytes))
    }

    fn grey(bytes: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
        let image = read(bytes).unwrap();
        (image.levels, image.opacities)
    }

    #[test]
    fn few_bits_are_spread_over_all_levels() {
        use BitDepth::{Four, One, Two};
        for (depth, width, samples, expected) in [
            (One, 4, [0b1010_0000].as_slice(), &[255, 0, 255, 0][..]),
            (Two, 4, &[0b0001_1011], &[0, 85, 170, 255]),
            (Four, 3, &[0x0f, 0x30], &[0, 255, 51]),
        ] {
            let file = encoded([width, 1], ColorType::Grayscale, depth, samples);
            assert_eq!(grey(&file), (expected.to_vec(), None), "{depth:?}");
        }
    }

    #[test]
    fn wide_samples_and_opacities_of_any_kind_are_read() {
        let wide = [0, 127, 255, 255, 128, 0, 1, 0];
        let file = encoded([2, 1], ColorType::GrayscaleAlpha, BitDepth::Sixteen, &wide);
        assert_eq!(grey(&file), (vec![0, 128], Some(vec![255, 1])));
        let file = encoded(
            [1, 2],
            ColorType::Rgba,
            BitDepth::Eight,
            &[9, 9, 9, 3, 255, 0, 0, 4],
        );
        assert_eq!(grey(&file), (vec![9, 54], Some(vec![3, 4])));
    }

    #[test]
    fn palettes_and_transparent_colours_are_expanded() {
        let palette = |opacities: Option<Vec<u8>>| {
            with(
                4,
                1,
                ColorType::Indexed,
                BitDepth::Two,
                &[0b0001_1001],
                |encoder| {
                    encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 40, 40, 40]);
                    if let Some(opacities) = opacities {
                        encoder.set_trns(opacities);
                    }
                },
            )
        };
        let levels = vec![0, 54, 40, 54];
        assert_eq!(grey(&palette(None)), (levels.clone(), None));
        // Colours after the last opacity are opaque.
        assert_eq!(
            grey(&palette(Some(vec![7, 8]))),
            (levels, Some(vec![7, 8, 255, 8]))
        );
        let keyed = with(
            3,
            1,
            ColorType::Grayscale,
            BitDepth::Eight,
            &[1, 2, 3],
            |encoder| {
                encoder.set_trns(vec![0, 2]);
            },
        );
        assert_eq!(grey(&keyed), (vec![1, 2, 3], Some(vec![255, 0, 255])));
    }

    /// The seven passes of an image of 3 x 3, written by hand: the encoder writes none.
    #[test]
    fn interlaced_images_are_put_in_order() {
        // Rows of the passes, each with its filter (none): pass 1 has the corner, pass 4 the third column, pass 5
        // the corners of the third row, pass 6 the second column, pass 7 the second row.
        let data = [
            &[0, 1][..],
            &[0, 3],
            &[0, 7, 9],
            &[0, 2],
            &[0, 8],
            &[0, 4, 5, 6],
        ]
        .concat();
        let plain = encoded([3, 3], ColorType::Grayscale, BitDepth::Eight, &[0; 9]);
        let mut file = plain[..8].to_vec();
        let mut header = plain[16..29].to_vec();
        header[12] = 1;
        chunk(&mut file, *b"IHDR", &header);
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &data).unwrap();
        chunk(&mut file, *b"IDAT", &packed.finish().unwrap());
        chunk(&mut file, *b"IEND", &[]);
        assert_eq!(grey(&file), ((1..=9).collect(), None));
    }

    fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
        file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(&kind);
        crc.update(data);
        file.extend(kind);
        file.extend(data);
        file.extend(crc.sum().to_be_bytes());
    }

    #[test]
    fn damaged_and_large_files_are_refused() {
        let noise: Vec<u8> = (0..4096_u32)
            .map(|place| (place * place % 251) as u8)
            .collect();
        let file = encoded([64, 64], ColorType::Grayscale, BitDepth::Eight, &noise);
        let error = |bytes: &[u8]| read(bytes).unwrap_err();
        for end in [8, 20, 33, 40, file.len() / 2] {
            assert!(
                error(&file[..end]).contains("unexpected end of file"),
                "{end}"
            );
        }
        let mut damaged = file.clone();
        damaged[file.len() / 2] ^= 0x40;
        assert!(error(&damaged).contains("CRC"), "{}", error(&damaged));
        // Nothing but the header is needed to see the size.
        for (width, height) in [(4097_u32, 1_u32), (1, 4097), (1 << 30, 1 << 30)] {
            let mut header = file[16..29].to_vec();
            header[..4].copy_from_slice(&width.to_be_bytes());
            header[4..8].copy_from_slice(&height.to_be_bytes());
            let mut large = file[..8].to_vec();
            chunk(&mut large, *b"IHDR", &header);
            assert_eq!(
                error(&large),
                format!("an image of {width} x {height} pixels")
            );
        }
        let largest = encoded([4096, 1], ColorType::Grayscale, BitDepth::One, &[255; 512]);
        assert_eq!(grey(&largest), (vec![255; 4096], None));
    }
}
