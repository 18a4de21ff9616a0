"""Task.get_tasks and Task.query_tasks with every filter people use."""

import re

from clearml import Task

ARGUMENTS = {"alpha": 1, "beta": 2, "gamma [1] (x)": 3}


def use(project: str) -> dict:
    ids = {}
    for name, value in ARGUMENTS.items():
        task = Task.create(project, f"query {name}", task_type=Task.TaskTypes.testing if value > 1 else None)
        task.set_parameters({"Args/value": value})
        task.set_tags(["all", "odd" if value % 2 else "even"])
        ids[name] = task.id
    inner = Task.create(f"{project}/inner", "query inner")
    inner.set_comment(f"needle {project}")
    ids["inner"] = inner.id
    finished = Task.get_task(task_id=ids["beta"])
    finished.mark_started(force=True)
    for step, value in enumerate((3.0, 1.0, 2.0)):
        finished.get_logger().report_scalar("score", "final", value=value, iteration=step)
    finished.flush(wait_for_uploads=True)
    finished.mark_completed()
    child = Task.get_task(task_id=ids["alpha"])
    child.set_parent(ids["beta"])
    archived = Task.create(project, "query archived")
    archived.set_archived(True)
    ids["archived"] = archived.id
    return {"ids": ids, "project": project}


def read_back(found: dict) -> None:
    project, ids = found["project"], found["ids"]

    def names(**filters) -> list:
        chosen = Task.query_tasks(**{"project_name": project, **filters})
        return sorted(name for name, key in ids.items() if key in chosen)

    def filtered(**task_filter) -> list:
        return names(task_filter=task_filter)

    alpha, beta, gamma = ARGUMENTS
    assert names(task_name="query") == ["alpha", "archived", "beta", gamma], names(task_name="query")
    assert names(project_name=[project, f"{project}/inner"], task_name="query i") == ["inner"]
    assert names(task_name=f"^{re.escape('query ' + gamma)}$") == [gamma]
    assert names(tags=["odd", "even"]) == [alpha, beta, gamma]
    assert names(tags=["__$all", "all", "odd"]) == [alpha, gamma]
    assert names(tags=["__$all", "all", "__$not", "odd"]) == [beta]
    assert names(tags=["all", "-odd"]) == [beta]
    assert filtered(status=["completed"]) == ["beta"]
    assert filtered(type=["testing"]) == ["beta", gamma]
    assert filtered(system_tags=["archived"]) == ["archived"]
    assert filtered(system_tags=["-archived"]) == ["alpha", "beta", gamma]
    assert filtered(parent="none-such") == []
    assert filtered(parent=ids["beta"]) == ["alpha"] and filtered(id=[ids["alpha"], ids["inner"]]) == ["alpha"]
    assert filtered(status=["created", "queued"], type=["testing"]) == [gamma]
    assert filtered(_allow_extra_fields_=True, **{"hyperparams.Args.value.value": ["2"]}) == ["beta"]
    assert filtered(user=["nobody"]) == []
    assert names(
        project_name=None, task_filter={"_any_": {"fields": ["comment", "name"], "pattern": f"NEEDLE {project}|query alpha"}}
    ) == ["alpha", "inner"]
    assert filtered(_all_={"fields": ["name"], "pattern": "query B"}) == ["beta"]

    tasks = Task.get_tasks(task_ids=[ids["beta"], ids["alpha"]])
    assert {task.id for task in tasks} == {ids["alpha"], ids["beta"]}
    by_name = Task.query_tasks(project_name=project, task_name="query", task_filter={"order_by": ["name"]})
    assert by_name[0] == ids["alpha"], by_name
    rows = Task.query_tasks(project_name=project, tags=["even"], additional_return_fields=["name", "status", "tags"])
    assert rows[0]["name"] == "query beta" and str(rows[0]["status"]) == "completed", rows
    tagged = Task.get_tasks(project_name=project, tags=["even"], task_filter={"status": ["completed"]})
    assert [task.id for task in tagged] == [ids["beta"]]
    named = Task.get_tasks(project_name=project, task_name=f"^{re.escape('query ' + gamma)}$")
    assert [task.id for task in named] == [ids[gamma]]
    page = Task.get_tasks(project_name=project, task_filter={"page": 0, "page_size": 2, "order_by": ["-created"]})
    assert len(page) == 2, page
    assert not Task.get_tasks(project_name=project, task_name="query archived", allow_archived=False)
