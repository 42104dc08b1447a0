//! What a Parquet file says of its pages and of its columns, checked before memory is taken for it.

use flate2::bufread::MultiGzDecoder;
use parquet::basic::Compression;
use std::io::{self, Read};

/// Columns within columns, at most.
const DEEPEST: usize = 64;
/// No deflate stream expands by more (zlib's technical notes: 1032 to 1), and Snappy's by less.
const LARGEST_EXPANSION: i64 = 1032;
/// Bytes in memory for each of a dictionary, at most: a text of none takes 4 in a file and 32 here.
const ENTRY: u64 = 8;
const DAMAGED: &str = "a page of it is damaged";

/// The pages of one column in one group of rows: for each the memory that it takes.
pub(super) struct Pages<'p> {
    left: Compact<'p>,
    compression: Compression,
}

impl<'p> Pages<'p> {
    pub fn new(bytes: &'p [u8], compression: Compression) -> Self {
        Self { left: Compact { bytes, at: 0 }, compression }
    }

    /// The memory that the next page takes; what is wrong with it, if memory cannot be taken for it.
    fn check(&mut self) -> Result<u64, &'static str> {
        let page = Page::head(&mut self.left).ok_or(DAMAGED)?;
        let start = self.left.at;
        self.left.skip_bytes(page.packed as u64).ok_or(DAMAGED)?;
        let data = &self.left.bytes[start..self.left.at];
        let is_packed = self.compression != Compression::UNCOMPRESSED && !page.is_plain;
        let size = page.packed.max(page.unpacked);
        if size > page.packed.saturating_mul(LARGEST_EXPANSION) {
            return Err(DAMAGED);
        }
        if is_packed && matches!(self.compression, Compression::GZIP(_)) {
            // Its end is where its stream ends, which nothing else says.
            let stream = data.get(page.levels as usize..).ok_or(DAMAGED)?;
            let wanted = u64::try_from(page.unpacked - page.levels).map_err(|_| DAMAGED)?;
            let found = io::copy(&mut MultiGzDecoder::new(stream).take(wanted + 1), &mut io::sink());
            if found.is_ok_and(|found| found > wanted) {
                return Err(DAMAGED);
            }
        }
        // A value of a dictionary takes 4 bytes at least.
        if page.is_dictionary && page.values > size / 4 {
            return Err(DAMAGED);
        }
        if !Page::ENCODINGS.contains(&page.encoding) {
            return Err("its values are encoded as no table of pandas is");
        }
        Ok((size as u64).saturating_mul(if page.is_dictionary { ENTRY } else { 1 }))
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<u64, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.left.at < self.left.bytes.len()).then(|| self.check())
    }
}

/// Bytes in the compact protocol of Thrift, which pages and the file are described in
/// (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>). `None` where they are not.
struct Compact<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Compact<'_> {
    const INTEGER: u8 = 5;
    const LIST: u8 = 9;
    const STRUCTURE: u8 = 12;

    fn byte(&mut self) -> Option<u8> {
        self.skip_bytes(1)?;
        Some(self.bytes[self.at - 1])
    }

    fn skip_bytes(&mut self, count: u64) -> Option<()> {
        let end = self.at.checked_add(usize::try_from(count).ok()?).filter(|end| *end <= self.bytes.len())?;
        self.at = end;
        Some(())
    }

    fn natural(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A number of 32 bits.
    fn integer(&mut self) -> Option<i64> {
        let natural = self.natural()?;
        let value = (natural >> 1) as i64 ^ -((natural & 1) as i64);
        i32::try_from(value).is_ok().then_some(value)
    }

    /// How many entries a list has, and their type.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        Some((if head >> 4 == 15 { self.natural()? } else { u64::from(head >> 4) }, head & 15))
    }

    /// The fields of a structure, of which `take` takes each by its number and type. Numbers rise, so that none is there
    /// twice.
    fn fields(&mut self, mut take: impl FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        let mut last = 0;
        loop {
            let head = self.byte()?;
            if head & 15 == 0 {
                return Some(());
            }
            let field = if head >> 4 == 0 { self.integer()? } else { last + i64::from(head >> 4) };
            last = Some(field).filter(|field| *field > last)?;
            take(self, field, head & 15)?;
        }
    }

    fn skip(&mut self, kind: u8, deepest: usize) -> Option<()> {
        match kind {
            1 | 2 => Some(()),
            3 => self.skip_bytes(1),
            4..=6 => self.natural().map(drop),
            7 => self.skip_bytes(8),
            8 => self.natural().and_then(|length| self.skip_bytes(length)),
            Self::LIST | 10 => {
                let (count, kind) = self.list()?;
                let kind = if kind <= 2 { 3 } else { kind };
                (0..count).try_for_each(|_| self.skip(kind, deepest.checked_sub(1)?))
            }
            Self::STRUCTURE => {
                let deepest = deepest.checked_sub(1)?;
                self.fields(|inner, _, kind| inner.skip(kind, deepest))
            }
            _ => None,
        }
    }
}

/// What the head of a page says.
#[derive(Debug, Clone, Copy, Default)]
struct Page {
    is_dictionary: bool,
    /// Bytes in the file.
    packed: i64,
    /// Bytes once they are decompressed.
    unpacked: i64,
    values: i64,
    encoding: i64,
    /// Bytes at the beginning that are never compressed.
    levels: i64,
    /// Whether the rest is not compressed either.
    is_plain: bool,
}

impl Page {
    /// Plain, a dictionary in its older and newer form, and runs of equal bits.
    const ENCODINGS: [i64; 4] = [0, 2, 8, 3];

    /// Reads the head of a page. Of a page with values (5), a dictionary (7) and a page with values in the newer form (8)
    /// it must be one.
    fn head(bytes: &mut Compact<'_>) -> Option<Self> {
        let (mut page, mut kinds) = (Self::default(), 0);
        bytes.fields(|bytes, field, kind| match (field, kind) {
            (2, Compact::INTEGER) => bytes.integer().map(|size| page.unpacked = size),
            (3, Compact::INTEGER) => bytes.integer().map(|size| page.packed = size),
            (5 | 7 | 8, Compact::STRUCTURE) => {
                kinds += 1;
                page.is_dictionary = field == 7;
                bytes.fields(|bytes, inner, kind| match (field, inner, kind) {
                    (_, 1, Compact::INTEGER) => bytes.integer().map(|count| page.values = count),
                    (5 | 7, 2, Compact::INTEGER) | (8, 4, Compact::INTEGER) => {
                        bytes.integer().map(|encoding| page.encoding = encoding)
                    }
                    (8, 5 | 6, Compact::INTEGER) => bytes.integer().map(|size| page.levels += size),
                    (8, 7, 2) => {
                        page.is_plain = true;
                        Some(())
                    }
                    _ => bytes.skip(kind, DEEPEST),
                })
            }
            _ => bytes.skip(kind, DEEPEST),
        })?;
        let sizes = [page.packed, page.unpacked, page.values, page.levels];
        (kinds == 1 && sizes.iter().all(|size| *size >= 0)).then_some(page)
    }
}

/// How deep columns are nested by the description of a file, whose second field lists each before those in it; `None` if
/// deeper than [`DEEPEST`], or where the description is damaged.
pub(super) fn schema_depth(description: &[u8]) -> Option<usize> {
    let mut deepest = 0;
    Compact { bytes: description, at: 0 }.fields(|bytes, field, kind| {
        if (field, kind) != (2, Compact::LIST) {
            return bytes.skip(kind, DEEPEST);
        }
        // How many are still to come in each of those that the next one is in.
        let mut open: Vec<i64> = Vec::new();
        let (count, _) = bytes.list()?;
        for _ in 0..count {
            let mut inside = 0;
            bytes.fields(|bytes, field, kind| match (field, kind) {
                (5, Compact::INTEGER) => bytes.integer().map(|count| inside = count),
                _ => bytes.skip(kind, DEEPEST),
            })?;
            while open.pop_if(|left| *left == 0).is_some() {}
            open.last_mut().into_iter().for_each(|left| *left -= 1);
            (0..=count as i64).contains(&inside).then(|| open.push(inside))?;
            deepest = deepest.max(open.len());
            // Deeper is not looked at, and need not be held.
            (open.len() <= DEEPEST).then_some(())?;
        }
        Some(())
    })?;
    Some(deepest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::basic::GzipLevel;

    fn zigzag(value: i64) -> Vec<u8> {
        let mut left = (value << 1 ^ value >> 63) as u64;
        let mut bytes = Vec::new();
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
        bytes
    }

    /// A page of `packed` zeros that says it unpacks to `unpacked` bytes, of `field` 5 (values) or 7 (a dictionary).
    fn page(field: u8, [unpacked, packed, values, encoding]: [i64; 4]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for value in [0, unpacked, packed] {
            bytes.push(0x15);
            bytes.extend(zigzag(value));
        }
        bytes.push((field - 3) << 4 | Compact::STRUCTURE);
        for value in [values, encoding] {
            bytes.push(0x15);
            bytes.extend(zigzag(value));
        }
        bytes.extend([0, 0]);
        bytes.extend(vec![0; packed.clamp(0, 1 << 20) as usize]);
        bytes
    }

    fn check(bytes: &[u8], compression: Compression) -> Result<Vec<u64>, &'static str> {
        Pages::new(bytes, compression).collect()
    }

    #[test]
    fn pages_that_say_too_much_are_refused() {
        let most = i64::from(i32::MAX);
        let sound = [page(7, [400, 100, 100, 0]), page(5, [1000, 100, most, 8])].concat();
        assert_eq!(check(&sound, Compression::SNAPPY), Ok(vec![3200, 1000]));
        for (forged, what) in [
            (page(5, [most, 100, 100, 0]), "more than any stream expands to"),
            (page(5, [-1, 100, 100, 0]), "a size below 0"),
            (page(5, [100, -1, 100, 0]), "a size below 0"),
            (page(5, [100, 1 << 40, 100, 0]), "a size beyond 32 bits"),
            (page(5, [100, 2 << 20, 100, 0]), "more than follows"),
            (page(5, [100, 100, -1, 0]), "values below 0"),
            (page(7, [400, 100, 101, 0]), "more values in a dictionary than its bytes hold"),
            (page(6, [400, 100, 100, 0]), "neither values nor a dictionary"),
            (page(5, [100, 100, 100, 5]), "another encoding"),
            (vec![0x15], "an end in the middle"),
            (vec![0], "nothing"),
        ] {
            check(&forged, Compression::SNAPPY).expect_err(what);
        }
        let whole = page(5, [100, 100, 100, 0]);
        (1..whole.len()).for_each(|end| assert!(check(&whole[..end], Compression::SNAPPY).is_err(), "cut after {end}"));
        // A size that is said twice is none, whichever of them a reader takes.
        let mut twice = page(5, [100, 100, 100, 0]);
        twice.splice(6..6, [0x05, 0x04, 0x15, 0x02]);
        check(&twice, Compression::SNAPPY).expect_err("a field is there twice");
        // Of streams without a size in them, all is read once to know.
        let mut bomb = flate2::read::GzEncoder::new(&[0; 1 << 16][..], flate2::Compression::best());
        let mut stream = Vec::new();
        bomb.read_to_end(&mut stream).expect("is in memory");
        let mut forged = page(5, [100, stream.len() as i64, 100, 0]);
        forged.truncate(forged.len() - stream.len());
        forged.extend(&stream);
        check(&forged, Compression::GZIP(GzipLevel::default())).expect_err("the stream is longer than the page says");
    }

    #[test]
    fn columns_nested_too_deep_are_refused_before_they_are_followed() {
        // A list of `count` structures, each with the one that follows in it.
        let nested = |count: u32| {
            let mut bytes = vec![0x29, 0xf0 | Compact::STRUCTURE];
            bytes.extend([count as u8 & 0x7f | 0x80, (count >> 7) as u8]);
            (0..count).for_each(|at| bytes.extend([0x55, if at + 1 < count { 2 } else { 0 }, 0]));
            bytes.push(0);
            bytes
        };
        assert_eq!(schema_depth(&nested(20)), Some(20));
        assert_eq!(schema_depth(&nested(10_000)), None);
        assert_eq!(schema_depth(&nested(20)[..30]), None);
        // Lists within lists, which no description holds.
        assert_eq!(schema_depth(&[0x19; 1 << 16]), None);
    }
}
