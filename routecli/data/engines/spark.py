"""Apache Spark: the query runs on the cluster (or in this process), only the cells come back.

Instants are UTC. Reading `s3a://` needs the user's own Hadoop jars, as any Spark program does.
"""

import warnings
from collections.abc import Sequence
from typing import Any

from routecli.data.engines import Where, failed
from routecli.data.engines.duck import suffix_of
from routecli.errors import UsageError

VIEW = "routecli_requests"
LOCAL = "local[*]"


class Spark:
    """A Spark session of its own, ended by `close`."""

    dialect, relation = "spark", VIEW

    def __init__(self, where: Where) -> None:
        # It warns of pandas 3 on import; nothing here hands it a data frame.
        warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        if not where.source and where.table is None:
            raise UsageError(
                "no-source", "the engine needs something to read", fix="add --source 'logs/*.parquet' or --table NAME"
            )
        builder = SparkSession.builder.appName("routecli").master(where.master or LOCAL)
        settings = {
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.ansi.enabled": "true",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
        }
        for key, value in settings.items():
            builder = builder.config(key, value)
        self._spark = builder.getOrCreate()
        try:
            frame = self._frame(where)
            frame.createOrReplaceTempView(VIEW)
        except PySparkException as fault:
            self.close()
            raise failed("spark", fault) from None
        self._columns = dict(frame.dtypes)

    def _frame(self, where: Where) -> Any:
        if where.table is not None:
            return self._spark.table(where.table)
        reader, paths = self._spark.read, list(where.source)
        kinds = {suffix_of(path) for path in paths}
        if kinds <= {".csv"}:
            return reader.csv(paths, header=True, inferSchema=True)
        if kinds <= {".json", ".jsonl"}:
            return reader.json(paths)
        # A folder of a data lake holds Parquet unless its name says otherwise.
        return reader.parquet(*paths)

    def columns(self) -> dict[str, str]:
        """As Spark sees them."""
        return self._columns

    def rows(self, sql: str) -> list[Sequence[Any]]:
        """The rows of a query."""
        from pyspark.errors import PySparkException

        try:
            return [tuple(row) for row in self._spark.sql(sql).collect()]
        except PySparkException as fault:
            raise failed("spark", fault) from None

    def close(self) -> None:
        """End the session."""
        self._spark.stop()


def engine(where: Where) -> Spark:
    """Spark on the files or the table of `where`."""
    return Spark(where)
