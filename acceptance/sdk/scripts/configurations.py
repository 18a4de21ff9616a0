"""Configuration objects from a dictionary, a JSON file, a YAML file and free text."""

import json

from clearml import Task


def use(project: str) -> dict:
    task = Task.init(project, "configurations", reuse_last_task_id=False)
    task.connect_configuration({"model": {"depth": 3}, "classes": ["cat", "dog"]}, name="network")
    with open("settings.json", "w", encoding="utf-8") as file:
        json.dump({"seed": 42}, file)
    assert str(task.connect_configuration("settings.json", name="settings", description="a file")) == "settings.json"
    with open("notes.yaml", "w", encoding="utf-8") as file:
        file.write("a:\n  - 1\n  - 2\n")
    task.connect_configuration("notes.yaml", name="notes")
    task.set_configuration_object("free", config_text="just text ✓", description="no format")
    task.connect_label_enumeration({"cat": 0, "dog": 1})
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    network = task.get_configuration_object_as_dict("network")
    assert network == {"model": {"depth": 3}, "classes": ["cat", "dog"]}, network
    assert json.loads(task.get_configuration_object("settings")) == {"seed": 42}
    assert task.get_configuration_object("notes") == "a:\n  - 1\n  - 2\n"
    assert task.get_configuration_object("free") == "just text ✓"
    assert set(task.get_configuration_objects()) >= {"network", "settings", "notes", "free"}
    assert task.get_labels_enumeration() == {"cat": 0, "dog": 1}
