use crate::backend::{NamedTensor, Parameters};
use crate::store::{StoreError, read_result_weights, read_weights, safetensors_bytes, write_weights};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

fn tensor(shape: &[usize], first: f32) -> NamedTensor {
    let values = (0..shape.iter().product::<usize>()).map(|index| first + index as f32).collect();
    NamedTensor { shape: shape.to_vec(), values }
}

fn parameters() -> Parameters {
    Parameters::from([
        ("conv1.weight.mu".to_owned(), tensor(&[2, 1, 3, 3], -0.1)),
        ("conv1.weight.rho".to_owned(), tensor(&[2, 1, 3, 3], f32::MIN_POSITIVE)),
        ("head.bias".to_owned(), tensor(&[4], 1e30)),
    ])
}

/// Files in a folder of their own.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("weights.safetensors")
    }

    /// The problem found when these bytes are read as the weights.
    fn problem(&self, bytes: &[u8]) -> String {
        fs::write(self.path(), bytes).expect("writes");
        match read_weights(&self.path(), &parameters()).expect_err("is refused") {
            StoreError::Content { problem, .. } => problem,
            other => panic!("{other}"),
        }
    }
}

/// A safetensors file with this header and as many zero bytes.
fn file(header: &str, zeros: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    bytes.resize(bytes.len() + zeros, 0);
    bytes
}

#[test]
fn parameters_read_back_and_equal_ones_are_equal_files() {
    let place = Place::new();
    write_weights(&place.path(), &parameters()).expect("writes");
    let first = fs::read(place.path()).expect("reads");
    assert_eq!(read_weights(&place.path(), &parameters()).expect("reads"), parameters());
    write_weights(&place.path(), &parameters()).expect("writes");
    assert_eq!(fs::read(place.path()).expect("reads"), first);
    let empty = Parameters::new();
    write_weights(&place.path(), &empty).expect("writes");
    assert_eq!(read_weights(&place.path(), &empty).expect("reads"), empty);
}

#[test]
fn parameters_of_another_network_are_refused() {
    let place = Place::new();
    type Change = fn(&mut Parameters);
    let refusal = |change: Change| {
        let mut other = parameters();
        change(&mut other);
        write_weights(&place.path(), &other).expect("writes");
        read_weights(&place.path(), &parameters()).expect_err("is refused").to_string()
    };
    let cases: [(Change, &str); 4] = [
        (|other| drop(other.remove("head.bias")), "it has no tensor `head.bias`, which the network needs"),
        (
            |other| drop(other.insert("tail".into(), tensor(&[1], 0.0))),
            "it has a tensor `tail` that the network has not",
        ),
        (
            |other| drop(other.insert("head.bias".into(), tensor(&[5], 0.0))),
            "its tensor `head.bias` has the shape [5], but the network's is [4]",
        ),
        (
            |other| drop(other.insert("head.bias".into(), tensor(&[4], f32::NAN))),
            "its tensor `head.bias` holds NaN at place 0, which is no finite number",
        ),
    ];
    for (change, expected) in cases {
        let message = refusal(change);
        assert!(message.contains(expected), "`{message}` should contain `{expected}`");
    }
}

#[test]
fn files_that_are_no_weights_are_refused() {
    let place = Place::new();
    write_weights(&place.path(), &parameters()).expect("writes");
    let whole = fs::read(place.path()).expect("reads");
    for length in [0, 4, 8, 100, whole.len() - 1] {
        assert!(place.problem(&whole[..length]).starts_with("it is no whole safetensors file"), "cut to {length}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(place.problem(&longer).starts_with("it is no whole safetensors file"));
    assert!(place.problem(&[0xff; 64]).starts_with("it is no whole safetensors file"));
    assert!(place.problem(&vec![0; 2 << 20]).contains("bytes, but this network's 40 numbers take no more than"));
    assert_eq!(place.problem(&file("{}", 0)), "its metadata has no `elbo_weights_version`");
    let newer = file(r#"{"__metadata__":{"elbo_weights_version":"2"}}"#, 0);
    assert_eq!(place.problem(&newer), "its version is 2, known is 1");
    let absent = read_weights(&place.folder.path().join("absent"), &parameters());
    assert!(matches!(absent, Err(StoreError::Read { .. })));
}

#[test]
fn numbers_of_another_type_are_refused() {
    let place = Place::new();
    let header = r#"{"__metadata__":{"elbo_weights_version":"1"},
        "conv1.weight.mu":{"dtype":"F32","shape":[2,1,3,3],"data_offsets":[0,72]},
        "conv1.weight.rho":{"dtype":"F32","shape":[2,1,3,3],"data_offsets":[72,144]},
        "head.bias":{"dtype":"F16","shape":[4],"data_offsets":[144,152]}}"#;
    assert_eq!(place.problem(&file(header, 152)), "its tensor `head.bias` holds F16 numbers, not F32");
}

#[test]
fn a_tensor_whose_shape_and_values_disagree_is_not_written() {
    let place = Place::new();
    let broken = Parameters::from([("w".to_owned(), NamedTensor { shape: vec![3], values: vec![0.0; 2] })]);
    assert!(matches!(write_weights(&place.path(), &broken), Err(StoreError::Content { .. })));
    assert!(!place.path().exists());
}

#[test]
fn more_metadata_stand_in_their_order_and_change_no_number() {
    let place = Place::new();
    let metadata: BTreeMap<String, String> =
        [("run", "a \"name\""), ("format", "pt"), ("z", "σ")].map(|(key, value)| (key.into(), value.into())).into();
    for parameters in [parameters(), Parameters::new()] {
        let bytes = safetensors_bytes(&place.path(), &parameters, &metadata).expect("is laid out");
        fs::write(place.path(), &bytes).expect("writes");
        assert_eq!(read_weights(&place.path(), &parameters).expect("reads"), parameters);
        assert_eq!(read_result_weights(&place.path()).expect("reads"), parameters);
        let header = String::from_utf8_lossy(&bytes[8..]).into_owned();
        let expected = r#"{"__metadata__":{"elbo_weights_version":"1","format":"pt","run":"a \"name\"","z":"σ"}"#;
        assert!(header.starts_with(expected), "{header}");
        let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
        assert_eq!(length % 8, 0, "numbers are aligned");
    }
}
