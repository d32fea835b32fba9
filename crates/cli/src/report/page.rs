//! One HTML file that needs nothing else.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use burnzmann::plot::{Picture, PlotError};

/// A picture with the text that stands for it.
pub(super) struct Figure {
    png: Vec<u8>,
    size: [usize; 2],
    alternative: String,
    caption: String,
}

impl Figure {
    /// A picture; `alternative` says in words what it shows.
    pub(super) fn new(
        picture: &Picture,
        alternative: impl Into<String>,
        caption: impl Into<String>,
    ) -> Result<Self, PlotError> {
        Ok(Self {
            png: picture.to_png()?,
            size: [picture.width(), picture.height()],
            alternative: alternative.into(),
            caption: caption.into(),
        })
    }
}

/// A page under construction.
pub(super) struct Page {
    title: String,
    body: String,
}

/// Colours for both kinds of screens; pictures keep their white paper.
const STYLE: &str = "\
:root{color-scheme:light dark;--paper:#fff;--ink:#222;--soft:#555;--line:#ddd;--box:#f6f6f4;\
--good:#00674f;--bad:#a33a00}\
@media(prefers-color-scheme:dark){:root{--paper:#16181c;--ink:#e8e6e3;--soft:#a9a7a2;--line:#3a3d44;\
--box:#202329;--good:#4fd1a5;--bad:#ff9d5c}}\
*{box-sizing:border-box}\
body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--paper);color:var(--ink);\
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}\
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}\
p{max-width:46rem;margin:.5rem 0}\
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem;margin:1rem 0}\
dl div{background:var(--box);border-radius:.4rem;padding:.5rem .7rem}\
dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.1rem;font-weight:600}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1rem}\
figure{margin:0 0 1rem}\
img{display:block;max-width:100%;height:auto;background:#fff;border-radius:.3rem}\
figcaption{color:var(--soft);font-size:.9rem;margin-top:.3rem}\
pre{background:var(--box);padding:.7rem;border-radius:.4rem;overflow-x:auto;font-size:.85rem;\
white-space:pre-wrap}\
.good{color:var(--good)}.bad{color:var(--bad)}";

impl Page {
    pub(super) fn new(title: &str) -> Self {
        let mut page = Self {
            title: title.to_owned(),
            body: String::new(),
        };
        page.add(&format!("<h1>{}</h1>", escaped(title)));
        page
    }

    fn add(&mut self, html: &str) {
        self.body.push_str(html);
        self.body.push('\n');
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &str) {
        self.add(&format!("<h2>{}</h2>", escaped(title)));
    }

    /// A paragraph.
    pub(super) fn text(&mut self, text: &str) {
        self.add(&format!("<p>{}</p>", escaped(text)));
    }

    /// A paragraph that is good news or bad.
    pub(super) fn verdict(&mut self, good: bool, text: &str) {
        let class = if good { "good" } else { "bad" };
        self.add(&format!(
            "<p class=\"{class}\"><strong>{}</strong></p>",
            escaped(text)
        ));
    }

    /// Numbers with their names.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) {
        let mut html = String::from("<dl>");
        for (name, value) in facts {
            let (name, value) = (escaped(name), escaped(value));
            // Writing to a string succeeds.
            let _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
        self.add(&(html + "</dl>"));
    }

    /// Text that is to be copied as it is.
    pub(super) fn verbatim(&mut self, text: &str) {
        self.add(&format!("<pre>{}</pre>", escaped(text)));
    }

    /// Pictures, side by side where there is room.
    pub(super) fn figures(&mut self, figures: &[Figure]) {
        let side_by_side = figures.len() > 1;
        if side_by_side {
            self.add("<div class=\"figures\">");
        }
        for figure in figures {
            let data = STANDARD.encode(&figure.png);
            let [width, height] = figure.size;
            let alternative = escaped(&figure.alternative);
            let caption = escaped(&figure.caption);
            self.add(&format!(
                "<figure><img src=\"data:image/png;base64,{data}\" width=\"{width}\" \
                 height=\"{height}\" alt=\"{alternative}\"><figcaption>{caption}</figcaption></figure>"
            ));
        }
        if side_by_side {
            self.add("</div>");
        }
    }

    /// The whole file.
    pub(super) fn finish(self) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main>\n{}</main>\n</body>\n</html>\n",
            escaped(&self.title),
            self.body
        )
    }
}

/// Text without any meaning in HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use burnzmann::plot::{ImageShape, fantasies};

    use super::*;

    #[test]
    fn text_of_the_user_has_no_meaning_and_every_picture_has_an_alternative() {
        let mut page = Page::new("<script>alert(1)</script>");
        page.facts(&[("data", "a\"b & c".to_owned())]);
        let tiles = fantasies(&[0.5; 4], ImageShape::new(2, 2)).unwrap();
        let picture = tiles.render().unwrap();
        page.figures(&[Figure::new(&picture, "one \"grey\" tile", "a tile").unwrap()]);
        let html = page.finish();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("<dd>a&quot;b &amp; c</dd>"));
        assert!(html.contains("alt=\"one &quot;grey&quot; tile\""));
        let data = html
            .split("base64,")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert_eq!(STANDARD.decode(data).unwrap(), picture.to_png().unwrap());
    }
}
