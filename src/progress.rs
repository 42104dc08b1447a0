//! Training and evaluation as they happen: a bar on a terminal, a line an epoch elsewhere.

use crate::terminal::Terminal;
use elbo_compiler::opened::OpenedData;
use elbo_compiler::render::escape;
use elbo_runtime::execute::RunObserver;
use elbo_runtime::forecast::Forecast;
use elbo_runtime::train::{EpochRecord, Event, Observer};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Shows events on standard error.
pub struct Progress<'t> {
    terminal: &'t Terminal,
    /// Told what the data of the run hold.
    opened: Option<&'t dyn Fn(&OpenedData)>,
    bar: Option<ProgressBar>,
    epochs: usize,
    /// Training examples a step, on average.
    examples_per_step: f64,
    /// Steps that were taken before the training was resumed.
    resumed_at: u64,
}

impl<'t> Progress<'t> {
    /// Progress of one run.
    pub fn new(terminal: &'t Terminal) -> Self {
        Self { terminal, opened: None, bar: None, epochs: 0, examples_per_step: 0.0, resumed_at: 0 }
    }

    /// The same, telling `opened` what the data of the run hold.
    pub fn telling(self, opened: &'t dyn Fn(&OpenedData)) -> Self {
        Self { opened: Some(opened), ..self }
    }

    fn start(&mut self, length: u64, template: &str) {
        self.clear();
        if self.terminal.shows_progress() {
            let style = ProgressStyle::with_template(template).expect("the templates below are well formed");
            let bar = ProgressBar::new(length).with_style(style.progress_chars("━╸ "));
            bar.enable_steady_tick(Duration::from_millis(200));
            self.bar = Some(bar);
        }
    }

    /// Takes the bar off the screen.
    pub fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(escape::message(text)),
            None => self.terminal.note(text),
        }
    }
}

impl RunObserver for Progress<'_> {
    fn forecast(&mut self, forecast: &Forecast) {
        self.terminal.note(&format!("forecast: {}", forecast.line()));
        self.terminal.detail(&forecast.to_string());
    }

    fn opened(&mut self, opened: &OpenedData) {
        if let Some(tell) = self.opened {
            tell(opened);
        }
    }

    fn remark(&mut self, text: &str) {
        self.terminal.note(text);
    }
}

impl Observer for Progress<'_> {
    fn event(&mut self, event: &Event) -> std::io::Result<()> {
        match event {
            Event::Started {
                epochs,
                steps_per_epoch,
                steps,
                resumed_at,
                examples,
                kl,
                effective_temperature,
                surrogate,
            } => {
                self.epochs = *epochs;
                self.examples_per_step = *examples as f64 / *steps_per_epoch as f64;
                self.line(&format!(
                    "training on {examples} examples: {epochs} epochs of {steps_per_epoch} steps{}{}",
                    match effective_temperature {
                        Some(temperature) if *kl > 0.0 => format!(
                            "; KL {:.3} nats per example at the start, effective temperature {}",
                            kl / *examples as f64,
                            (temperature * 1e6).round() / 1e6
                        ),
                        _ => String::new(),
                    },
                    if *surrogate { "; the loss is a surrogate (W0160)" } else { "" }
                ));
                self.resumed_at = *resumed_at;
                self.start(*steps, "{bar:24} {percent:>3} %  {msg}  {eta} left");
                if let Some(bar) = &self.bar {
                    bar.set_position(*resumed_at);
                    // What was done before says nothing of how fast it goes now.
                    bar.reset_eta();
                }
            }
            Event::Step(step) => {
                if let Some(bar) = &self.bar {
                    bar.set_position(step.step + 1);
                    let seconds = bar.elapsed().as_secs_f64().max(1e-3);
                    bar.set_message(format!(
                        "epoch {}/{}  loss {:.4}  nll {:.4}  kl {:.0}  {}  {:.0} images/s",
                        step.epoch,
                        self.epochs,
                        step.loss,
                        step.negative_log_likelihood,
                        step.kl,
                        closeness(step.accuracy, step.root_mean_squared_error, 1),
                        (step.step + 1 - self.resumed_at) as f64 * self.examples_per_step / seconds
                    ));
                }
            }
            Event::Epoch(record) => self.line(&epoch_line(record, self.epochs)),
            Event::Finished { .. } => self.clear(),
            Event::Evaluation { done: 0, examples, samples } => {
                self.start(*examples as u64, "{bar:24} {percent:>3} %  {msg}  {eta} left");
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("scoring {examples} examples, {samples} draws each"));
                }
            }
            Event::Evaluation { done, examples, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_position(*done as u64);
                }
                if done == examples {
                    self.clear();
                }
            }
        }
        Ok(())
    }
}

fn epoch_line(record: &EpochRecord, epochs: usize) -> String {
    let width = epochs.to_string().len();
    let validation = record.validation.as_ref().map_or_else(String::new, |validation| {
        format!(
            "  validation nll {:.4} {}",
            validation.negative_log_likelihood,
            closeness(validation.accuracy, validation.root_mean_squared_error, 2)
        )
    });
    format!(
        "epoch {:>width$}/{epochs}  loss {:.4}  nll {:.4}  kl {:.0}  {}{validation}  {:.0} images/s",
        record.epoch,
        record.train.loss,
        record.train.negative_log_likelihood,
        record.train.kl,
        closeness(record.train.accuracy, record.train.root_mean_squared_error, 2),
        record.images_per_second
    )
}

/// How close predictions are: the accuracy in per cent, or the root mean squared error of real targets.
fn closeness(accuracy: Option<f64>, error: Option<f64>, decimals: usize) -> String {
    match (accuracy, error) {
        (Some(accuracy), _) if decimals == 1 => format!("accuracy {:.1} %", 100.0 * accuracy),
        (Some(accuracy), _) => format!("accuracy {:5.decimals$} %", 100.0 * accuracy),
        (None, Some(error)) => format!("rmse {error:.4}"),
        (None, None) => String::new(),
    }
}
