//! Numbers at the ends of what can be represented, wherever a spec may have one: what is said of them can be read.

use elbo_compiler::compile;
use elbo_compiler::sources::MemorySources;

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
                for words in words.chain(notes) {
                    let digits =
                        words.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).map(str::len).max();
                    let longest = digits.unwrap_or(0);
                    assert!(longest <= 30, "{number} at {place:?}: {words}");
                    let odd = ["inf", "NaN", "infinite"]
                        .iter()
                        .any(|odd| words.split([' ', '`', '=', '(', ')', ',', '-', '−']).any(|word| word == *odd));
                    assert!(!odd, "{number} at {place:?}: {words}");
                }
            }
        }
    }
}
