"""Ordering and filtering tasks by the last, lowest and highest value of a metric, as HPO does; dates; scrolling."""

import hashlib

from clearml import Task
from clearml.backend_api.session.client import APIClient

SCORES = {"low": [5.0, 1.0], "middle": [2.0, 3.0], "high": [1.0, 9.0]}


def use(project: str) -> dict:
    ids = {}
    for name, values in SCORES.items():
        task = Task.create(project, f"metrics {name}")
        task.mark_started(force=True)
        for step, value in enumerate(values):
            task.get_logger().report_scalar("score", "final", value=value, iteration=step)
        task.flush(wait_for_uploads=True)
        task.mark_completed()
        ids[name] = task.id
    return {"ids": ids, "project": project}


def read_back(found: dict) -> None:
    ids, project = found["ids"], Task.get_project_id(found["project"])
    names = {key: name for name, key in ids.items()}
    digest = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
    key = f'last_metrics.{digest("score")}.{digest("final")}'
    tasks = APIClient().tasks

    def ordered(field: str) -> list:
        answer = tasks.get_all(project=[project], order_by=[field], only_fields=["id", f"{key}.value"])
        return [names[task.id] for task in answer if task.id in names]

    assert ordered(f"{key}.value") == ["low", "middle", "high"]
    assert ordered(f"-{key}.value") == ["high", "middle", "low"]
    assert ordered(f"{key}.min_value")[-1] == "middle"
    assert ordered(f"-{key}.max_value") == ["high", "low", "middle"]
    best = tasks.get_all(project=[project], order_by=[f"-{key}.value"], page=0, page_size=1)
    assert [names[task.id] for task in best] == ["high"]

    def count(**task_filter) -> int:
        # Asked directly, because the client's classes know only some of the filters.
        answer = Task._get_default_session().send_request("tasks", "get_all", json={"project": [project], **task_filter})
        return len(answer.json()["data"]["tasks"])

    assert count(last_update=[">2020-01-01T00:00:00"]) == 3
    assert count(status_changed=[">2999-01-01 00:00:00.1"]) == 0
    assert count(_or_={"fields": ["last_update", "last_change"], "datetime": [">2020-01-01T00:00:00"]}) == 3
    assert count(**{f"{key}.value": [2.5, 10]}) == 2
