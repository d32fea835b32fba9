//! A finished picture and its way to a file.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};

use crate::PlotError;

/// A finished picture: rows of red, green and blue bytes.
///
/// ```
/// use rbm_plot::{ImageShape, fantasies};
///
/// let picture = fantasies(&[0.0; 64], ImageShape::new(8, 8))?.render()?;
/// assert_eq!(picture.rgb().len(), picture.width() * picture.height() * 3);
/// assert_eq!(picture.pixel(0, 0), [255, 255, 255]);
///
/// let folder = tempfile::tempdir().unwrap();
/// picture.save(folder.path().join("fantasies.png"))?;
/// # Ok::<(), rbm_plot::PlotError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Picture {
    /// Takes `width * height * 3` bytes.
    pub(crate) fn new(width: usize, height: usize, rgb: Vec<u8>) -> Self {
        debug_assert_eq!(rgb.len(), width * height * 3);
        Self { width, height, rgb }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All bytes: `height` rows of `width` pixels of red, green and blue.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Red, green and blue at column `x` and row `y`, counted from the top left corner.
    ///
    /// # Panics
    ///
    /// If the place is outside the picture.
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        assert!(
            x < self.width && y < self.height,
            "pixel ({x}, {y}) is outside a picture of {} × {}",
            self.width,
            self.height
        );
        let start = (y * self.width + x) * 3;
        [self.rgb[start], self.rgb[start + 1], self.rgb[start + 2]]
    }

    /// The picture as the bytes of a PNG file, for instance to embed it in a page.
    ///
    /// # Errors
    ///
    /// [`PlotError::Encode`] if the encoder fails.
    pub fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        self.encode()
            .map_err(|error| PlotError::Encode(error.to_string()))
    }

    fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        let side =
            |length: usize| u32::try_from(length).expect("a canvas is smaller than 2^32 pixels");
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, side(self.width), side(self.height));
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Balanced);
        encoder.set_filter(Filter::Adaptive);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// Writes the picture as a PNG file, and replaces what is at `path`.
    ///
    /// The bytes go to a temporary file beside `path`, which is synced and then renamed: no reader ever sees half a picture,
    /// and a failure leaves what was there. The folder is not created.
    ///
    /// # Errors
    ///
    /// [`PlotError::Encode`] if the encoder fails, [`PlotError::Write`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        let bytes = self.to_png()?;
        write_whole(path, &bytes).map_err(|source| PlotError::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // As all files of ours that are not finished.
    builder.prefix(".burnzmann-tmp-");
    // A temporary file is private by default; a picture is a file like any other, and the umask has the last word.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The rename itself lasts only once the folder is on disk; where folders cannot be opened, that is the system's affair.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_pixels() -> Picture {
        Picture::new(2, 1, vec![255, 0, 0, 0, 0, 255])
    }

    #[test]
    fn what_the_system_said_is_in_the_message() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/two.png");
        let error = two_pixels().save(&path).unwrap_err();
        let PlotError::Write { source, .. } = &error else {
            panic!("{error}");
        };
        let (message, reason) = (error.to_string(), source.to_string());
        assert!(
            message.starts_with(&path.display().to_string()),
            "{message}"
        );
        assert!(message.contains(&reason) && !reason.is_empty(), "{message}");
    }

    #[test]
    fn a_saved_picture_reads_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.png");
        std::fs::write(&path, "what stood here before").unwrap();
        two_pixels().save(&path).unwrap();
        let file = io::BufReader::new(File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        assert_eq!((info.width, info.height), (2, 1));
        assert_eq!(
            (info.color_type, info.bit_depth),
            (ColorType::Rgb, BitDepth::Eight)
        );
        assert_eq!(rgb, two_pixels().rgb());
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(
            names.len(),
            1,
            "no temporary file may stay behind: {names:?}"
        );
    }

    #[test]
    fn a_missing_folder_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere").join("two.png");
        let error = two_pixels().save(&path).unwrap_err();
        assert!(matches!(&error, PlotError::Write { path: at, .. } if *at == path));
        assert!(error.to_string().contains("nowhere"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_failed_rename_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        // A file cannot take a non-empty folder's place, whoever runs this.
        let path = folder.path().join("taken.png");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("inside"), "x").unwrap();
        assert!(matches!(
            two_pixels().save(&path),
            Err(PlotError::Write { .. })
        ));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(path.join("inside").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_read_only_folder_is_an_error_and_leaves_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let set = |mode| {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(0o555);
        // The superuser may write here all the same; then there is nothing to see.
        let forbidden = File::create(folder.path().join("probe")).is_err();
        if forbidden {
            let saved = two_pixels().save(folder.path().join("two.png"));
            assert!(matches!(saved, Err(PlotError::Write { .. })));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        set(0o755);
    }

    #[test]
    #[should_panic(expected = "outside a picture of 2 × 1")]
    fn a_pixel_outside_is_refused() {
        two_pixels().pixel(2, 0);
    }
}
