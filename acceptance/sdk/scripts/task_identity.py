"""Finding tasks and projects: by id, by name, as the current one; projects of all levels; moving a task."""

from clearml import Task


def use(project: str) -> dict:
    task = Task.init(f"{project}/deep/deeper", "identity", reuse_last_task_id=False)
    assert Task.current_task().id == task.id
    task.close()
    moved = Task.create(project, "identity moved")
    moved.move_to_project(new_project_name=f"{project}/elsewhere")
    return {"task": task.id, "moved": moved.id, "project": project}


def read_back(found: dict) -> None:
    project = found["project"]
    assert Task.get_task(project_name=f"{project}/deep/deeper", task_name="identity").id == found["task"]
    assert Task.get_task(task_id=found["moved"]).get_project_name() == f"{project}/elsewhere"
    assert Task.get_project_id(f"{project}/deep") is not None
    names = {entry.name for entry in Task.get_projects()}
    assert {project, f"{project}/deep", f"{project}/deep/deeper", f"{project}/elsewhere"} <= names, names
    page = Task.get_task(task_id=found["task"]).get_output_log_web_page()
    assert found["task"] in page, page
