"""Which table a command reads, and how that is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograd_core import console
from nn import datasets
from nn.data.cells import CellFormat
from nn.data.csv_file import COMMAS, CsvFormat, TellRows, read_csv
from nn.data.parquet_file import is_parquet, read_parquet
from nn.data.table import Table
from nn.datasets import DataSet
from nn.tabular.columns import OptionError

DEFAULT_DATASET = "iris"
ONLY_FOR_FILES = ("delimiter", "header", "encoding", "decimal", "thousands", "missing_text")
"""The options that say how a file is written."""


@dataclass(frozen=True)
class Source:
    """The options about a table; None for one that was not given.

    Attributes:
        data: the CSV or Parquet file.
        dataset: the name of a built-in data set; it is the default one where there is no file either.
        delimiter, header, encoding: how the file is written, as for :class:`nn.data.csv_file.CsvFormat`.
        decimal, thousands, missing_text: how its cells are written, as for :class:`nn.data.cells.CellFormat`.
    """

    data: Path | None = None
    dataset: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    missing_text: tuple[str, ...] | None = None

    def data_set(self) -> DataSet:
        """The built-in data set, where there is no file."""
        return datasets.ALL[self.dataset or DEFAULT_DATASET]

    def read(self, csv_format: CsvFormat, tell_rows: TellRows | None = None) -> Table:
        """The table (FileError where the file cannot be read, or is not a table)."""
        if self.data is None:
            return self.data_set().table()
        if is_parquet(self.data):
            return read_parquet(self.data, csv_format.cells.missing, tell_rows)
        return read_csv(self.data, csv_format, tell_rows)

    def name_of(self, table: Table) -> str:
        """What a model file calls its data: the name of the data set, or of the file without its folder."""
        return console.printable(table.name if self.data is None else self.data.name)

    def csv_format(self, usual: CsvFormat) -> CsvFormat:
        """How the file is written: as the options say, and as usual where they say nothing.

        Raises:
            OptionError: they say so without naming a file, or of a Parquet file, or contradict each other.
        """
        given = {name: option for name in ONLY_FOR_FILES if (option := getattr(self, name)) is not None}
        if self.data is None and given:
            raise OptionError(f"--{next(iter(given)).replace('_', '-')} is for --data FILE.csv")
        if self.data is not None and is_parquet(self.data):
            return self._parquet_format(given, usual)
        of_cells = {"decimal": "decimal", "thousands": "thousands", "missing_text": "missing"}
        cells = {field: given.pop(name) for name, field in of_cells.items() if name in given}
        try:
            return replace(usual, cells=replace(usual.cells, **cells), **given)
        except ValueError as error:
            raise OptionError(f"--decimal, --thousands: {error}") from None

    def _parquet_format(self, given: Mapping[str, object], usual: CsvFormat) -> CsvFormat:
        """The usual format of CSV files, and what is missing: nothing else is a question of a Parquet file."""
        name = next((name for name in given if name != "missing_text"), None)
        if name is not None:
            raise OptionError(f"--{name.replace('_', '-')} is for CSV files, and {self.data} is a Parquet file")
        missing = usual.cells.missing if self.missing_text is None else self.missing_text
        return replace(COMMAS, cells=CellFormat(missing=missing))
