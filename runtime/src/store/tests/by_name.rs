use super::{identity, keys};
use crate::store::{RunKeys, Store};
use std::fs;
use std::path::Path;

#[cfg(unix)]
#[test]
fn a_link_leads_from_the_name_to_the_last_evaluation_and_stays_with_a_store_that_moves() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path().join("runs"));
    let evaluation = store.evaluation_directory(&keys());
    fs::create_dir_all(&evaluation).expect("is made");
    for name in ["trial", "seeds/train.seed=3"] {
        let link = store.link(name, &keys()).expect("is made");
        assert_eq!(link, store.root().join("by-name").join(name));
        assert_eq!(link.canonicalize().expect("leads there"), evaluation.canonicalize().expect("is there"));
        assert!(fs::read_link(&link).expect("is a link").is_relative());
    }
    let other = RunKeys { evaluation: identity(), ..keys() };
    fs::create_dir_all(store.evaluation_directory(&other)).expect("is made");
    let link = store.link("trial", &other).expect("is made again");
    fs::rename(store.root(), folder.path().join("moved")).expect("moves");
    let moved = folder.path().join("moved").join(link.strip_prefix(store.root()).expect("is below"));
    assert!(moved.canonicalize().expect("leads there").ends_with(identity().short()));
}

#[test]
fn names_of_links_stay_in_their_folder() {
    let store = Store::new("runs");
    let below = Path::new("runs").join("by-name");
    for (name, link) in [
        ("../../etc", "-.-..-etc"),
        ("s/data=csv(\"../x.csv\")", "s/data=csv--..-x.csv--"),
        ("..", "-."),
        (".hidden", "-hidden"),
    ] {
        let found = store.link_of(name);
        assert!(found.starts_with(&below), "{}", found.display());
        let parts = found.strip_prefix(&below).expect("is below").components();
        assert!(
            parts.clone().all(|part| matches!(part, std::path::Component::Normal(_))),
            "{link}: {}",
            found.display()
        );
    }
}
