//! `npy(…)`: arrays of numpy, one of inputs and one of what is to be predicted.

use super::kind::{Declared, DeclaredSource, ReadSource, SourceKind};
use super::test_examples::{TestExamples, test_share};
use crate::bounds::Bounds;
use crate::ir::Target;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// The most real targets of arrays.
const MOST_TARGETS: i64 = 4096;

/// Arrays of numpy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpySource {
    /// The files of inputs and of labels.
    pub files: [String; 2],
    /// The test split.
    pub test: TestExamples<[String; 2]>,
}

pub(super) const DECLARED: Declared<NpySource> = Declared {
    signature: Signature::optional(
        "npy",
        "Arrays by `numpy.save`, examples along the first axis.",
        &[
            Parameter::text("images", "File of the inputs, relative to the spec."),
            Parameter::text("labels", "File of the labels or targets."),
            Parameter::new("shape", "Shape of one example: `n`, `[channels, length]` or `[channels, rows, columns]`."),
            Parameter::new("classes", "How many classes, or their names."),
            Parameter::whole("targets", "How many real targets, in place of classes.", 1, MOST_TARGETS),
            Parameter::text("test_images", "Inputs to test on."),
            Parameter::text("test_labels", "Their labels."),
            Parameter::number("test_share", "Share that is tested on where no files are named.", Bounds::Share)
                .default("0.2"),
        ],
    )
    .required(3)
    .positional(0),
    read,
};

fn read(arguments: &dyn ReadSource) -> Option<DeclaredSource<NpySource>> {
    let (images, labels) = (arguments.text("images"), arguments.text("labels"));
    let test_images = arguments.optional("test_images", |arguments, name| arguments.text(name));
    let test_labels = arguments.optional("test_labels", |arguments, name| arguments.text(name));
    let shape = arguments.shape("shape");
    let test = match (test_images?, test_labels?) {
        (Some(images), Some(labels)) => TestExamples::Files([images, labels]),
        (None, None) => TestExamples::Share(test_share(arguments)?),
        (Some(_), None) => {
            arguments.lacks("`test_labels`", "name the labels of `test_images`, too");
            return None;
        }
        (None, Some(_)) => {
            arguments.lacks("`test_images`", "name the inputs that `test_labels` belong to");
            return None;
        }
    };
    arguments.at_most_one("test_images", "test_share").then_some(())?;
    arguments.at_most_one("classes", "targets").then_some(())?;
    let (images, labels) = (images?, labels?);
    if let TestExamples::Files([test, _]) = &test {
        arguments.differs("test_images", test, &images).then_some(())?;
    }
    let target = if arguments.is_given("classes") {
        arguments.classes("classes")?
    } else if arguments.is_given("targets") {
        let count = arguments.whole("targets")?;
        Target::Values { names: (0..count).map(|target| format!("target{target}")).collect(), normalize: false }
    } else {
        let help = "write `classes=10` for classes, or `targets=1` for real numbers";
        arguments.lacks("`classes` or `targets`", help);
        return None;
    };
    let source = NpySource { files: [images, labels], test };
    Some(DeclaredSource::new(source, shape?, target))
}

impl SourceKind for NpySource {
    fn name(&self) -> &'static str {
        DECLARED.signature.name
    }

    fn in_text(&self) -> String {
        format!("npy({})", self.test.in_text())
    }

    fn files(&self) -> Vec<&String> {
        self.files.iter().chain(self.test.files().into_iter().flatten()).collect()
    }

    fn files_mut(&mut self) -> Vec<&mut String> {
        self.files.iter_mut().chain(self.test.files_mut().into_iter().flatten()).collect()
    }

    fn test_share(&self) -> Option<f64> {
        self.test.share()
    }

    fn counting_classes(&self) -> Option<&'static str> {
        Some("`npy(…, classes=N)`, in place of `targets=`")
    }
}
