use super::{evaluation, keys, parts};
use crate::store::{EvaluationParts, Identity, Store, TrainingParts};

#[test]
fn keys_are_the_sha256_of_the_parts() {
    let json = format!(
        "{{\"ir_digest\":\"{}\",\"data\":[\"{}\"],\"weights\":{{}},\"seed\":7,\"numerics_version\":5,\
         \"backend\":\"candle\",\"device_kind\":\"cpu\",\"kernel_table\":\"generic\"}}",
        "0123".repeat(16),
        "ab".repeat(32)
    );
    assert_eq!(serde_json::to_string(&parts()).expect("serialisable"), json);
    // Worked out with `sha256sum` over the JSON spelled out here.
    assert_eq!(parts().key().as_str(), "4fb954e47efdf28207ae68e18b22cbc4bc9d5ee8b1e5eccb03bc97e97b1a2a1b");
    let json = format!(
        "{{\"training\":\"{}\",\"dataset\":\"digits_data\",\"report_digest\":\"{}\",\"report_version\":7,\"test\":[\"{}\"],\
         \"out_of_distribution\":{{}}}}",
        parts().key(),
        "4567".repeat(16),
        "cd".repeat(32)
    );
    assert_eq!(serde_json::to_string(&evaluation()).expect("serialisable"), json);
}

#[test]
fn every_part_matters_to_its_key() {
    let changes: [fn(&mut TrainingParts); 8] = [
        |parts| parts.ir_digest.push('0'),
        |parts| parts.data.push("cd".repeat(32)),
        |parts| drop(parts.weights.insert("weights/head".into(), "cd".repeat(32))),
        |parts| parts.seed += 1,
        |parts| parts.numerics_version += 1,
        |parts| parts.backend = "native".into(),
        |parts| parts.device_kind = "cuda".into(),
        |parts| parts.kernel_table = "avx2".into(),
    ];
    let mut seen = vec![parts().key()];
    for change in changes {
        let mut parts = parts();
        change(&mut parts);
        seen.push(parts.key());
    }
    let changes: [fn(&mut EvaluationParts); 6] = [
        |parts| parts.training = parts.key(),
        |parts| parts.report_digest.push('0'),
        |parts| parts.dataset.push('x'),
        |parts| parts.report_version += 1,
        |parts| parts.test.push("cd".repeat(32)),
        |parts| drop(parts.out_of_distribution.insert("out_of_distribution/noise/x".into(), "cd".repeat(32))),
    ];
    seen.push(evaluation().key());
    for change in changes {
        let mut parts = evaluation();
        change(&mut parts);
        seen.push(parts.key());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 16);
}

#[test]
fn only_identities_are_read_as_such() {
    let identity = parts().key();
    assert_eq!(Identity::parse(identity.as_str()).expect("an identity"), identity);
    for wrong in ["", "ab", &"A".repeat(64), &"g".repeat(64), &"../".repeat(21), &"a".repeat(65)] {
        let message = Identity::parse(wrong).expect_err("no identity").to_string();
        assert!(message.contains("is no key of a run"), "{message}");
    }
    assert!(serde_json::from_str::<Identity>("\"../../etc\"").is_err());
}

#[test]
fn paths_are_those_of_the_layout() {
    let (store, identity) = (Store::new("runs"), parts().key());
    let prefix = &identity.as_str()[..2];
    assert_eq!(store.run_directory(&identity), std::path::Path::new("runs").join(prefix).join(identity.as_str()));
    assert_eq!(store.training_directory(&identity), store.run_directory(&identity).join("training"));
    let evaluation = store.run_directory(&identity).join("evaluations").join(&keys().evaluation.as_str()[..16]);
    assert_eq!(store.evaluation_directory(&keys()), evaluation);
}
