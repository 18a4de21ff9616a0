"""Reads plots back; not a script of its own (no use function)."""

import json


def reported_plots(task) -> dict:
    """What was plotted, by "metric/variant"."""
    return {f'{plot["metric"]}/{plot["variant"]}': json.loads(plot["plot_str"]) for plot in task.get_reported_plots()}
