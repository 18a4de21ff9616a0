"""A pipeline written with decorators, run in this process tree."""

from clearml import Task
from clearml.automation.controller import PipelineDecorator


@PipelineDecorator.component(return_values=["square"], cache=False, task_type="data_processing")
def square(value: int):
    return int(value) ** 2


@PipelineDecorator.component(return_values=["sum"], parents=[])
def add(left: int, right: int):
    return int(left) + int(right)


def use(project: str) -> dict:
    seen = {}

    @PipelineDecorator.pipeline(name="decorators", project=project, version="0.1")
    def run(start: int = 3):
        seen["result"] = int(add(square(start), square(start + 1)))
        seen["controller"] = Task.current_task().id

    PipelineDecorator.run_locally()
    run(start=3)
    assert seen["result"] == 25, seen
    return seen


def read_back(found: dict) -> None:
    controller = Task.get_task(task_id=found["controller"])
    assert controller.get_status() == "completed", controller.get_status()
    assert controller.get_parameters()["Args/start"] == "3"
    children = Task.query_tasks(task_filter={"parent": found["controller"], "search_hidden": True})
    assert len(children) == 3, children
