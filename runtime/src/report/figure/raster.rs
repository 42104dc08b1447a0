//! A figure as PNG. Letters come from a font in the program, so that any machine draws the same picture.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::sync::Arc;

/// The name of the font in its file.
pub(super) const FAMILY: &str = "DejaVu Sans";

/// Pixels of the picture a pixel of the drawing.
const ENLARGEMENT: f32 = 2.0;

/// The bytes of a PNG file of an SVG of ours.
pub(super) fn png(svg: &str) -> Vec<u8> {
    let mut options = Options { font_family: FAMILY.to_owned(), ..Options::default() };
    Arc::make_mut(&mut options.fontdb).load_font_data(dejavu::sans::regular().to_vec());
    let tree = Tree::from_str(svg, &options).expect("figures are well-formed SVG");
    let size = tree.size().to_int_size().scale_by(ENLARGEMENT).expect("figures have a size");
    let mut picture = Pixmap::new(size.width(), size.height()).expect("figures are some hundred pixels wide and high");
    resvg::render(&tree, Transform::from_scale(ENLARGEMENT, ENLARGEMENT), &mut picture.as_mut());
    picture.encode_png().expect("a picture in memory can be encoded")
}
