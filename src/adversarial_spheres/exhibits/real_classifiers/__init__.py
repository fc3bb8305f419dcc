"""Real classifiers near the images of a data set: figures, text and table."""

from ..style import Exhibit
from .figures import FIGURES
from .tables import tables, text

EXHIBIT = Exhibit(FIGURES, text, tables)
