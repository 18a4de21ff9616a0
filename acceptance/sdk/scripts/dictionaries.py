"""connect with dictionaries: nested, in sections, changed after, and of an object's attributes."""

from clearml import Task


class Settings:
    def __init__(self) -> None:
        self.width = 3
        self.title = "attribute"


def use(project: str) -> dict:
    task = Task.init(project, "dictionaries", reuse_last_task_id=False)
    values = task.connect({"rate": 0.1, "layers": {"hidden": 32, "sizes": [1, 2]}, "none": None, "empty": ""})
    values["rate"] = 0.2
    task.connect({"batch": 16}, name="Data")
    settings = Settings()
    task.connect(settings, name="Settings")
    settings.width = 4
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    values = task.get_parameters()
    assert values["General/rate"] == "0.2", values
    assert values["General/layers/hidden"] == "32" and values["General/layers/sizes"] == "[1, 2]", values
    assert values["Data/batch"] == "16", values
    assert values["Settings/title"] == "attribute", values
    assert task.get_parameters_as_dict()["General"]["layers"]["hidden"] == "32"
    assert task.get_parameters_as_dict(cast=True)["General"]["layers"]["sizes"] == [1, 2]
