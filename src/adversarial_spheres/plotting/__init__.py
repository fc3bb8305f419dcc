"""Functions that draw on matplotlib axes of your own: colours, fonts and lines come from your settings.

Each takes what it draws and ``ax=``, adds to these axes, and returns them. Without ``ax`` it draws on the current axes
of pyplot, which is not imported else. Whatever they set, labels of the axes for one, can be set anew afterwards.
"""

from .alphas import plot_alphas as plot_alphas
from .bound import plot_bound as plot_bound
from .data_sets import plot_centre_distances as plot_centre_distances
from .data_sets import plot_mean_distances as plot_mean_distances
from .distances import plot_distances as plot_distances

__all__ = ["plot_alphas", "plot_bound", "plot_centre_distances", "plot_distances", "plot_mean_distances"]
