use crate::{AdapterChoice, BackendChoice, DeviceChoice, Parameters, open};
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
fn graphics_processors_are_those_of_one_backend_which_has_no_others() {
    for adapter in [AdapterChoice::Best, AdapterChoice::Number(1), AdapterChoice::Software] {
        let device = DeviceChoice::Gpu(adapter);
        assert_eq!(BackendChoice::of_device(device), BackendChoice::Gpu);
        for other in [BackendChoice::Native, BackendChoice::Candle] {
            let error = other.check(device).expect_err("is refused").to_string();
            assert!(error.contains(&format!("`{device}`")) && error.contains("leave `--backend` out"), "{error}");
        }
    }
    for device in [DeviceChoice::Cpu, DeviceChoice::Cuda(0), DeviceChoice::Metal] {
        let error = BackendChoice::Gpu.kernel_table(device).expect_err("is refused").to_string();
        assert!(error.contains("graphics processors only") && error.contains(&device.to_string()), "{error}");
    }
}

#[cfg(not(feature = "gpu"))]
#[test]
fn a_binary_without_graphics_processors_says_how_to_get_them() {
    let device = DeviceChoice::Gpu(AdapterChoice::Best);
    for error in [
        BackendChoice::Gpu.check(device).expect_err("is refused"),
        open(BackendChoice::Gpu, device, &run(), &Parameters::new()).map(drop).expect_err("is refused"),
    ] {
        let error = error.to_string();
        assert!(error.contains("built without graphics processors") && error.contains("--features gpu"), "{error}");
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
        let device = match backend {
            BackendChoice::Native | BackendChoice::Candle => DeviceChoice::Cpu,
            BackendChoice::Gpu => DeviceChoice::Gpu(AdapterChoice::Software),
        };
        if let Err(error) = backend.check(device) {
            assert_eq!(backend, BackendChoice::Gpu, "the others are always there");
            eprintln!("skipped: {error}");
            continue;
        }
        let opened = open(backend, device, &run(), &Parameters::new()).expect("it is small");
        assert_eq!(opened.name(), backend.name());
        assert!(opened.parameters().expect("they can be read").contains_key("head.weight"));
        assert!(!backend.kernel_table(device).expect("it is there").is_empty());
    }
}
