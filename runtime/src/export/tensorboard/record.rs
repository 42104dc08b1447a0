//! The records of an event file: TensorFlow's TFRecord form.

use super::event::Event;
use crc::{CRC_32_ISCSI, Crc};
use prost::Message;

/// Castagnoli's polynomial.
static CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// The file of these events. Each is a record: its length (8 bytes, little-endian), the masked checksum of these 8 bytes,
/// the message, and its masked checksum (`tensorflow/core/lib/io/record_writer.cc`).
pub(super) fn file(events: &[Event]) -> Vec<u8> {
    let mut file = Vec::new();
    for event in events {
        let message = event.encode_to_vec();
        let length = (message.len() as u64).to_le_bytes();
        file.extend(length);
        file.extend(masked_checksum(&length).to_le_bytes());
        file.extend(&message);
        file.extend(masked_checksum(&message).to_le_bytes());
    }
    file
}

/// The event that begins `bytes`, with what follows it; `None` where no whole record with right checksums does.
pub(super) fn first(bytes: &[u8]) -> Option<(Event, &[u8])> {
    let checked = |bytes: &[u8], checksum: &[u8; 4]| masked_checksum(bytes) == u32::from_le_bytes(*checksum);
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (_, rest) = rest.split_first_chunk::<4>().filter(|(checksum, _)| checked(length, checksum))?;
    let (message, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let event = checked(message, checksum).then(|| Event::decode(message))?;
    Some((event.ok()?, rest))
}

/// A CRC of data that themselves hold CRCs is weak, so it is turned and shifted first (`tensorflow/core/lib/hash/crc32c.h`,
/// `Mask`).
pub(super) fn masked_checksum(bytes: &[u8]) -> u32 {
    CRC32C.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
