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
    assert!(drawn.contains("note: 9799 further findings in `spec.elbo` are not shown"));
}
