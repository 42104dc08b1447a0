mod every_spec;

use super::*;
use crate::data::{ChannelStatistics, TargetScale};
use crate::store::Identity;
use crate::train::{Assessment, Scored, TrainingMeans, TrainingSummary, ValidationMeans};
use crate::uncertainty::scores::{Edges, OtherHistograms, TopLabel, detection, reliability};
use crate::uncertainty::{
    ComparedMetric, CrossFitted, DrawGroups, Evaluation, FinalElbo, FittedTemperature, GaussianMixture, InputSources,
    OtherKind, OutOfDistribution, Predictions, RegressionEvaluation, RegressionPredictions, Replicates, SampleCurve,
    ScaledScores, UnderWeightDraws, ValueDraws, ValueReplicates,
};
use elbo_compiler::ir::{Metric, Monitor};
use serde_json::Value;
use std::collections::BTreeMap;

/// A report with every table, of two inputs, three classes and four draws (or one).
pub(crate) fn report(samples: usize) -> Report {
    let metrics = [
        Metric::ExpectedCalibrationError { bins: 5 },
        Metric::AdaptiveCalibrationError { bins: 5 },
        Metric::Reliability { bins: 2 },
        Metric::RiskCoverage,
        Metric::PerClass,
        Metric::Confusion,
    ];
    let mut groups = DrawGroups::new(2, 3, samples);
    for draw in 0..samples {
        let p = 0.25 + draw as f64 / 16.0;
        groups.add(&[p, 0.75 - p, 0.25, 0.5, 0.25, 0.25]).expect("the right size");
    }
    let (predictive, left_out) = groups.finish().expect("draws were added");
    let mut replicates = Replicates::default();
    replicates.add(&left_out, &[1, 0]).expect("labels fit");
    replicates.resample(&groups, &[1, 0]).expect("labels fit");
    let mut test = Evaluation::new(&predictive, &[1, 0], &metrics, &replicates).expect("everything fits");
    test.extremes.name(&["cat/1.png".to_owned(), "dog/<2>.png".to_owned()]);
    let facts = RunFacts {
        name: "digits_bayes".into(),
        model: "net".into(),
        varied: BTreeMap::from([("train.seed".to_owned(), "3".to_owned())]),
        identity: Identity::parse(&"0a".repeat(32)).expect("64 digits"),
        training: Identity::parse(&"0b".repeat(32)).expect("64 digits"),
        elbo_version: "0.1.0".into(),
        backend: "candle".into(),
        device_kind: "cpu".into(),
        kernel_table: "avx2".into(),
        seed: u64::MAX,
        output: "categorical".to_owned(),
        network: NetworkFacts {
            parameters: 61_706,
            variational_parameters: 61_706,
            multiply_accumulates: 416_520,
            stochastic: true,
        },
        data: DataFacts {
            name: "digits_data".into(),
            source: "digits".into(),
            sha256: "cd".repeat(32),
            test_sha256: "ef".repeat(32),
            classes: Some(3),
            class_names: Vec::new(),
            file_notes: Vec::new(),
            normalization: vec![vec![ChannelStatistics { mean: 0.5, deviation: 0.25 }]],
            target_scale: Some(TargetScale { means: vec![1.5], deviations: vec![0.5] }),
            digests: BTreeMap::from([("digits".to_owned(), "ab".repeat(32))]),
        },
    };
    Report::new(facts, (training(), fit()), &assessment(&groups, test), vec![layer()])
}

/// Everything beside the test split's own scores, with each optional field at least once.
fn assessment(groups: &DrawGroups, test: Evaluation) -> Assessment {
    let predictive = groups.finish().expect("draws were added").0;
    let labels = vec![1, 0];
    let inputs = predictive.score(&labels).expect("labels fit");
    let mut curve = SampleCurve::default();
    curve.add(2, groups.prefixes());
    let epistemic_by_samples = curve.finish(&test);
    let edges = Edges::new(3, &[&inputs]);
    let set = |kind, damage: Option<&str>| OutOfDistribution {
        name: "other".into(),
        kind,
        corruption: damage.map(str::to_owned),
        severity: damage.map(|_| 3),
        examples: 2,
        samples: test.samples,
        mean_entropy: 0.5,
        mean_epistemic: test.epistemic,
        mean_mutual_information: test.mutual_information,
        mean_max_probability: 0.75,
        accuracy: damage.map(|_| 0.5),
        detection: detection(&inputs, &inputs),
        histograms: OtherHistograms::new(&inputs, &edges),
    };
    let fitted = FittedTemperature {
        temperature: 1.5,
        interval: [1.25, 1.75],
        examples: 9,
        negative_log_likelihood: [0.75, 0.5],
        cross_fitted: Some(CrossFitted {
            folds: 5,
            negative_log_likelihood: [0.75, 0.5],
            improvement: 0.25,
            standard_error: 0.0625,
        }),
    };
    let scaled = ScaledScores {
        accuracy: 0.5,
        negative_log_likelihood: 0.5,
        brier: 0.25,
        expected_calibration_error: 0.125,
        reliability: reliability(&[TopLabel { confidence: 0.5, correct: true }], 2).expect("two bins"),
    };
    Assessment {
        temperature_scaling: (test.samples > 2).then(|| fitted.with_test(scaled)),
        out_of_distribution: vec![set(OtherKind::Source, None), set(OtherKind::Corruption, Some("blur"))],
        epistemic_by_samples,
        under_weight_draws: None,
        scored: Scored::Classes {
            test: Box::new(test),
            predictions: Predictions { predictive, labels, inputs, sources: InputSources::Unnamed },
        },
    }
}

/// A report on real targets of a curve, or on two targets, from so many draws.
pub(super) fn regression_report(samples: usize, targets: usize) -> Report {
    let draws = |input: usize| ValueDraws {
        marginals: (0..targets)
            .map(|target| GaussianMixture {
                means: (0..samples).map(|draw| input as f64 + 0.25 * draw as f64 + target as f64).collect(),
                log_variances: (0..samples).map(|draw| -1.0 + 0.125 * draw as f64).collect(),
            })
            .collect(),
        values: (0..targets).map(|target| 1.5 * input as f64 + target as f64).collect(),
    };
    let draws: Vec<ValueDraws> = (0..6).map(draws).collect();
    let mut replicates = ValueReplicates::new(samples);
    draws.iter().for_each(|draws| replicates.add(&ValueReplicates::of(draws), targets));
    let inputs: Vec<_> = draws.iter().map(ValueDraws::score).collect();
    let names: Vec<String> = (0..targets).map(|target| format!("y{target}")).collect();
    let singles: Vec<f64> = (0..6).map(f64::from).collect();
    let scores = RegressionEvaluation::new(&inputs, samples, &names, &replicates, Some(&singles));
    let mut run = report(samples).run;
    run.output = "gaussian".to_owned();
    (run.data.source, run.data.classes) = ("synthetic".into(), None);
    let predictions = RegressionPredictions { targets: names, inputs, sources: InputSources::Unnamed };
    let assessment = Assessment {
        scored: Scored::Values { regression: Box::new(scores.expect("there are inputs")), predictions },
        temperature_scaling: None,
        out_of_distribution: Vec::new(),
        epistemic_by_samples: Vec::new(),
        under_weight_draws: None,
    };
    let mut training = training();
    (training.train.accuracy, training.train.root_mean_squared_error) = (None, Some(0.5));
    Report::new(run, (training, fit()), &assessment, vec![layer()])
}

fn layer() -> LayerPosterior {
    let signal_to_noise =
        SignalToNoise { percentile_5: 0.125, percentile_25: 0.5, median: 1.0, percentile_75: 2.0, percentile_95: 8.0 };
    LayerPosterior {
        tensor: "head.weight".into(),
        layer: "head".into(),
        elements: 640,
        kl: 1200.0,
        kl_per_weight: 1.875,
        signal_to_noise,
        mean_sigma: 0.0625,
    }
}

/// A fit of which there is nothing to warn.
pub(crate) fn fit() -> FitDiagnostics {
    let trend = Trend { epochs: 5, trained: 5, first: 1_232.05, last: 1_232.0, t: -1.5 };
    FitDiagnostics {
        kl: Some(trend),
        validation_negative_log_likelihood: Some(Trend { first: 0.625, last: 0.626, ..trend }),
        learning_rate_left: Some(1.0),
        label_smoothing: 0.0,
        effective_examples: None,
        masked_layers: Vec::new(),
        random_layers: vec!["head".to_owned()],
        deterministic_layers: Vec::new(),
        surrogate_layers: Vec::new(),
        position_noise_at_prediction: Vec::new(),
        selection: None,
    }
}

/// A comparison of a few figures of the test split, one of which differs.
pub(crate) fn under_weight_draws() -> UnderWeightDraws {
    let metric = |metric: &str, [reported, under_weight_draws]: [f64; 2], differs| ComparedMetric {
        metric: metric.to_owned(),
        reported,
        under_weight_draws,
        standard_error: Some(0.01),
        differs,
    };
    UnderWeightDraws {
        samples: 4,
        metrics: vec![metric("accuracy", [0.5, 0.5], false), metric("epistemic_unbiased", [0.04, 0.4], true)],
        elbo: FinalElbo {
            examples: 1_000,
            of: 1_294,
            draws: 4,
            negative_log_likelihood: 0.75,
            kl: 1_230.25,
            negative_elbo: 0.75 + 1_230.25 / 1_294.0,
            standard_error: Some(0.03),
        },
    }
}

fn training() -> TrainingSummary {
    TrainingSummary {
        examples: 1_294,
        validation_examples: 144,
        epochs: 3,
        steps: 30,
        cut_short: false,
        stopped_early: false,
        selected_epoch: 3,
        initial_kl: 1234.5,
        final_kl: 1230.25,
        effective_temperature: Some(1.0),
        train: TrainingMeans {
            loss: 1.5,
            negative_log_likelihood: 0.5,
            kl: 1232.0,
            accuracy: Some(0.75),
            root_mean_squared_error: None,
        },
        validation: Some(ValidationMeans {
            negative_log_likelihood: 0.625,
            accuracy: Some(0.875),
            root_mean_squared_error: None,
        }),
    }
}

#[test]
fn a_report_reads_back() {
    for samples in [1, 2, 4] {
        let report = report(samples);
        let again = Report::from_json(&report.to_json()).expect("is a report");
        assert_eq!(again, report, "to the last bit");
        assert_eq!(again.scores.classes().is_some_and(|test| test.epistemic.is_none()), samples == 1);
    }
}

#[test]
fn a_report_on_real_targets_reads_back_and_is_described() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/report.schema.json")).expect("JSON");
    for (samples, targets) in [(1, 1), (4, 1), (4, 2)] {
        let report = regression_report(samples, targets);
        assert_eq!(Report::from_json(&report.to_json()).expect("is a report"), report, "to the last bit");
        assert_eq!((report.test_examples(), report.draws()), (6, samples));
        let value = serde_json::to_value(&report).expect("serialisable");
        assert!(value["scores"].get("classes").is_none() && value["run"]["output"] == "gaussian");
        assert_eq!(value["scores"]["real_numbers"]["epistemic"].is_null(), samples == 1 || targets > 1);
        let mut found = Vec::new();
        violations(&schema, &schema, &value, "report", &mut found);
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(report.warnings.is_empty(), samples > 1, "{:?}", report.warnings);
        let mut written: Vec<&String> =
            value["scores"]["real_numbers"].as_object().expect("an object").keys().collect();
        written.sort();
        // Only counts are randomised.
        let absent = ["randomized", if targets == 1 { "by_target" } else { "curve" }];
        let described = schema["$defs"]["regression"]["properties"].as_object().expect("an object");
        let mut described: Vec<&String> = described.keys().filter(|name| !absent.contains(&name.as_str())).collect();
        described.sort();
        assert_eq!(described, written);
    }
}

#[test]
fn figures_stand_under_their_published_names() {
    let value: Value = serde_json::from_str(&report(4).to_json()).expect("JSON");
    let names = [
        "accuracy",
        "negative_log_likelihood",
        "brier",
        "expected_calibration_error",
        "aleatoric",
        "epistemic",
        "entropy",
        "mutual_information",
    ];
    for name in names {
        assert!(value["scores"]["classes"][name].is_number(), "{name}");
        assert!(value["scores"]["classes"]["monte_carlo_standard_errors"][name].is_number(), "{name}");
    }
    assert_eq!(value["version"], VERSION);
    assert_eq!(value["scores"]["classes"]["samples"], 4);
}

#[test]
fn warnings_say_what_a_reader_must_know() {
    assert_eq!(report(4).warnings, Vec::<String>::new());
    assert_eq!(
        report(1).warnings,
        ["there is no epistemic uncertainty to report; `samples = 1` makes a single draw: set `samples` to 2 or more"]
    );
    let mut other = report(1);
    other.run.network.stochastic = false;
    other.training.effective_temperature = Some(0.01);
    other.training.cut_short = true;
    assert_eq!(
        conclusions::warnings(&other),
        [
            "the posterior is tempered: the scored weights were trained at an effective temperature of 0.01 (epoch 3), \
             where 1 is Bayes; it is narrower than the prior and the data make it",
            "there is no epistemic uncertainty to report; nothing in this network is random at prediction",
            "`max_steps` ended training after 30 steps, before its epochs were over",
        ]
    );
}

#[test]
fn other_files_are_refused() {
    let good = report(4).to_json();
    let cases = [
        (good.replacen("\"version\": 8", "\"version\": 1", 1), "the report has version 1, but this program knows"),
        (good.replacen("\"version\": 8,", "", 1), "this is no report: missing field `version`"),
        (good.replacen("\"brier\"", "\"bier\"", 1), "this is no report: unknown field `bier`"),
        ("[]".to_owned(), "this is no report"),
        (String::new(), "this is no report"),
    ];
    for (text, expected) in cases {
        let message = Report::from_json(&text).expect_err("is refused").to_string();
        assert!(message.starts_with(expected), "`{message}` should start with `{expected}`");
    }
}

/// The schema that describes `value` at `schema`, following references.
fn resolve<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    while let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").expect("references stay in the file");
        schema = &root["$defs"][name];
    }
    assert!(schema.is_object(), "a reference leads nowhere");
    schema
}

/// What of `value` the schema does not allow. Knows as much of JSON Schema as our schema uses.
fn violations(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let schema = resolve(root, schema);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let whole = kind == "integer" && kinds.contains(&"number");
    if !(whole || kinds.contains(&kind)) {
        found.push(format!("{place} is {kind}, not {kinds:?}"));
    }
    let listed = schema["enum"].as_array();
    if listed.is_some_and(|listed| !listed.contains(value)) {
        found.push(format!("{place} is none of {listed:?}"));
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        found.push(format!("{place} is not {}", schema["const"]));
    }
    if let Value::Array(items) = value {
        items.iter().for_each(|item| violations(root, &schema["items"], item, &format!("{place}[]"), found));
    }
    let Value::Object(fields) = value else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{place} lacks {name}"));
        }
    }
    for (name, field) in fields {
        let described = schema["properties"]
            .get(name)
            .or(schema["additionalProperties"].as_object().map(|_| &schema["additionalProperties"]));
        match described {
            Some(described) => violations(root, described, field, &format!("{place}.{name}"), found),
            None => found.push(format!("{place}.{name} is not described")),
        }
    }
}

#[test]
fn the_schema_describes_every_field_and_no_other() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/report.schema.json")).expect("JSON");
    for samples in [1, 2, 4] {
        let value = serde_json::to_value(report(samples)).expect("serialisable");
        let mut found = Vec::new();
        violations(&schema, &schema, &value, "report", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
    // What is written in full is all that is described.
    let mut report = report(4);
    report.under_weight_draws = Some(under_weight_draws());
    report.fit.selection = Some(Selection { monitor: Monitor::ValidationNegativeLogLikelihood, best: true, draws: 1 });
    let value = serde_json::to_value(report).expect("serialisable");
    let mut found = Vec::new();
    violations(&schema, &schema, &value, "report", &mut found);
    assert_eq!(found, Vec::<String>::new());
    let set = &value["out_of_distribution"][1];
    for (name, part) in [
        ("evaluation", &value["scores"]["classes"]),
        ("training", &value["training"]),
        ("fit", &value["fit"]),
        ("trend", &value["fit"]["kl"]),
        ("selection", &value["fit"]["selection"]),
        ("under_weight_draws", &value["under_weight_draws"]),
        ("compared_metric", &value["under_weight_draws"]["metrics"][0]),
        ("final_elbo", &value["under_weight_draws"]["elbo"]),
        ("run", &value["run"]),
        ("intervals", &value["scores"]["classes"]["intervals"]),
        ("histograms", &value["scores"]["classes"]["histograms"]),
        ("histogram", &value["scores"]["classes"]["histograms"]["epistemic"]),
        ("extreme_input", &value["scores"]["classes"]["extremes"]["most_certain"][0]),
        ("temperature_scaling", &value["temperature_scaling"]),
        ("out_of_distribution", set),
        ("detection", &set["detection"][3]),
        ("other_histogram", &set["histograms"]["entropy"]),
        ("epistemic_by_samples", &value["epistemic_by_samples"][0]),
        ("layer", &value["layers"][0]),
    ] {
        let described: Vec<&String> =
            schema["$defs"][name]["properties"].as_object().expect("an object").keys().collect();
        let mut written: Vec<&String> = part.as_object().expect("an object").keys().collect();
        written.sort();
        let mut described = described;
        described.sort();
        assert_eq!(described, written, "{name}");
    }
    let mut wrong = value;
    wrong["scores"]["classes"]["accuracy"] = Value::Null;
    wrong["extra"] = 1.into();
    let mut found = Vec::new();
    violations(&schema, &schema, &wrong, "report", &mut found);
    assert_eq!(found.len(), 2, "{found:?}");
}
