"""HyperParameterOptimizer over a grid."""

from clearml import Task
from clearml.automation import DiscreteParameterRange, GridSearch
from search import search, trials


def use(project: str) -> dict:
    parameters = [
        DiscreteParameterRange("General/x", values=[1, 2]),
        DiscreteParameterRange("General/y", values=[0, 1]),
    ]
    return search(project, "grid search", GridSearch, parameters, jobs=4)


def read_back(found: dict) -> None:
    combinations = {
        (trial.get_parameters()["General/x"], trial.get_parameters()["General/y"]) for trial in trials(found)
    }
    assert combinations == {("1", "0"), ("1", "1"), ("2", "0"), ("2", "1")}, combinations
    best = Task.get_task(task_id=found["best"][0])
    assert best.get_parameters()["General/x"] == "2" and best.get_parameters()["General/y"] == "0"
    [details] = found["details"]
    assert details["task_id"] == best.id, details
    assert details["hyper_parameters"] == {"General/x": "2", "General/y": "0"}, details
    assert best.get_last_scalar_metrics()["score"]["final"]["last"] == 0
