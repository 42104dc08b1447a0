//! Image files of people, brought to the form of a data set's images.

use super::error::DataError;
use super::file::read_whole;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageReader, Limits};
use std::io::Cursor;
use std::path::Path;

/// The most rows or columns a file may have.
const LONGEST_SIDE: u32 = 1 << 15;

/// The most bytes that decoding a file may take.
const MOST_BYTES: u64 = 1 << 30;

/// An image file as a data set would hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Channels × rows × columns, a byte a pixel and channel.
    pub pixels: Vec<u8>,
    /// Rows and columns of the file's own image, as it is held upright.
    pub size: [usize; 2],
    /// What was done to the image to give it that form: what a sentence says after the file's name.
    pub changes: Vec<String>,
}

/// Reads a PNG or JPEG file as an image of `shape` (channels, rows, columns). A file of another size is resized, which
/// does not keep its proportions, by a triangle filter as wide as the scale demands; colours become grey and the other
/// way round; what stands on its side is turned as the camera noted.
///
/// # Errors
/// [`DataError::Unreadable`] and [`DataError::Picture`]. Sizes are checked before memory is taken.
pub fn read_picture(path: &Path, shape: [usize; 3]) -> Result<Picture, DataError> {
    picture_of(path, &read_whole(path)?.0, shape)
}

/// The same of a file whose `bytes` have been read.
pub(super) fn picture_of(path: &Path, bytes: &[u8], shape: [usize; 3]) -> Result<Picture, DataError> {
    let mut changes = Vec::new();
    let image = oriented(decode(path, bytes)?, &mut changes);
    let [channels, rows, columns] = shape;
    let wrong = |problem: String| DataError::Picture { path: path.to_owned(), problem };
    let image = match channels {
        1 => grey(image, &mut changes),
        3 => coloured(image, &mut changes),
        _ => {
            return Err(wrong(format!("the network takes images of {channels} channels, which no image file has")));
        }
    };
    let found = [image.height() as usize, image.width() as usize];
    let image = if found == [rows, columns] {
        image
    } else {
        changes.push(format!("was resized from {} × {} pixels to {rows} × {columns}", found[0], found[1]));
        let side =
            |side: usize| u32::try_from(side).map_err(|_| wrong(format!("no image has a side of {side} pixels")));
        image.resize_exact(side(columns)?, side(rows)?, FilterType::Triangle)
    };
    // Files hold the channels of a pixel together, data sets hold each channel by itself.
    let interleaved = image.into_bytes();
    let mut pixels = Vec::with_capacity(interleaved.len());
    for channel in 0..channels {
        pixels.extend(interleaved.iter().skip(channel).step_by(channels));
    }
    Ok(Picture { pixels, size: found, changes })
}

/// The image as stored, and how it is to be turned.
fn decode(path: &Path, bytes: &[u8]) -> Result<(DynamicImage, Orientation), DataError> {
    let wrong = |error: image::ImageError| DataError::Picture { path: path.to_owned(), problem: error.to_string() };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.expect("memory can be read");
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(wrong)?;
    let orientation = decoder.orientation().map_err(wrong)?;
    Ok((DynamicImage::from_decoder(decoder).map_err(wrong)?, orientation))
}

fn oriented((mut image, orientation): (DynamicImage, Orientation), changes: &mut Vec<String>) -> DynamicImage {
    if orientation != Orientation::NoTransforms {
        image.apply_orientation(orientation);
        changes.push("was turned as its camera noted".to_owned());
    }
    image
}

/// With one channel of eight bits.
fn grey(image: DynamicImage, changes: &mut Vec<String>) -> DynamicImage {
    let color = image.color();
    if color == ColorType::L8 {
        return image;
    }
    if color.has_color() {
        changes.push("was turned from colour to grey".to_owned());
    }
    remark_on_depth(color, changes);
    DynamicImage::ImageLuma8(image.into_luma8())
}

/// With three channels of eight bits.
fn coloured(image: DynamicImage, changes: &mut Vec<String>) -> DynamicImage {
    let color = image.color();
    if color == ColorType::Rgb8 {
        return image;
    }
    if !color.has_color() {
        changes.push("is grey, so its red, green and blue are equal".to_owned());
    }
    remark_on_depth(color, changes);
    DynamicImage::ImageRgb8(image.into_rgb8())
}

fn remark_on_depth(color: ColorType, changes: &mut Vec<String>) {
    if color.has_alpha() {
        changes.push("lost its transparency".to_owned());
    }
    let bits = color.bits_per_pixel() / u16::from(color.channel_count());
    if bits > 8 {
        changes.push(format!("was reduced from {bits} bits a channel to 8"));
    }
}
