//! Kernels are written as templates: WGSL with a few lines of their own, which are expanded before it is compiled.
//!
//! `//#if FLAG` or `//#if !FLAG`, `//#else`, `//#end`; `//#for NAME in A..B`, `//#end`; `//#macro NAME`, `//#end`,
//! `//#use NAME`; and `${A*B+C}` anywhere, of whole numbers and of names: those of loops and those that are given.
//! Bounds of loops are such sums, too. Loops are written out because WGSL's own are bounded by a counter, which keeps
//! drivers from unrolling them, and registers have no index.

use crate::error::{GpuError, misuse};
use std::collections::HashMap;

/// Expands a template.
///
/// # Errors
/// [`GpuError::Misuse`] with the line where the template is wrong.
pub(crate) fn expand(source: &str, flags: &[&str], values: &[(&str, i64)]) -> Result<String, GpuError> {
    let lines: Vec<&str> = source.lines().collect();
    let names = values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let mut expansion = Expansion { flags, names, macros: HashMap::new(), text: String::new() };
    expansion.walk(&lines, 0)?;
    Ok(expansion.text)
}

struct Expansion<'t> {
    flags: &'t [&'t str],
    names: HashMap<String, i64>,
    macros: HashMap<&'t str, Vec<&'t str>>,
    text: String,
}

/// Uses within uses, at most.
const DEEPEST: usize = 32;

fn words(line: &str) -> Vec<&str> {
    line.trim().strip_prefix("//#").map(|line| line.split_whitespace().collect()).unwrap_or_default()
}

impl<'t> Expansion<'t> {
    fn walk(&mut self, lines: &[&'t str], depth: usize) -> Result<(), GpuError> {
        if depth > DEEPEST {
            return Err(misuse("a macro of a template uses itself"));
        }
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at];
            match words(line).as_slice() {
                [] => {
                    self.line(line)?;
                    at += 1;
                }
                ["use", name] => {
                    let body = self.macros.get(name).cloned();
                    self.walk(&body.ok_or_else(|| wrong(line))?, depth + 1)?;
                    at += 1;
                }
                [first @ ("for" | "if" | "macro"), rest @ ..] => {
                    let (other, end) = extent(lines, at)?;
                    let body = &lines[at + 1..other.unwrap_or(end)];
                    let alternative = other.map_or(&[][..], |other| &lines[other + 1..end]);
                    match (*first, rest) {
                        ("macro", [name]) => drop(self.macros.insert(name, body.to_vec())),
                        ("if", [flag]) => {
                            let holds = match flag.strip_prefix('!') {
                                Some(flag) => !self.flags.contains(&flag),
                                None => self.flags.contains(flag),
                            };
                            self.walk(if holds { body } else { alternative }, depth + 1)?;
                        }
                        ("for", [name, "in", range]) => {
                            let (from, to) = range.split_once("..").ok_or_else(|| wrong(line))?;
                            let before = self.names.get(*name).copied();
                            for number in self.sum(from, line)?..self.sum(to, line)? {
                                self.names.insert((*name).to_owned(), number);
                                self.walk(body, depth + 1)?;
                            }
                            match before {
                                Some(before) => drop(self.names.insert((*name).to_owned(), before)),
                                None => drop(self.names.remove(*name)),
                            }
                        }
                        _ => return Err(wrong(line)),
                    }
                    at = end + 1;
                }
                _ => return Err(wrong(line)),
            }
        }
        Ok(())
    }

    /// An ordinary line with its `${…}`.
    fn line(&mut self, line: &str) -> Result<(), GpuError> {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("${") {
            let (expression, after) = after.split_once('}').ok_or_else(|| wrong(line))?;
            self.text.push_str(before);
            let value = self.sum(expression, line)?;
            self.text.push_str(&value.to_string());
            rest = after;
        }
        self.text.push_str(rest);
        self.text.push('\n');
        Ok(())
    }

    /// A sum of products of numbers and names.
    fn sum(&self, expression: &str, line: &str) -> Result<i64, GpuError> {
        let mut sum = 0;
        for term in expression.split('+') {
            let mut product = 1;
            for factor in term.split('*').map(str::trim) {
                let value = factor.parse().ok().or_else(|| self.names.get(factor).copied());
                product *= value.ok_or_else(|| wrong(line))?;
            }
            sum += product;
        }
        Ok(sum)
    }
}

/// The line of the `else` that belongs to the block that begins in line `at`, if it has one, and that of its `end`.
fn extent(lines: &[&str], at: usize) -> Result<(Option<usize>, usize), GpuError> {
    let (mut depth, mut other) = (0, None);
    for (place, line) in lines.iter().enumerate().skip(at + 1) {
        match words(line).first() {
            Some(&("for" | "if" | "macro")) => depth += 1,
            Some(&"else") if depth == 0 => other = Some(place),
            Some(&"end") if depth == 0 => return Ok((other, place)),
            Some(&"end") => depth -= 1,
            Some(_) | None => {}
        }
    }
    Err(wrong(lines[at]))
}

fn wrong(line: &str) -> GpuError {
    misuse(format!("a template has a line that means nothing: {}", line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_conditions_and_macros_are_written_out() {
        let source = "//#macro PAIR\nx${i}\n//#end\n//#for i in 0..n\n//#use PAIR\n\
                      //#if A\na${i*2+1}\n//#else\nb\n//#end\n//#end\nend";
        assert_eq!(expand(source, &["A"], &[("n", 2)]).unwrap(), "x0\na1\nx1\na3\nend\n");
        assert_eq!(expand(source, &[], &[("n", 1)]).unwrap(), "x0\nb\nend\n");
        assert_eq!(expand("//#if !A\nno\n//#end", &[], &[]).unwrap(), "no\n");
    }

    #[test]
    fn what_means_nothing_is_an_error() {
        for source in [
            "//#if A",
            "${x}",
            "${1",
            "//#use X",
            "//#for i 0..2\n//#end",
            "//#else",
            "//#macro M\n//#use M\n//#end\n//#use M",
        ] {
            assert!(matches!(expand(source, &[], &[]), Err(GpuError::Misuse { .. })), "{source}");
        }
    }
}
