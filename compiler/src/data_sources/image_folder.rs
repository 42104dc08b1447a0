//! `image_folder(…)`: images in folders by class.

use super::kind::{Declared, DeclaredSource, ReadSource, SourceKind};
use crate::ir::Shape;
use crate::signature::{Parameter, Signature};

/// `train/CLASS/*.png` and `test/CLASS/*.png` below [`crate::ir::Data::root`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageFolder;

pub(super) const DECLARED: Declared<ImageFolder> = Declared {
    signature: Signature::optional(
        "image_folder",
        "`train/CLASS/*.png` and `test/CLASS/*.png`, PNG, JPEG and other images.",
        &[
            Parameter::text("root", "The folder, relative to the spec."),
            Parameter::new("shape", "`[channels, rows, columns]`, of every image."),
            Parameter::new("classes", "How many classes, or their names in order."),
        ],
    )
    .required(3)
    .positional(1),
    read,
};

fn read(arguments: &dyn ReadSource) -> Option<DeclaredSource<ImageFolder>> {
    let (root, shape, target) = (arguments.text("root"), arguments.shape("shape"), arguments.classes("classes"));
    let (root, shape, target) = (root?, shape?, target?);
    if !matches!(shape, Shape::Image { channels: 1 | 3, .. }) {
        let message = format!("images of a folder have 1 or 3 channels, so `shape` cannot be {shape}");
        arguments.refuse("shape", message, "not the shape of a picture");
        return None;
    }
    Some(DeclaredSource { source: ImageFolder, root: Some(root), shape, target })
}

impl SourceKind for ImageFolder {
    fn name(&self) -> &'static str {
        DECLARED.signature.name
    }

    fn holds_pictures(&self) -> bool {
        true
    }
}
