//! The page about a run as a browser shows it, on a phone and on a desk.
//!
//! Without a browser this says that it skips, so that nobody needs one to test a change; where
//! `BURNZMANN_BROWSER` is `required`, as in `.ci/run`, it fails.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::report;

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
const WIDTHS: [u32; 2] = [390, 1440];

/// What stands in a frame of some width, in pixels.
#[derive(Debug, PartialEq)]
struct Shown {
    /// How much wider than the frame it is.
    overflow: i64,
    images: i64,
    /// Images that could not be decoded, and those without a text in their place.
    broken: i64,
    mute: i64,
}

/// Opens a page in frames of both widths, which a window of its own cannot be made narrow enough for. Gives
/// what stands in each, and the lines of the console; nothing where there is no browser.
fn shown(folder: &Path, page: &str) -> Option<(Vec<Shown>, Vec<String>)> {
    let mut html = String::from("<!doctype html><meta charset=\"utf-8\"><title>-</title>");
    let content = page.replace('&', "&amp;").replace('"', "&quot;");
    for width in WIDTHS {
        write!(
            html,
            "<iframe width=\"{width}\" srcdoc=\"{content}\" style=\"border:0\"></iframe>"
        )
        .unwrap();
    }
    html.push_str(
        "<script>addEventListener('load', () => { document.title = \
         [...document.querySelectorAll('iframe')].map(frame => { \
         const page = frame.contentDocument, images = [...page.images]; \
         const { scrollWidth, clientWidth } = page.documentElement; \
         return [scrollWidth - clientWidth, images.length, \
         images.filter(image => !image.naturalWidth).length, \
         images.filter(image => !image.alt).length].join(' '); }).join(' '); });</script>",
    );
    let file = folder.join("frames.html");
    fs::write(&file, html).unwrap();
    let run = |name: &&str| {
        let options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
        ];
        let mut command = Command::new(name);
        command
            .args(options)
            .args(["--window-size=1900,1000", "--dump-dom"]);
        let output = command.arg(format!("file://{}", file.display())).output();
        // Some systems have a script of this name that says where to get a browser.
        output.ok().filter(|output| output.status.success())
    };
    let output = BROWSERS.iter().find_map(run)?;
    let document = String::from_utf8(output.stdout).unwrap();
    let title = document
        .split("<title>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let words = title.expect("the page was shown").split(' ');
    let numbers: Vec<i64> = words.map(|word| word.parse().unwrap()).collect();
    let shown = numbers.chunks(4).map(|numbers| Shown {
        overflow: numbers[0],
        images: numbers[1],
        broken: numbers[2],
        mute: numbers[3],
    });
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    let console = messages
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .map(str::to_owned);
    Some((shown.collect(), console.collect()))
}

#[test]
fn a_report_fits_a_phone_and_a_desk() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let html = report(home);
    let Some((frames, console)) = shown(home, &html) else {
        let required = std::env::var("BURNZMANN_BROWSER").is_ok_and(|value| value == "required");
        assert!(
            !required,
            "a browser is required: none of {BROWSERS:?} runs"
        );
        eprintln!("skipped: none of {BROWSERS:?} runs");
        return;
    };
    assert_eq!(frames.len(), WIDTHS.len());
    for frame in frames {
        let Shown {
            overflow,
            images,
            broken,
            mute,
        } = frame;
        assert!(images >= 12, "{images}");
        assert_eq!((overflow, broken, mute), (0, 0, 0));
    }
    assert_eq!(console, [""; 0]);

    // What is wrong would have been seen.
    let wrong = "<body style=\"margin:0\"><div style=\"width:400px;height:1px\"></div><img src=\"data:,\"><script>x</script>";
    let (frames, console) = shown(home, wrong).unwrap();
    let seen = |overflow| Shown {
        overflow,
        images: 1,
        broken: 1,
        mute: 1,
    };
    assert_eq!(frames, [seen(10), seen(0)]);
    assert_eq!(console.len(), 2, "{console:?}");
}
