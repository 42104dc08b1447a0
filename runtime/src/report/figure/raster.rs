//! A figure as PNG. Letters come from a font in the program, so that any machine draws the same picture.

#[cfg(feature = "png-export")]
use resvg::tiny_skia::{Pixmap, Transform};
#[cfg(feature = "png-export")]
use resvg::usvg::{Options, Tree};
#[cfg(feature = "png-export")]
use std::sync::Arc;

/// The name of the font in its file.
pub(super) const FAMILY: &str = "DejaVu Sans";

/// Pixels of the picture a pixel of the drawing.
#[cfg(feature = "png-export")]
const ENLARGEMENT: f32 = 2.0;

/// The bytes of a PNG file of an SVG of ours.
#[cfg(feature = "png-export")]
pub(super) fn png(svg: &str) -> Vec<u8> {
    let mut options = Options { font_family: FAMILY.to_owned(), ..Options::default() };
    Arc::make_mut(&mut options.fontdb).load_font_data(dejavu::sans::regular().to_vec());
    let tree = Tree::from_str(svg, &options).expect("figures are well-formed SVG");
    let size = tree.size().to_int_size().scale_by(ENLARGEMENT).expect("figures have a size");
    let mut picture = Pixmap::new(size.width(), size.height()).expect("figures are some hundred pixels wide and high");
    resvg::render(&tree, Transform::from_scale(ENLARGEMENT, ENLARGEMENT), &mut picture.as_mut());
    signed(picture.encode_png().expect("a picture in memory can be encoded"))
}

/// Bytes of a PNG file's signature and its first chunk, `IHDR`.
const HEADER: usize = 8 + 25;

/// The text of a chunk that says which program wrote a picture (PNG specification, 11.3.3.2).
const SOFTWARE: &[u8] = b"tEXtSoftware\0elbo";

/// The file with a chunk that says who wrote it, by which an export knows its own pictures.
#[cfg(feature = "png-export")]
fn signed(mut file: Vec<u8>) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(SOFTWARE);
    let length = (SOFTWARE.len() as u32 - 4).to_be_bytes();
    file.splice(HEADER..HEADER, [&length[..], SOFTWARE, &sum.sum().to_be_bytes()].concat());
    file
}

/// Whether a file that begins so is a picture that [`png`] made.
pub fn is_picture_of_figure(beginning: &[u8]) -> bool {
    beginning.get(HEADER + 4..).is_some_and(|rest| rest.starts_with(SOFTWARE))
}

#[cfg(all(test, feature = "png-export"))]
mod tests {
    use super::*;

    #[test]
    fn pictures_say_who_made_them_and_stay_readable() {
        let file = png("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"3\"></svg>");
        assert!(is_picture_of_figure(&file) && !is_picture_of_figure(&file[..40]));
        let reader = ::png::Decoder::new(file.as_slice()).read_info().expect("is a PNG file");
        let text = &reader.info().uncompressed_latin1_text[0];
        assert_eq!((text.keyword.as_str(), text.text.as_str()), ("Software", "elbo"));
    }
}
