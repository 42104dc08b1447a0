use super::{Subject, cautions};
use crate::compile;
use crate::ir::Run;
use crate::opened::{OpenedData, SharedExamples};
use crate::sources::MemorySources;

/// A network of a table of two classes, with a batch normalisation and random weights.
fn run(mark: &str, train: &str) -> Run {
    let text = format!(
        "model net {{ input vector[2]; default {mark}; fc: linear(4); norm: batchnorm(); head: linear(2); output categorical }}
         dataset data {{
           source = csv(\"x.csv\", target=\"y\", features=[\"a\", \"b\"], classes=2)
           split = fraction(train=0.8, validation=0.2)
         }}
         train regime {{ objective = elbo(kl=exact); optimizer = adam(); epochs = 50; {train} }}
         run trial {{ model = net; data = data; train = regime }}"
    );
    let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", text), None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    compilation.runs[0].run.clone()
}

fn opened(examples: usize) -> OpenedData {
    let none = SharedExamples::default();
    OpenedData {
        classes: vec![examples / 2, examples - examples / 2],
        test: none,
        validation: none,
        constant: Vec::new(),
        coarse: Vec::new(),
        files: Vec::new(),
    }
}

fn found(run: &Run, opened: Option<&OpenedData>) -> Vec<Subject> {
    cautions(&run.network, &run.training, &run.data, opened).into_iter().map(|caution| caution.subject).collect()
}

#[test]
fn what_depends_on_the_data_is_said_once_they_are_open() {
    let run = run("point", "batch = 7; select = best(validation.nll)");
    assert_eq!(found(&run, None), []);
    // 400 are trained on, 57 batches of 7 and one of 1.
    let last = Subject::SingleValue { layer: 1, last_batch_only: true };
    assert_eq!(found(&run, Some(&opened(500))), [last]);
    // 80 are trained on, 11 batches of 7 and one of 3.
    let few = Subject::FewValidationExamples { validation: 20, chosen: 100 };
    assert_eq!(found(&run, Some(&opened(100))), [few]);
    assert_eq!(found(&run, Some(&opened(1_001))), []);
}

#[test]
fn a_choice_by_one_draw_is_told_where_the_network_is_random() {
    let chooses = "batch = 8; early_stopping(monitor=validation.accuracy)";
    assert_eq!(found(&run("bayes", chooses), None), [Subject::SingleDraw]);
    assert_eq!(found(&run("dropout(p=0.1)", chooses), None), [Subject::SingleDraw]);
    assert_eq!(found(&run("dropout(p=0.1, at_prediction=false)", chooses), None), []);
    assert_eq!(found(&run("bayes", &format!("{chooses}; validation_samples = 2")), None), []);
    assert_eq!(found(&run("bayes", "batch = 8; early_stopping(monitor=train.loss)"), None), []);
    assert_eq!(found(&run("bayes", "batch = 8"), None), []);
}

#[test]
fn shared_examples_are_counted() {
    let run = run("point", "batch = 8");
    let mut opened = opened(1_000);
    opened.test = SharedExamples { shared: 37, of: 1_200 };
    let found = cautions(&run.network, &run.training, &run.data, Some(&opened));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subject, Subject::Shared { split: "test" });
    assert_eq!(found[0].message, "37 of 1,200 test examples are also training examples, number for number");
}

#[test]
fn what_no_example_shows_is_named() {
    let run = run("point", "batch = 8");
    let mut opened = opened(1_000);
    opened.classes = vec![0, 1_000];
    opened.constant = vec!["a".to_owned()];
    let found = cautions(&run.network, &run.training, &run.data, Some(&opened));
    let found: Vec<(Subject, &str)> = found.iter().map(|one| (one.subject, one.message.as_str())).collect();
    assert_eq!(
        found,
        [
            (Subject::Unseen, "class `0` has no training example"),
            (Subject::Constant, "feature `a` has one value in all training examples, which `normalize()` makes 0")
        ]
    );
    opened.constant = (0..12).map(|feature| format!("f{feature}")).collect();
    let found = cautions(&run.network, &run.training, &run.data, Some(&opened));
    assert!(found[1].message.starts_with("features `f0`, `f1`, `f2`, `f3`, `f4`, `f5`, `f6`, `f7` and 4 more have"));
}

#[test]
fn one_example_in_every_step_is_said_without_the_data() {
    let every = Subject::SingleValue { layer: 1, last_batch_only: false };
    assert_eq!(found(&run("point", "batch = 1"), None), [every]);
    assert_eq!(found(&run("point", "batch = 1"), Some(&opened(1_000))), [every]);
}
