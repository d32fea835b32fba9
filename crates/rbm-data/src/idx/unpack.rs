//! The gzip wrapper, if there is one.

use std::io::{self, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// The content of a stream, out of its gzip wrapper where it has one.
pub(crate) enum Unpacked<R: Read> {
    Plain(Whole<R>),
    // Every member counts: bytes after the first one must not go unseen.
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
}

/// Looks at the first two bytes of `reader` and unwraps gzip if they are its magic number.
pub(crate) fn unpack<R: Read>(mut reader: R) -> io::Result<Unpacked<R>> {
    let mut head = Vec::with_capacity(2);
    reader.by_ref().take(2).read_to_end(&mut head)?;
    let is_gzip = head == GZIP_MAGIC;
    let whole = Cursor::new(head).chain(reader);
    Ok(if is_gzip {
        Unpacked::Gzip(Box::new(MultiGzDecoder::new(whole)))
    } else {
        Unpacked::Plain(whole)
    })
}

impl<R: Read> Unpacked<R> {
    pub(crate) fn is_gzip(&self) -> bool {
        matches!(self, Self::Gzip(_))
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Gzip(reader) => reader.read(buffer),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn content(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        unpack(bytes).unwrap().read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn plain_and_packed_bytes_come_out_the_same() {
        for bytes in [&b""[..], b"\x1f", b"\x1f\x00\x01", b"some text"] {
            assert_eq!(content(bytes), bytes);
            assert_eq!(content(&gzip(bytes)), bytes);
        }
    }

    #[test]
    fn every_gzip_member_is_read() {
        let two = [gzip(b"one"), gzip(b"two")].concat();
        assert_eq!(content(&two), b"onetwo");
    }
}
