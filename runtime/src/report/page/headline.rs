//! What to conclude of classes, in words.

use super::input::{PageInput, interval};
use crate::report::conclusions::{Conclusion, Parts, of_fit, split};
use crate::report::figure::{grouped, number, percent};
use crate::report::verdicts::{calibration_verdict, detection_verdict, p_equation, temperature_sentence};
use crate::uncertainty::scores::{LEVEL, weakest_class};
use crate::uncertainty::{Evaluation, OtherKind};

/// What to conclude from a run with classes.
pub fn of_classes(input: &PageInput, test: &Evaluation) -> Vec<Conclusion> {
    let mut all = vec![quality(input, test), calibration(input, test)];
    all.extend(of_fit(&input.report));
    all.push(kinds(input, test));
    all.extend(weakness(input));
    all.push(foreign(input));
    all
}

fn quality(input: &PageInput, test: &Evaluation) -> Conclusion {
    let interval = interval(test.intervals.as_ref(), "accuracy").map_or_else(
        || {
            test.standard_errors
                .accuracy
                .map_or_else(String::new, |error| format!(" (standard error {})", percent(error)))
        },
        |[low, high]| format!(" (95 % interval {} to {})", percent(low), percent(high)),
    );
    let most_frequent = input.per_class.iter().map(|class| class.support).max();
    let guess = most_frequent.map_or_else(String::new, |support| {
        let share = percent(support as f64 / test.examples as f64);
        format!(" Always naming the most frequent class would give {share}.")
    });
    Conclusion {
        about: "How good it is",
        verdict: format!("{} right", percent(test.accuracy)),
        text: format!(
            "of {} test examples{interval}. Negative log-likelihood {} nats, Brier score {}.{guess}",
            grouped(test.examples as f64),
            number(test.negative_log_likelihood),
            number(test.brier)
        ),
    }
}

fn calibration(input: &PageInput, test: &Evaluation) -> Conclusion {
    let (verdict, mut text) = calibration_verdict(test, &input.reliability);
    if let Some(scaling) = &input.report.temperature_scaling {
        text.push(' ');
        text.push_str(&temperature_sentence(scaling, test));
    }
    Conclusion { about: "How far its confidence can be trusted", verdict, text }
}

fn kinds(input: &PageInput, test: &Evaluation) -> Conclusion {
    let parts = Parts { aleatoric: test.aleatoric, epistemic: test.epistemic_unbiased, draws: test.samples };
    split(&input.report, parts, "traces of covariances, ")
}

fn weakness(input: &PageInput) -> Option<Conclusion> {
    if input.per_class.is_empty() {
        return None;
    }
    let about = "Where it errs";
    let selective = input.risk_coverage.as_ref().map_or_else(String::new, |selective| {
        format!(
            " Answering only the 80 % it is most confident of gives {} right.",
            percent(selective.accuracy_at_80_percent_coverage)
        )
    });
    let without: Vec<&str> = input
        .per_class
        .iter()
        .filter(|class| class.support == 0)
        .map(|class| input.class_names[class.class].as_str())
        .collect();
    let missing = match without.len() {
        0 => String::new(),
        1 => format!(" Nothing is known of class {}, which no test example has.", without[0]),
        count => format!(" Nothing is known of {count} classes, which no test example has."),
    };
    let Some(weakest) = weakest_class(&input.per_class) else {
        let text = format!("because test examples are of one class alone.{selective}{missing}");
        return Some(Conclusion { about, verdict: "no classes to compare".to_owned(), text });
    };
    let stands_out = weakest.p_value <= LEVEL;
    let name = &input.class_names[weakest.class];
    let row = input.confusion.get(weakest.class).filter(|_| stands_out);
    let taken_for = row.and_then(|row| {
        let others = row.iter().enumerate().filter(|(class, count)| *class != weakest.class && **count > 0);
        others.max_by_key(|(class, count)| (**count, std::cmp::Reverse(*class)))
    });
    let confused = taken_for.map_or_else(String::new, |(class, count)| {
        format!(", most often taken for {} ({count} times)", input.class_names[class])
    });
    Some(Conclusion {
        about,
        verdict: if stands_out { format!("class {name}") } else { "no class stands out".to_owned() },
        text: format!(
            "{}by Fisher's exact test of each class against the others, Holm over classes: the smallest, {}, is that of \
             class {name} ({} wrong of {}{confused}).{selective}{missing}",
            if stands_out { "is recognised worse than the others " } else { "" },
            p_equation(weakest.p_value),
            grouped(weakest.errors as f64),
            grouped(weakest.support as f64)
        ),
    })
}

fn foreign(input: &PageInput) -> Conclusion {
    let about = "Whether it notices out-of-distribution inputs";
    // Corrupted test inputs need not be told apart; what is no test input must be.
    let sets = input.report.out_of_distribution.iter().filter(|set| set.kind != OtherKind::Corruption);
    let corrupted = input.report.out_of_distribution.len() - sets.clone().count();
    let corrupted = match corrupted {
        0 => String::new(),
        1 => " One corrupted copy of the test split is not among them, for it need not be told apart.".to_owned(),
        count => {
            format!(" {count} corrupted copies of the test split are not among them, for they need not be told apart.")
        }
    };
    detection_verdict(sets).map_or_else(
        || Conclusion {
            about,
            verdict: "not measured".to_owned(),
            text: "The spec names no data of another distribution (`ood`), so this report cannot say what the network \
                   does far from its training data."
                .to_owned(),
        },
        |(verdict, text)| Conclusion { about, verdict, text: text + &corrupted },
    )
}
