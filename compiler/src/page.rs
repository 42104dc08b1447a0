//! The pages of the diagnostic codes, taken apart: what is said, and the examples that show it.
//!
//! A page is Markdown of a small kind: a title `# E0302: …`, paragraphs, and fenced blocks. A block
//! `elbo,fails` is a spec that is reported under the page's code, `elbo,fixed` one that is not. A block that
//! says `file=other.elbo` belongs to the example in front of it, as a file beside it; `target=NAME` and
//! `set=PATH=VALUE` stand for `FILE#NAME` and `--set` on the command line; `repeat=N` for an example whose last
//! line stands there N times, with its numbers counting on; `shared=N` for one whose data are opened and found to have N
//! test examples that are training examples.

use crate::codes::Code;
use crate::opened::{OpenedData, OpenedSets, SharedExamples};
use crate::sources::{MemorySources, Sources};
use crate::{Compilation, Override, compile, compile_opened};

/// The path of an example's first file, to which the others are relative.
const SPEC: &str = "spec.elbo";

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The code it is about.
    pub code: Code,
    /// Title, paragraphs and blocks in order.
    pub parts: Vec<Part>,
}

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The title, without its `#`.
    Title(String),
    /// A paragraph, its lines joined; code stands in backticks.
    Paragraph(String),
    /// A fenced block.
    Block {
        /// What stands behind the fence, such as `elbo,fails`.
        information: String,
        /// Its lines.
        text: String,
    },
}

/// What an example shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Something that is reported.
    Fails,
    /// The same, fixed.
    Fixed,
}

/// A spec that a page shows, with the files beside it.
#[derive(Debug, Clone)]
pub struct Example {
    /// Whether it is the failing or the fixed one.
    pub shows: Shows,
    sources: MemorySources,
    target: Option<String>,
    overrides: Vec<Override>,
    /// What its data are found to hold; `None` where they are not opened.
    holds: Option<Holds>,
}

/// What the data of an example are found to hold.
#[derive(Debug, Clone, Default)]
struct Holds {
    /// Test examples that are training examples.
    shared: usize,
    /// A class without training examples.
    unseen: Option<usize>,
    /// A feature that never varies.
    constant: Option<String>,
    /// A feature or target that 32 bits round away part of.
    coarse: Option<String>,
    /// Files that were read without their transparency.
    converted: usize,
}

impl Example {
    /// The path of its first file.
    pub const PATH: &str = SPEC;

    /// Its files.
    pub fn sources(&self) -> &MemorySources {
        &self.sources
    }

    /// Compiles it as the command line would.
    pub fn compile(&self) -> Compilation {
        self.compile_over(&self.sources)
    }

    /// The same with other texts in the place of its files.
    pub fn compile_over(&self, sources: &dyn Sources) -> Compilation {
        let of = (self.target.as_deref(), self.overrides.as_slice());
        let compilation = compile(SPEC, sources, of.0, of.1);
        let Some(Holds { shared, unseen, constant, coarse, converted }) = self.holds.clone() else {
            return compilation;
        };
        let mut opened = OpenedSets::default();
        for run in &compilation.runs {
            // A thousand examples, a fifth of them to test on.
            let classes = run.run.data.target.classes().unwrap_or(1);
            let mut classes = vec![800 / classes; classes];
            if let Some(examples) = unseen.and_then(|class| classes.get_mut(class)) {
                *examples = 0;
            }
            let test = SharedExamples { shared, of: 200 };
            let constant = constant.iter().cloned().collect();
            let coarse = coarse.iter().cloned().collect();
            let converted = Some(converted).filter(|files| *files > 0);
            let files =
                converted.map(|files| format!("{files} files were read without transparency (`train/a/1.png`, …)"));
            let files = files.into_iter().collect();
            let data = OpenedData { classes, test, validation: SharedExamples::default(), constant, coarse, files };
            opened.insert(&run.run, run.data_source, data);
        }
        compile_opened(SPEC, sources, of, &opened)
    }
}

impl Page {
    /// The page of a code.
    pub fn of(code: Code) -> Self {
        Self { code, parts: parts(code.page()) }
    }

    /// The specs it shows, in order. What is not understood in a fence is an error of the page, which a test finds.
    ///
    /// # Errors
    /// The fence, and what is wrong with it.
    pub fn examples(&self) -> Result<Vec<Example>, String> {
        let mut examples: Vec<Example> = Vec::new();
        for part in &self.parts {
            let Part::Block { information, text } = part else { continue };
            let wrong = |problem: &str| format!("{}: `{information}`: {problem}", self.code);
            let mut words = information.split(',');
            if words.next() != Some("elbo") {
                continue;
            }
            let shows = match words.next() {
                Some("fails") => Shows::Fails,
                Some("fixed") => Shows::Fixed,
                _ => return Err(wrong("an example is `elbo,fails` or `elbo,fixed`")),
            };
            let mut example =
                Example { shows, sources: MemorySources::default(), target: None, overrides: Vec::new(), holds: None };
            let mut file = None;
            let mut text = text.clone();
            for word in words {
                match word.split_once('=') {
                    Some(("file", path)) => file = Some(path),
                    Some(("target", name)) => example.target = Some(name.to_owned()),
                    Some(("set", change)) => example.overrides.push(Override(change.to_owned())),
                    Some(("repeat", times)) => {
                        text = repeated(&text, times.parse().map_err(|_| wrong("`repeat` takes a number"))?);
                    }
                    Some(("shared", count)) => {
                        let shared = count.parse().map_err(|_| wrong("`shared` takes a number"))?;
                        example.holds.get_or_insert_default().shared = shared;
                    }
                    Some(("unseen", class)) => {
                        let class = class.parse().map_err(|_| wrong("`unseen` takes a number"))?;
                        example.holds.get_or_insert_default().unseen = Some(class);
                    }
                    Some(("constant", name)) => example.holds.get_or_insert_default().constant = Some(name.to_owned()),
                    Some(("coarse", name)) => example.holds.get_or_insert_default().coarse = Some(name.to_owned()),
                    Some(("converted", count)) => {
                        let converted = count.parse().map_err(|_| wrong("`converted` takes a number"))?;
                        example.holds.get_or_insert_default().converted = converted;
                    }
                    _ => {
                        let known = "`file=…`, `target=…`, `set=…`, `repeat=…`, `shared=…`, `unseen=…`, `constant=…`, \
                                     `coarse=…` or `converted=…`";
                        return Err(wrong(&format!("it carries {known}")));
                    }
                }
            }
            match (file, examples.last_mut()) {
                (None, _) => {
                    example.sources.insert(SPEC, text);
                    examples.push(example);
                }
                (Some(path), Some(before)) if before.shows == shows => before.sources.insert(path, text),
                (Some(_), _) => return Err(wrong("there is no example in front of it that it could belong to")),
            }
        }
        Ok(examples)
    }
}

/// `text` with its last line `times` times, the numbers in it one higher each time.
fn repeated(text: &str, times: u64) -> String {
    let start = text.trim_end().rfind('\n').map_or(0, |newline| newline + 1);
    let mut result = text[..start].to_owned();
    for step in 0..times {
        let mut digits = String::new();
        // The sign behind the last character ends a number there.
        for character in text[start..].trim_end().chars().chain(['\n']) {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            if let Ok(number) = digits.parse::<u64>() {
                result.push_str(&(number + step).to_string());
            }
            digits.clear();
            result.push(character);
        }
    }
    result
}

fn parts(markdown: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut block: Option<(String, String)> = None;
    // An empty line behind the last ends what is still open.
    for line in markdown.lines().chain([""]) {
        if let Some((information, text)) = &mut block {
            if line == "```" {
                let (information, text) = (std::mem::take(information), std::mem::take(text));
                parts.push(Part::Block { information, text });
                block = None;
            } else {
                text.push_str(line);
                text.push('\n');
            }
            continue;
        }
        let fence = line.strip_prefix("```");
        let title = line.strip_prefix("# ");
        if line.is_empty() || fence.is_some() || title.is_some() {
            if !paragraph.is_empty() {
                parts.push(Part::Paragraph(paragraph.join(" ")));
                paragraph.clear();
            }
            if let Some(title) = title {
                parts.push(Part::Title(title.to_owned()));
            }
            block = fence.map(|information| (information.to_owned(), String::new()));
        } else {
            paragraph.push(line);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Page, Part, Shows};
    use crate::codes::Code;
    use crate::diagnostic::Severity;
    use crate::render::{Format, render};

    #[test]
    fn every_page_has_the_title_of_its_code_and_says_something() {
        for code in Code::ALL {
            let page = Page::of(*code);
            let title = format!("{code}: {}", code.title());
            assert_eq!(page.parts.first(), Some(&Part::Title(title)), "the first line of the page of {code}");
            let said = page.parts.iter().filter(|part| matches!(part, Part::Paragraph(_))).count();
            assert!(said >= 1, "{code} explains nothing");
            let allowed = page.code.page().contains(&format!("@allow({code})"));
            assert_eq!(allowed, code.severity() != Severity::Error, "{code}: warnings say when to allow them");
        }
    }

    /// Each failing example is reported under the code of its page before anything else, and no fixed one is.
    #[test]
    fn examples_fail_and_are_fixed_as_their_pages_say() {
        for code in Code::ALL {
            let examples = Page::of(*code).examples().expect("the fences are well formed");
            for shows in [Shows::Fails, Shows::Fixed] {
                assert!(examples.iter().any(|example| example.shows == shows), "{code} has no example that {shows:?}");
            }
            for example in examples {
                let compilation = example.compile();
                let found = render(&compilation.diagnostics, &compilation.sources, Format::Plain, false);
                let first = compilation.diagnostics.first().map(|diagnostic| diagnostic.code);
                match example.shows {
                    Shows::Fails => assert_eq!(first, Some(*code), "the failing example of {code} gives\n{found}"),
                    Shows::Fixed => {
                        let again = compilation.diagnostics.iter().any(|diagnostic| diagnostic.code == *code);
                        let clean = !again && !compilation.has_errors();
                        assert!(clean, "the fixed example of {code} gives\n{found}");
                    }
                }
            }
        }
    }
}
