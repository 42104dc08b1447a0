//! Image files of people, brought to the form of a data set's images.

use super::digest::Digest;
use super::error::DataError;
use super::file::read_whole;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use std::path::Path;

/// The most rows or columns a file may have.
const LONGEST_SIDE: u32 = 1 << 15;

/// The most pixels a file may have (67 million), more than cameras give in one picture.
const MOST_PIXELS: u64 = 1 << 26;

/// The most bytes that decoding a file may take: so many pixels of four channels, and as much beside them.
const MOST_BYTES: u64 = MOST_PIXELS * 8;

/// The most bytes that a PNG's other parts may take once they are unpacked.
const MOST_BYTES_BESIDE_PIXELS: u64 = 1 << 24;

/// The largest file.
const MOST_FILE_BYTES: u64 = 1 << 29;

/// An image file as a data set would hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Channels × rows × columns, a byte a pixel and channel.
    pub pixels: Vec<u8>,
    /// Rows and columns of the file's own image, as it is held upright.
    pub size: [usize; 2],
    /// What was done to the image to give it that form, each a participle as [`super::FileNote::what`] has it.
    pub changes: Vec<String>,
}

/// Reads an image file (PNG, JPEG, BMP, TIFF, WebP, PPM or PGM) as an image of `shape` (channels, rows, columns). A
/// file of another size is resized, which does not keep its proportions, by a triangle filter as wide as the scale
/// demands; colours become grey and the other way round; what stands on its side is turned as the camera noted.
///
/// # Errors
/// [`DataError::Unreadable`] and [`DataError::Picture`]. Sizes are checked before memory is taken.
pub fn read_picture(path: &Path, shape: [usize; 3]) -> Result<Picture, DataError> {
    Ok(read_hashed(path, shape, Fit::Resize)?.0)
}

/// What is done to an image of another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is resized.
    Resize,
    /// It is refused, before its pixels are decoded.
    Refuse,
}

/// The same, with the digest of the file.
pub(super) fn read_hashed(path: &Path, shape: [usize; 3], fit: Fit) -> Result<(Picture, Digest), DataError> {
    let size = std::fs::metadata(path).map_err(|error| DataError::Unreadable { path: path.into(), error })?.len();
    if size > MOST_FILE_BYTES {
        let problem = format!("it has {size} bytes, and at most {MOST_FILE_BYTES} are read");
        return Err(DataError::Picture { path: path.to_owned(), problem });
    }
    let (bytes, digest) = read_whole(path)?;
    Ok((picture_of(path, &bytes, shape, fit)?, digest))
}

/// The picture in a file whose `bytes` have been read.
fn picture_of(path: &Path, bytes: &[u8], shape: [usize; 3], fit: Fit) -> Result<Picture, DataError> {
    let mut changes = Vec::new();
    let image = oriented(decode(path, bytes, shape, fit)?, &mut changes);
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
        changes.push(format!("resized to {rows} × {columns} pixels"));
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

/// The image as stored, and how it is to be turned. Its size is looked at before its pixels are decoded.
fn decode(
    path: &Path,
    bytes: &[u8],
    [_, rows, columns]: [usize; 3],
    fit: Fit,
) -> Result<(DynamicImage, Orientation), DataError> {
    let wrong = |error: image::ImageError| DataError::Picture { path: path.to_owned(), problem: error.to_string() };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.expect("memory can be read");
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    // Of a PNG they are for what stands beside the pixels, such as a profile of colours, and for a row of these.
    let is_png = reader.format() == Some(ImageFormat::Png);
    limits.max_alloc = Some(if is_png { MOST_BYTES_BESIDE_PIXELS } else { MOST_BYTES });
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(wrong)?;
    let orientation = decoder.orientation().map_err(wrong)?;
    let (width, height) = decoder.dimensions();
    let on_its_side = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let [height, width] = if on_its_side { [width, height] } else { [height, width] };
    if fit == Fit::Refuse && [height as usize, width as usize] != [rows, columns] {
        return Err(DataError::Content {
            path: path.into(),
            place: String::new(),
            problem: format!("it has {height} × {width} pixels, but the spec says {rows} × {columns}"),
            help: "bring all images to one size, and say it in `shape`".into(),
        });
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS {
        let problem = format!("it has {height} × {width} pixels, and images of at most {MOST_PIXELS} pixels are read");
        return Err(DataError::Picture { path: path.to_owned(), problem });
    }
    Ok((DynamicImage::from_decoder(decoder).map_err(wrong)?, orientation))
}

fn oriented((mut image, orientation): (DynamicImage, Orientation), changes: &mut Vec<String>) -> DynamicImage {
    if orientation != Orientation::NoTransforms {
        image.apply_orientation(orientation);
        changes.push("rotated as the camera noted".to_owned());
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
        changes.push("converted from colour to grey".to_owned());
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
        changes.push("converted from grey to colour".to_owned());
    }
    remark_on_depth(color, changes);
    DynamicImage::ImageRgb8(image.into_rgb8())
}

fn remark_on_depth(color: ColorType, changes: &mut Vec<String>) {
    if color.has_alpha() {
        changes.push("read without transparency".to_owned());
    }
    let bits = color.bits_per_pixel() / u16::from(color.channel_count());
    if bits > 8 {
        changes.push(format!("reduced from {bits} bits per channel to 8"));
    }
}
