//! Which graphics processor Slurm gave a task.

use elbo_runtime::backend::{AdapterChoice, DeviceChoice};

/// Variables with the numbers of what a task was given. The first are counted among what the task may see, where the
/// cluster hides the rest from it (`ConstrainDevices`); those of Slurm's own count all of the node.
const VARIABLES: [&str; 5] =
    ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "SLURM_STEP_GPUS", "SLURM_JOB_GPUS"];

/// The graphics processor of this process, as a task of Slurm: `gpu:N`; `None` where Slurm gave none, or names it by
/// something else than a number.
pub fn given_adapter() -> Option<DeviceChoice> {
    of(|variable| std::env::var(variable).ok())
}

fn of(read: impl Fn(&str) -> Option<String>) -> Option<DeviceChoice> {
    let text = VARIABLES.iter().find_map(|variable| read(variable).filter(|text| !text.is_empty()))?;
    // `2,3`, and of Slurm's own also `2-3`.
    let first = text.split([',', '-']).next()?;
    let number = first.trim().parse().ok()?;
    Some(DeviceChoice::Gpu(AdapterChoice::Number(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_the_first_variable_counts() {
        let given = |set: &[(&str, &str)]| {
            of(|variable| set.iter().find(|(name, _)| *name == variable).map(|(_, text)| (*text).to_owned()))
        };
        let number = |number| Some(DeviceChoice::Gpu(AdapterChoice::Number(number)));
        assert_eq!(given(&[("CUDA_VISIBLE_DEVICES", "0"), ("SLURM_JOB_GPUS", "3")]), number(0));
        assert_eq!(given(&[("SLURM_JOB_GPUS", "2,3")]), number(2));
        assert_eq!(given(&[("SLURM_JOB_GPUS", "1-3"), ("CUDA_VISIBLE_DEVICES", "")]), number(1));
        assert_eq!(given(&[("ROCR_VISIBLE_DEVICES", "1")]), number(1));
        assert_eq!(given(&[("CUDA_VISIBLE_DEVICES", "GPU-8932f937-d72c")]), None);
        assert_eq!(given(&[]), None);
    }
}
