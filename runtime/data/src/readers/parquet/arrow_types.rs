//! Columns whose types Parquet has no words for, so that they look like plain whole numbers: writers in Arrow say what
//! they are in a description of their own, `ARROW:schema`, beside that of the file. It is a message of Arrow
//! (<https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format>), whose tables are those of FlatBuffers
//! (<https://flatbuffers.dev/internals>), in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parquet::file::metadata::KeyValue;

/// The entry that holds the description.
const ENTRY: &str = "ARROW:schema";
/// Where a message says that its length comes next; older ones begin with the length.
const CONTINUED: [u8; 4] = [0xff; 4];
/// The number of a duration among Arrow's types.
const DURATION: u8 = 18;
/// Notes on a column that are looked at, and bytes of a name: tables of a damaged file may all lead to the same long ones.
const MOST_NOTES: usize = 16;
const LONGEST: usize = 4096;

/// A type that Parquet stores as whole numbers and says nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrowType {
    /// Numbers of a unit of time.
    Duration,
    /// Months, quarters and other spans of the calendar, numbered by pandas.
    Period,
}

/// The columns of such types, by their names. A description that is damaged says nothing.
pub(super) fn read(entries: Option<&Vec<KeyValue>>) -> Vec<(String, ArrowType)> {
    let entry = entries.into_iter().flatten().find(|entry| entry.key == ENTRY);
    let bytes = entry.and_then(|entry| STANDARD.decode(entry.value.as_ref()?).ok());
    bytes.and_then(|bytes| columns(&bytes)).unwrap_or_default()
}

fn columns(message: &[u8]) -> Option<Vec<(String, ArrowType)>> {
    let lengths = if message.starts_with(&CONTINUED) { 8 } else { 4 };
    let bytes = message.get(lengths..)?;
    // A message holds a schema, and a schema its fields.
    let fields = Table::at(bytes, 0)?.table(2)?.tables(1)?;
    let special = |field: &Table<'_>| {
        let is_period = || {
            let mut notes = field.tables(6)?.take(MOST_NOTES);
            notes.any(|note| note.text(1) == Some("pandas.period")).then_some(ArrowType::Period)
        };
        if field.byte(2) == Some(DURATION) { Some(ArrowType::Duration) } else { is_period() }
    };
    Some(fields.filter_map(|field| Some((field.text(0)?.to_owned(), special(&field)?))).collect())
}

/// A table of FlatBuffers: each of its fields by its number, `None` where it is not there or leads out of the bytes.
#[derive(Clone, Copy)]
struct Table<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Table<'b> {
    /// The table that the offset at this place leads to.
    fn at(bytes: &'b [u8], place: usize) -> Option<Self> {
        Some(Self { bytes, at: follow(bytes, place)? })
    }

    /// Where a field is.
    fn field(&self, number: usize) -> Option<usize> {
        let back = i32::from_le_bytes(four(self.bytes, self.at)?);
        let offsets = usize::try_from(i64::try_from(self.at).ok()? - i64::from(back)).ok()?;
        let place = 4 + 2 * number;
        (place + 2 <= two(self.bytes, offsets)?).then_some(())?;
        let offset = two(self.bytes, offsets.checked_add(place)?)?;
        (offset > 0).then(|| self.at.checked_add(offset)).flatten()
    }

    fn byte(&self, number: usize) -> Option<u8> {
        self.bytes.get(self.field(number)?).copied()
    }

    fn table(&self, number: usize) -> Option<Self> {
        Self::at(self.bytes, self.field(number)?)
    }

    /// The tables of a list, up to the first that leads out of the bytes.
    fn tables(&self, number: usize) -> Option<impl Iterator<Item = Self> + use<'b>> {
        let (bytes, list) = (self.bytes, follow(self.bytes, self.field(number)?)?);
        let count = u32::from_le_bytes(four(bytes, list)?) as usize;
        Some((0..count).map_while(move |index| Self::at(bytes, list.checked_add(4 + 4 * index)?)))
    }

    fn text(&self, number: usize) -> Option<&'b str> {
        let place = follow(self.bytes, self.field(number)?)?;
        let length = u32::from_le_bytes(four(self.bytes, place)?) as usize;
        let first = place.checked_add(4)?;
        (length <= LONGEST).then_some(())?;
        std::str::from_utf8(self.bytes.get(first..first.checked_add(length)?)?).ok()
    }
}

/// The place that the offset at `place` leads to.
fn follow(bytes: &[u8], place: usize) -> Option<usize> {
    place.checked_add(u32::from_le_bytes(four(bytes, place)?) as usize)
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

fn two(bytes: &[u8], at: usize) -> Option<usize> {
    let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_that_is_cut_or_changed_is_read_or_says_nothing() {
        let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parquet/durations.parquet"));
        let file = file.expect("is there");
        let at = file.windows(ENTRY.len()).position(|bytes| bytes == ENTRY.as_bytes()).expect("is described");
        let start = at + file[at..].windows(4).position(|bytes| bytes == b"////").expect("begins as a message");
        let is_of_text = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let text: Vec<u8> = file[start..].iter().copied().take_while(is_of_text).collect();
        let message = STANDARD.decode(&text[..text.len() / 4 * 4]).expect("is base64");
        assert_eq!(columns(&message), Some(vec![("x".to_owned(), ArrowType::Duration)]));
        assert_eq!(columns(&message[4..]), columns(&message), "older messages begin with their length");
        (0..message.len()).for_each(|end| drop(columns(&message[..end])));
        for at in 0..message.len() {
            for change in [1, 0x80, 0xff] {
                let mut changed = message.clone();
                changed[at] ^= change;
                assert!(columns(&changed).is_none_or(|found| found.len() <= message.len()));
            }
        }
        let entry = |value: &str| read(Some(&vec![KeyValue::new(ENTRY.to_owned(), value.to_owned())]));
        assert_eq!(entry(&STANDARD.encode(&message)).len(), 1);
        assert!(entry("no base64").is_empty() && entry("").is_empty() && read(None).is_empty());
    }
}
