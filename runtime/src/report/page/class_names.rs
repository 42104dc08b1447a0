//! What the classes of known data sets are called.

use crate::report::DataFacts;

const CIFAR10: [&str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const FASHION_MNIST: [&str; 10] =
    ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

/// A name for each class: the spec's or the published one where there is such, else its number.
pub fn class_names(data: &DataFacts) -> Vec<String> {
    if !data.class_names.is_empty() {
        return data.class_names.clone();
    }
    let published: &[&str] = match data.source.as_str() {
        "cifar10" => &CIFAR10,
        "fashion_mnist" => &FASHION_MNIST,
        _ => &[],
    };
    (0..data.classes.unwrap_or(0))
        .map(|class| published.get(class).map_or_else(|| class.to_string(), |name| (*name).to_owned()))
        .collect()
}

/// The same where at least one class has another name than its number; else none.
pub fn given_class_names(data: &DataFacts) -> Vec<String> {
    let names = class_names(data);
    if names.iter().enumerate().any(|(class, name)| *name != class.to_string()) { names } else { Vec::new() }
}
