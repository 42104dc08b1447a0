use super::parts;
use crate::store::{Identity, IdentityParts, Store};

#[test]
fn identity_is_the_sha256_of_the_parts() {
    // Worked out with `sha256sum` over the JSON spelled out here.
    let json = format!(
        "{{\"ir_digest\":\"{}\",\"data_digests\":{{\"digits\":\"{}\"}},\"seed\":7,\"numerics_version\":2,\
         \"backend\":\"candle\",\"device_kind\":\"cpu\",\"kernel_table\":\"generic\"}}",
        "0123".repeat(16),
        "ab".repeat(32)
    );
    assert_eq!(serde_json::to_string(&parts()).expect("serialisable"), json);
    assert_eq!(parts().identity().as_str(), "2ca074efd81bd0d7b3465ecf19b5837d388cf9c268edfaf815289b4c3424b3f8");
}

#[test]
fn every_part_matters() {
    let changes: [fn(&mut IdentityParts); 7] = [
        |parts| parts.ir_digest.push('0'),
        |parts| drop(parts.data_digests.insert("labels".into(), "cd".repeat(32))),
        |parts| parts.seed += 1,
        |parts| parts.numerics_version += 1,
        |parts| parts.backend = "native".into(),
        |parts| parts.device_kind = "cuda".into(),
        |parts| parts.kernel_table = "avx2".into(),
    ];
    let mut seen = vec![parts().identity()];
    for change in changes {
        let mut parts = parts();
        change(&mut parts);
        seen.push(parts.identity());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 8);
}

#[test]
fn only_identities_are_read_as_such() {
    let identity = parts().identity();
    assert_eq!(Identity::parse(identity.as_str()).expect("an identity"), identity);
    for wrong in ["", "ab", &"A".repeat(64), &"g".repeat(64), &"../".repeat(21), &"a".repeat(65)] {
        let message = Identity::parse(wrong).expect_err("no identity").to_string();
        assert!(message.contains("is no run identity"), "{message}");
    }
    assert!(serde_json::from_str::<Identity>("\"../../etc\"").is_err());
}

#[test]
fn paths_are_those_of_the_layout() {
    let (store, identity) = (Store::new("runs"), parts().identity());
    let prefix = &identity.as_str()[..2];
    assert_eq!(store.run_directory(&identity), std::path::Path::new("runs").join(prefix).join(identity.as_str()));
    assert_eq!(store.result_directory(&identity), store.run_directory(&identity).join("result"));
}
