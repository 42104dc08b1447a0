//! A forecast in words.

use super::{Forecast, size};
use std::fmt::{self, Write};

/// Counts as people say them: `61.7 k`, `33.6 M`, `1.3 T`.
fn amount(count: f64) -> String {
    const UNITS: [&str; 7] = ["", " k", " M", " G", " T", " P", " E"];
    let (mut count, mut unit) = (count, 0);
    while count >= 999.5 && unit + 1 < UNITS.len() {
        count /= 1000.0;
        unit += 1;
    }
    let digits = if unit == 0 || count >= 99.95 { 0 } else { 1 };
    format!("{count:.digits$}{}", UNITS[unit])
}

/// Seconds as people say them: `8 s`, `12 min`, `3.5 h`, `2.1 days`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.95 => "less than 1 s".to_owned(),
        s if s < 99.5 => format!("{s:.0} s"),
        s if s < 99.5 * 60.0 => format!("{:.0} min", s / 60.0),
        s if s < 48.0 * 3600.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

impl Forecast {
    /// One line: `about 12 min, 950 MiB`.
    pub fn line(&self) -> String {
        let memory = size(self.memory.peak);
        match &self.time {
            Some(time) if time.total < 1.0 => format!("less than 1 s, about {memory}"),
            Some(time) => format!("about {}, {memory}", duration(time.total)),
            None => format!("about {memory}"),
        }
    }
}

/// The lines of the section `cost` of an explanation.
impl fmt::Display for Forecast {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<(&str, String)> = Vec::new();
        let each = self.multiply_accumulates as f64;
        let step = each * self.batch as f64 * self.samples as f64;
        lines.push(("parameters", amount(self.parameters as f64)));
        lines.push(("multiply-accumulates", format!("{} an image and pass", amount(each))));
        lines
            .push(("", format!("{} a step forward: × {} images × {} samples", amount(step), self.batch, self.samples)));
        lines.push((
            "",
            format!("{} a step as executed, gradients and variances with them", amount(self.step.multiply_accumulates)),
        ));
        lines.push((
            "steps",
            format!("{} on {} images", amount(self.steps as f64), amount(self.examples.training as f64)),
        ));
        let memory = &self.memory;
        let peak = size(memory.peak);
        let peak = match memory.is_rough {
            false if memory.on_device > 0 => {
                format!("{peak}, of which {} on the graphics processor", size(memory.on_device))
            }
            true => format!("about {peak} on the CPU (rough: from 8 % below to 66 % above what was measured)"),
            false => format!("{peak} on the CPU (± 15 % or 20 MiB)"),
        };
        lines.push(("peak memory", peak));
        for (what, bytes) in [
            ("data", memory.data),
            ("parameters", memory.parameters),
            ("optimizer", memory.optimizer),
            ("passes and gradients", memory.passes),
        ] {
            lines.push(("", format!("{:>9} {what}", size(bytes))));
        }
        match &self.time {
            Some(time) => {
                let uncertainty = 100.0 * time.uncertainty;
                lines.push(("time", format!("{} on an idle machine (± {uncertainty:.0} %)", duration(time.total))));
                lines.push(("", format!("{} training", duration(time.training))));
                if self.examples.validation > 0 {
                    lines.push(("", format!("{} validation", duration(time.validation))));
                }
                let scored = format!("{} images × {} draws", amount(self.scored as f64), self.test_draws);
                lines.push(("", format!("{} scoring {scored}", duration(time.scoring))));
                if self.scored_by_weights > 0 {
                    let again = format!("{} images × {} draws", amount(self.scored_by_weights as f64), self.test_draws);
                    let seconds = duration(time.scoring_by_weights);
                    lines.push(("", format!("{seconds} scoring under draws of the weights {again}")));
                }
            }
            None => lines.push(("time", "unknown: `elbo doctor --calibrate` measures this machine".to_owned())),
        }
        let mut text = String::new();
        for (name, value) in lines {
            writeln!(text, "  {name:<22}{value}")?;
        }
        formatter.write_str(&text)
    }
}
