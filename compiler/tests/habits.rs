//! Habits from elsewhere: each, as it is written there, gives one error whose help is the table's, and the line of that help
//! compiles in its place. `docs/coming-from.md` shows the same table.

use elbo_compiler::compile;
use elbo_compiler::diagnostic::{Diagnostic, Severity};
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::MemorySources;
use elbo_grammar::habits::{Habit, all};
use std::fmt::Write;
use std::path::Path;

#[test]
fn every_habit_gives_one_error_whose_help_compiles() {
    let (mut faults, mut written_ways) = (String::new(), 0);
    for habit in all() {
        let (errors, shown) = errors(habit, habit.line);
        if !errors.is_empty() {
            let _ = writeln!(faults, "--- the line does not compile: {}\n{shown}", habit.line);
        }
        for written in &habit.written {
            written_ways += 1;
            let (errors, shown) = self::errors(habit, written);
            let helped = matches!(errors.as_slice(), [error] if error.help.as_deref() == Some(&*habit.help()));
            let changed = errors.iter().flat_map(|error| &error.edits).any(|edit| {
                // Case and `_` alone may be put right.
                let plain = |word: &str| word.to_lowercase().replace('_', "");
                let spelled = habit.words.iter().any(|word| plain(word) == plain(&edit.text));
                !spelled && edit.text != "#"
            });
            if !helped || changed {
                let _ = writeln!(
                    faults,
                    "--- {written}\nwants one error, no doubtful edit, and: {}\n{shown}",
                    habit.help()
                );
            }
        }
    }
    println!("{} habits, {written_ways} ways to write them", all().len());
    assert!(all().len() >= 120, "only {} habits", all().len());
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn every_word_of_the_table_is_shown_as_it_is_written() {
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let mut missing = String::new();
    for habit in all() {
        // These stand for what can be written in several ways.
        if habit.slot.starts_with("instead ") || habit.words.iter().any(|word| word.starts_with(['"', '/', ':'])) {
            continue;
        }
        for word in &habit.words {
            if !habit.written.iter().any(|written| plain(written).contains(&plain(word))) {
                let _ = writeln!(missing, "`{word}` under `{}`: {}", habit.slot, habit.written.join(" ~ "));
            }
        }
    }
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn the_document_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/coming-from.md");
    let document = document();
    if std::env::var_os("ELBO_UPDATE").is_some() {
        std::fs::write(&path, &document).expect("the documents can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, document, "docs/coming-from.md is not what the table says; ELBO_UPDATE=1 writes it");
}

/// What is wrong with `text` in the habit's place, also as a reader sees it.
fn errors(habit: &Habit, text: &str) -> (Vec<Diagnostic>, String) {
    let spec = spec(habit.context, text);
    let compilation = compile("habit.elbo", &MemorySources::single("habit.elbo".to_owned(), &spec), None, &[]);
    let errors: Vec<Diagnostic> =
        compilation.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
    let shown = render(&errors, &compilation.sources, Format::Plain, false);
    (errors, shown)
}

/// A spec with `text` in it that is otherwise as it should be; what `text` sets is set nowhere else.
fn spec(context: &str, text: &str) -> String {
    let ends_word = |letter: char| !letter.is_alphanumeric() && letter != '_';
    let sets = |key: &str| text.split(';').any(|part| part.trim_start().split(ends_word).next() == Some(key));
    let keys = |known: &[(&str, &str)]| -> String {
        let others = known.iter().filter(|(key, _)| !sets(key));
        others.map(|(key, value)| format!("  {key} = {value}\n")).collect()
    };
    let network = |input: &str, before: &str, after: &str| {
        let default = if sets("default") { "" } else { "  default point\n" };
        format!("model m {{\n{input}{default}{before}{after}}}\n")
    };
    let hole = format!("  {text}\n");
    let (head, output) = ("  head: linear(10)\n", "  output categorical\n");
    match context {
        "image" => network("  input image[3, 32, 32]\n", &hole, &format!("  flatten\n{head}{output}")),
        "vector" => network("  input vector[64]\n", &hole, &format!("{head}{output}")),
        "sequence" => network("  input sequence[4, 16]\n", &hole, &format!("  flatten\n{head}{output}")),
        "output" => network("  input vector[64]\n", head, &hole),
        "input" => network(&hole, "  flatten\n", &format!("{head}{output}")),
        "prior" => format!("{text}\n{}", network("  input vector[64]\n", head, output)),
        "dataset" => format!("dataset d {{\n{}{hole}}}\n", keys(&[("source", "cifar10()")])),
        "top" => format!("{text}\n\n{}", network("  input vector[64]\n", head, output)),
        _ => run(context, text, keys),
    }
}

/// A whole run with `text` in one of its blocks.
fn run(context: &str, text: &str, keys: impl Fn(&[(&str, &str)]) -> String) -> String {
    let regression = context.starts_with("regression");
    let model = match context {
        _ if regression => "  input vector[1]\n  default bayes\n  head: linear(1)\n  output gaussian(noise=learned)\n",
        "report" => "  input image[3, 32, 32]\n  default bayes\n  flatten\n  head: linear(10)\n  output categorical\n",
        _ => "  input image[3, 32, 32]\n  default point\n  flatten\n  head: linear(10)\n  output categorical\n",
    };
    let model =
        if context == "regression" { model.replace("default bayes", "default point") } else { model.to_owned() };
    let source = match context {
        _ if regression => "synthetic(sine)",
        _ => "cifar10()",
    };
    let blocks = [
        ("dataset", "d", vec![("source", source), ("split", "fraction(train=0.9, validation=0.1)")]),
        (
            "train",
            "t",
            vec![("objective", "elbo(kl=exact)"), ("optimizer", "adam()"), ("epochs", "20"), ("batch", "32")],
        ),
        ("report", "r", vec![]),
        ("run", "go", vec![("model", "m"), ("data", "d"), ("train", "t"), ("report", "r")]),
    ];
    let place = match context {
        "regression" => "train",
        "regression_report" => "report",
        other => other,
    };
    let mut spec = format!("model m {{\n{model}}}\n");
    for (kind, name, known) in blocks {
        let (known, text) = if kind == place {
            (keys(&known), format!("  {text}\n"))
        } else {
            (known.iter().map(|(key, value)| format!("  {key} = {value}\n")).collect(), String::new())
        };
        let _ = write!(spec, "{kind} {name} {{\n{known}{text}}}\n");
    }
    spec
}

fn document() -> String {
    let mut document = String::from(
        "# Coming from PyTorch, Keras and others\n\n\
         What other programs call things, and what elbo writes for it. `elbo check` and the language server say the same where\n\
         one of these is written. Every line on the right compiles, and a test compares this page with the table that the\n\
         compiler reads, `grammar/src/habits.txt`. A line that is only a comment means that nothing is written.\n",
    );
    let mut headings: Vec<&str> = Vec::new();
    all().iter().for_each(|habit| {
        if !headings.contains(&habit.heading) {
            headings.push(habit.heading);
        }
    });
    for heading in headings {
        let _ = write!(document, "\n## {heading}\n\n| elsewhere | elbo | what to know |\n|---|---|---|\n");
        for habit in all().iter().filter(|habit| habit.heading == heading) {
            let written: Vec<String> = habit.written.iter().take(3).map(|written| code(written)).collect();
            let because = habit.because;
            let _ = writeln!(document, "| {} | {} | {because} |", written.join(", "), code(habit.line));
        }
    }
    document
}

/// Text in a fence that it does not hold itself.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}
