"""The main experiment, and the paper's own network: figures, text and tables."""

from ..style import Exhibit
from .figures import FIGURES
from .tables import tables, text

EXHIBIT = Exhibit(FIGURES, text, tables)
