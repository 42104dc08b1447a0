//! Which finished run a run of a spec is: the one of its meaning on the files that are there today.

use super::{Stored, StoredRuns};
use crate::execute::{ComputedAs, Content, DataSets, RunParts};
use crate::report::VERSION;
use elbo_compiler::ir::{self, Run};
use std::collections::BTreeMap;
use std::path::Path;

/// What was found of a run of a spec.
#[derive(Debug, Clone)]
pub struct Meant<'s> {
    /// Its result.
    pub result: Option<&'s Stored>,
    /// What was assumed, or why there is none although there are some of its meaning: a sentence.
    pub remark: Option<String>,
}

impl StoredRuns {
    /// The result of a run called `name` on a dataset called `dataset`: of its meaning, and of the content that its files
    /// have now, the last published of several. Paths in it are relative to `folder`.
    ///
    /// Where its files cannot be read, the only content that results of its meaning have is assumed, which the remark says;
    /// if they have several, there is none.
    pub fn meant_by(
        &self,
        (name, dataset, run): (&str, &str, &Run),
        folder: &Path,
        sets: &mut DataSets<'_>,
    ) -> Meant<'_> {
        let (training, evaluation) = (ir::training_digest(run), ir::evaluation_digest(run));
        let alike = |stored: &&Stored| {
            stored.training.ir_digest == training
                && stored.evaluation.report_digest == evaluation
                && stored.evaluation.data == dataset
        };
        let (readable, other): (Vec<&Stored>, Vec<&Stored>) =
            self.runs.iter().filter(alike).partition(|stored| stored.evaluation.report_version == VERSION);
        if readable.is_empty() {
            let remark = other.first().map(|stored| {
                format!(
                    "the report of `{name}` in `{}` has another form: `elbo run` scores it again, without training",
                    stored.directory.display()
                )
            });
            return Meant { result: None, remark };
        }
        match sets.content(run, folder) {
            Ok(content) => of_content(name, (run, dataset), &content, &readable),
            Err(error) => assumed(name, &error.to_string(), &readable),
        }
    }
}

fn of_content<'s>(name: &str, (run, dataset): (&Run, &str), content: &Content, alike: &[&'s Stored]) -> Meant<'s> {
    let is_same = |stored: &&&Stored| {
        let computed = ComputedAs::then(&stored.training, stored.evaluation.report_version);
        let keys = RunParts::new((run, dataset), content, computed).keys();
        keys.training == stored.evaluation.training && keys.evaluation == stored.evaluation.identity
    };
    let same: Vec<&Stored> = alike.iter().filter(is_same).copied().collect();
    match same.as_slice() {
        [] => {
            let last = alike.first();
            let changed = last.map(|stored| changed_files(&content.digests(), &stored.digests())).unwrap_or_default();
            let remark = if changed.is_empty() {
                // Its files are the same, and its record still is not that of its place.
                let directory = last.map(|stored| stored.directory.display().to_string()).unwrap_or_default();
                format!("the record of `{name}` in `{directory}` is that of another run; `elbo run` makes its own")
            } else {
                format!("`{name}` has a result of other files only: {changed}; `elbo run` makes one of these")
            };
            Meant { result: None, remark: Some(remark) }
        }
        [only] => Meant { result: Some(only), remark: None },
        [last, others @ ..] => {
            let remark = format!(
                "`{name}` has {} on the same files, of another backend, other kernels or another version; this is the \
                 last published: {}",
                if others.len() == 1 { "another result".to_owned() } else { format!("{} other results", others.len()) },
                last.directory.display()
            );
            Meant { result: Some(last), remark: Some(remark) }
        }
    }
}

/// The only content there is, where the files cannot be looked at.
fn assumed<'s>(name: &str, problem: &str, alike: &[&'s Stored]) -> Meant<'s> {
    let Some((last, others)) = alike.split_first() else { return Meant { result: None, remark: None } };
    if others.iter().any(|other| other.digests() != last.digests()) {
        let candidates: Vec<String> = alike.iter().map(|stored| format!("\n    {}", stored.description())).collect();
        let remark = format!(
            "which of {} results `{name}` means is unknown, since its files cannot be read ({problem}); name one by its \
             key:{}",
            alike.len(),
            candidates.concat()
        );
        return Meant { result: None, remark: Some(remark) };
    }
    let digests = last.digests();
    let files: Vec<String> = digests.iter().map(|(file, digest)| format!("{file} {}", &digest[..8])).collect();
    let remark = format!(
        "the files of `{name}` cannot be read ({problem}); its result is assumed to be the one of {}",
        files.join(", ")
    );
    Meant { result: Some(last), remark: Some(remark) }
}

/// The files that differ between now and then, each with the beginnings of its digests.
fn changed_files(now: &BTreeMap<String, String>, then: &BTreeMap<String, String>) -> String {
    let digest = |digest: Option<&String>| digest.map_or_else(|| "absent".to_owned(), |digest| digest[..8].to_owned());
    let names: std::collections::BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    let differing = names.into_iter().filter(|name| now.get(*name) != then.get(*name));
    let changes = differing.map(|name| format!("{name} is {}, was {}", digest(now.get(name)), digest(then.get(name))));
    changes.collect::<Vec<_>>().join("; ")
}
