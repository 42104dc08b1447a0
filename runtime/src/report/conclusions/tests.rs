use super::*;
use crate::report::fit::{Selection, Trend};
use crate::report::page::{PageInput, conclusions};
use crate::report::tests::{report, under_weight_draws};
use elbo_compiler::ir::Monitor;

/// Conclusion by conclusion, as a page has them.
fn text(report: &Report) -> String {
    let input = PageInput::new(report, Vec::new(), "");
    conclusions(&input).iter().map(|one| format!("{}: {} — {}\n", one.about, one.verdict, one.text)).collect()
}

#[test]
fn a_kl_that_moves_is_said_before_the_split() {
    let mut report = report(4);
    report.fit.kl = Some(Trend { epochs: 5, trained: 5, first: 141_000.0, last: 134_000.0, t: -40.0 });
    let text = text(&report);
    let (fit, split) =
        (text.find("KL still falling").expect("said"), text.find("How its uncertainty splits").expect("split"));
    assert!(fit < split, "{text}");
    assert!(text.contains("141000.0 to 134000.0 nats along a line through 5 epochs"), "{text}");
    let warnings = warnings(&report);
    assert!(warnings[0].starts_with("KL(q‖p) was still falling: from 141000.0 to 134000.0 nats"), "{warnings:?}");
    report.fit.kl = Some(Trend { epochs: 6, trained: 60, first: 166.5, last: 151.0, t: -3.83 });
    assert!(self::text(&report).contains("the KL may still be moving"), "a change that noise could make, too");
    let said = self::warnings(&report);
    assert!(
        said[0].starts_with("whether KL(q‖p) had settled cannot be told: it went from 166.5 to 151.0 nats"),
        "{said:?}"
    );
    report.fit.kl = None;
    report.training.selected_epoch = 3;
    assert!(self::warnings(&report)[0].starts_with("3 epochs of training are too few to tell"));
    assert!(self::text(&report).contains("Whether the fit has settled: cannot be told"));
}

#[test]
fn rest_is_no_proof_where_the_learning_rate_has_gone() {
    let mut report = report(4);
    assert!(text(&report).contains("no trend in the KL"));
    assert!(!text(&report).contains("learning rate"));
    report.fit.learning_rate_left = Some(1e-6);
    assert!(text(&report).contains("cannot be told: the schedule had ended"), "{}", text(&report));
    assert!(text(&report).contains("had fallen to less than 0.01 % of its base"), "{}", text(&report));
    report.fit.learning_rate_left = Some(0.001);
    assert!(text(&report).contains("The learning rate had fallen to 0.10 % of its base"), "{}", text(&report));
    assert!(warnings(&report)[0].ends_with("the learning rate had fallen to 0.10 % of its base"));
}

#[test]
fn a_network_without_a_posterior_is_told_nothing_of_one() {
    let mut report = report(4);
    report.run.network.variational_parameters = 0;
    report.fit.kl = None;
    report.training.effective_temperature = Some(0.01);
    report.fit.label_smoothing = 0.1;
    report.fit.effective_examples = Some(900.0);
    assert_eq!(warnings(&report), Vec::<String>::new());
    let text = text(&report);
    assert!(!text.contains("posterior") && !text.contains("KL"), "{text}");
    assert!(text.contains("as this network's masks split it"));
}

#[test]
fn what_makes_no_likelihood_is_said() {
    let mut report = report(4);
    report.fit.label_smoothing = 0.1;
    report.fit.effective_examples = Some(900.4);
    report.training.effective_temperature = Some(11.0 / 60.0);
    report.training.selected_epoch = 11;
    let warnings = warnings(&report);
    assert!(warnings[0].contains("an effective temperature of 0.183333 (epoch 11), where 1 is Bayes"), "{warnings:?}");
    assert!(warnings[1].starts_with("labels were smoothed by 0.1"), "{warnings:?}");
    assert!(warnings[2].contains("1,294 training examples weigh as 900 equal ones"), "{warnings:?}");
}

#[test]
fn a_choice_by_one_draw_is_said() {
    let mut report = report(4);
    let selection = Selection { monitor: Monitor::ValidationNegativeLogLikelihood, best: true, draws: 1 };
    report.fit.selection = Some(selection);
    let said = warnings(&report);
    assert!(
        said[0].starts_with("epoch 3 was chosen by `validation.nll` from one draw of the network an epoch"),
        "{said:?}"
    );
    report.fit.selection = Some(Selection { draws: 30, ..selection });
    assert!(warnings(&report).is_empty());
    report.fit.selection = Some(selection);
    report.fit.random_layers.clear();
    assert!(warnings(&report).is_empty(), "all draws of it are the same");
    report.fit.random_layers = vec!["head".into()];
    report.fit.selection = Some(Selection { best: false, ..selection });
    assert!(warnings(&report).is_empty(), "it did not end training");
    report.training.stopped_early = true;
    assert!(warnings(&report)[0].starts_with("training was ended early by"));
}

#[test]
fn mixed_networks_say_where_the_rest_goes() {
    let mut report = report(4);
    assert!(!text(&report).contains("counts as aleatoric"));
    report.fit.deterministic_layers = vec!["conv1".into(), "conv2".into()];
    let expected = "`conv1` and `conv2` have one value for each weight: what they do not know counts as aleatoric";
    assert!(text(&report).contains(expected), "{}", text(&report));
    assert_eq!(warnings(&report), [expected]);
}

#[test]
fn masks_share_the_split_of_a_posterior() {
    let mut report = report(4);
    assert!(text(&report).contains("as this approximate posterior splits it"), "{}", text(&report));
    report.fit.masked_layers = vec!["fc1".into(), "fc2".into()];
    let text = text(&report);
    assert!(text.contains("as this approximate posterior and the masks of `fc1` and `fc2` split it"), "{text}");
}

#[test]
fn a_slow_fall_is_told_and_one_within_noise_is_left_open() {
    let mut report = report(4);
    report.fit.kl = Some(Trend { epochs: 300, trained: 300, first: 1_000.0, last: 999.0, t: -200.0 });
    assert!(text(&report).contains("KL still falling, slowly"), "{}", text(&report));
    assert!(
        warnings(&report)[0].starts_with("KL(q‖p) was still falling, slowly: as many epochs again"),
        "{:?}",
        warnings(&report)
    );
    report.run.network.variational_parameters = 0;
    report.fit.kl = None;
    report.fit.validation_negative_log_likelihood =
        Some(Trend { epochs: 6, trained: 60, first: 0.5, last: 0.45, t: -3.0 });
    assert!(text(&report).contains("Whether the fit has settled: cannot be told from noise"), "{}", text(&report));
    assert!(
        warnings(&report)[0]
            .starts_with("whether the validation negative log-likelihood was still falling cannot be told"),
        "{:?}",
        warnings(&report)
    );
    report.fit.validation_negative_log_likelihood =
        Some(Trend { epochs: 6, trained: 6, first: 0.45, last: 0.45, t: 0.0 });
    assert!(text(&report).contains("Whether the fit has settled: no fall at the end"), "{}", text(&report));
    report.fit.learning_rate_left = Some(0.001);
    let text = text(&report);
    assert!(text.contains("Whether the fit has settled: cannot be told: the schedule had ended"), "{text}");
    assert!(text.contains("The learning rate had fallen to 0.10 % of its base by then"), "{text}");
}

#[test]
fn scores_under_weight_draws_stand_beside_the_report() {
    let mut report = report(4);
    report.fit.surrogate_layers = vec!["conv1".into()];
    report.fit.position_noise_at_prediction = vec!["conv1".into()];
    report.under_weight_draws = Some(under_weight_draws());
    let text = text(&report);
    for expected in [
        "What draws of the weights say: another prediction",
        "so the training loss is a surrogate",
        "accuracy 50.00 % for 50.00 %, epistemic 0.4000 for 0.04000*",
        "−ELBO of q(w) per training example is 1.701 ± 0.030 nats",
        "(1,000 of 1,294 training examples, 4 draws",
    ] {
        assert!(text.contains(expected), "`{expected}` in\n{text}");
    }
    let warnings = warnings(&report);
    assert!(warnings[1].contains("differ by more than their error: epistemic 0.4000 (not 0.04000)"), "{warnings:?}");
    assert_eq!(fit_notes(&report), warnings, "all of them are said before the scores");
    if let Some(under) = &mut report.under_weight_draws {
        under.metrics.iter_mut().for_each(|metric| metric.differs = false);
    }
    assert!(self::text(&report).contains("no difference beyond the error"));
}

#[test]
fn shares_are_never_rounded_to_nothing() {
    let mut report = report(4);
    if let crate::report::Scores::Classes(test) = &mut report.scores {
        (test.aleatoric, test.epistemic_unbiased) = (0.65, Some(0.0004));
    }
    let text = text(&report);
    assert!(text.contains("more than 99 % aleatoric, less than 1 % epistemic"), "{text}");
    assert!(text.contains("as this approximate posterior splits it"), "{text}");
}
