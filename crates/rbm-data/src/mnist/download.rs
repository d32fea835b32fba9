//! How the files of MNIST get to this machine.

use std::{
    fs, io,
    io::{Read, Seek, Write},
    path::Path,
    time::Duration,
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use ureq::Agent;

use super::files::NAMES;
use crate::{DataError, idx::unpack};

const MIRRORS: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/// SHA-256 of the unpacked files, in the order of [`NAMES`]. The gzip wrappers differ from mirror
/// to mirror; the content does not.
const DIGESTS: [&str; 4] = [
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
];

/// No file of MNIST is larger, packed or not: a server cannot fill the disk.
const MAX_BYTES: u64 = 64 << 20;
const CONNECT: Duration = Duration::from_secs(15);
/// The longest silence while a file arrives.
const SILENCE: Duration = Duration::from_secs(30);
/// The longest time for one file.
const WHOLE_FILE: Duration = Duration::from_mins(15);

/// Where files come from, and what they must be.
pub(super) struct Source {
    /// Addresses to which a file's name with `.gz` is appended; tried in order.
    mirrors: Vec<String>,
    /// In the order of [`NAMES`].
    digests: [String; 4],
    agent: Agent,
}

impl Source {
    /// The mirrors and digests of the published files.
    pub(super) fn published() -> Self {
        let agent = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .timeout_global(Some(WHOLE_FILE));
        Self {
            mirrors: MIRRORS.map(str::to_owned).to_vec(),
            digests: DIGESTS.map(str::to_owned),
            agent: agent.build().new_agent(),
        }
    }

    /// Puts the file `name` into `directory`, from the first mirror that has it unharmed.
    pub(super) fn fetch(
        &self,
        name: &str,
        directory: &Path,
        progress: &mut dyn FnMut(&str, u64, Option<u64>),
    ) -> Result<(), DataError> {
        let io = |action| {
            move |source| DataError::Io {
                action,
                path: directory.to_path_buf(),
                source,
            }
        };
        fs::create_dir_all(directory).map_err(io("create"))?;
        let mut tried = Vec::new();
        for mirror in &self.mirrors {
            let address = format!("{mirror}{name}.gz");
            // It disappears on every way out but the last.
            let mut builder = tempfile::Builder::new();
            builder.prefix(".burnzmann-tmp-");
            // A temporary file is private by default, and this one is to stay.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let file = builder.tempfile_in(directory);
            let mut file = file.map_err(io("write a file in"))?;
            match self.receive(name, &address, &mut file, progress) {
                Ok(target) => {
                    file.as_file().sync_all().map_err(io("write a file in"))?;
                    file.persist(directory.join(target))
                        .map_err(|error| io("rename a file in")(error.error))?;
                    return Ok(());
                }
                Err(reason) => tried.push(format!("{address}: {reason}")),
            }
        }
        Err(DataError::Download {
            file: name.to_owned(),
            tried,
        })
    }

    /// Writes what `address` sends to `file` and checks it; returns the name it should have.
    fn receive(
        &self,
        name: &str,
        address: &str,
        file: &mut NamedTempFile,
        progress: &mut dyn FnMut(&str, u64, Option<u64>),
    ) -> Result<String, Box<dyn std::error::Error>> {
        let response = self.agent.get(address).call()?;
        let total = response.body().content_length();
        let mut done = 0;
        progress(name, 0, total);
        pump(
            response.into_body().into_reader().take(MAX_BYTES),
            |bytes| {
                done += bytes.len() as u64;
                progress(name, done, total);
                file.write_all(bytes)
            },
        )?;
        file.rewind()?;
        let content = unpack(io::BufReader::new(file.as_file()))?;
        // A server that knows about packed content may have unpacked it on the way.
        let target = format!("{name}{}", if content.is_gzip() { ".gz" } else { "" });
        let found = digest(content.take(MAX_BYTES))
            .map_err(|error| format!("not a whole gzip file ({error}, after {done} bytes)"))?;
        let expected = NAMES
            .iter()
            .zip(&self.digests)
            .find(|(known, _)| **known == name);
        match expected {
            Some((_, expected)) if *expected == found => Ok(target),
            _ => {
                let expected = expected.map_or("none", |(_, digest)| digest);
                let text = format!(
                    "wrong content: expected SHA-256 {expected} of the unpacked file, found {found}"
                );
                Err(text.into())
            }
        }
    }
}

/// SHA-256 in hexadecimal.
fn digest(content: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    pump(content, |bytes| {
        hasher.update(bytes);
        Ok(())
    })?;
    let nibble = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    let bytes = hasher.finalize();
    Ok(bytes
        .iter()
        .flat_map(|byte| [nibble(byte >> 4), nibble(byte & 15)])
        .collect())
}

/// Hands all of `reader` to `sink`, piece by piece.
fn pump(mut reader: impl Read, mut sink: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => sink(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashMap,
        env,
        io::{BufRead, BufReader},
        net::TcpListener,
        path::PathBuf,
        sync::{Arc, Mutex},
        thread,
    };

    use super::*;
    use crate::{
        Mnist, MnistFiles,
        idx::tests::{file, gzip},
    };

    /// A server of these files on this machine; it ends with the tests.
    struct Server {
        address: String,
        requests: Arc<Mutex<Vec<String>>>,
    }

    impl Server {
        fn new(files: HashMap<String, Vec<u8>>) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}/", listener.local_addr().unwrap());
            let requests = Arc::new(Mutex::new(Vec::new()));
            let log = Arc::clone(&requests);
            thread::spawn(move || {
                for stream in listener.incoming() {
                    let mut reader = BufReader::new(stream.unwrap());
                    let mut lines = (&mut reader).lines().map(Result::unwrap);
                    let path = lines.next().unwrap().split(' ').nth(1).unwrap()[1..].to_owned();
                    lines.find(String::is_empty);
                    let (status, body) = match files.get(&path) {
                        Some(body) => ("200 OK", &body[..]),
                        None => ("404 Not Found", &b"no such file"[..]),
                    };
                    log.lock().unwrap().push(path);
                    let length = body.len();
                    let head = format!(
                        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                    );
                    let stream = reader.get_mut();
                    // A client that has seen enough may have hung up.
                    let _ = stream.write_all(head.as_bytes());
                    let _ = stream.write_all(body);
                }
            });
            Self { address, requests }
        }
    }

    fn source(mirrors: &[&str]) -> Source {
        let agent = Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(5)));
        Source {
            mirrors: mirrors.iter().map(|&mirror| mirror.to_owned()).collect(),
            digests: contents().map(|content| digest(&content[..]).unwrap()),
            agent: agent.build().new_agent(),
        }
    }

    /// A very small MNIST, in the order of [`NAMES`].
    fn contents() -> [Vec<u8>; 4] {
        [
            file(&[2], &[3, 4]),
            file(&[1], &[5]),
            file(&[2, 1, 2], &[0, 255, 128, 7]),
            file(&[1, 1, 2], &[1, 2]),
        ]
    }

    fn served() -> HashMap<String, Vec<u8>> {
        let packed = contents().map(|content| gzip(&content));
        let names = NAMES.map(|name| format!("{name}.gz"));
        names.into_iter().zip(packed).collect()
    }

    fn listing(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    const CLOSED: &str = "http://127.0.0.1:9/";

    #[test]
    fn what_is_missing_is_downloaded_and_can_be_loaded() {
        let server = Server::new(served());
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("not/yet/there");
        let mut reports = Vec::new();
        let files = MnistFiles::fetch(
            &folder,
            &source(&[CLOSED, &server.address]),
            |file, done, total| {
                reports.push((file.to_owned(), done, total));
            },
        )
        .unwrap();
        assert_eq!(listing(&folder).len(), 4);
        let mnist = Mnist::load(&files).unwrap();
        assert_eq!(mnist.train.labels(), Some(&[3, 4][..]));
        assert_eq!(mnist.test.rows(), 1);
        for (name, body) in served() {
            let last = reports
                .iter()
                .rfind(|(file, ..)| format!("{file}.gz") == name)
                .unwrap();
            assert_eq!(
                (last.1, last.2),
                (body.len() as u64, Some(body.len() as u64))
            );
        }
        // Then nothing is missing, and only what is missing is fetched.
        assert_eq!(
            MnistFiles::fetch(&folder, &source(&[CLOSED]), |_, _, _| {}).unwrap(),
            files
        );
        fs::remove_file(&files.test_images).unwrap();
        server.requests.lock().unwrap().clear();
        MnistFiles::fetch(&folder, &source(&[&server.address]), |_, _, _| {}).unwrap();
        assert_eq!(
            *server.requests.lock().unwrap(),
            ["t10k-images-idx3-ubyte.gz"]
        );
    }

    #[test]
    fn no_connection_lists_what_was_tried_and_what_to_do() {
        let cache = tempfile::tempdir().unwrap();
        let server = Server::new(HashMap::new());
        let result = MnistFiles::fetch(
            cache.path(),
            &source(&[CLOSED, &server.address]),
            |_, _, _| {},
        );
        let message = result.unwrap_err().to_string();
        assert!(
            message.contains("http://127.0.0.1:9/train-labels-idx1-ubyte.gz: "),
            "{message}"
        );
        assert!(
            message.contains(&server.address) && message.contains("404"),
            "{message}"
        );
        assert!(
            message.contains("--data-dir") && message.contains("MNIST_DIR"),
            "{message}"
        );
        assert!(listing(cache.path()).is_empty());
    }

    #[test]
    fn harmed_files_leave_nothing_behind() {
        let name = NAMES[0];
        let packed = gzip(&contents()[0]);
        let mut other = contents()[0].clone();
        other[9] ^= 1;
        for (body, reason) in [
            (gzip(&other), "wrong content: expected SHA-256"),
            (packed[..packed.len() - 9].to_vec(), "not a whole gzip file"),
            (Vec::new(), "wrong content: expected SHA-256"),
        ] {
            let cache = tempfile::tempdir().unwrap();
            let server = Server::new(HashMap::from([(format!("{name}.gz"), body)]));
            let result = source(&[&server.address]).fetch(name, cache.path(), &mut |_, _, _| {});
            let message = result.unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
            assert!(listing(cache.path()).is_empty());
        }
    }

    #[test]
    fn a_file_unpacked_on_the_way_is_kept_as_such() {
        let name = NAMES[1];
        let cache = tempfile::tempdir().unwrap();
        let server = Server::new(HashMap::from([(
            format!("{name}.gz"),
            contents()[1].clone(),
        )]));
        source(&[&server.address])
            .fetch(name, cache.path(), &mut |_, _, _| {})
            .unwrap();
        assert_eq!(listing(cache.path()), [cache.path().join(name)]);
    }

    #[test]
    fn digests_are_those_of_the_real_files() {
        let Some(folder) = env::var_os("BURNZMANN_DATA") else {
            eprintln!("skipped: BURNZMANN_DATA does not name a folder with mnist");
            return;
        };
        for (name, expected) in NAMES.iter().zip(DIGESTS) {
            let path = PathBuf::from(&folder)
                .join("mnist")
                .join(format!("{name}.gz"));
            let content = unpack(fs::File::open(path).unwrap()).unwrap();
            assert_eq!(digest(content).unwrap(), expected, "{name}");
        }
    }
}
