"""Parameters set without connect: single, many, replaced, deleted; the user's own properties; progress."""

from clearml import Task


def use(project: str) -> dict:
    task = Task.create(project, "parameters")
    task.set_parameters({"General/a": 1, "General/b": "two", "Other/c": 3.5})
    task.set_parameter("General/d", 4, description="the fourth")
    task.update_parameters({"Other/c": 4.5, "Other/e": True})
    task.delete_parameter("General/b")
    task.set_user_properties(context="acceptance", stars={"value": "5", "description": "of five", "type": "int"})
    task.set_user_properties(gone="yes")
    task.delete_user_properties([("properties", "gone")])
    task.set_progress(40)
    replaced = Task.create(project, "parameters replaced")
    replaced.set_parameters({"General/old": 1})
    replaced.set_parameters({"New/a": 1})
    replaced.set_parameters_as_dict({"New": {"nested": {"x": 1}}})
    return {"task": task.id, "replaced": replaced.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    values = {key: value for key, value in task.get_parameters().items() if not key.startswith("properties/")}
    assert values == {"General/a": "1", "General/d": "4", "Other/c": "4.5", "Other/e": "True"}, values
    assert task.get_parameter("General/d") == "4"
    properties = task.get_user_properties()
    assert properties["context"]["value"] == "acceptance" and "gone" not in properties, properties
    assert properties["stars"]["description"] == "of five", properties
    assert task.get_progress() == 40
    replaced = Task.get_task(task_id=found["replaced"]).get_parameters()
    assert replaced == {"New/a": "1", "New/nested/x": "1"}, replaced
