//! What is in the event file of a result.

use super::super::clock::{Clock, EpochEnd};
use super::super::event::{Content, Event, Value, What};
use super::super::{event_file, histogram::histogram};
use super::events;
use crate::export::source::Source;
use crate::export::tests::Place;
use crate::train::{EpochRecord, StepRecord, TrainingMeans};

fn run_events() -> Vec<Event> {
    let place = Place::new();
    let source = Source::open(&place.result).expect("is whole");
    events(&event_file(&source).expect("has everything").1)
}

/// The values of a tag with their events.
fn values<'e>(events: &'e [Event], tag: &str) -> Vec<(&'e Event, &'e Value)> {
    let of_event = |event: &'e Event| match &event.what {
        Some(What::Summary(summary)) => summary.values.iter().map(move |value| (event, value)).collect(),
        _ => Vec::new(),
    };
    events.iter().flat_map(of_event).filter(|(_, value)| value.tag == tag).collect()
}

#[test]
fn steps_epochs_and_scores_stand_at_their_times() {
    let events = run_events();
    assert_eq!(events[0].what, Some(What::FileVersion("brain.Event:2".to_owned())));
    assert!(events.is_sorted_by(|left, right| left.wall_time <= right.wall_time));
    let places = |tag: &str| -> Vec<(f64, i64)> {
        values(&events, tag).iter().map(|(event, _)| (event.wall_time - 1_767_225_600.0, event.step)).collect()
    };
    // Epochs of 1, 2 and 3 seconds, two steps each; whole after 10 seconds.
    assert_eq!(places("step/loss"), [(0.5, 0), (1.0, 1), (2.0, 2), (3.0, 3), (4.5, 4), (6.0, 5)]);
    assert_eq!(places("train/accuracy"), [(1.0, 2), (3.0, 4), (6.0, 6)]);
    assert_eq!(places("validation/accuracy"), []);
    for tag in [
        "test/accuracy",
        "weights/head.bias.mu",
        "figures/reliability",
        "out_of_distribution/other/entropy/area_under_roc",
    ] {
        assert!(places(tag).iter().all(|place| *place == (10.0, 6)) && !places(tag).is_empty(), "{tag}");
    }
    let scalar = |tag: &str| match values(&events, tag)[0].1.content {
        Some(Content::Scalar(value)) => value,
        ref other => panic!("{tag} is {other:?}"),
    };
    assert_eq!(scalar("step/kl"), 1232.0);
    assert_eq!(scalar("temperature_scaling/temperature"), 1.5);
    assert_eq!(scalar("temperature_scaling/brier"), 0.25);
    assert_eq!(scalar("test/accuracy"), 1.0);
    // Counts are no scores.
    assert!(values(&events, "test/examples").is_empty());
}

#[test]
fn pictures_have_the_sizes_they_claim() {
    let events = run_events();
    let (_, value) = values(&events, "figures/reliability")[0];
    let Some(Content::Image(image)) = &value.content else { panic!("{value:?}") };
    let reader = png::Decoder::new(image.encoded.as_slice()).read_info().expect("is a PNG file");
    assert_eq!((reader.info().width as i32, reader.info().height as i32), (image.width, image.height));
    assert_eq!(reader.info().color_type, png::ColorType::Rgba);
    assert!(value.metadata.as_ref().is_some_and(|metadata| !metadata.description.is_empty()));
}

#[test]
fn an_epoch_cannot_end_after_the_run() {
    let train = TrainingMeans {
        loss: 0.0,
        negative_log_likelihood: 0.0,
        kl: 0.0,
        accuracy: Some(0.0),
        root_mean_squared_error: None,
    };
    let epoch = |epoch, seconds| EpochRecord { epoch, train, validation: None, images_per_second: 0.0, seconds };
    let step = |step, epoch| StepRecord {
        step,
        epoch,
        loss: 0.0,
        negative_log_likelihood: 0.0,
        kl: 0.0,
        kl_weight: 0.0,
        learning_rate: 0.0,
        accuracy: Some(0.0),
        root_mean_squared_error: None,
    };
    let clock = Clock::over(100.0, 103.0, &[epoch(1, 2.0), epoch(2, 4.0)], &[step(0, 1), step(1, 2), step(2, 2)]);
    assert_eq!([0, 1, 2].map(|step| clock.of_step(step)), [102.0, 103.0, 103.0]);
    assert_eq!(clock.end_of(1), EpochEnd { wall_time: 102.0, steps: 1 });
    assert_eq!(clock.end_of(2), EpochEnd { wall_time: 103.0, steps: 3 });
    assert_eq!(clock.end_of(7), EpochEnd { wall_time: 103.0, steps: 3 });
}

#[test]
fn histograms_hold_every_value_once() {
    assert!(histogram(std::iter::empty()).is_none());
    let values = [0.1, 0.2, 0.3, 0.7, 1e-300, -3.5, 0.7];
    let found = histogram(values.into_iter()).expect("has values");
    assert_eq!(found.bucket.iter().sum::<f64>(), 7.0);
    assert_eq!((found.min, found.max, found.num), (-3.5, 0.7, 7.0));
    assert_eq!(found.bucket_limit.last(), Some(&0.7));
    assert!(found.bucket_limit.is_sorted_by(|left, right| left < right));
    // Values so near each other that a bucket's width rounds to nothing.
    let found = histogram([1.0, 1.0 + f64::EPSILON].into_iter()).expect("has values");
    assert_eq!(found.bucket.iter().sum::<f64>(), 2.0);
}
