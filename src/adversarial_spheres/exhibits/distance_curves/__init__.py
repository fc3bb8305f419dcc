"""Three networks below the curve of the cap, and among the points of figure 4: figures, text and table."""

from ..style import Exhibit
from .networks import FIGURES, tables, text
from .paper_points import FIGURE

EXHIBIT = Exhibit({**FIGURES, "paper_points": FIGURE}, text, tables)
