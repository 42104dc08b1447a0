use super::{assess, blobs::Blobs, evaluate, logistic::Logistic, run};
use crate::backend::{Batch, Targets};
use crate::data::Part;
use crate::train::{Assessment, Silent, TrainError, TrainingData, train};
use crate::uncertainty::{InputSources, OtherKind};
use elbo_compiler::ir::{Corruption, DataSource, OtherSource, OutOfDistribution, Run};
use std::ops::Range;

/// The blobs drawn together to the centre, where nothing tells them apart; labels beyond every class.
struct Centre(usize);

impl TrainingData for Centre {
    fn examples(&self, split: Part) -> usize {
        if split == Part::Test { self.0 } else { 0 }
    }

    fn training_batch(&self, _: u32, _: &[u32]) -> Batch {
        unreachable!("nothing is trained on it")
    }

    fn batch(&self, _: Part, range: Range<usize>) -> Batch {
        let mut batch = Blobs::new(0, 0, self.0).batch(Part::Test, range);
        batch.inputs.iter_mut().for_each(|value| *value *= 0.1);
        batch.targets = Targets::Classes(vec![99; batch.len()]);
        batch
    }
}

fn with_sets(sources: &[OtherSource]) -> Run {
    let mut run = run();
    let set = |source: &OtherSource| OutOfDistribution { name: source.name(), source: *source, root: None };
    run.report.out_of_distribution = sources.iter().map(set).collect();
    run
}

fn trained(noise: f32) -> Logistic {
    let mut backend = Logistic::new(noise);
    train(&run(), &mut backend, &Blobs::new(300, 0, 0), &mut Silent).expect("trains");
    backend
}

/// The scores of classes.
fn test_of(assessment: &Assessment) -> &crate::uncertainty::Evaluation {
    assessment.scored.test().expect("the output is categorical")
}

fn no_others(_: usize) -> Box<dyn TrainingData> {
    unreachable!("the report lists none")
}

const SOURCES: [OtherSource; 2] =
    [OtherSource::DataSet(DataSource::Mnist), OtherSource::Corruption { kind: Corruption::Blur, severity: 3 }];

/// The first set lies at the centre, the other is the test split itself.
fn others(place: usize) -> Box<dyn TrainingData> {
    if place == 0 { Box::new(Centre(200)) } else { Box::new(Blobs::new(0, 0, 300)) }
}

#[test]
fn sets_of_another_distribution_are_told_apart_and_described() {
    let backend = trained(0.3);
    let data = Blobs::new(0, 90, 300);
    let assessment = assess(&with_sets(&SOURCES), &backend, &data, &others, &mut Silent).expect("scores");
    let [centre, same] = assessment.out_of_distribution.as_slice() else { panic!("two sets") };
    assert_eq!((centre.name.as_str(), centre.kind, centre.examples), ("mnist", OtherKind::Source, 200));
    assert_eq!((centre.accuracy, centre.severity, centre.samples), (None, None, 6));
    assert!(centre.mean_entropy > 2.0 * test_of(&assessment).entropy);
    for found in &centre.detection[..2] {
        assert!(found.area_under_roc > 0.95, "{found:?}");
    }
    // Neither labels nor noise differ from those of the test split.
    assert_eq!((same.kind, same.corruption.as_deref(), same.severity), (OtherKind::Corruption, Some("blur"), Some(3)));
    assert_eq!(same.accuracy, Some(test_of(&assessment).accuracy));
    assert!((same.mean_entropy - test_of(&assessment).entropy).abs() < 1e-12);
    assert!(same.detection.iter().all(|found| found.area_under_roc == 0.5));
    let edges =
        |histogram: &Option<crate::uncertainty::scores::OtherHistogram>| histogram.as_ref().map(|h| h.edges.clone());
    let known = test_of(&assessment).histograms.entropy.as_ref().expect("is defined");
    assert_eq!(edges(&centre.histograms.entropy), Some(known.edges.clone()));
    let counted: usize = centre.histograms.entropy.as_ref().expect("is defined").counts.iter().sum();
    assert_eq!(counted, 200);
    // What is said of the test split beside them does not depend on them, but for the edges.
    let mut alone = evaluate(&run(), &backend, &data, &mut Silent).expect("scores");
    alone.histograms = test_of(&assessment).histograms.clone();
    assert_eq!(&alone, test_of(&assessment));
}

#[test]
fn a_temperature_is_fitted_on_validation_alone() {
    let mut backend = trained(0.3);
    // Three times as confident as it has learned to be.
    backend.weights.iter_mut().for_each(|weight| *weight *= 3.0);
    let fit = |validation: usize, test: usize| -> Assessment {
        assess(&run(), &backend, &Blobs::new(0, validation, test), &no_others, &mut Silent).expect("scores")
    };
    assert_eq!(fit(0, 50).temperature_scaling, None);
    let (first, second) = (fit(400, 50), fit(400, 300));
    let [first, second] =
        [first, second].map(|assessment| assessment.temperature_scaling.expect("there is validation"));
    assert_eq!((first.temperature, first.examples), (second.temperature, 400));
    let [raw, scaled] = first.validation_negative_log_likelihood;
    assert!(scaled <= raw);
    assert_ne!(first.test, second.test);
}

#[test]
fn a_single_draw_leaves_the_epistemic_parts_out() {
    let assessment =
        assess(&with_sets(&SOURCES), &trained(0.0), &Blobs::new(0, 30, 60), &others, &mut Silent).expect("scores");
    assert_eq!(assessment.epistemic_by_samples, []);
    let set = &assessment.out_of_distribution[0];
    assert_eq!((set.mean_epistemic, set.mean_mutual_information, set.detection.len()), (None, None, 2));
    assert!(set.histograms.epistemic.is_none() && set.histograms.max_probability.is_some());
}

#[test]
fn a_set_without_an_image_is_an_error_that_names_it() {
    let empty = |_: usize| -> Box<dyn TrainingData> { Box::new(Centre(0)) };
    let error =
        assess(&with_sets(&SOURCES), &trained(0.3), &Blobs::new(0, 0, 9), &empty, &mut Silent).expect_err("empty");
    assert!(matches!(&error, TrainError::EmptySet { name } if name == "mnist"), "{error}");
    assert!(error.to_string().contains("holds no image; take it out"), "{error}");
}

#[test]
fn predictions_are_those_that_were_scored() {
    let assessment = assess(&run(), &trained(0.3), &Blobs::new(0, 0, 300), &no_others, &mut Silent).expect("scores");
    let read = crate::uncertainty::read_predictions(&assessment.scored.to_csv(&[])).expect("is a table");
    assert_eq!(read.len(), 300);
    let mean = read.iter().map(|input| input.scores.negative_log_likelihood).sum::<f64>() / 300.0;
    assert!((mean - test_of(&assessment).negative_log_likelihood).abs() < 1e-12);
}

/// Blobs whose test examples have files.
struct Named(Blobs);

impl TrainingData for Named {
    fn examples(&self, split: Part) -> usize {
        self.0.examples(split)
    }

    fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch {
        self.0.training_batch(epoch, positions)
    }

    fn batch(&self, split: Part, range: Range<usize>) -> Batch {
        self.0.batch(split, range)
    }

    fn test_sources(&self) -> InputSources {
        InputSources::Files((0..self.examples(Part::Test)).map(|place| format!("cat/{place}.png")).collect())
    }
}

#[test]
fn inputs_to_look_at_and_predictions_have_the_names_of_their_files() {
    let data = Named(Blobs::new(0, 0, 40));
    let assessment = assess(&run(), &trained(0.3), &data, &no_others, &mut Silent).expect("scores");
    let extremes = &test_of(&assessment).extremes;
    for input in extremes.most_certain.iter().chain(&extremes.least_certain) {
        assert_eq!(input.name, Some(format!("cat/{}.png", input.index)));
    }
    let text = assessment.scored.to_csv(&[]);
    assert!(text.lines().nth(8).is_some_and(|line| line.ends_with(",cat/7.png")), "{text}");
    assert_eq!(crate::uncertainty::read_predictions(&text).map(|inputs| inputs.len()), Ok(40));
}
