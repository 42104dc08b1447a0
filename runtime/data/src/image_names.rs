//! Which files are images, by their names.

use std::path::Path;

/// The file formats that are read, with the endings of their names, which are those of torchvision's `ImageFolder`.
pub(super) const FORMATS: &str = "PNG, JPEG, BMP, TIFF, WebP, PPM or PGM";

/// Names of image files end so, in any case.
const ENDINGS: [&str; 9] = ["jpg", "jpeg", "png", "ppm", "bmp", "pgm", "tif", "tiff", "webp"];

/// Whether a file's name says that it holds an image.
pub(super) fn is_image_name(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}
