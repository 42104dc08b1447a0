//! Images as stored, as PNG inside the page.

use super::input::Picture;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest side a page shows; larger images are averaged down by a whole factor.
const LONGEST: usize = 96;

/// A `data:` address of the picture as PNG. `None` for images that have neither one nor three channels, or no pixel.
pub fn data_address(picture: &Picture) -> Option<String> {
    let [channels, rows, columns] = picture.shape;
    let color = match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        _ => return None,
    };
    if rows == 0 || columns == 0 || picture.pixels.len() != channels * rows * columns {
        return None;
    }
    let factor = rows.max(columns).div_ceil(LONGEST);
    let (height, width) = (rows.div_ceil(factor), columns.div_ceil(factor));
    let mut bytes = Vec::with_capacity(channels * height * width);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..channels {
                bytes.push(block_mean(picture, channel, [y * factor, x * factor], factor));
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&bytes));
    written.expect("a picture of the right size can be written to memory");
    Some(format!("data:image/png;base64,{}", STANDARD.encode(&file)))
}

/// The mean of a block of pixels, as a byte of which 255 is white.
fn block_mean(picture: &Picture, channel: usize, [top, left]: [usize; 2], factor: usize) -> u8 {
    let [_, rows, columns] = picture.shape;
    let plane = &picture.pixels[channel * rows * columns..][..rows * columns];
    let block = (top..rows.min(top + factor)).flat_map(|row| &plane[row * columns..][left..columns.min(left + factor)]);
    let (sum, count) = block.fold((0_u64, 0_u64), |(sum, count), &pixel| (sum + u64::from(pixel), count + 1));
    let white = u64::from(picture.unit.max(1));
    u8::try_from((sum * 255 + count * white / 2) / (count * white)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(address: &str) -> (u32, u32, Vec<u8>) {
        let encoded = address.strip_prefix("data:image/png;base64,").expect("a data address");
        let file = STANDARD.decode(encoded).expect("base 64");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut bytes).expect("one image");
        (info.width, info.height, bytes)
    }

    #[test]
    fn pixels_are_as_stored() {
        let picture = Picture { shape: [1, 1, 3], pixels: vec![0, 8, 16], unit: 16 };
        assert_eq!(decode(&data_address(&picture).expect("grey")), (3, 1, vec![0, 128, 255]));
        let picture = Picture { shape: [3, 1, 2], pixels: vec![1, 2, 3, 4, 5, 6], unit: 255 };
        assert_eq!(decode(&data_address(&picture).expect("colour")), (2, 1, vec![1, 3, 5, 2, 4, 6]));
    }

    #[test]
    fn large_images_are_averaged() {
        let pixels = (0..200 * 97).map(|index| if index % 2 == 0 { 10 } else { 20 }).collect();
        let picture = Picture { shape: [1, 97, 200], pixels, unit: 255 };
        let (width, height, bytes) = decode(&data_address(&picture).expect("grey"));
        assert_eq!((width, height), (67, 33));
        assert!(bytes.iter().all(|&byte| (13..=17).contains(&byte)), "{bytes:?}");
    }

    #[test]
    fn what_is_no_picture_is_left_out() {
        for (shape, length) in [([2, 1, 1], 2), ([1, 0, 4], 0), ([1, 2, 2], 3)] {
            assert_eq!(data_address(&Picture { shape, pixels: vec![0; length], unit: 255 }), None);
        }
    }
}
