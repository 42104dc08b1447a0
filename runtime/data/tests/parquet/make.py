"""Writes the files beside it, by pandas and pyarrow with their defaults where nothing else is said.

`table.csv` holds the same rows as `table.parquet`. Made with pandas 3.1 and pyarrow 26.
"""

import datetime
import decimal
import math

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

rows = 60
table = pd.DataFrame(
    {
        "length": [math.sin(i) * 10.0 for i in range(rows)],
        "count": pd.array([i * i - 500 for i in range(rows)], dtype="int64"),
        "small": pd.array([(i * 37) % 256 for i in range(rows)], dtype="uint8"),
        "huge": pd.array([2**64 - 1 - i for i in range(rows)], dtype="uint64"),
        "single": pd.array([i / 8.0 for i in range(rows)], dtype="float32"),
        "seconds": [1.7e9 + 60.0 * i for i in range(rows)],
        "kind": ["short" if i % 3 else "lang" for i in range(rows)],
        "number": pd.array([i % 3 for i in range(rows)], dtype="int32"),
        "is_odd": [i % 2 == 1 for i in range(rows)],
        "price": [0.1 * i + math.cos(i) for i in range(rows)],
    }
)
table.to_csv("table.csv", index=False)
table.to_parquet("table.parquet")
table.to_parquet("groups.parquet", row_group_size=16, compression="gzip")
table.to_parquet("plain.parquet", compression=None, use_dictionary=False)
table.to_parquet("newer.parquet", data_page_version="2.0", row_group_size=50)
table.to_parquet("newer_gzip.parquet", data_page_version="2.0", compression="gzip")
table.to_parquet("zstd.parquet", compression="zstd")
numbers = table.select_dtypes("number")
numbers.to_parquet("split.parquet", use_dictionary=False, use_byte_stream_split=True)

one = {"x": [0.5, 1.5, 2.5, 3.5], "y": [1.0, 2.0, 3.0, 4.0]}


def write(name, **columns):
    pq.write_table(pa.table({**one, **columns}), f"{name}.parquet")


write("sound")
write("missing", x=pa.array([0.5, None, 2.5, 3.5]))
write("not_a_number", x=[0.5, 1.5, math.nan, 3.5])
write("large", x=[0.5, 1e39, 2.5, 3.5])
write("texts", x=["a", "b", "c", "d"])
write("nested", x=[[1.0], [2.0], [], [3.0]])
write("structure", x=[{"a": 1.0}] * 4)
write("dates", x=[datetime.datetime(2026, 1, 1)] * 4)
write("days", x=[datetime.date(2026, 1, 1)] * 4)
write("clock", x=[datetime.time(12, 30)] * 4)
write("durations", x=[datetime.timedelta(seconds=90)] * 4)
pd.DataFrame({**one, "x": pd.period_range("2026-01", periods=4, freq="M")}).to_parquet("periods.parquet")
write("decimals", x=[decimal.Decimal("1.25")] * 4)
write("halves", x=pa.array([0.5, 1.5, 2.5, 3.5], type=pa.float16()))
write("nothing", x=pa.array([None] * 4))
write("empty", x=pa.array([], type=pa.float64()), y=pa.array([], type=pa.float64()))
twice = pa.table([pa.array(one["x"]), pa.array(one["x"]), pa.array(one["y"])], names=["x", "x", "y"])
pq.write_table(twice, "twice.parquet")
