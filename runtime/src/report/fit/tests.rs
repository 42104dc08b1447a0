use super::*;
use crate::random::{Key, Purpose, Stream};
use crate::train::{TrainingMeans, ValidationMeans};
use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;

/// Stationary autoregressive noise of the first order about a figure of 100, its standard deviation 10: far more in
/// proportion than any KL has, so that the size of the change excuses nothing.
fn noise(stream: Stream, number: u32, correlation: f64, epochs: usize) -> Vec<f64> {
    let mut shocks = vec![0.0_f32; epochs];
    stream.fill_normal(number, 0, 0, &mut shocks);
    let innovation = (1.0 - correlation * correlation).sqrt();
    let mut level = f64::from(shocks[0]);
    let mut figures = vec![100.0 + 10.0 * level];
    for shock in &shocks[1..] {
        level = correlation * level + innovation * f64::from(*shock);
        figures.push(100.0 + 10.0 * level);
    }
    figures
}

#[test]
fn stationary_noise_is_rarely_called_a_trend() {
    const TRAININGS: u32 = 2_000;
    for epochs in [5, 10, 40, 100, 400] {
        for correlation in [0.0, 0.5, 0.8, 0.9] {
            let stream = Key::new(14).stream(Purpose::Bootstrap, &format!("{epochs}/{correlation}"));
            let trends: Vec<Trend> = (0..TRAININGS)
                .map(|number| Trend::of(&noise(stream, number, correlation, epochs)).expect("enough epochs"))
                .collect();
            let moving = |told: fn(&Trend) -> Course| {
                let found = trends.iter().filter(|trend| told(trend) == Course::Moving).count();
                found as f64 / f64::from(TRAININGS)
            };
            // 5 % and two binomial standard errors.
            assert!(moving(Trend::course) < 0.06, "{epochs} epochs, {correlation}: {}", moving(Trend::course));
            if correlation < 0.9 {
                assert!(moving(Trend::fall) < 0.06, "{epochs}, {correlation}: {}", moving(Trend::fall));
            }
        }
    }
}

#[test]
fn a_kl_on_its_way_is_seen_and_one_at_rest_is_not() {
    // 165,000 nats on the way to 120,000, by a constant share an epoch, with noise of 100 nats.
    let stream = Key::new(1).stream(Purpose::Bootstrap, "course");
    for epochs in [5, 20, 100] {
        let mut shocks = vec![0.0_f32; epochs];
        stream.fill_normal(0, 0, 0, &mut shocks);
        let course = |epoch: usize| 120_000.0 + 45_000.0 * 0.95_f64.powi(epoch as i32);
        let figures: Vec<f64> = (0..epochs).map(|epoch| course(epoch) + 100.0 * f64::from(shocks[epoch])).collect();
        let trend = Trend::of(&figures).expect("enough epochs");
        assert_eq!(trend.epochs, epochs.div_ceil(10).max(WINDOW));
        let expected = if epochs < 100 { Course::Moving } else { Course::Unknown };
        assert_eq!((trend.course(), trend.fall()), (expected, expected), "{trend:?}");
    }
}

#[test]
fn lines_are_least_squares() {
    // By hand: mean 3, slope 1.4, residuals -0.2 0.4 0 -0.4 0.2: s² = 0.4/3, error √(s²/10).
    let trend = Trend::of(&[7.0, 0.0, 2.0, 3.0, 4.0, 6.0]).expect("six figures");
    assert_eq!(trend.epochs, 5);
    let close = |left: f64, right: f64| assert!((left - right).abs() < 1e-12, "{left} against {right}");
    close(trend.first, 0.2);
    close(trend.last, 5.8);
    close(trend.t, 1.4 / (0.4_f64 / 3.0 / 10.0).sqrt());
    close(trend.relative_change(), 5.6 / 3.0);
    let flat = Trend::of(&[2.0; 5]).expect("five figures");
    assert_eq!((flat.t, flat.relative_change(), flat.course()), (0.0, 0.0, Course::Still));
    assert!(Trend::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).is_some_and(|line| line.t > 1e5 && line.t.is_finite()));
    assert_eq!(Trend::of(&[1.0; 4]), None);
    assert_eq!(Trend::of(&[1.0, 2.0, f64::NAN, 4.0, 5.0]), None);
}

/// A figure that is measured often moves little from one epoch to the next: 300 epochs of 0.008 % each are a fit that is on
/// its way, and five times as many end far from it.
#[test]
fn a_slow_course_is_a_course() {
    let slow: Vec<f64> = (0..300).map(|epoch| 2_140.0 * 0.999_917_f64.powi(epoch)).collect();
    let trend = Trend::of(&slow).expect("enough epochs");
    assert!(trend.relative_change().abs() < SMALLEST_CHANGE && trend.change_ahead() < -0.02, "{trend:?}");
    assert_eq!((trend.course(), trend.fall()), (Course::Moving, Course::Moving));
    let rising: Vec<f64> = slow.iter().rev().copied().collect();
    let trend = Trend::of(&rising).expect("enough epochs");
    assert_eq!((trend.course(), trend.fall()), (Course::Moving, Course::Still));
}

const SPEC: &str = "model mixed {
  input image[1, 8, 8]
  default point
  bayes conv1: conv2d(4, kernel=3)
  relu
  flatten
  dropout(p=0.2) fc1: linear(8)
  relu
  fc2: linear(8)
  relu
  bayes(estimator=flipout) head: linear(10)
  output categorical
}
model still { input image[1, 8, 8]; default point; flatten; head: linear(10); output categorical }
dataset d { source = digits(); split = fraction(train=0.8, validation=0.2) }
train t {
  objective = elbo(kl=exact, class_weights=[1, 1, 1, 1, 1, 1, 1, 1, 1, 4])
  optimizer = adam(lr=1e-3)
  learning_rate = cosine()
  epochs = 10
  batch = 100
  select = best(validation.nll)
}
report drawn { estimator = reparameterization }
run a { model = mixed; data = d; train = t }
train even extends t { objective = elbo(kl=exact, class_weights=[2, 2, 2, 2, 2, 2, 2, 2, 2, 2]) }
run b extends a { report = drawn }
run c { model = still; data = d; train = t }
run e extends a { train = even }
";

fn summary() -> TrainingSummary {
    let (train, validation) = means(1.0);
    TrainingSummary {
        examples: 1_000,
        validation_examples: 100,
        epochs: 10,
        steps: 100,
        cut_short: false,
        stopped_early: false,
        selected_epoch: 6,
        initial_kl: 1.0,
        final_kl: 1.0,
        effective_temperature: Some(1.0),
        train,
        validation: Some(validation),
    }
}

fn means(figure: f64) -> (TrainingMeans, ValidationMeans) {
    (
        TrainingMeans {
            loss: figure,
            negative_log_likelihood: figure,
            kl: figure,
            accuracy: Some(0.5),
            root_mean_squared_error: None,
        },
        ValidationMeans { negative_log_likelihood: figure, accuracy: Some(0.5), root_mean_squared_error: None },
    )
}

#[test]
fn diagnostics_are_those_of_the_scored_weights() {
    let mut sources = MemorySources::default();
    sources.insert("spec.elbo", SPEC);
    let compilation = compile("spec.elbo", &sources, None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    let epochs: Vec<EpochRecord> = (1..=10)
        .map(|epoch| {
            // Falls until epoch 6, then rests.
            let (train, validation) = means(100.0 - 10.0 * (epoch as f64).min(6.0));
            EpochRecord { epoch, train, validation: Some(validation), images_per_second: 1.0, seconds: 1.0 }
        })
        .collect();
    let of = |place: usize| FitDiagnostics::new(&compilation.runs[place].run, &summary(), &epochs, &[100; 10]);
    let fit = of(0);
    assert_eq!(fit.kl.map(|trend| trend.course()), Some(Course::Moving), "{:?}", fit.kl);
    assert!(fit.kl.is_some_and(|trend| (trend.last - 40.0).abs() < 1e-9), "up to the selected epoch: {:?}", fit.kl);
    assert_ne!(fit.validation_negative_log_likelihood.map(|trend| trend.fall()), Some(Course::Moving));
    assert_eq!(
        (fit.random_layers.join(" "), fit.deterministic_layers.join(" ")),
        ("conv1 fc1 head".into(), "fc2".into())
    );
    assert_eq!(fit.surrogate_layers, ["conv1"]);
    assert_eq!(fit.position_noise_at_prediction, ["conv1"]);
    assert!(!predicts_otherwise(&fit));
    // (9·100 + 4·100)² / (9·100 + 16·100)
    assert_eq!(fit.effective_examples, Some(1_690_000.0 / 2_500.0));
    let selection = Selection { monitor: Monitor::ValidationNegativeLogLikelihood, best: true, draws: 1 };
    assert_eq!(fit.selection, Some(selection));
    let left = fit.learning_rate_left.expect("it has a closed form");
    assert!((left - 0.5 * (1.0 + (std::f64::consts::PI * 0.59).cos())).abs() < 1e-12, "{left}");
    let drawn = of(1);
    assert!(drawn.position_noise_at_prediction.is_empty() && predicts_otherwise(&drawn));
    assert_eq!(of(3).effective_examples, None, "weights that are all the same weigh nothing");
    let still = of(2);
    assert_eq!((still.kl, still.random_layers.len(), still.surrogate_layers.len()), (None, 0, 0));
}
