"""The bench of attacks: figure, text and table."""

from ..style import Exhibit
from .figures import FIGURES
from .tables import tables, text

EXHIBIT = Exhibit(FIGURES, text, tables)
