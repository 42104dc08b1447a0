//! Labelled images in memory.

/// The byte of the largest pixel of generated images.
pub(super) const UNIT: f32 = 255.0;

/// Labelled images of one shape, as stored: a byte a pixel, which is a quarter of the memory of the
/// numbers a network takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// Channels, rows and columns of an image.
    pub shape: [usize; 3],
    /// Images × channels × rows × columns.
    pub pixels: Vec<u8>,
    /// The byte that stands for the number 1, the largest of the format: a pixel's number is its byte
    /// divided by this.
    pub unit: f32,
    /// The class of each image.
    pub labels: Vec<u16>,
    /// The file of each image, below the folder of its split and with `/` between folders; empty where images do not have
    /// files of their own.
    pub names: Vec<String>,
}

impl Images {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The bytes of image number `index`. Panics if there is none, like a slice.
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.shape.iter().product::<usize>();
        &self.pixels[index * size..][..size]
    }
}
