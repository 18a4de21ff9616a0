"""HyperParameterOptimizer that draws its values."""

from clearml import Task
from clearml.automation import RandomSearch, UniformIntegerParameterRange, UniformParameterRange
from search import search, trials


def use(project: str) -> dict:
    parameters = [
        UniformIntegerParameterRange("General/x", min_value=0, max_value=4),
        UniformParameterRange("General/y", min_value=0, max_value=1),
    ]
    return search(project, "random search", RandomSearch, parameters, jobs=3)


def read_back(found: dict) -> None:
    tried = trials(found)
    # Two run at a time, so one more than the limit may have begun.
    assert 1 <= len(tried) <= 4, tried
    reported = [trial.get_last_scalar_metrics() for trial in tried]
    scores = [metrics["score"]["final"]["last"] for metrics in reported if metrics]
    best = Task.get_task(task_id=found["best"][0])
    assert best.get_last_scalar_metrics()["score"]["final"]["last"] == max(scores), scores
