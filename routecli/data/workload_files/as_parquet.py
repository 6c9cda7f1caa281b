"""A workload as Parquet: the cells are the table, the header and the latency counts its metadata."""

import base64
import io
import json
import zlib

from routecli.data.workload_files.columns import FLAGS, SCHEMA, TEXT, Table, bad, columns_in

_HEADER = SCHEMA.encode()


def write(table: Table) -> bytes:
    """The file's bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {name: pa.string() for name in (*TEXT, "windows")} | {name: pa.bool_() for name in FLAGS}
    arrays = {name: pa.array(values, kinds.get(name, pa.int64())) for name, values in table.cells.items()}
    meta = json.dumps({"header": table.header, "latencies": table.latencies}, separators=(",", ":"))
    # Metadata is not compressed by the format, and it is written twice.
    packed = base64.b64encode(zlib.compress(meta.encode(), 9))
    out = io.BytesIO()
    pq.write_table(pa.table(arrays).replace_schema_metadata({_HEADER: packed}), out, compression="zstd")
    return out.getvalue()


def read(content: bytes, where: str) -> Table:
    """The table in a file's bytes. Raises DataError `bad-workload-file`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(io.BytesIO(content))
        meta = json.loads(zlib.decompress(base64.b64decode((found.schema.metadata or {})[_HEADER])))
        cells = {name: found[name].to_pylist() for name in columns_in(found.column_names)}
        return Table(meta["header"], cells, meta["latencies"])
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, zlib.error) as fault:
        why = f"it has no {SCHEMA} metadata" if isinstance(fault, KeyError) else str(fault).split("\n", 1)[0]
        raise bad(where, why) from None
