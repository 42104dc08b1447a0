//! Specs in which one thing is replaced.

use elbo_compiler::compile;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::ir::{DataSource, Run, Shape};
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::MemorySources;
use elbo_grammar::ast::SettingsKind;

/// A spec with a model, a dataset, a training regime, a report and a run.
#[derive(Clone)]
pub struct Spec {
    pub model: String,
    pub dataset: Vec<String>,
    pub train: Vec<String>,
    pub report: Vec<String>,
    /// Declarations after the run.
    pub further: String,
}

impl Spec {
    /// A network on the digits.
    pub fn of_classes() -> Self {
        Self {
            model: "input image[1, 8, 8]; default point; flatten; head: linear(10); output categorical".into(),
            dataset: vec!["source = digits()".into(), "split = fraction(train=0.8, validation=0.2)".into()],
            train: ["objective = elbo(kl=exact)", "optimizer = adam()", "epochs = 20", "batch = 32"]
                .map(str::to_owned)
                .to_vec(),
            report: Vec::new(),
            further: String::new(),
        }
    }

    pub fn with_model(model: &str) -> Self {
        Self { model: model.into(), ..Self::of_classes() }
    }

    /// A network of one number.
    pub fn of_values(source: &str) -> Self {
        Self {
            model: "input vector[1]; default point; head: linear(1); output gaussian".into(),
            dataset: vec![format!("source = {source}")],
            ..Self::of_classes()
        }
    }

    /// A network on a published set, and what it is written as.
    pub fn of_set(set: DataSource, written: &str) -> Self {
        let Shape::Image { channels, height, width } = set.shape() else { unreachable!("published sets are images") };
        Self::with_model(&format!(
            "input image[{channels}, {height}, {width}]; default point; flatten; head: linear({}); output categorical",
            set.classes()
        ))
        .entry(SettingsKind::Dataset, "source", Some(written))
    }

    /// Puts `key = value` in the place of what the key had.
    pub fn entry(mut self, kind: SettingsKind, key: &str, value: Option<&str>) -> Self {
        let entries = match kind {
            SettingsKind::Dataset => &mut self.dataset,
            SettingsKind::Train => &mut self.train,
            SettingsKind::Report => &mut self.report,
            SettingsKind::Run | SettingsKind::Sweep => unreachable!("these have no defaults to write"),
        };
        entries.retain(|entry| !entry.starts_with(&format!("{key} =")));
        entries.extend(value.map(|value| format!("{key} = {value}")));
        self
    }

    /// The run, or the text with its errors.
    pub fn run(&self) -> Result<Run, String> {
        let text = format!(
            "model net {{ {} }}\ndataset data {{ {} }}\ntrain regime {{ {} }}\nreport figures {{ {} }}\n\
             run trial {{ model = net; data = data; train = regime; report = figures }}\n{}",
            self.model,
            self.dataset.join("; "),
            self.train.join("; "),
            self.report.join("; "),
            self.further
        );
        let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", text.as_str()), None, &[]);
        let errors: Vec<_> =
            compilation.diagnostics.iter().filter(|found| found.severity == Severity::Error).cloned().collect();
        match (errors.is_empty(), compilation.runs.first()) {
            (true, Some(run)) => Ok(run.run.clone()),
            _ => Err(format!("{text}\n{}", render(&errors, &compilation.sources, Format::Plain, false))),
        }
    }
}
