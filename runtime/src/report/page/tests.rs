use super::*;
use crate::outputs::Scores;
use crate::report::figure::tests::{epoch, predictions};
use crate::uncertainty::scores::{Edges, Histograms, OtherHistograms};
use crate::uncertainty::{Evaluation, InputScores, InputSources, Predictions, Predictive, Replicates};
use scraper::{Html, Selector};
use std::collections::BTreeSet;

/// The page of these predictions, with everything else a page can hold.
fn of(predictions: &Predictions) -> PageInput {
    let Predictions { predictive, labels, inputs, .. } = predictions;
    let mut report = crate::report::tests::report(4);
    report.run.name = "lenet <5> & co".into();
    report.training.selected_epoch = 2;
    report.warnings = vec!["the posterior is tempered".into()];
    let mut test = Evaluation::new(predictive, labels, &[], &Replicates::default()).expect("everything fits");
    let edges = Edges::new(3, &[inputs.as_slice()]);
    test.histograms = Histograms::new(inputs, &edges);
    report.scores = Scores::Classes(Box::new(test));
    report.out_of_distribution[1].name = "blur 3".into();
    for set in &mut report.out_of_distribution {
        set.histograms = OtherHistograms::new(inputs, &edges);
    }
    let spec = "run a { model = <script>alert(1)</script> }";
    PageInput::new(&report, vec![epoch(1), epoch(2), epoch(3)], spec)
        .with_scores(inputs, labels)
        .expect("fifteen bins are possible")
}

/// With everything a page can hold.
pub(in crate::report) fn full() -> PageInput {
    let mut input = of(&predictions());
    for index in input.pictured() {
        input.pictures.insert(index, Picture { shape: [1, 2, 2], pixels: vec![0, 1, 2, 3], unit: 3 });
    }
    input
}

/// Parses a page, which must have no error an HTML parser can name.
fn parsed(page: &str) -> Html {
    let html = Html::parse_document(page);
    assert_eq!(html.errors, Vec::<std::borrow::Cow<'_, str>>::new());
    html
}

fn all<'h>(html: &'h Html, selector: &str) -> Vec<scraper::ElementRef<'h>> {
    html.select(&Selector::parse(selector).expect("a selector")).collect()
}

#[test]
fn a_page_is_well_formed_and_leads_nowhere_else() {
    let page = page(&full());
    let html = parsed(&page);
    let ids: Vec<&str> = all(&html, "[id]").iter().filter_map(|element| element.attr("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "identifiers are unique: {ids:?}");
    for (selector, attribute) in [("[href]", "href"), ("[src]", "src")] {
        for element in all(&html, selector) {
            let address = element.attr(attribute).expect("selected by it");
            let inside = address.strip_prefix('#').is_some_and(|id| ids.contains(&id));
            assert!(inside || address.starts_with("data:"), "{address} leads out of the file");
        }
    }
    for forbidden in ["http:", "https:", "url(", "@import", "<script", "javascript:", "NaN"] {
        assert!(!page.contains(forbidden), "the page holds `{forbidden}`");
    }
    assert!(page.len() < 400_000, "{} bytes", page.len());
}

#[test]
fn a_page_can_be_read_by_all() {
    let html = parsed(&page(&full()));
    for landmark in ["html[lang]", "header", "nav[aria-label]", "main", "footer", "h1", "head > title", "a.skip"] {
        assert_eq!(all(&html, landmark).len(), 1, "{landmark}");
    }
    let mut depth = 0;
    for heading in all(&html, "h1, h2, h3") {
        let level: usize = heading.value().name()[1..].parse().expect("a level");
        assert!(level <= depth + 1, "a heading of level {level} follows one of level {depth}");
        depth = level;
    }
    let drawn = all(&html, "figure");
    assert_eq!(drawn.len(), figures(&full()).len());
    for figure in drawn {
        let count = |selector: &str| figure.select(&Selector::parse(selector).expect("a selector")).count();
        for part in ["figcaption", "svg[role=img][aria-labelledby]", "svg > title", "svg > desc", "details table"] {
            assert_eq!(count(part), 1, "{part}");
        }
    }
    assert!(all(&html, "img").iter().all(|image| image.attr("alt").is_some_and(|text| !text.is_empty())));
    for table in all(&html, ".scroll") {
        assert_eq!((table.attr("tabindex"), table.attr("role")), (Some("0"), Some("region")));
        assert!(table.attr("aria-label").is_some());
    }
}

#[test]
fn every_part_is_there_and_none_without_its_data() {
    let everything =
        "conclusions scores training calibration uncertainty foreign inputs classes weights spec provenance";
    let ids = |page: &str| {
        let html = parsed(page);
        let ids: Vec<String> =
            all(&html, "main h2").iter().filter_map(|heading| heading.attr("id")).map(str::to_owned).collect();
        ids.join(" ")
    };
    assert_eq!(ids(&page(&full())), everything);
    let mut bare = full();
    bare.epochs.clear();
    bare.reliability.clear();
    bare.risk_coverage = None;
    bare.per_class.clear();
    bare.confusion.clear();
    bare.spec.clear();
    bare.report.out_of_distribution.clear();
    bare.report.layers.clear();
    assert_eq!(ids(&page(&bare)), "conclusions scores uncertainty inputs provenance");
}

#[test]
fn what_names_hold_is_text() {
    let html = parsed(&page(&full()));
    assert_eq!(all(&html, "h1")[0].text().collect::<String>(), "lenet <5> & co");
    let spec: String = all(&html, "pre")[0].text().collect();
    assert_eq!(spec, "run a { model = <script>alert(1)</script> }");
}

fn text_of(conclusions: &[Conclusion]) -> String {
    conclusions.iter().map(|one| format!("{}: {} — {}\n", one.about, one.verdict, one.text)).collect()
}

#[test]
fn conclusions_say_what_the_figures_say() {
    insta::assert_snapshot!("conclusions", text_of(&conclusions(&full())));
}

#[test]
fn conclusions_of_one_draw_and_one_class() {
    let predictive = Predictive {
        samples: 1,
        classes: 3,
        mean: [0.9, 0.05, 0.05].repeat(4),
        aleatoric: vec![0.05; 12],
        epistemic: None,
        expected_entropy: vec![0.4; 4],
        likelihoods: None,
    };
    let labels = vec![0; 4];
    let inputs: Vec<InputScores> = predictive.score(&labels).expect("labels fit");
    let mut input = of(&Predictions { predictive, labels, inputs, sources: InputSources::Unnamed });
    input.report.out_of_distribution.clear();
    let text = text_of(&conclusions(&input));
    for expected in ["cannot be split", "no classes to compare", "2 classes, which no test example has", "not measured"]
    {
        assert!(text.contains(expected), "`{expected}` in\n{text}");
    }
    assert!(!text.contains("NaN"));
    parsed(&page(&input));
}

#[test]
fn a_page_of_real_targets_says_nothing_of_classes() {
    for (samples, targets) in [(1, 1), (4, 1), (4, 2)] {
        let report = crate::report::tests::regression_report(samples, targets);
        let mut epochs = vec![epoch(1), epoch(2)];
        for epoch in &mut epochs {
            (epoch.train.accuracy, epoch.train.root_mean_squared_error) = (None, Some(0.5));
            epoch.validation = None;
        }
        let input = PageInput::new(&report, epochs, "run a {}");
        let text = page(&input);
        let html = parsed(&text);
        let ids: Vec<&str> = all(&html, "[id]").iter().filter_map(|element| element.attr("id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "identifiers are unique: {ids:?}");
        for id in ["scores", "training", "fit", "inputs", "weights", "figure-coverage", "figure-learning-error"] {
            assert!(ids.contains(&id), "{id} of {ids:?}");
        }
        assert_eq!(ids.contains(&"figure-regression"), targets == 1);
        for absent in ["figure-reliability", "figure-confusion", "figure-learning-accuracy", "classes", "foreign"] {
            assert!(!ids.contains(&absent), "{absent}");
        }
        let conclusions = conclusions(&input);
        assert_eq!(conclusions[0].about, "How good it is");
        assert!(conclusions[0].verdict.starts_with("off by "), "{conclusions:?}");
        let split = conclusions.iter().find(|one| one.about == "How its uncertainty splits").expect("it is there");
        assert_eq!(split.verdict == "cannot be split", samples == 1);
        assert!(!text.contains("class scores") && !text.contains("Brier"));
    }
}
