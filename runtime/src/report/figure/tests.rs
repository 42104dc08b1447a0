use super::*;
use crate::report::page::figures;
use crate::report::page::tests::full;
use crate::train::{EpochRecord, TrainingMeans, ValidationMeans};
use crate::uncertainty::{DrawGroups, InputSources, Predictions};

/// An epoch whose curves go down.
pub(in crate::report) fn epoch(number: usize) -> EpochRecord {
    let loss = 1.0 / number as f64;
    EpochRecord {
        epoch: number,
        train: TrainingMeans {
            loss,
            negative_log_likelihood: loss,
            kl: 1e5 * loss,
            accuracy: Some(1.0 - loss / 3.0),
            root_mean_squared_error: None,
        },
        validation: Some(ValidationMeans {
            negative_log_likelihood: loss + 0.01,
            accuracy: Some(0.99 - loss / 3.0),
            root_mean_squared_error: None,
        }),
        images_per_second: 1.0,
        seconds: 1.0,
    }
}

/// Sixty inputs of three classes, four draws, some of them wrong.
pub(in crate::report) fn predictions() -> Predictions {
    let mut groups = DrawGroups::new(60, 3, 4);
    for draw in 0..4 {
        let probabilities: Vec<f64> = (0..60)
            .flat_map(|input| {
                let first = 0.35 + 0.01 * f64::from(input) + 0.005 * f64::from(draw);
                [first, (1.0 - first) * 0.75, (1.0 - first) * 0.25]
            })
            .collect();
        groups.add(&probabilities).expect("the right size");
    }
    let labels: Vec<u32> = (0..60).map(|input| u32::from(input % 4 == 0)).collect();
    let predictive = groups.finish().expect("draws were added").0;
    let inputs = predictive.score(&labels).expect("labels fit");
    Predictions { predictive, labels, inputs, sources: InputSources::Unnamed }
}

/// Every figure there is, of small data.
fn all() -> Vec<Figure> {
    let mut input = full();
    input.class_names = ["cat & dog", "<b>", "long name of a class"].map(str::to_owned).to_vec();
    input.fitted = vec![(0.0, 1.0, 0.9, 0.1, 0.01), (1.0, 1.5, 1.4, 0.1, 0.3)];
    let all = figures(&input);
    let names: Vec<&str> = all.iter().map(|figure| figure.name.as_str()).collect();
    let expected = [
        "learning-likelihood",
        "learning-accuracy",
        "learning-kl",
        "regression",
        "reliability",
        "risk-coverage",
        "histogram-entropy",
        "histogram-max-probability",
        "histogram-mutual-information",
        "histogram-epistemic",
        "epistemic-by-samples",
        "detection",
        "confusion",
        "class-uncertainty",
        "signal-to-noise",
    ];
    assert_eq!(names, expected);
    all
}

#[test]
fn figures_are_well_formed_and_say_what_they_show() {
    for figure in all() {
        let svg = figure.svg();
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{}: {error}", figure.name));
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let text = |name: &str| {
            let found = root.children().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)));
            found.and_then(|node| node.text()).unwrap_or_default().to_owned()
        };
        assert_eq!(text("title"), figure.title);
        assert_eq!(text("desc"), figure.description);
        assert!(figure.description.len() > 20 && !figure.caption.is_empty(), "{}", figure.name);
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{}", figure.name);
        assert!(!figure.table.rows.is_empty());
        for row in &figure.table.rows {
            assert_eq!(row.len(), figure.table.columns.len(), "{}", figure.name);
        }
        roxmltree::Document::parse(&figure.inline()).unwrap_or_else(|error| panic!("{}: {error}", figure.name));
    }
}

#[test]
fn nothing_is_drawn_outside() {
    for figure in all() {
        let svg = figure.svg();
        let document = roxmltree::Document::parse(&svg).expect("well-formed");
        let [width, height] = figure.drawing.size();
        for node in document.descendants() {
            for (names, limit) in [(["x", "x1", "x2", "cx"], width), (["y", "y1", "y2", "cy"], height)] {
                for value in names.iter().filter_map(|name| node.attribute(*name)) {
                    let value: f64 = value.parse().expect("a number");
                    assert!((0.0..=limit).contains(&value), "{}: {value} of {limit}", figure.name);
                }
            }
        }
    }
}

#[test]
fn letters_are_drawn_without_fonts_of_the_system() {
    // The same plot without its text must be another picture.
    let figure = &all()[0];
    let svg = figure.svg();
    let bare: String =
        svg.split("<text").map(|part| part.split_once("</text>").map_or(part, |(_, rest)| rest)).collect();
    let (with, without) = (figure.png(), raster::png(&bare));
    assert!(with.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(with.len() > without.len() + 500, "{} and {} bytes", with.len(), without.len());
    assert_eq!(with, figure.png(), "the same bytes again");
}

#[test]
fn every_letter_of_a_figure_is_in_the_font() {
    let font = dejavu::sans::regular();
    let face = resvg::usvg::fontdb::Source::Binary(std::sync::Arc::new(font.to_vec()));
    let mut database = resvg::usvg::fontdb::Database::new();
    let ids = database.load_font_source(face);
    assert_eq!(ids.len(), 1);
    assert_eq!(database.face(ids[0]).expect("it was loaded").families[0].0, raster::FAMILY);
}

#[test]
fn without_data_there_is_no_figure() {
    assert!(learning_figures(&[], 0).is_empty());
    assert!(reliability_figure(&[], None).is_none());
    assert!(histogram_figure("entropy", "", "", &[0.0, 1.0], &[("right".into(), &[0])]).is_none());
    assert!(confusion_figure(&[], &[]).is_none());
    assert!(detection_figure(&[]).is_none());
    assert!(epistemic_by_samples_figure(&[]).is_none());
    assert!(signal_to_noise_figure(&[]).is_none());
    assert!(regression_figure(&[(0.0, f64::NAN, 0.0, 0.0, 0.0)], 1).is_none());
}

#[test]
fn a_fit_says_how_many_of_its_inputs_are_drawn() {
    let points: Vec<_> = (0..2_000).map(|at| (f64::from(at), 0.0, 0.0, 1.0, 0.5)).collect();
    let figure = regression_figure(&points, 1_000_000).expect("there are points");
    assert!(figure.caption.contains("400 of 1,000,000 test inputs are drawn"), "{}", figure.caption);
    assert!(figure.description.contains("400 of the 400 targets drawn lie"), "{}", figure.description);
    let figure = regression_figure(&points[..9], 9).expect("there are points");
    assert!(!figure.caption.contains("drawn"), "{}", figure.caption);
    assert!(figure.description.contains("9 of 9 targets lie"), "{}", figure.description);
}

#[test]
fn numbers_are_short() {
    let cases = [
        (0.0, "0"),
        (0.123456, "0.1235"),
        (12.3456, "12.35"),
        (-0.5, "−0.5000"),
        (1234.56, "1234.6"),
        (4_470_864.9, "4,470,865"),
        (0.000012345, "1.234e−5"),
    ];
    for (value, expected) in cases {
        assert_eq!(number(value), expected);
    }
}

#[test]
fn a_value_has_the_decimals_of_its_error() {
    let cases = [
        (22.9912, Some(0.00133), "22.9912 ± 0.0013"),
        (0.002427, Some(0.01232), "0.002 ± 0.012"),
        (-0.5, Some(0.25), "−0.50 ± 0.25"),
        (1234.56, Some(120.0), "1235 ± 120"),
        (0.5, Some(0.0), "0.5000 ± 0"),
        (0.5, None, "0.5000"),
    ];
    for (value, error, expected) in cases {
        assert_eq!(with_error(value, error), expected);
    }
}

#[test]
fn a_place_has_the_decimals_of_what_it_is_uncertain_by() {
    assert_eq!(super::beside(2_460_000.531, Some(0.13)), "2460000.53");
    assert_eq!(super::beside(-1.5, Some(0.013)), "−1.500");
    assert_eq!(super::beside(0.123_456, None), super::number(0.123_456));
}
