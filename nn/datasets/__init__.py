"""Small real data sets that come with the package."""

from importlib.resources import files

from nn.table import Table, parse_csv


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
    text = files("nn.datasets").joinpath("iris.csv").read_text(encoding="utf-8")
    return parse_csv(text, "Iris")
