//! What is said of graphics processors: which there are, and how fast the kernels are on one.

use super::devices::reason;
use crate::backend::graphics::{GraphicsAdapter, KernelSpeed, adapter_of, adapters, kernel_speeds, speed_of_one};
use crate::backend::{BackendError, DeviceChoice};
use elbo_machine::size;
use serde_json::{Value, json};
use std::fmt::Write;

/// What has computed with the kernels for graphics processors so far.
const EXECUTED: &str = "  What was executed: tests run these kernels on lavapipe, Vulkan in software. No graphics card \
    has computed with\n  them, through Vulkan, Metal or Direct3D 12. `elbo doctor --selftest --device gpu` compares \
    yours with the processor.\n";

/// The section on graphics processors: all there are, with their limits and the speed of one kernel, or why there are
/// none. A second or two for each that can be opened.
pub fn graphics_text() -> String {
    let mut text = String::from("graphics processors\n");
    match adapters() {
        Ok(adapters) => adapters.iter().for_each(|adapter| text.push_str(&adapter_text(adapter, &speed(adapter)))),
        Err(error) => {
            let _ = writeln!(text, "  {}", reason(error));
        }
    }
    text.push_str(EXECUTED);
    text
}

/// The speed of one kernel on an adapter, in words.
fn speed(adapter: &GraphicsAdapter) -> String {
    let Some(device) = adapter.device else { return "not measured, as `gpu:cpu` is another one".to_owned() };
    if let Some(problem) = &adapter.problem {
        return format!("not usable: {problem}");
    }
    match speed_of_one(device) {
        Ok(Some(one)) => {
            format!("{:.1} gigaflops in a convolution of 64 channels with its variances", one.gigaflops())
        }
        Ok(None) => "not measured".to_owned(),
        Err(error) => format!("not usable: {}", reason(error)),
    }
}

fn adapter_text(adapter: &GraphicsAdapter, speed: &str) -> String {
    let device = adapter.device.map_or_else(|| "-".to_owned(), |device| device.to_string());
    let GraphicsAdapter { name, kind, api, driver, largest_buffer, largest_operand, shared_memory, .. } = adapter;
    let (buffer, operand, shared) = (size(*largest_buffer), size(*largest_operand), size(*shared_memory));
    format!(
        "  {device:<14} {name}, {kind}\n  {:<14} {api}, driver {driver}\n  {:<14} a buffer has at most {buffer}, an \
         operand {operand}, a workgroup shares {shared}\n  {:<14} {speed}\n",
        "", "", ""
    )
}

/// The forms of the table of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelForm {
    /// A table for people.
    Text,
    /// One object of JSON.
    Json,
}

/// How fast every product kernel is on a device over layers of a few shapes, beside the least time that three cards
/// could need by their published peaks (the roofline). Half a minute on a card, about a minute in software.
///
/// # Errors
/// [`BackendError::NoDevice`] if the device is no graphics processor or not there; what its driver refuses.
pub fn kernels_text(device: DeviceChoice, form: KernelForm) -> Result<String, BackendError> {
    let mut speeds = Vec::new();
    kernel_speeds(device, &mut |one| speeds.push(one))?;
    Ok(match form {
        KernelForm::Text => table(&speeds),
        KernelForm::Json => format!("{}\n", object(device, &speeds)),
    })
}

fn table(speeds: &[KernelSpeed]) -> String {
    let cards = speeds.first().map_or(&[][..], |one| &one.least);
    let heads = cards.iter().map(|(card, _)| format!("{:>13}", format!("{card} µs")));
    let mut text = format!(
        "{:<26} {:<17} {:>9} {:>8} {:>7} {:>9} {:>9} {}\n",
        "shape",
        "kernel",
        "MFLOP",
        "MB",
        "FLOP/B",
        "ms here",
        "GFLOP/s",
        heads.collect::<Vec<_>>().join(" ")
    );
    for one in speeds {
        let least: Vec<String> = one.least.iter().map(|(_, seconds)| format!("{:>13.2}", seconds * 1e6)).collect();
        let _ = writeln!(
            text,
            "{:<26} {:<17} {:>9.2} {:>8.2} {:>7.1} {:>9.3} {:>9.2} {}",
            one.shape,
            one.kernel,
            one.flops / 1e6,
            one.bytes / 1e6,
            one.flops / one.bytes,
            one.seconds * 1e3,
            one.gigaflops(),
            least.join(" ")
        );
    }
    text.push_str(
        "The columns of cards are the least that they could need by their published peaks; they were not measured.\n",
    );
    text
}

fn object(device: DeviceChoice, speeds: &[KernelSpeed]) -> Value {
    let adapter = adapter_of(device).ok().flatten();
    let kernels: Vec<Value> = speeds.iter().map(kernel).collect();
    json!({
        "device": device.to_string(),
        "adapter": adapter.as_ref().map(|adapter| &adapter.name),
        "api": adapter.as_ref().map(|adapter| &adapter.api),
        "driver": adapter.as_ref().map(|adapter| &adapter.driver),
        "kernels": kernels,
    })
}

fn kernel(one: &KernelSpeed) -> Value {
    let least = one.least.iter().map(|(card, seconds)| ((*card).to_owned(), json!(seconds)));
    json!({
        "shape": one.shape,
        "kernel": one.kernel,
        "flops": one.flops,
        "bytes": one.bytes,
        "seconds": one.seconds,
        "gigaflops": one.gigaflops(),
        "least_seconds_by_published_peaks": Value::Object(least.collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speed_of_two() -> KernelSpeed {
        let least = vec![("a card", 2e-6)];
        KernelSpeed { shape: "64 2-3", kernel: "forward", flops: 4e6, bytes: 2e6, seconds: 0.002, least }
    }

    #[test]
    fn the_table_holds_work_time_and_the_least_of_cards() {
        let text = table(&[speed_of_two()]);
        let row: Vec<&str> = text.lines().nth(1).unwrap_or_default().split_whitespace().collect();
        assert_eq!(row, ["64", "2-3", "forward", "4.00", "2.00", "2.0", "2.000", "2.00", "2.00"], "{text}");
        assert!(text.lines().next().is_some_and(|head| head.ends_with("a card µs")), "{text}");
    }

    #[test]
    fn the_object_holds_the_same_in_units() {
        let found = kernel(&speed_of_two());
        assert_eq!(found["gigaflops"], 2.0);
        assert_eq!(found["least_seconds_by_published_peaks"]["a card"], 2e-6);
    }

    #[test]
    fn the_section_says_what_was_executed_and_ends_before_an_empty_line() {
        let text = graphics_text();
        assert!(text.starts_with("graphics processors\n") && text.contains("No graphics card has"), "{text}");
        assert!(!text.contains("\n\n") && text.ends_with('\n'), "{text}");
    }

    #[test]
    fn what_is_no_graphics_processor_has_no_such_kernels() {
        let error = kernels_text(DeviceChoice::Cpu, KernelForm::Text).expect_err("the processor is none");
        assert!(error.to_string().contains("gpu"), "{error}");
    }
}
