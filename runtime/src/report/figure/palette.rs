//! The colours of figures and pages, in light and in dark.

/// How many series have a colour, a dash and a marker of their own.
pub const SERIES: usize = 6;

/// A set of colours, each as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub paper: &'static str,
    /// Behind tables' heads and boxes.
    pub panel: &'static str,
    /// Text.
    pub ink: &'static str,
    /// Text of less weight; still 4.5 : 1 against paper and panel.
    pub muted: &'static str,
    /// Lines of the grid, which carry no meaning.
    pub grid: &'static str,
    /// Links, and the ring around what has the keyboard's focus.
    pub link: &'static str,
    /// One for each series. They also differ in dash and marker.
    pub series: [&'static str; SERIES],
}

/// On white.
pub const LIGHT: Palette = Palette {
    paper: "#ffffff",
    panel: "#f3f5f8",
    ink: "#1a1f26",
    muted: "#535c68",
    grid: "#dfe3e8",
    link: "#0a58a6",
    series: ["#1261a6", "#b34a00", "#00705a", "#8b3a7a", "#6b5b00", "#4d5763"],
};

/// On near black.
pub const DARK: Palette = Palette {
    paper: "#14181d",
    panel: "#1e242b",
    ink: "#e8ebef",
    muted: "#a9b3bf",
    grid: "#313943",
    link: "#82bdf5",
    series: ["#6fb3f2", "#f2a268", "#56c9a5", "#d99bce", "#d6c25a", "#b5bec9"],
};

/// How much of a cell of a heat map its colour may cover, so that text on it keeps its contrast.
pub const DEEPEST_CELL: f64 = 0.48;

/// The dash of each series' line; the first is whole.
const DASHES: [&str; SERIES] = ["none", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];

/// The rules that figures are drawn by. A page names colours by its own custom properties, a file of its own by value.
pub fn rules(color: impl Fn(&str) -> String) -> String {
    let (ink, muted, grid) = (color("ink"), color("muted"), color("grid"));
    let mut rules = format!(
        ".plot text{{font-size:12px;fill:{ink}}}.plot .faint{{fill:{muted}}}.plot .small{{font-size:10px}}\
         .plot .grid{{stroke:{grid};stroke-width:1;fill:none}}.plot .axis{{stroke:{muted};stroke-width:1;fill:none}}\
         .plot .guide{{stroke:{muted};stroke-width:1;stroke-dasharray:3 3;fill:none}}\
         .plot .hollow{{fill:{}}}",
        color("paper")
    );
    for (index, dash) in DASHES.iter().enumerate() {
        let color = color(&format!("series-{index}"));
        rules.push_str(&format!(
            ".plot .line-{index}{{stroke:{color};stroke-width:2;stroke-dasharray:{dash};stroke-linejoin:round;fill:none}}\
             .plot .mark-{index}{{stroke:{color};stroke-width:1.5}}.plot .fill-{index}{{fill:{color}}}"
        ));
    }
    rules
}

impl Palette {
    /// The colour of a name that [`rules`] asks for.
    pub fn color(&self, name: &str) -> &'static str {
        match name {
            "paper" => self.paper,
            "panel" => self.panel,
            "ink" => self.ink,
            "muted" => self.muted,
            "grid" => self.grid,
            "link" => self.link,
            _ => {
                let index = name.strip_prefix("series-").and_then(|index| index.parse::<usize>().ok());
                self.series[index.unwrap_or(0) % SERIES]
            }
        }
    }

    /// The custom properties of a page, each as `--name:value;`.
    pub fn properties(&self) -> String {
        let plain = ["paper", "panel", "ink", "muted", "grid", "link"].map(str::to_owned);
        let series = (0..SERIES).map(|index| format!("series-{index}"));
        plain.into_iter().chain(series).map(|name| format!("--{name}:{};", self.color(&name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels(color: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| f64::from(u8::from_str_radix(&color[at..at + 2], 16).expect("a colour")) / 255.0)
    }

    /// Relative luminance (WCAG 2.2, "relative luminance").
    fn luminance(color: [f64; 3]) -> f64 {
        let [red, green, blue] =
            color.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast ratio (WCAG 2.2, "contrast ratio").
    fn contrast(left: [f64; 3], right: [f64; 3]) -> f64 {
        let (left, right) = (luminance(left), luminance(right));
        (left.max(right) + 0.05) / (left.min(right) + 0.05)
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let grey = contrast(channels("#767676"), channels("#ffffff"));
        assert!((grey - 4.54).abs() < 0.01, "{grey}, where the standard's own example is 4.54");
        assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn text_and_series_stand_out() {
        for palette in [LIGHT, DARK] {
            for ground in [palette.paper, palette.panel] {
                let texts = [palette.ink, palette.muted, palette.link].into_iter().chain(palette.series);
                for text in texts {
                    let ratio = contrast(channels(text), channels(ground));
                    assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn text_stands_out_from_the_deepest_cell() {
        for palette in [LIGHT, DARK] {
            for series in palette.series {
                let (paper, full) = (channels(palette.paper), channels(series));
                let cell = [0, 1, 2].map(|at| paper[at] + (full[at] - paper[at]) * DEEPEST_CELL);
                let ratio = contrast(channels(palette.ink), cell);
                assert!(ratio >= 4.5, "ink on {series}: {ratio:.2}");
            }
        }
    }
}
