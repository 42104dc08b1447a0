//! What columns hold, by their types: some of whole numbers are times, durations or decimals, which are no features as they
//! are stored.

use super::arrow_types::ArrowType;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::schema::types::ColumnDescriptor;

const TIMES: (&str, &str) =
    ("it holds dates or times", "save what is told of them as numbers, such as days since a date");
const DURATIONS: (&str, &str) =
    ("it holds durations", "save them as numbers of one unit, for example seconds: `.dt.total_seconds()`");

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Flags,
    Wholes,
    /// Whole numbers without a sign.
    Counts,
    Reals,
    Texts,
}

/// What a column holds, of which Arrow may say more; else what is wrong with that, and what to do about it.
pub(super) fn held(column: &ColumnDescriptor, arrow: Option<ArrowType>) -> Result<Held, (&'static str, &'static str)> {
    let plain = "save it as numbers, for example by `astype(\"float64\")`";
    let decimals = ("its numbers are decimals, of a precision that is lost in 32 bits", plain);
    match arrow {
        Some(ArrowType::Duration) => return Err(DURATIONS),
        Some(ArrowType::Period) => return Err(TIMES),
        None => {}
    }
    let (physical, converted) = (column.physical_type(), column.converted_type());
    let logical = column.logical_type_ref();
    match logical {
        Some(LogicalType::Decimal(_)) => return Err(decimals),
        Some(LogicalType::Date | LogicalType::Time(_) | LogicalType::Timestamp(_)) => return Err(TIMES),
        Some(LogicalType::Float16) => {
            return Err(("its numbers are of 16 bits, which are not read", "save it as `astype(\"float32\")`"));
        }
        Some(LogicalType::_Unknown { .. }) => return Err(("its type is newer than this program", plain)),
        Some(LogicalType::Variant(_) | LogicalType::Geometry(_) | LogicalType::Geography(_) | LogicalType::File) => {
            return Err(("its values are structures, not numbers", "give each of their numbers a column of its own"));
        }
        Some(LogicalType::Integer(_) | LogicalType::Unknown | LogicalType::Map | LogicalType::List)
        | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json | LogicalType::Bson | LogicalType::Uuid)
        | None => {}
    }
    match converted {
        ConvertedType::DECIMAL => return Err(decimals),
        ConvertedType::DATE
        | ConvertedType::TIME_MILLIS
        | ConvertedType::TIME_MICROS
        | ConvertedType::TIMESTAMP_MILLIS
        | ConvertedType::TIMESTAMP_MICROS => return Err(TIMES),
        ConvertedType::INTERVAL => return Err(DURATIONS),
        ConvertedType::NONE
        | ConvertedType::UTF8
        | ConvertedType::MAP
        | ConvertedType::MAP_KEY_VALUE
        | ConvertedType::LIST
        | ConvertedType::ENUM
        | ConvertedType::UINT_8
        | ConvertedType::UINT_16
        | ConvertedType::UINT_32
        | ConvertedType::UINT_64
        | ConvertedType::INT_8
        | ConvertedType::INT_16
        | ConvertedType::INT_32
        | ConvertedType::INT_64
        | ConvertedType::JSON
        | ConvertedType::BSON => {}
    }
    if physical == Type::INT96 {
        return Err(TIMES);
    }
    let unsigned = [ConvertedType::UINT_8, ConvertedType::UINT_16, ConvertedType::UINT_32, ConvertedType::UINT_64];
    let is_unsigned = matches!(logical, Some(LogicalType::Integer(integer)) if !integer.is_signed);
    match physical {
        Type::BOOLEAN => Ok(Held::Flags),
        Type::INT32 | Type::INT64 if is_unsigned || unsigned.contains(&converted) => Ok(Held::Counts),
        Type::INT32 | Type::INT64 => Ok(Held::Wholes),
        Type::FLOAT | Type::DOUBLE => Ok(Held::Reals),
        Type::BYTE_ARRAY => Ok(Held::Texts),
        Type::FIXED_LEN_BYTE_ARRAY | Type::INT96 => Err(("its values are bytes of a fixed length", plain)),
    }
}
