//! Every form over the same findings, and every form over spans and sources at their worst.

use super::*;
use crate::codes::Code;
use crate::diagnostic::{Label, Severity, SourceId};
use crate::findings::sort_and_deduplicate;
use elbo_grammar::Span;

/// The span of the first `piece` in a source.
fn span(sources: &SourceMap, source: SourceId, piece: &str) -> Span {
    let start = sources.get(source).text.find(piece).expect("the piece stands in the source");
    Span::new(start, start + piece.len())
}

/// Findings of the common kinds: a fix, several labels near and far, several files, no label message.
fn findings() -> (Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::default();
    let net = sources.add(
        "specs/net.elbo",
        "use \"base.elbo\"\n\nmodel net {\n  input image[3, 32, 32]\n  conv1: conv(64, 3)\n  maxpool(2)\n  head: linear(10)\n  \
         output classes(10)\n}\n\nrun first {\n  model = net\n  data = cifar10()\n  train = quik\n}\n",
    );
    let base = sources.add("specs/base.elbo", "train quick {\r\n  epochs = 3\r\n  batch = 64\r\n}\r\n");
    let at = |source, piece| span(&sources, source, piece);
    let findings =
        vec![
        Diagnostic::new(
            Code::ShapeMismatch,
            "`linear` needs a vector, but `maxpool` gives image[128, 2, 2]",
            net,
            at(net, "linear(10)"),
            "needs a vector",
        )
        .label(net, at(net, "maxpool(2)"), "gives image[128, 2, 2]")
        .help("add `flatten` before it, which gives vector[512]")
        .edit(net, Span::new(at(net, "head").start, at(net, "head").start), "flatten\n  "),
        Diagnostic::new(Code::UnknownName, "there is no `train` named `quik`", net, at(net, "quik"), "")
            .label(base, at(base, "quick"), "this one has a similar name")
            .label(net, at(net, "\"base.elbo\""), "read from here")
            .note("names of other files are known once the file is used")
            .help("write `quick`")
            .edit(net, at(net, "quik"), "quick"),
        Diagnostic::new(
            Code::SingleSampleEpistemic,
            "the epistemic part is asked of a single sample, from which it is always zero, whatever the network and \
             whatever the data are",
            base,
            at(base, "epochs = 3\r\n  batch = 64"),
            "over two lines",
        )
        .help("ask for more samples, for example `samples = 20`, or leave the epistemic part out of the report, which \
             then takes a twentieth of the time"),
        Diagnostic::new(Code::RedundantFlatten, "`flatten` of a vector", net, at(net, "input"), "is one already"),
    ];
    (findings, sources)
}

/// Findings in sources that are hard to show.
fn hard_findings() -> (Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::default();
    let empty = sources.add("empty.elbo", "");
    let control = sources.add("co\u{1b}[1mntrol.elbo", "a\u{1b}[31mred\u{202e} x\n\tkey\t= \u{7}1\n");
    let wide = sources.add("wide.elbo", "名前 = \"畳み込み\" b\n# e\u{301}😀 y");
    let open = sources.add("open.elbo", format!("model a {{\n{}", "  relu\n".repeat(30)));
    let megabyte = sources.add("long.elbo", format!("first\nx = {} end\nlast\n", "abcdefghé".repeat(100_000)));
    let end = sources.get(megabyte).text.find(" end").expect("the piece stands in the source");
    let at = |source, piece| span(&sources, source, piece);
    let eof = |source| Span::new(sources.get(source).text.len(), sources.get(source).text.len());
    let findings = vec![
        Diagnostic::new(Code::NoRun, "there is no `run` here", empty, eof(empty), "the file is empty"),
        Diagnostic::new(Code::BadCharacter, "\u{1b}[31m is no \u{202e}name", control, at(control, " x"), "after\u{7}"),
        Diagnostic::new(Code::UnknownKey, "there is no `key`", control, at(control, "key"), "after a tab").label(
            control,
            at(control, "= \u{7}1"),
            "across a bell",
        ),
        Diagnostic::new(Code::WrongType, "wide characters", wide, at(wide, "\"畳み込み\""), "eight columns and two")
            .label(wide, at(wide, "b\n"), "after them"),
        Diagnostic::new(Code::Syntax, "something is missing", wide, eof(wide), "at the end, no line break before"),
        Diagnostic::new(Code::Unclosed, "`{` is never closed", open, eof(open), "expected `}`")
            .label(open, at(open, "{"), "opened here")
            .label(open, Span::new(8, sources.get(open).text.len()), "all of it"),
        Diagnostic::new(Code::TooLarge, "a long line", megabyte, at(megabyte, "abc"), "begins")
            .label(megabyte, Span::new(end + 1, end + 4), "ends")
            .label(megabyte, Span::new(10, end), "between"),
    ];
    (findings, sources)
}

#[test]
fn fancy() {
    let (findings, sources) = findings();
    insta::assert_snapshot!(render(&findings, &sources, Format::Fancy, false));
}

#[test]
fn fancy_in_colour() {
    let (findings, sources) = findings();
    let drawn = render(&findings, &sources, Format::Fancy, true);
    insta::assert_snapshot!(drawn.replace('\u{1b}', "ESC"));
}

#[test]
fn plain() {
    let (findings, sources) = findings();
    let drawn = render(&findings, &sources, Format::Plain, true);
    assert!(drawn.is_ascii());
    assert!(drawn.lines().all(|line| line.len() <= 100));
    insta::assert_snapshot!(drawn);
}

#[test]
fn json() {
    let (findings, sources) = findings();
    let text = render(&findings, &sources, Format::Json, false);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn sarif() {
    let (findings, sources) = findings();
    let text = render(&findings, &sources, Format::Sarif, false);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&value["runs"][0]["results"]).unwrap());
}

#[test]
fn github() {
    let (findings, sources) = findings();
    insta::assert_snapshot!(render(&findings, &sources, Format::Github, false));
}

#[test]
fn hard_sources_fancy() {
    let (findings, sources) = hard_findings();
    insta::assert_snapshot!(render(&findings, &sources, Format::Fancy, false));
}

#[test]
fn hard_sources_plain() {
    let (findings, sources) = hard_findings();
    insta::assert_snapshot!(render(&findings, &sources, Format::Plain, false));
}

#[test]
fn hard_sources_github() {
    let (findings, sources) = hard_findings();
    insta::assert_snapshot!(render(&findings, &sources, Format::Github, false));
}

#[test]
fn what_a_terminal_obeys_is_never_written_for_people() {
    let (findings, sources) = hard_findings();
    for format in [Format::Fancy, Format::Plain, Format::Github] {
        let drawn = render(&findings, &sources, format, false);
        assert!(!drawn.contains(|c| c != '\n' && escape::is_hidden(c)), "{format}: {drawn:?}");
        assert!(drawn.len() < 20_000, "{format} writes {} bytes of a long line", drawn.len());
    }
}

#[test]
fn json_keeps_its_form() {
    let (mut findings, sources) = hard_findings();
    findings.extend(super::tests::findings().0.into_iter().map(|mut finding| {
        finding.labels.clear();
        finding
    }));
    let text = render(&findings, &sources, Format::Json, false);
    let document: json::Document = serde_json::from_str(&text).unwrap();
    assert_eq!(document, json::document(&findings, &sources));
    assert_eq!(document.version, 1);
    assert_eq!(document.diagnostics[1].message, findings[1].message);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys = [
        "code",
        "severity",
        "message",
        "help",
        "file",
        "line",
        "column",
        "end_line",
        "end_column",
        "start_byte",
        "end_byte",
        "labels",
        "notes",
        "edits",
    ];
    for finding in value["diagnostics"].as_array().unwrap() {
        let finding = finding.as_object().unwrap();
        assert_eq!(finding.len(), keys.len());
        assert!(keys.iter().all(|key| finding.contains_key(*key)));
    }
    assert_eq!(render(&[], &sources, Format::Json, false), "{\"version\":1,\"diagnostics\":[]}\n");
}

#[test]
fn json_names_the_file_of_an_edit_elsewhere() {
    let (findings, sources) = findings();
    let elsewhere = findings[1].clone().edit(SourceId(1), Span::new(0, 5), "run");
    let document = json::document(&[elsewhere], &sources);
    let edits: Vec<_> = document.diagnostics[0].edits.iter().map(|edit| edit.file.as_deref()).collect();
    assert_eq!(edits, [None, Some("specs/base.elbo")]);
}

#[test]
fn sarif_has_what_the_standard_requires() {
    let (mut findings, sources) = findings();
    findings.extend(hard_findings().0.into_iter().take(1));
    let log: serde_json::Value = serde_json::from_str(&render(&findings, &sources, Format::Sarif, false)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["$schema"], "https://json.schemastore.org/sarif-2.1.0.json");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "elbo");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Code::ALL.len());
    for (rule, code) in rules.iter().zip(Code::ALL) {
        assert_eq!(rule["id"], code.identifier());
        assert_eq!(rule["shortDescription"]["text"], code.title());
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    for (result, finding) in results.iter().zip(&findings) {
        assert_eq!(rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(result["message"]["text"].as_str().unwrap().starts_with(&finding.message));
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].is_string());
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][key].as_u64().unwrap() >= 1, "{key}");
        }
        assert_eq!(result.get("fixes").is_some(), !finding.edits.is_empty());
    }
    let insertion = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(insertion["deletedRegion"]["startColumn"], insertion["deletedRegion"]["endColumn"]);
    assert_eq!(insertion["insertedContent"]["text"], "flatten\n  ");
}

#[test]
fn every_span_of_every_source_is_shown() {
    let long = "漢\t".repeat(90);
    for text in ["", "\n", "a\tb\r\n\u{1b}é漢\r\n\r\n# x", "\r\n\r\n", "x\n\n", "\u{feff}a\rb", long.as_str()] {
        let mut sources = SourceMap::default();
        let source = sources.add("a.elbo", text);
        let offsets: Vec<_> = (0..=text.len() + 2).step_by(1 + text.len() / 40).collect();
        for &start in &offsets {
            for &end in &offsets {
                let finding = Diagnostic::new(Code::Syntax, "bad", source, Span::new(start, end), "PRIMARY").label(
                    source,
                    Span::new(end, start + 1),
                    "SECOND",
                );
                let findings = [finding];
                for format in [Format::Fancy, Format::Plain] {
                    let drawn = render(&findings, &sources, format, false);
                    for label in ["PRIMARY", "SECOND"] {
                        let shown = drawn.matches(label).count();
                        assert_eq!(shown, 1, "{label} of {start}..{end} in {text:?}:\n{drawn}");
                    }
                    let index = crate::line_index::LineIndex::new(text);
                    let position = index.position(index.clamp(findings[0].labels[0].span).start);
                    let place = format!("[a.elbo:{}:{}]", position.line, position.column);
                    assert!(drawn.contains(&place), "{place} of {start}..{end} in {text:?}:\n{drawn}");
                }
                let document = json::document(&findings, &sources);
                let found = &document.diagnostics[0];
                assert!(text.get(found.start_byte.unwrap()..found.end_byte.unwrap()).is_some());
            }
        }
    }
}

#[test]
fn findings_without_a_known_place_are_told_all_the_same() {
    let sources = SourceMap::default();
    let lost = Diagnostic::new(Code::UnreadableSource, "cannot read `a.elbo`", SourceId(7), Span::new(3, 4), "here")
        .edit(SourceId(7), Span::new(0, 0), "x");
    let mut bare = lost.clone();
    bare.labels.clear();
    for format in Format::ALL {
        for finding in [&lost, &bare] {
            let drawn = render(std::slice::from_ref(finding), &sources, format, true);
            assert!(drawn.contains("cannot read `a.elbo`") && drawn.contains("E0001"), "{format}: {drawn}");
        }
    }
}

#[test]
fn the_order_is_by_source_offset_severity_and_code() {
    let finding = |code, source, start, message: &str| {
        Diagnostic::new(code, message, SourceId(source), Span::new(start, start + 1), "")
    };
    let noted = finding(Code::Syntax, 0, 5, "same").note("kept, since it came first");
    let mut warned = finding(Code::Syntax, 0, 5, "warned");
    warned.severity = Severity::Warning;
    let sorted = sort_and_deduplicate(vec![
        finding(Code::Syntax, 1, 0, "other file"),
        finding(Code::UnknownName, 0, 5, "later code"),
        warned,
        noted.clone(),
        finding(Code::Syntax, 0, 5, "same"),
        finding(Code::Syntax, 0, 5, "not the same"),
        finding(Code::UnknownName, 0, 2, "early"),
    ]);
    let messages: Vec<_> = sorted.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, ["early", "not the same", "same", "later code", "warned", "other file"]);
    assert_eq!(sorted[2], noted);
}

#[test]
fn findings_of_one_place_but_other_ranges_are_both_kept() {
    let label = |end| vec![Label { source: SourceId(0), span: Span::new(1, end), message: String::new() }];
    let mut short = Diagnostic::new(Code::Syntax, "bad", SourceId(0), Span::new(1, 2), "");
    let mut long = short.clone();
    (short.labels, long.labels) = (label(2), label(3));
    assert_eq!(sort_and_deduplicate(vec![long.clone(), short.clone()]), [short, long]);
}

#[test]
fn formats_are_chosen_by_name() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    let message = "xml".parse::<Format>().unwrap_err().to_string();
    assert!(Format::ALL.iter().all(|format| message.contains(&format!("`{format}`"))), "{message}");
}

#[test]
fn an_empty_label_at_a_line_start_far_before_the_primary_is_shown() {
    let mut sources = SourceMap::default();
    let text = "first\n2\n3\n4\n5\nlast\n";
    let source = sources.add("a.elbo", text);
    let last = span(&sources, source, "last");
    let finding =
        Diagnostic::new(Code::Syntax, "bad", source, last, "PRIMARY").label(source, Span::new(0, 0), "SECOND");
    let drawn = render(&[finding], &sources, Format::Plain, false);
    assert!(drawn.contains("SECOND") && drawn.find("[a.elbo:6:1]") < drawn.find("[a.elbo:1:1]"), "{drawn}");
}
