use super::*;
use crate::compiled::BatchRun;
use crate::plan::plan;
use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;

const SPEC: &str = "model net { input image[1, 8, 8]; default point; flatten; head: linear(10); output categorical }
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1) }
train regime { objective = maximum_likelihood; optimizer = adam(lr=1e-2); epochs = 2; batch = 500 }
run trial { model = net; data = data; train = regime }
sweep seeds { run = trial; vary.train.seed = range(0, 3) }
";

/// The four runs of the spec, two of which are one.
fn planned() -> Plan {
    let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", SPEC), None, &[]);
    let members = compilation.sweeps.iter().flat_map(|sweep| &sweep.members).map(|member| &member.run);
    let runs = compilation.runs.iter().chain(members).map(|compiled| BatchRun {
        name: RunName {
            file: "spec.elbo".to_owned(),
            name: compiled.name.clone(),
            model: "net".to_owned(),
            data: "data".to_owned(),
            varied: Vec::new(),
        },
        run: compiled.run.clone(),
        folder: "/specs".into(),
        spec: SPEC.into(),
        warnings: 0,
    });
    let place = Where::new((BackendChoice::Native, DeviceChoice::Cpu), Some("portable"), Vec::new());
    let (plan, errors) = plan(runs.collect(), place.expect("it computes everywhere"), None);
    assert!(errors.is_empty(), "{errors:?}");
    plan
}

fn manifest<'m>(name: &'m str, path: &'m str) -> ManifestOf<'m> {
    ManifestOf { name, path: Path::new(path), text: "[batch]" }
}

/// The plan kept in a store.
fn kept(now: SystemTime, name: &str, store: &Path) -> WorkList {
    WorkList::keep(&planned(), manifest(name, "/batch.toml"), Store::new(store), now).expect("it can be written")
}

#[test]
fn what_is_kept_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let kept = kept(SystemTime::now(), "first", folder.path());
    let found = WorkList::open(&kept.directory).expect("it was just written");
    assert_eq!((found.record.name.as_str(), found.store.root()), ("first", folder.path()));
    let plan = planned();
    assert_eq!(found.items.len(), 3);
    for (item, planned) in found.items.iter().zip(&plan.runs) {
        assert_eq!((&item.keys, &item.names), (&planned.keys, &planned.names));
        assert_eq!(item.run().expect("this version wrote it"), planned.run);
        assert_eq!(found.spec(item).expect("it was just written"), SPEC);
        assert_eq!(item.computed_by(), Some((BackendChoice::Native, DeviceChoice::Cpu)));
        assert_eq!(item.kernel_table, "portable");
    }
    assert_eq!(found.items[0].names.len(), 2, "the run and the member of the same seed");
}

#[test]
fn the_same_plan_is_the_same_batch_and_the_latest_of_a_manifest_is_found() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let first = manifest("first", "/batch.toml");
    let none = WorkList::latest(&Store::new(folder.path()), first).expect_err("there is none");
    assert!(matches!(none, WorkListError::NotBegun { .. }), "{none}");
    let kept_first = kept(UNIX_EPOCH, "first", folder.path());
    let again = kept(SystemTime::now(), "first", folder.path());
    assert_eq!(kept_first.directory, again.directory);
    // What the manifest planned before it was edited came earlier.
    let mut shorter = planned();
    shorter.runs.truncate(1);
    let store = Store::new(folder.path());
    let earlier = WorkList::keep(&shorter, first, store.clone(), UNIX_EPOCH).expect("as before");
    assert_ne!(earlier.directory, kept_first.directory);
    assert_eq!(WorkList::latest(&store, first).expect("there are two").directory, kept_first.directory);
}

#[test]
fn two_manifests_of_one_name_are_two_batches_even_of_equal_runs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let first = kept(UNIX_EPOCH, "first", folder.path());
    let other = manifest("first", "/elsewhere/batch.toml");
    let store = Store::new(folder.path());
    let told = WorkList::latest(&store, other).expect_err("the other one was not begun").to_string();
    assert!(told.contains("the batch of that name was begun with `/batch.toml`"), "{told}");
    assert_eq!(WorkList::namesakes(&store, other).expect("it can be read"), [PathBuf::from("/batch.toml")]);
    let second = WorkList::keep(&planned(), other, store.clone(), SystemTime::now()).expect("it can be written");
    assert_ne!(second.directory, first.directory);
    let found = WorkList::latest(&store, manifest("first", "/batch.toml")).expect("it is still there");
    assert_eq!(found.directory, first.directory);
    let edited = ManifestOf { text: "[batch] # edited", ..manifest("first", "/batch.toml") };
    assert!(!edited.is_as_in(&found.record) && manifest("first", "/batch.toml").is_as_in(&found.record));
}

#[test]
fn what_was_altered_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let kept = kept(SystemTime::now(), "first", folder.path());
    let spec = spec_path(&kept.directory, &kept.items[0].spec);
    fs::write(&spec, SPEC.replace("1e-2", "1e-3")).expect("it can be written");
    let told = kept.spec(&kept.items[0]).expect_err("it was altered").to_string();
    assert!(told.contains("its SHA-256 is another"), "{told}");
    let items = kept.directory.join(ITEMS);
    let text = fs::read_to_string(&items).expect("it is there");
    fs::write(&items, text.replace("/specs", "/other")).expect("it can be written");
    let told = WorkList::open(&kept.directory).expect_err("it was altered").to_string();
    assert!(told.contains("so it was altered"), "{told}");
}

#[test]
fn a_run_of_another_version_is_told_to_be() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let kept = kept(SystemTime::now(), "first", folder.path());
    let text = serde_json::to_string(&kept.items[0]).expect("as before");
    let later = text.replace(&format!("\"ir\":{{\"version\":{}", ir::VERSION), "\"ir\":{\"version\":999");
    assert_ne!(later, text);
    let item: Item = serde_json::from_str(&later).expect("only what the run means has another form");
    let told = item.run().expect_err("it is of another version").to_string();
    assert!(told.contains("999"), "{told}");
}
