"""A task exported as a dictionary, and imported as another one; update_task."""

from clearml import Task


def use(project: str) -> dict:
    source = Task.create(project, "exported")
    source.set_parameters({"Args/epochs": 4})
    source.set_configuration_object("network", config_dict={"depth": 3})
    exported = source.export_task()
    exported["name"] = "imported"
    imported = Task.import_task(exported)
    imported.update_task({"comment": "updated after the import"})
    return {"source": source.id, "imported": imported.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["imported"])
    assert found["imported"] != found["source"] and task.name == "imported"
    assert task.get_parameters()["Args/epochs"] == "4" and task.comment == "updated after the import"
    assert task.get_configuration_object_as_dict("network") == {"depth": 3}
