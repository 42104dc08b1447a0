use super::*;
use crate::report::page::tests::full;
use crate::uncertainty::scores::DetectionScore;
use std::collections::{BTreeMap, BTreeSet};

fn column(name: &str, model: &str, accuracy: f64, interval: Option<[f64; 2]>) -> Column {
    let facts = [("model", model), ("data", "mnist|x"), ("seed", name)];
    Column {
        name: name.into(),
        facts: facts.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        estimates: BTreeMap::from([
            (Measure::Accuracy, Estimate { value: accuracy, interval }),
            (Measure::NegativeLogLikelihood, Estimate { value: 1.0 - accuracy, interval: None }),
        ]),
        training: name.into(),
        procedure: model.into(),
        best: BTreeSet::new(),
    }
}

fn runs() -> Vec<Column> {
    let mut runs =
        vec![column("a", "lenet5", 0.98, Some([0.97, 0.99])), column("b", "lenet5_bayes", 0.99, Some([0.985, 0.995]))];
    let detection = Measure::Detection { set: "noise".into(), score: DetectionScore::MutualInformation };
    runs[1].estimates.insert(detection, Estimate { value: 0.95, interval: None });
    runs[1].best = [Measure::Accuracy, Measure::NegativeLogLikelihood].into();
    runs
}

#[test]
fn a_table_in_four_forms() {
    let table = side_by_side(&runs());
    insta::assert_snapshot!("terminal", terminal(&table));
    insta::assert_snapshot!("markdown", markdown(&table));
    insta::assert_snapshot!("csv", csv(&table));
    let page = comparison_page(&ComparisonPage { runs: &runs(), ..ComparisonPage::default() });
    for text in ["98.00 % [97.00 %, 99.00 %]", "99.00 % [98.50 %, 99.50 %] ★", "AUROC noise (mutual information)"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn only_what_is_better_beyond_chance_is_marked() {
    let mut runs = runs();
    runs[1].best.clear();
    let table = side_by_side(&runs);
    assert!(table.rows.iter().all(|row| row.cells.iter().all(|cell| !cell.is_best)), "the larger value is no reason");
    assert!(!terminal(&table).contains("best"));
}

#[test]
fn differences_have_signs() {
    let difference =
        |measure, value, interval| Difference { measure, from: "a".into(), to: "b".into(), value, interval };
    let paired = [
        difference(Measure::Accuracy, 0.01, [0.002, 0.018]),
        difference(Measure::NegativeLogLikelihood, -0.01, [-0.02, 0.005]),
    ];
    let table = differences(&paired);
    assert_eq!(table.columns, ["accuracy", "NLL"]);
    assert_eq!(table.rows[0].name, "b − a");
    let texts: Vec<String> = table.rows[0].cells.iter().map(Cell::text).collect();
    assert_eq!(texts, ["+1.00 % [+0.20 %, +1.80 %]", "−0.01000 [−0.02000, +0.005000]"]);
    let page = comparison_page(&ComparisonPage {
        runs: &runs(),
        differences: &paired,
        tables: &[table],
        ..ComparisonPage::default()
    });
    let html = scraper::Html::parse_document(&page);
    assert_eq!(html.errors.len(), 0, "{:?}", html.errors);
}

#[test]
fn a_pivot_takes_seeds_together() {
    let mut runs = runs();
    runs.push(column("c", "lenet5", 0.96, None));
    // A further report of a training is not another run.
    runs.push(Column { training: "c".into(), ..column("d", "lenet5", 0.5, None) });
    let asked = std::cell::RefCell::new(Vec::new());
    let better = |one: &[usize], other: &[usize]| {
        asked.borrow_mut().push((one.to_vec(), other.to_vec()));
        true
    };
    let by = |rows_by, columns_by| Pivot { rows_by, columns_by, measure: &Measure::Accuracy, better: &better };
    let table = pivot(&runs, by("model", "data")).expect("all runs have both");
    assert_eq!(*asked.borrow(), [(vec![1], vec![0, 2])], "all seeds of the one are compared with all of the other");
    assert!(table.notes[1].ends_with("so 1 is left out."), "{}", table.notes[1]);
    assert_eq!((table.columns.clone(), table.rows.len()), (vec!["mnist|x".to_owned()], 2));
    let cells: Vec<String> = table.rows.iter().map(|row| row.cells[0].text()).collect();
    // The standard deviation of 0.98 and 0.96 is √2/100.
    assert_eq!(cells, ["97.00 % ± 1.41 % (2 runs)", "99.00 % [98.50 %, 99.50 %]"]);
    assert_eq!(table.rows.iter().map(|row| row.cells[0].is_best).collect::<Vec<_>>(), [false, true]);
    assert!(markdown(&table).contains("mnist\\|x"));
    assert!(csv(&table).starts_with("model,mnist|x,mnist|x low,mnist|x high\nlenet5,0.97,0.95585"));
}

#[test]
fn numbers_stand_in_their_order() {
    let runs: Vec<Column> = ["10", "2", "1", "1e1"].map(|seed| column(seed, "lenet5", 0.9, None)).into();
    let by = |rows_by, columns_by| Pivot { rows_by, columns_by, measure: &Measure::Accuracy, better: &|_, _| false };
    let table = pivot(&runs, by("model", "seed")).expect("all runs have both");
    assert_eq!(table.columns, ["1", "2", "10", "1e1"]);
    let runs: Vec<Column> = ["b", "10", "a"].map(|seed| column(seed, "lenet5", 0.9, None)).into();
    let table = pivot(&runs, by("model", "seed")).expect("all runs have both");
    assert_eq!(table.columns, ["b", "10", "a"], "what is not all numbers stays as given");
}

#[test]
fn what_cannot_be_laid_out_is_refused() {
    let by = |rows_by, columns_by| Pivot { rows_by, columns_by, measure: &Measure::Accuracy, better: &|_, _| true };
    let error = pivot(&runs(), by("model", "prior")).expect_err("no run has a prior");
    assert_eq!(error.to_string(), "`a` has no `prior` to lay a table out by; the runs know `data`, `model`, `seed`");
    let mut mixed = runs();
    mixed.push(Column { procedure: "of more epochs".into(), ..column("c", "lenet5", 0.96, None) });
    let error = pivot(&mixed, by("model", "data")).expect_err("two procedures");
    assert!(error.to_string().contains("`a` and `c`, which differ in more than their seed"), "{error}");
    let rmse = Pivot { measure: &Measure::RootMeanSquaredError, ..by("model", "data") };
    let error = pivot(&runs(), rmse).expect_err("these are of classes");
    assert!(error.to_string().starts_with("no run has the measure `RMSE`; they have accuracy, NLL"), "{error}");
    let error = pivot(&runs(), by("model", "model")).expect_err("the same twice");
    assert!(error.to_string().starts_with("rows and columns are both by `model`"));
}

#[test]
fn a_column_has_all_figures_of_a_run() {
    let column = Column::new("x", &full().report);
    assert_eq!(column.estimates.len(), 7 + 2 * 4);
    assert!(column.estimates.values().all(|estimate| estimate.interval.is_some()));
    assert_eq!(column.facts["model"], "net");
    assert_eq!((column.facts["data"].as_str(), column.facts["source"].as_str()), ("digits_data", "digits"));
    for name in Measure::names() {
        let measure = Measure::parse(name).expect("is a measure");
        let of_values = ["rmse", "mae"].contains(&name);
        assert_eq!(column.estimates.contains_key(&measure), !of_values, "{name}");
    }
    assert_eq!(Measure::parse("auroc"), None);
}

#[test]
fn fields_are_quoted_where_they_must_be() {
    let mut runs = runs();
    runs[0].name = "a, \"the first\"".into();
    assert!(csv(&side_by_side(&runs)).starts_with("measure,\"a, \"\"the first\"\"\",\"a, \"\"the first\"\" low\""));
}
