//! Writes the few shapes of SVG that the plots are made of, on a white ground, so that they are read in a dark page too.

use std::fmt::{self, Write as _};

/// A place in pixels, from the left and from the top.
#[derive(Clone, Copy)]
pub(crate) struct At(pub(crate) f64, pub(crate) f64);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1},{:.1}", self.0, self.1)
    }
}

/// What tells a series from others: a colour, and a shape for readers who do not see it.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) colour: &'static str,
    pub(crate) shape: Shape,
    pub(crate) width: f64,
}

#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Down,
    Cross,
}

/// At which end of the text its place is.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

pub(crate) const INK: &str = "#1a1a1a";
pub(crate) const FAINT: &str = "#d8d8d8";
const MARK: f64 = 4.0;

pub(crate) struct Svg {
    text: String,
}

impl Svg {
    /// An empty picture. Its title is read aloud to those who do not see it.
    pub(crate) fn new(size: At, title: &str) -> Self {
        let At(width, height) = size;
        let mut svg = Self { text: String::new() };
        svg.push(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"{INK}\" role=\"img\">"
        ));
        svg.push(format_args!("<title>{}</title>", escaped(title)));
        svg.push(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>"));
        svg
    }

    pub(crate) fn finish(mut self) -> String {
        self.push(format_args!("</svg>"));
        self.text
    }

    fn push(&mut self, element: fmt::Arguments<'_>) {
        writeln!(self.text, "{element}").expect("a text takes all");
    }

    pub(crate) fn text(&mut self, at: At, anchor: Anchor, text: &str) {
        self.styled_text(at, anchor, "", text);
    }

    pub(crate) fn title(&mut self, at: At, text: &str) {
        self.styled_text(at, Anchor::Start, " font-weight=\"bold\"", text);
    }

    /// Upwards along a vertical axis, centered.
    pub(crate) fn text_upwards(&mut self, at: At, text: &str) {
        let turn = format!(" transform=\"rotate(-90 {:.1} {:.1})\"", at.0, at.1);
        self.styled_text(at, Anchor::Middle, &turn, text);
    }

    fn styled_text(&mut self, at: At, anchor: Anchor, style: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let At(x, y) = at;
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{style}>{}</text>",
            escaped(text)
        ));
    }

    pub(crate) fn line(&mut self, from: At, to: At, colour: &str) {
        self.push(format_args!("<path d=\"M{from} L{to}\" stroke=\"{colour}\" fill=\"none\"/>"));
    }

    pub(crate) fn dashed(&mut self, from: At, to: At) {
        self.push(format_args!("<path d=\"M{from} L{to}\" stroke=\"{INK}\" stroke-dasharray=\"4 3\" fill=\"none\"/>"));
    }

    pub(crate) fn bar(&mut self, from: At, size: At, (colour, opacity): (&str, f64)) {
        let (At(x, y), At(width, height)) = (from, size);
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\" fill-opacity=\"{opacity:.2}\"/>"
        ));
    }

    /// A line through these places, with a mark at each.
    pub(crate) fn series(&mut self, places: &[At], look: Look) {
        let path: Vec<String> = places.iter().map(At::to_string).collect();
        self.push(format_args!(
            "<polyline points=\"{}\" stroke=\"{}\" stroke-width=\"{}\" fill=\"none\"/>",
            path.join(" "),
            look.colour,
            look.width
        ));
        for &place in places {
            self.mark(place, look);
        }
    }

    fn mark(&mut self, At(x, y): At, look: Look) {
        let polygon = |corners: &[(f64, f64)]| {
            let corners = corners.iter().map(|(right, down)| At(x + right * MARK, y + down * MARK).to_string());
            format!("M{} Z", corners.collect::<Vec<_>>().join(" L"))
        };
        let path = match look.shape {
            Shape::Circle => {
                format!(
                    "M{} a{MARK},{MARK} 0 1 0 {},0 a{MARK},{MARK} 0 1 0 -{},0",
                    At(x - MARK, y),
                    2.0 * MARK,
                    2.0 * MARK
                )
            }
            Shape::Square => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Shape::Triangle => polygon(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
            Shape::Down => polygon(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
            Shape::Diamond => polygon(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
            Shape::Cross => {
                format!(
                    "M{} L{} M{} L{}",
                    At(x - MARK, y - MARK),
                    At(x + MARK, y + MARK),
                    At(x - MARK, y + MARK),
                    At(x + MARK, y - MARK)
                )
            }
        };
        let colour = look.colour;
        self.push(format_args!("<path d=\"{path}\" fill=\"{colour}\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"));
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let mut svg = Svg::new(At(10.0, 10.0), "a < b");
        svg.text(At(1.0, 2.0), Anchor::End, "x & y");
        let text = svg.finish();
        assert!(text.contains("<title>a &lt; b</title>"), "{text}");
        assert!(text.contains("text-anchor=\"end\">x &amp; y</text>"), "{text}");
        assert!(text.ends_with("</svg>\n"), "{text}");
    }
}
