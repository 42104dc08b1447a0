mod content;
mod stored;

use super::event::Event;
use prost::Message;

/// The messages of a file's records, whose lengths and checksums must be right.
fn messages(file: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = file;
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<8>().expect("a record begins with a length");
        let (check, after) = after.split_first_chunk::<4>().expect("a length has a checksum");
        assert_eq!(u32::from_le_bytes(*check), masked(length));
        let size = usize::try_from(u64::from_le_bytes(*length)).expect("it is short");
        let (message, after) = after.split_at(size);
        let (check, after) = after.split_first_chunk::<4>().expect("a message has a checksum");
        assert_eq!(u32::from_le_bytes(*check), masked(message));
        messages.push(message.to_vec());
        rest = after;
    }
    messages
}

fn events(file: &[u8]) -> Vec<Event> {
    messages(file).iter().map(|message| Event::decode(message.as_slice()).expect("a message of the form")).collect()
}

/// The masked checksum, bit by bit.
fn masked(bytes: &[u8]) -> u32 {
    let mut register = u32::MAX;
    for byte in bytes {
        register ^= u32::from(*byte);
        for _ in 0..8 {
            register = (register >> 1) ^ if register & 1 == 1 { 0x82f6_3b78 } else { 0 };
        }
    }
    let checksum = !register;
    checksum.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[test]
fn checksums_are_castagnolis() {
    // The check value of CRC-32/ISCSI in the catalogue of CRCs, and RFC 3720, B.4: 32 zeros, 32 ones.
    let mask = |checksum: u32| checksum.rotate_right(15).wrapping_add(0xa282_ead8);
    for (bytes, checksum) in
        [(b"123456789".to_vec(), 0xe306_9283), (vec![0; 32], 0x8a91_36aa), (vec![0xff; 32], 0x62a8_ab43)]
    {
        assert_eq!(super::record::masked_checksum(&bytes), mask(checksum));
        assert_eq!(masked(&bytes), mask(checksum));
    }
}
