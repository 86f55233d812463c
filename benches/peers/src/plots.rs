//! The three plots: latency by number of jobs, memory a job, and lists beside a writer.

use crate::asks;
use crate::common::arguments::size_name;
use crate::common::timing::float;
use crate::figures::{Mixed, Run};
use crate::svg::{Anchor, At, FAINT, INK, Look, Shape, Svg};
use crate::table::bytes_name;

/// The kinds that are plotted; the table has all.
const PLOTTED: [&str; 9] = [
    asks::FIRST_PAGE,
    asks::THREE_FACETS,
    asks::PAGE_1000,
    asks::MIDDLE_PAGE,
    asks::CURSOR,
    asks::COMMON_WORD,
    asks::RARE_WORD,
    asks::TWO_LETTERS,
    asks::TYPO,
];
const COLUMNS: usize = 3;
const PANEL: At = At(250.0, 170.0);
const GAP: At = At(38.0, 62.0);
const MARGIN: At = At(78.0, 84.0);

/// Colours of Okabe and Ito, "Color Universal Design" (2008), which colour-blind readers tell apart.
fn look(peer: &str) -> Look {
    let (colour, shape, width) = match peer {
        "jobdex" => ("#000000", Shape::Circle, 2.5),
        "SQLite" => ("#0072b2", Shape::Square, 1.5),
        "tantivy" => ("#d55e00", Shape::Triangle, 1.5),
        "roaring" => ("#009e73", Shape::Diamond, 1.5),
        "sorted maps" => ("#cc79a7", Shape::Down, 1.5),
        _ => ("#e69f00", Shape::Cross, 1.5),
    };
    Look { colour, shape, width }
}

/// The names of the peers with their looks, in a row.
fn legend(svg: &mut Svg, run: &Run, mut at: At) {
    for peer in run.peers() {
        svg.line(At(at.0 - 12.0, at.1), At(at.0 + 12.0, at.1), look(peer).colour);
        svg.series(&[at], look(peer));
        svg.text(At(at.0 + 18.0, at.1 + 4.0), Anchor::Start, peer);
        at.0 += 50.0 + 7.0 * float(peer.len());
    }
}

/// A logarithmic axis.
#[derive(Clone, Copy)]
struct Axis {
    low: f64,
    high: f64,
    pixels: f64,
}

impl Axis {
    /// Of whole powers of ten around the values, of which there is at least one.
    fn of_decades(values: impl Iterator<Item = f64>, pixels: f64) -> Self {
        let (low, high) = span(values);
        let low = low.log10().floor();
        Self { low, high: high.log10().ceil().max(low + 1.0), pixels }
    }

    /// From the first value to the last, with some room at both ends.
    fn around(values: impl Iterator<Item = f64>, pixels: f64) -> Self {
        let (low, high) = span(values);
        let (low, high) = (low.log10(), high.log10());
        let room = ((high - low) * 0.08).max(0.05);
        Self { low: low - room, high: high + room, pixels }
    }

    /// How far a value is from the low end.
    fn place(self, value: f64) -> f64 {
        (value.log10() - self.low) / (self.high - self.low) * self.pixels
    }

    fn decades(self) -> impl Iterator<Item = f64> {
        std::iter::successors(Some(self.low), |power| Some(power + 1.0))
            .take_while(move |&power| power <= self.high)
            .map(|power| 10_f64.powf(power))
    }
}

/// The least and the greatest of the values.
///
/// # Panics
/// If there is none, or one has no place on a logarithmic axis.
fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let span = values.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
    assert!(0.0 < span.0 && span.0 <= span.1 && span.1 < f64::INFINITY, "an axis from {} to {}", span.0, span.1);
    span
}

/// A frame with a grid into which series are drawn.
struct Panel {
    /// Its lower left corner.
    corner: At,
    x: Axis,
    y: Axis,
}

impl Panel {
    fn at(&self, x: f64, y: f64) -> At {
        At(self.corner.0 + self.x.place(x), self.corner.1 - self.y.place(y))
    }

    fn draw(&self, svg: &mut Svg, title: &str, xs: &[(f64, String)], y_name: Option<fn(f64) -> String>) {
        let At(left, bottom) = self.corner;
        let (right, top) = (left + self.x.pixels, bottom - self.y.pixels);
        for value in self.y.decades() {
            let y = bottom - self.y.place(value);
            svg.line(At(left, y), At(right, y), FAINT);
            if let Some(name) = y_name {
                svg.text(At(left - 8.0, y + 4.0), Anchor::End, &name(value));
            }
        }
        for (value, name) in xs {
            let x = left + self.x.place(*value);
            svg.line(At(x, bottom), At(x, bottom + 4.0), INK);
            svg.text(At(x, bottom + 18.0), Anchor::Middle, name);
        }
        svg.line(At(left, bottom), At(right, bottom), INK);
        svg.line(At(left, bottom), At(left, top), INK);
        svg.title(At(left, top - 10.0), title);
    }
}

/// A time without decimals, for the marks of an axis.
fn decade_name(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..1e3 => (nanoseconds, "ns"),
        ..1e6 => (nanoseconds / 1e3, "µs"),
        ..1e9 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    format!("{value:.0} {unit}")
}

/// A rate in the same way.
fn decade_rate_name(per_second: f64) -> String {
    match per_second {
        ..1.0 => per_second.to_string(),
        ..1e3 => format!("{per_second:.0}"),
        ..1e6 => format!("{:.0} k", per_second / 1e3),
        _ => format!("{:.0} M", per_second / 1e6),
    }
}

/// Time by number of jobs, both logarithmic: a panel for each kind of request.
pub(crate) fn latency(run: &Run) -> String {
    let rows = PLOTTED.len().div_ceil(COLUMNS);
    let size = At(MARGIN.0 + float(COLUMNS) * (PANEL.0 + GAP.0), MARGIN.1 + float(rows) * (PANEL.1 + GAP.1));
    let mut svg = Svg::new(size, "Time of a list request by number of jobs, for each peer");
    svg.title(At(20.0, 24.0), "Median time of one list request, with its exact total, by number of jobs");
    legend(&mut svg, run, At(32.0, 46.0));
    let sizes: Vec<(f64, String)> = run.sizes().into_iter().map(|size| (float(size), size_name(size))).collect();
    let times: Vec<f64> =
        run.measured.iter().flat_map(|measured| PLOTTED.iter().filter_map(|kind| measured.ns(kind))).collect();
    let x = Axis::around(sizes.iter().map(|(size, _)| *size), PANEL.0);
    let y = Axis::of_decades(times.iter().copied(), PANEL.1);
    for (place, kind) in PLOTTED.into_iter().enumerate() {
        let (row, column) = (place / COLUMNS, place % COLUMNS);
        let left = MARGIN.0 + float(column) * (PANEL.0 + GAP.0);
        let bottom = MARGIN.1 + PANEL.1 + float(row) * (PANEL.1 + GAP.1);
        let panel = Panel { corner: At(left, bottom), x, y };
        panel.draw(&mut svg, &plain(kind), &sizes, (column == 0).then_some(decade_name));
        for peer in run.peers().into_iter().rev() {
            let time = |size: usize| Some(panel.at(float(size), run.of(peer, size)?.ns(kind)?));
            let places: Vec<At> = run.sizes().into_iter().filter_map(time).collect();
            svg.series(&places, look(peer));
        }
        if row == rows - 1 {
            svg.text(At(left + PANEL.0 / 2.0, bottom + 38.0), Anchor::Middle, "jobs");
        }
    }
    svg.text_upwards(At(18.0, size.1 / 2.0), "time of a request");
    svg.finish()
}

/// A title without the marks of Markdown.
fn plain(kind: &str) -> String {
    kind.replace('`', "")
}

const BAR: f64 = 15.0;
const TICK_BYTES: f64 = 250.0;

/// Bytes a job of each peer: a bar for each size, and a line where the records alone end.
pub(crate) fn memory(run: &Run) -> String {
    let (peers, sizes) = (run.peers(), run.sizes());
    let group = BAR * float(sizes.len()) + 14.0;
    let (left, top, width) = (110.0, 76.0, 600.0);
    let bottom = top + group * float(peers.len());
    let mut svg = Svg::new(At(left + width + 150.0, bottom + 60.0), "Bytes of memory for each job, for each peer");
    svg.title(At(20.0, 24.0), "Memory a job, with the record and all indexes, after the load");
    let most = run.measured.iter().map(|measured| measured.job_bytes).fold(0.0, f64::max);
    let x = |bytes: f64| left + bytes / most * width;
    for (place, peer) in peers.iter().enumerate() {
        let begin = top + group * float(place);
        svg.text(At(left - 10.0, begin + (group - 14.0) / 2.0 + 4.0), Anchor::End, peer);
        for (number, &size) in sizes.iter().enumerate() {
            let Some(measured) = run.of(peer, size) else { continue };
            let y = begin + BAR * float(number);
            let opacity = 0.4 + 0.6 * float(number + 1) / float(sizes.len());
            svg.bar(At(left, y), At(x(measured.job_bytes) - left, BAR - 2.0), (look(peer).colour, opacity));
            let name = format!("{}, {} jobs", bytes_name(measured.job_bytes), size_name(size));
            svg.text(At(x(measured.job_bytes) + 6.0, y + BAR - 4.0), Anchor::Start, &name);
        }
    }
    if let Some(measured) = run.measured.last() {
        let records = x(measured.record_bytes);
        svg.dashed(At(records, top - 8.0), At(records, bottom));
        let text = format!("the record alone: {}", bytes_name(measured.record_bytes));
        svg.text(At(records, top - 14.0), Anchor::Middle, &text);
    }
    svg.line(At(left, bottom), At(left + width, bottom), INK);
    let ticks = (0..).map(|step| f64::from(step) * TICK_BYTES).take_while(|&bytes| bytes <= most);
    for bytes in ticks {
        svg.line(At(x(bytes), bottom), At(x(bytes), bottom + 4.0), INK);
        svg.text(At(x(bytes), bottom + 18.0), Anchor::Middle, &format!("{bytes:.0}"));
    }
    svg.text(At(left + width / 2.0, bottom + 40.0), Anchor::Middle, "bytes a job");
    svg.finish()
}

/// Lists or status changes a second.
type Rate = fn(&Mixed) -> f64;

const RATES: [(&str, Rate); 2] = [
    ("Lists a second, all readers together", |mixed| mixed.reads),
    ("Status changes a second, the writer", |mixed| mixed.writes),
];
const RATE_PANEL: At = At(360.0, 260.0);

/// Lists and status changes a second, by number of readers; `None` as long as no readers were measured.
pub(crate) fn mixed(run: &Run) -> Option<String> {
    let size = run.measured.iter().find(|measured| !measured.mixed.is_empty())?.size;
    let mut svg = Svg::new(At(920.0, 420.0), "Lists and status changes a second, for each peer and number of readers");
    svg.title(At(20.0, 24.0), &format!("Readers beside one writer, {} jobs", size_name(size)));
    legend(&mut svg, run, At(32.0, 46.0));
    for (place, rate) in RATES.into_iter().enumerate() {
        let corner = At(70.0 + float(place) * (RATE_PANEL.0 + 80.0), 100.0 + RATE_PANEL.1);
        rates(&mut svg, run, size, (corner, rate));
    }
    Some(svg.finish())
}

fn rates(svg: &mut Svg, run: &Run, size: usize, (corner, (title, rate)): (At, (&str, Rate))) {
    let of = |peer: &str| run.of(peer, size).map_or(&[][..], |measured| &measured.mixed);
    let all: Vec<Mixed> = run.peers().into_iter().flat_map(of).copied().collect();
    let mut readers: Vec<(f64, String)> = Vec::new();
    for mixed in run.peers().first().map_or(&[][..], |peer| of(peer)) {
        readers.push((float(mixed.readers), mixed.readers.to_string()));
    }
    let panel = Panel {
        corner,
        x: Axis::around(readers.iter().map(|(count, _)| *count), RATE_PANEL.0),
        y: Axis::of_decades(all.iter().map(rate).filter(|&rate| rate > 0.0), RATE_PANEL.1),
    };
    panel.draw(svg, title, &readers, Some(decade_rate_name));
    for peer in run.peers().into_iter().rev() {
        let shown = of(peer).iter().filter(|mixed| rate(mixed) > 0.0);
        let places: Vec<At> = shown.map(|mixed| panel.at(float(mixed.readers), rate(mixed))).collect();
        svg.series(&places, look(peer));
    }
    svg.text(At(corner.0 + RATE_PANEL.0 / 2.0, corner.1 + 40.0), Anchor::Middle, "readers");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Cell, KindFigures, Measured};

    fn measured(peer: &str, size: usize, mixed: Vec<Mixed>) -> Measured {
        let cell = Cell::Median { ns: 1e3, first_ns: 2e3, total: 7, other_rules: None };
        let kinds = PLOTTED.map(|kind| KindFigures { name: kind.to_owned(), cell: cell.clone() }).into();
        let peer = peer.to_owned();
        Measured { peer, size, load_ns: 1e9, job_bytes: 500.0, record_bytes: 400.0, update_ns: 1e3, kinds, mixed }
    }

    fn run(measured: Vec<Measured>) -> Run {
        let text = String::new;
        Run { date: text(), machine: text(), command: text(), names: text(), versions: text(), measured }
    }

    #[test]
    fn a_peer_is_drawn_in_every_panel_and_in_the_legend() {
        let mixed =
            vec![Mixed { readers: 1, reads: 50.0, writes: 0.0 }, Mixed { readers: 4, reads: 150.0, writes: 5.0 }];
        let run = run(vec![measured("vector", 20_000, Vec::new()), measured("jobdex", 20_000, mixed)]);
        let marks = |svg: &str, peer: &str| {
            svg.matches(&format!("stroke=\"{}\" stroke-width=\"1.5\"", look(peer).colour)).count()
        };
        assert_eq!(marks(&latency(&run), "jobdex"), PLOTTED.len() + 1);
        // The rate of zero has no place on a logarithmic axis.
        assert_eq!(marks(&super::mixed(&run).expect("readers were measured"), "jobdex"), 2 + 1 + 1);
        assert_eq!(memory(&run).matches("500 B, 20k jobs").count(), 2);
    }

    #[test]
    fn a_run_without_readers_has_no_plot_of_them() {
        assert_eq!(super::mixed(&run(vec![measured("jobdex", 20_000, Vec::new())])), None);
    }

    #[test]
    fn an_axis_holds_its_values_between_powers_of_ten() {
        let axis = Axis::of_decades([250.0, 4e6].into_iter(), 100.0);
        assert_eq!(axis.decades().map(f64::round).collect::<Vec<_>>(), [1e2, 1e3, 1e4, 1e5, 1e6, 1e7]);
        assert!((axis.place(1e2)).abs() < 1e-9 && (axis.place(1e7) - 100.0).abs() < 1e-9);
        assert_eq!(axis.decades().map(decade_name).collect::<Vec<_>>()[..3], ["100 ns", "1 µs", "10 µs"]);
        assert_eq!([0.1, 1.0, 1e4, 1e6].map(decade_rate_name), ["0.1", "1", "10 k", "1 M"]);
    }
}
