"""The reliability plot: one panel a label, what was promised against what came."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifiers.measuring.reliability import COLUMNS, Reliability
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".svg")
_POINTS, _YES, _NO, _QUIET = "#1f4e79", "#c8553d", "#c9ced6", "#6b7280"
_PANEL = 4.6  # inches
_FRAME = (-0.015, 1.015)  # so that points at the ends are whole


def check(path: Path) -> None:
    """Raise ConfigError where no plot could be drawn into `path`."""
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"--plot {path}: expected a name that ends in .png or .svg")
    if not path.parent.is_dir():
        raise ConfigError(f"--plot {path}: there is no folder {path.parent}")


def draw(found: Sequence[Reliability], path: Path, model: str) -> None:
    """Draw the reliability of each label into the file `path`. Raises: ConfigError."""
    check(path)
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "mentiondesk", "font.size": 10}):
        sheet = Figure(figsize=(_PANEL * max(1, len(found)) + 0.4, 5.8), layout="constrained")
        panels = sheet.subplots(
            2, max(1, len(found)), sharex=True, squeeze=False, height_ratios=(3.4, 1)
        )
        for each, upper, lower in zip(found, panels[0], panels[1], strict=False):
            _curve(upper, each)
            _histogram(lower, each)
        panels[0][0].set_ylabel("share that carries the label")
        panels[1][0].set_ylabel("posts")
        sheet.suptitle(f"Do probabilities mean what they say?  {model}", fontsize=11)
        metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
        try:
            sheet.savefig(path, dpi=150, metadata=metadata)
        except OSError as error:
            raise ConfigError(f"--plot {path}: {error.strerror or error}") from error


def _curve(panel: "Axes", found: Reliability) -> None:
    promised = [each.promised for each in found.bins]
    came = np.array([each.came.value for each in found.bins])
    reach = [
        came - [each.came.low for each in found.bins],
        [each.came.high for each in found.bins] - came,
    ]
    panel.plot([0, 1], [0, 1], color=_QUIET, linewidth=1, linestyle=(0, (4, 3)))
    panel.errorbar(
        promised, came, yerr=reach, color=_POINTS, marker="o", markersize=5, linewidth=1.5,
        elinewidth=1, capsize=2.5,
    )  # fmt: skip
    panel.set(xlim=_FRAME, ylim=_FRAME)
    panel.set_title(f"{found.label}, {found.posts:,} posts", fontsize=11, loc="left")
    if found.error is not None:
        words = (
            f"calibration error {found.error.value:.3f}\n"
            f"(95 % of draws: {found.error.low:.3f} to {found.error.high:.3f})\n"
            f"each point: {found.bins[0].posts:,} posts and their 95 %"
        )
        panel.text(0.04, 0.95, words, va="top", color=_QUIET, fontsize=9)
    panel.grid(color="#e5e7eb", linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)


def _histogram(panel: "Axes", found: Reliability) -> None:
    width = 1 / COLUMNS
    left = np.arange(COLUMNS) * width
    panel.bar(left, found.no, width * 0.92, align="edge", color=_NO, label="without the label")
    panel.bar(left, found.yes, width * 0.92, found.no, align="edge", color=_YES, label="with it")
    panel.set_xlabel("probability given by the judge")
    panel.spines[["top", "right"]].set_visible(False)
    panel.set_ylim(top=1.45 * panel.get_ylim()[1])  # room for the legend
    panel.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)
