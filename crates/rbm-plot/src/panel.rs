//! Drawing one panel: its head, axes and curves.

use crate::axis::{Axis, drawable};
use crate::canvas::{Anchor, Canvas, index};
use crate::font::{CAPTION, NAME, SUBTITLE, TICK};
use crate::frame::Frame;
use crate::palette::{AXIS, GRID};
use crate::trace::{LINE, draw_band, draw_curve, mark, marked, stroke};
use crate::{CurvePanel, Series};

const TICK_LENGTH: usize = 5;
/// Length of the piece of line in the legend.
const SAMPLE: f32 = 26.0;
const LEGEND_GAP: f32 = 22.0;

/// A panel with its axes settled, ready to be placed.
#[derive(Debug)]
pub(crate) struct Panel<'a> {
    content: &'a CurvePanel,
    x_axis: Option<&'a Axis>,
    y_axis: Option<Axis>,
}

impl<'a> Panel<'a> {
    pub(crate) fn new(content: &'a CurvePanel, x_axis: Option<&'a Axis>) -> Self {
        let heights = content.series.iter().flat_map(Series::heights);
        Self {
            content,
            x_axis,
            y_axis: Axis::over(heights, 0.05, 8, false),
        }
    }

    /// Room for the numbers at the left of the plot.
    pub(crate) fn left(&self) -> usize {
        let labels = self.y_axis.iter().flat_map(|axis| &axis.ticks);
        let widest = labels
            .map(|(_, label)| TICK.width(label))
            .fold(0.0, f32::max);
        index(widest.ceil()) + TICK_LENGTH + 6
    }

    /// Height of title, y label and legend above a panel of this width.
    pub(crate) fn head(&self, width: usize) -> usize {
        let title = if self.content.title.is_empty() {
            0
        } else {
            SUBTITLE.line_height()
        };
        let label = if self.y_label().is_empty() {
            0
        } else {
            CAPTION.line_height()
        };
        let legend = self.legend(width as f32).len() * NAME.line_height();
        title + label + legend + 10
    }

    /// The y axis; none where nothing can be drawn.
    pub(crate) fn y_axis(&self) -> Option<&Axis> {
        self.y_axis.as_ref()
    }

    /// Draws the head from the top of `whole` down, and the axes and curves into `plot`.
    pub(crate) fn draw(&self, canvas: &mut Canvas, whole: Frame, plot: Frame) {
        self.draw_head(canvas, whole);
        self.draw_axes(canvas, plot);
        if let (Some(x), Some(y)) = (self.x_axis, &self.y_axis) {
            // Every band lies below every curve.
            for (place, series) in self.content.series.iter().enumerate() {
                draw_band(canvas, series, place, (x, y), plot);
            }
            for (place, series) in self.content.series.iter().enumerate() {
                draw_curve(canvas, series, place, (x, y), plot);
            }
        }
        let seen = |series: &Series| {
            series
                .points
                .iter()
                .any(|&(x, y)| drawable(x) && drawable(y))
        };
        if !self.content.series.iter().any(seen) {
            let (x, y) = (plot.x + plot.width / 2, plot.y + plot.height / 2);
            canvas.text_middle("no data", x as f32, y as f32, Anchor::Centre, CAPTION);
        }
    }

    fn y_label(&self) -> String {
        let label = &self.content.y_label;
        self.y_axis
            .as_ref()
            .map_or_else(|| label.clone(), |axis| axis.label(label))
    }

    fn draw_head(&self, canvas: &mut Canvas, whole: Frame) {
        let (x, room) = (whole.x as f32, whole.width as f32);
        let mut top = whole.y;
        for (text, font) in [
            (self.content.title.as_str(), SUBTITLE),
            (self.y_label().as_str(), CAPTION),
        ] {
            if !text.is_empty() {
                let baseline = top as f32 + font.cap_height() + 2.0;
                canvas.text(&font.shorten(text, room), x, baseline, Anchor::Left, font);
                top += font.line_height();
            }
        }
        for line in self.legend(room) {
            let middle = top as f32 + NAME.line_height() as f32 / 2.0;
            for (at, place, name) in line {
                let from = x + at;
                let ends = [
                    (from + LINE / 2.0, middle),
                    (from + SAMPLE - LINE / 2.0, middle),
                ];
                stroke(canvas, &ends, place);
                if marked(&self.content.series[place]) {
                    mark(canvas, (from + SAMPLE / 2.0, middle), place);
                }
                canvas.text_middle(&name, from + SAMPLE + 8.0, middle, Anchor::Left, NAME);
            }
            top += NAME.line_height();
        }
    }

    /// The legend in lines, each of offsets, places and names of its series.
    fn legend(&self, room: f32) -> Vec<Vec<(f32, usize, String)>> {
        let mut lines: Vec<Vec<(f32, usize, String)>> = Vec::new();
        let mut used = 0.0;
        for (place, series) in self
            .content
            .series
            .iter()
            .enumerate()
            .filter(|(_, series)| !series.name.is_empty())
        {
            let name = NAME.shorten(&series.name, room - SAMPLE - 8.0);
            let width = SAMPLE + 8.0 + NAME.width(&name);
            match lines.last_mut() {
                Some(line) if used + LEGEND_GAP + width <= room => {
                    line.push((used + LEGEND_GAP, place, name));
                    used += LEGEND_GAP + width;
                }
                _ => {
                    lines.push(vec![(0.0, place, name)]);
                    used = width;
                }
            }
        }
        lines
    }

    pub(crate) fn draw_axes(&self, canvas: &mut Canvas, plot: Frame) {
        let (right, bottom) = (plot.x + plot.width, plot.y + plot.height);
        let column = |position: f32| plot.x + index(position * plot.width as f32);
        let row = |position: f32| bottom - index(position * plot.height as f32);
        for (value, _) in self.x_axis.iter().flat_map(|axis| &axis.ticks) {
            let x = self.x_axis.map_or(0.0, |axis| axis.position(*value));
            canvas.fill(column(x), plot.y, 1, plot.height, GRID);
        }
        if let Some(axis) = &self.y_axis {
            for (value, label) in &axis.ticks {
                let y = row(axis.position(*value));
                canvas.fill(plot.x, y, plot.width, 1, GRID);
                canvas.fill(plot.x - TICK_LENGTH, y, TICK_LENGTH, 1, AXIS);
                let end = (plot.x - TICK_LENGTH - 4) as f32;
                canvas.text_middle(label, end, y as f32 + 0.5, Anchor::Right, TICK);
            }
        }
        if let Some(axis) = self.x_axis {
            for (value, label) in &axis.ticks {
                let x = column(axis.position(*value));
                canvas.fill(x, bottom, 1, TICK_LENGTH + 1, AXIS);
                let baseline = (bottom + TICK_LENGTH + 5) as f32 + TICK.cap_height();
                canvas.text(label, x as f32 + 0.5, baseline, Anchor::Centre, TICK);
            }
        }
        canvas.fill(plot.x, plot.y, 1, plot.height + 1, AXIS);
        canvas.fill(plot.x, bottom, right - plot.x, 1, AXIS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legend_breaks_into_lines_and_leaves_out_nameless_curves() {
        let mut content = CurvePanel::new("", "");
        for name in ["first", "", "second", "a third one with a rather long name"] {
            content = content.series(Series::new(name, vec![(0.0, 1.0)]));
        }
        let panel = Panel::new(&content, None);
        let places: Vec<Vec<usize>> = panel
            .legend(300.0)
            .iter()
            .map(|line| line.iter().map(|entry| entry.1).collect())
            .collect();
        assert_eq!(places, [vec![0, 2], vec![3]]);
    }
}
