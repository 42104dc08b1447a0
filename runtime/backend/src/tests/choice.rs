use crate::candle::DeviceChoice;
use crate::{BackendChoice, Parameters, open};
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;

fn run() -> Run {
    let text = "
model net {
  input image[1, 8, 8]
  default point
  flatten
  head: linear(10)
  output categorical
}
dataset set { source = digits() }
train regime { objective = maximum_likelihood(); optimizer = adam(lr=1e-3); epochs = 1; batch = 10 }
run trial { model = net; data = set; train = regime }
";
    let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", text), None, &[]);
    let Some(found) = compilation.runs.into_iter().next() else { panic!("{:?}", compilation.diagnostics) };
    found.run
}

#[test]
fn names_are_read_and_written() {
    for backend in BackendChoice::ALL {
        assert_eq!(backend.to_string().parse::<BackendChoice>().unwrap(), backend);
    }
    for text in ["", "Native", "torch", "candle "] {
        let error = text.parse::<BackendChoice>().unwrap_err().to_string();
        assert!(error.contains(&format!("`{text}`")) && error.contains("`native`"), "{error}");
        assert!(error.contains("`candle`"), "{error}");
    }
}

#[test]
fn devices_other_than_the_processor_are_candles() {
    for device in [DeviceChoice::Cuda(1), DeviceChoice::Metal] {
        assert_eq!(BackendChoice::of_device(device), BackendChoice::Candle);
        let name = device.to_string();
        for error in [
            BackendChoice::Native.check(device).expect_err("is refused"),
            BackendChoice::Native.kernel_table(device).expect_err("is refused"),
            open(BackendChoice::Native, device, &run(), &Parameters::new()).map(drop).expect_err("is refused"),
        ] {
            let error = error.to_string();
            assert!(error.contains("processor only") && error.contains(&name) && error.contains("`cpu`"), "{error}");
        }
    }
}

#[test]
fn what_is_opened_is_what_was_chosen() {
    for backend in BackendChoice::ALL {
        if backend.check(DeviceChoice::Cpu).is_err() {
            assert_eq!(backend, BackendChoice::Native, "candle is always there");
            continue; // This binary has its interface only.
        }
        let opened = open(backend, DeviceChoice::Cpu, &run(), &Parameters::new()).expect("it is small");
        assert_eq!(opened.name(), backend.name());
        assert!(opened.parameters().expect("they can be read").contains_key("head.weight"));
        assert!(!backend.kernel_table(DeviceChoice::Cpu).expect("it is there").is_empty());
    }
}
