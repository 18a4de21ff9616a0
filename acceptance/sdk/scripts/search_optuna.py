"""HyperParameterOptimizer with Optuna choosing the values."""

from clearml.automation import DiscreteParameterRange, UniformParameterRange
from clearml.automation.optuna import OptimizerOptuna
from search import search, trials


def use(project: str) -> dict:
    parameters = [
        DiscreteParameterRange("General/x", values=[1, 2, 3]),
        UniformParameterRange("General/y", min_value=0, max_value=1),
    ]
    return search(project, "optuna search", OptimizerOptuna, parameters, jobs=3)


def read_back(found: dict) -> None:
    tried = trials(found)
    # Two run at a time, so one more than the limit may have begun.
    assert 1 <= len(tried) <= 4, tried
    assert all(trial.get_parameters()["General/x"] in ("1", "2", "3") for trial in tried)
    assert found["best"][0] in [trial.id for trial in tried]
