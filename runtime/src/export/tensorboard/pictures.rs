//! The report's figures as images.

use super::event::{Content, Image, Metadata, Plugin, Value};
use crate::export::figures;
use crate::report::page::{PageInput, figures as drawn};

/// An image a figure, `figures/learning-likelihood` and so on, with its title and how it is to be read.
pub(super) fn values(input: &PageInput) -> Vec<Value> {
    let files = figures::pictures(input);
    drawn(input)
        .into_iter()
        .zip(files)
        .map(|(figure, (_, encoded))| {
            let (width, height) = size(&encoded);
            let plugin = Plugin { name: "images".to_owned(), content: Vec::new() };
            let metadata = Metadata { plugin: Some(plugin), display_name: figure.title, description: figure.caption };
            let image = Image { height, width, colorspace: 4, encoded };
            Value {
                tag: format!("figures/{}", figure.name),
                metadata: Some(metadata),
                content: Some(Content::Image(image)),
            }
        })
        .collect()
}

/// Width and height of a PNG file, which stand in its first chunk.
fn size(png: &[u8]) -> (i32, i32) {
    let number = |at: usize| {
        let bytes = png.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        i32::from_be_bytes(bytes.expect("a PNG file begins with its signature and its sizes"))
    };
    (number(16), number(20))
}
