"""Small data sets that come with the package: two of real measurements, and points drawn with a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from nn.data.csv_file import parse_csv
from nn.data.table import Table
from nn.datasets.generated import Point, circles, moons, spirals, xor

__all__ = ["ALL", "DataSet", "circles", "iris", "moons", "penguins", "spirals", "xor"]


def iris() -> Table:
    """Fisher's Iris: four measurements in cm of 150 flowers, 50 of each of three species.

    R. A. Fisher, *The use of multiple measurements in taxonomic problems* (1936). The numbers are those of the paper,
    which two rows of the copy in the UCI repository differ from.

    >>> table = iris()
    >>> table.columns
    ('sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species')
    >>> table.rows[0]
    ('5.1', '3.5', '1.4', '0.2', 'setosa')
    """
    return _shipped("iris.csv", "Iris")


def penguins() -> Table:
    """Palmer penguins: species, island, sex, three lengths in mm and the body mass in g of 333 birds.

    Measured from 2007 to 2009 by K. B. Gorman and the Palmer Station Long Term Ecological Research programme in
    Antarctica; K. B. Gorman, T. D. Williams, W. R. Fraser, *Ecological sexual dimorphism and environmental variability
    within a community of Antarctic penguins (genus Pygoscelis)*, PLoS ONE 9(3), e90081 (2014). Free of rights (CC0).
    The file beside this one is that of the package palmerpenguins (A. M. Horst, A. P. Hill, K. B. Gorman, 2020),
    without its column ``year`` and without the 11 birds of which a measurement or the sex is missing.

    >>> table = penguins()
    >>> table.columns
    ('species', 'island', 'bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g', 'sex')
    >>> table.rows[0]
    ('Adelie', 'Torgersen', '39.1', '18.7', '181', '3750', 'male')
    """
    return _shipped("penguins.csv", "Palmer penguins")


def _shipped(file: str, name: str) -> Table:
    return parse_csv(files("nn.datasets").joinpath(file).read_text(encoding="utf-8"), name)


@dataclass(frozen=True)
class DataSet:
    """A data set to train on by name.

    Attributes:
        table: gives its table.
        target: the column that is usually predicted.
    """

    table: Callable[[], Table]
    target: str


def _drawn(draw: Callable[[], list[Point]]) -> DataSet:
    """The data set of a generator's points, with its usual arguments."""

    def table() -> Table:
        rows = [(repr(x), repr(y), str(kind)) for (x, y), kind in draw()]
        return Table(draw.__name__, ("x", "y", "class"), tuple(rows), tuple(range(2, len(rows) + 2)))

    return DataSet(table, "class")


ALL: dict[str, DataSet] = {
    "iris": DataSet(iris, "species"),
    "penguins": DataSet(penguins, "body_mass_g"),
    **{draw.__name__: _drawn(draw) for draw in (moons, spirals, xor, circles)},
}
