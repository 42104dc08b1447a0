//! Whatever is read, there is a diagnostic, in bounded time and memory, and never a panic.

use elbo_compiler::codes::Code;
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{Compilation, compile};
use std::fmt::Write;

fn compiled(text: impl Into<String>) -> Compilation {
    compile("spec.elbo", &MemorySources::single("spec.elbo", text), None, &[])
}

/// The codes found, each once; whatever was found can be shown in every format.
fn codes(compilation: &Compilation) -> Vec<Code> {
    for format in Format::ALL {
        let shown = render(&compilation.diagnostics, &compilation.sources, format, false);
        let control = |character: char| character.is_control() && character != '\n';
        assert!(!shown.contains(control), "{format} prints a control character");
    }
    let mut codes: Vec<Code> = compilation.diagnostics.iter().map(|found| found.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn control_characters_are_reported_and_not_printed() {
    for text in [
        "\0",
        "model \u{1b}[31mnet {}\n",
        "prior a\u{7} = normal()\n",
        "prior a = normal(\u{202e})\n",
        "\u{feff}\u{feff}",
    ] {
        assert!(compiled(text).has_errors(), "{text:?}");
        codes(&compiled(text));
    }
}

#[test]
fn blocks_may_not_contain_themselves_nor_one_another_without_end() {
    let model = "model net { input vector[2]; default point; a: first(); head: linear(2); output categorical }\n";
    let itself = format!("block first() {{ a: first() }}\n{model}");
    assert_eq!(codes(&compiled(itself)), [Code::Cycle]);
    let mut chain = model.replace("first", "b0");
    for index in 0..1_000 {
        let _ = writeln!(chain, "block b{index}() {{ inner: b{}() }}", index + 1);
    }
    chain.push_str("block b1000() { relu }\n");
    assert_eq!(codes(&compiled(chain)), [Code::LongChain]);
    // Each doubles the next: 2^20 layers, were they all unrolled.
    let mut doubling = model.replace("first", "b0");
    for index in 0..20 {
        let _ = writeln!(doubling, "block b{index}() {{ x: b{}(); y: b{}() }}", index + 1, index + 1);
    }
    doubling.push_str("block b20() { relu }\n");
    assert_eq!(codes(&compiled(doubling)), [Code::TooLarge]);
}

#[test]
fn chains_of_extends_end_with_one_finding_each() {
    let mut models = "model m0 { input vector[2]; default point; head: linear(2); output categorical }\n".to_owned();
    let mut regimes =
        "train t0 { objective = maximum_likelihood(); optimizer = adam(); epochs = 1; batch = 1 }\n".to_owned();
    for index in 1..5_000 {
        let _ = writeln!(models, "model m{index} extends m{} {{ mark head as bayes }}", index - 1);
        let _ = writeln!(regimes, "train t{index} extends t{} {{ epochs = 2 }}", index - 1);
    }
    for (text, last) in [(models, "`m64`"), (regimes, "`t64`")] {
        let compilation = compiled(text);
        assert_eq!(codes(&compilation), [Code::LongChain]);
        let [found] = compilation.diagnostics.as_slice() else { panic!("{} findings", compilation.diagnostics.len()) };
        assert!(found.message.contains(last), "{}", found.message);
    }
    // A circle of many is too long a chain as well; it must end.
    let circle: String =
        (0..5_000).map(|index| format!("model m{index} extends m{} {{ }}\n", (index + 1) % 5_000)).collect();
    assert_eq!(codes(&compiled(circle)), [Code::LongChain]);
}

#[test]
fn a_chain_of_files_may_be_long_and_a_circle_of_them_is_reported() {
    let mut sources = MemorySources::default();
    for index in 0..5_000 {
        sources.insert(format!("{index}.elbo"), format!("use \"{}.elbo\"\n", index + 1));
    }
    sources.insert("5000.elbo", "prior last = normal(mean=0, std=1)\n");
    let compilation = compile("0.elbo", &sources, None, &[]);
    assert_eq!((codes(&compilation), compilation.sources.len()), (Vec::new(), 5_001));
    sources.insert("5000.elbo", "use \"0.elbo\"\n");
    let compilation = compile("0.elbo", &sources, None, &[]);
    assert_eq!(codes(&compilation), [Code::UseCycle]);
    assert!(compilation.diagnostics[0].message.len() < 500, "the circle is not listed in full");
}

#[test]
fn sizes_whose_product_overflows_are_refused() {
    for (input, layer) in [
        ("image[1_000_000, 1_000_000, 1_000_000]", "flatten"),
        ("vector[1_000_000_000]", "a: linear(1_000_000_000)"),
        ("image[1, 4, 4]", "a: conv2d(1_000_000_000_000, kernel=3)"),
    ] {
        let text = format!("model net {{ input {input}; default point; {layer}; output categorical }}\n");
        assert_eq!(codes(&compiled(text)), [Code::TooLarge], "{input}, {layer}");
    }
}

#[test]
fn long_lists_are_read_and_many_findings_are_not_all_drawn() {
    let metrics = vec!["accuracy"; 100_000].join(", ");
    assert_eq!(codes(&compiled(format!("report r {{ metrics = [{metrics}] }}\n"))), []);
    let compilation = compiled("prior narrow = normal(mean=0, std=0.1)\n".repeat(10_000));
    assert_eq!(compilation.diagnostics.len(), 9_999);
    let drawn = render(&compilation.diagnostics, &compilation.sources, Format::Plain, false);
    assert_eq!(drawn.matches("error[E0102]").count(), 200);
    assert!(drawn.contains("note: 9799 more diagnostics in `spec.elbo` are not shown"));
}

#[test]
fn what_blocks_around_it_hold_too_much_of_is_reported_once() {
    let mut chain = "block b0() { relu }\n".to_owned();
    for index in 1..2_000 {
        let _ = writeln!(chain, "block b{index}() {{ inner: b{}() }}", index - 1);
    }
    let mut product = "block b0() { repeat 1_000 { relu } }\n".to_owned();
    for index in 1..60 {
        let _ = writeln!(product, "block b{index}() {{ repeat 1_000 {{ inner: b{}() }} }}", index - 1);
    }
    for (text, code) in [(chain, Code::LongChain), (product, Code::TooLarge)] {
        let found: Vec<Code> = compiled(text).diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(found, [code]);
    }
}

/// How long something takes, in seconds.
fn seconds(work: impl FnOnce()) -> f64 {
    let start = std::time::Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Ten times as much takes about ten times as long, where a cost that grows with the square takes a hundred times.
#[track_caller]
fn is_linear(work: impl Fn(usize), small: usize) {
    // The small size may be too quick to be measured.
    let least = |size: usize| (0..3).map(|_| seconds(|| work(size))).fold(f64::INFINITY, f64::min).max(0.01);
    let (few, many) = (least(small), least(10 * small));
    assert!(many < 35.0 * few, "{small} take {few:.3} s, and ten times as many {many:.3} s");
}

#[test]
fn the_cost_of_parameters_grows_with_their_number() {
    let model = |parameters: &str| {
        format!("model net({parameters}) {{ input vector[2]; default point; head: linear(2); output categorical }}\n")
    };
    let list = |size: usize, of: &dyn Fn(usize) -> String| (0..size).map(of).collect::<Vec<_>>().join(", ");
    let chained = |size| {
        let parameter = |index: usize| match index {
            0 => "a0: int = 1".to_owned(),
            _ => format!("a{index}: int = a{} + 1", index - 1),
        };
        assert_eq!(codes(&compiled(model(&list(size, &parameter)))), []);
    };
    is_linear(chained, 1_500);
    let given = |size| {
        let text = model(&list(size, &|index| format!("a{index}: int = 1")))
            + &format!("model other extends net({}) {{ }}\n", list(size, &|index| format!("a{index}={index}")))
            + "model third extends net { }\n";
        assert_eq!(codes(&compiled(text)), []);
    };
    is_linear(given, 1_500);
}

#[test]
fn the_cost_of_fixes_grows_with_their_number() {
    let misspelt = |size: usize| {
        let layers: String = (0..size).map(|index| format!("  c{index}: convd2(2, kernel=3, pad=1)\n")).collect();
        let text = format!(
            "model net {{\n  input image[1, 8, 8]\n  default point\n{layers}  flatten\n\
             \x20 head: linear(2)\n  output categorical\n}}\n"
        );
        let compilation = compiled(text);
        assert!(
            compilation.diagnostics.iter().all(|found| found.code == Code::UnknownLayer && !found.edits.is_empty())
        );
    };
    is_linear(misspelt, 300);
}

#[test]
fn a_mistake_in_a_repeat_is_looked_at_once() {
    let text = "model net { input image[3, 8, 8]; default point; repeat 90_000 { retten }; flatten; \
                head: linear(2)\noutput categorical }\n";
    let taken = seconds(|| assert_eq!(codes(&compiled(text)), [Code::UnknownLayer]));
    assert!(taken < 3.0, "{taken:.1} s");
}

#[test]
fn files_that_all_use_each_other_are_checked_once() {
    let files = 60;
    let mut sources = MemorySources::default();
    let paths: Vec<String> = (0..files).map(|index| format!("f{index}.elbo")).collect();
    for (index, path) in paths.iter().enumerate() {
        let uses: String =
            paths.iter().filter(|other| *other != path).map(|other| format!("use \"{other}\"\n")).collect();
        sources.insert(path.clone(), format!("{uses}dataset d{index} {{ source = digits() }}\n"));
    }
    let findings = elbo_compiler::check_files(&paths, &sources);
    assert_eq!(findings.files, files);
    assert!(findings.diagnostics.iter().all(|found| found.code == Code::UseCycle));
    assert!(findings.diagnostics.len() < files, "{} findings", findings.diagnostics.len());
}

#[test]
fn a_model_that_is_too_large_takes_nothing_from_another() {
    let text = "block small() { repeat 1_000 { relu } }
model large { input image[1, 8, 8]; default point; repeat 300 { s: small() }; flatten; head: linear(2); output categorical }
model other { input image[1, 8, 8]; default point; s: small(); flatten; head: linear(2, bogus=3); output categorical }
";
    assert_eq!(codes(&compiled(text)), [Code::UnknownArgument, Code::TooLarge]);
}
