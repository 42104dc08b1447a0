//! Numbers at the ends of what can be represented, wherever a spec may have one: what is said of them can be read.

use elbo_compiler::analysis::diff::{Side, compare};
use elbo_compiler::explain::{self, Subject};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{compile, ir, render};

/// A spec with every kind of number in it.
const SPEC: &str = r"prior narrow = normal(mean=0.5, std=0.1)
posterior start = gaussian(mean=normal(0, 0.2), rho=-5)
model net(w: int = 8, p: float = 0.25) {
  input image[1, 8, 8]
  default bayes(prior=narrow, posterior=start)
  c: conv2d(w, kernel=3, stride=1, pad=1)
  elu(alpha=0.7)
  maxpool(2)
  dropout(p=p, on=output) d: conv2d(4, kernel=3, pad=1)
  bayes(prior=scale_mixture(pi=0.5, std1=1.5, std2=0.01), estimator=flipout) e: conv2d(4, kernel=3, pad=1)
  norm1: batchnorm(eps=1e-5, momentum=0.1)
  flatten
  head: linear(10)
  output categorical
}
dataset data {
  source    = digits()
  subset    = fraction(0.9)
  split     = fraction(train=0.8, validation=0.2)
  transform = [pad(1), resize(8), normalize()]
  augment   = [flip_horizontal(p=0.5)]
}
train regime {
  objective     = elbo(kl=exact, temperature=0.6, anneal=linear(epochs=3))
  optimizer     = adam(lr=3e-3, betas=[0.9, 0.99], eps=1e-8)
  learning_rate = plateau(factor=0.4, patience=3)
  clip          = norm(2.5)
  checkpoint    = 5min
  epochs        = 40
  batch         = 64
  seed          = 1
}
report figures {
  samples = 25
  metrics = [accuracy, ece(bins=15)]
}
run trial { model = net; data = data; train = regime; report = figures }
";

/// Every place of a number in a text.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    for token in elbo_grammar::tokens(text) {
        if matches!(token.kind, elbo_grammar::TokenKind::Number) {
            found.push(token.span.start..token.span.end);
        }
    }
    found
}

#[test]
fn no_message_holds_a_number_that_nobody_can_read() {
    let sound = compile("spec.elbo", &MemorySources::single("spec.elbo", SPEC), None, &[]);
    assert!(!sound.has_errors(), "{:?}", sound.diagnostics);
    let places = numbers(SPEC);
    assert!(places.len() > 40);
    for place in places {
        for number in ["1e300", "1e-300", "1e308", "5e-324", "123456789012345678901234567890", "1e17", "0", "0.1e-7"] {
            let text = format!("{}{number}{}", &SPEC[..place.start], &SPEC[place.end..]);
            let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", text), None, &[]);
            for found in &compilation.diagnostics {
                let labels = found.labels.iter().map(|label| label.message.as_str());
                let words = std::iter::once(found.message.as_str()).chain(labels);
                let notes = found.notes.iter().chain(&found.help).map(String::as_str);
                words.chain(notes).for_each(|words| readable(words, &format!("{number} at {place:?}")));
            }
            for run in &compilation.runs {
                let subject = Subject::run(run, &compilation.sources);
                let compared = compare(Side::Run(&run.run), Side::Run(&sound.runs[0].run));
                let texts = [
                    ir::text(&run.run),
                    explain::text(&subject, &[]),
                    explain::latex(&subject),
                    render::comparison::text(&compared),
                ];
                for text in &texts {
                    // What is beyond all numbers is called infinite there.
                    let said = |line: &str| line.replace("infinite", "too large");
                    text.lines().for_each(|line| readable(&said(line), &format!("{number} at {place:?}")));
                }
            }
        }
    }
}

/// Asserts that no number in these words is too long to be read, or none at all.
fn readable(words: &str, of: &str) {
    let digits = words.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).map(str::len).max();
    assert!(digits.unwrap_or(0) <= 30, "{of}: {words}");
    let parts = || words.split([' ', '`', '=', '(', ')', ',', '-', '−']);
    assert!(!["inf", "NaN", "infinite"].iter().any(|odd| parts().any(|word| word == *odd)), "{of}: {words}");
}

#[test]
fn negative_zero_is_zero() {
    let places = numbers(SPEC);
    let mut compiled = 0;
    for place in places.into_iter().filter(|place| !SPEC[..place.start].ends_with('-')) {
        let [plus, minus] = ["0.0", "-0.0"].map(|zero| {
            let text = format!("{}{zero}{}", &SPEC[..place.start], &SPEC[place.end..]);
            compile("spec.elbo", &MemorySources::single("spec.elbo", text), None, &[])
        });
        assert_eq!(plus.has_errors(), minus.has_errors(), "{place:?}");
        if let ([plus], [minus]) = (plus.runs.as_slice(), minus.runs.as_slice()) {
            assert_eq!(ir::to_json(&plus.run), ir::to_json(&minus.run), "{place:?}");
            compiled += 1;
        }
    }
    assert!(compiled > 4, "{compiled} places may hold zero");
}
