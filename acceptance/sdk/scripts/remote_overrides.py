"""What a person edited in a task comes before what its program says, when the program runs as under an agent."""

import argparse

from clearml import Task


def use(project: str) -> dict:
    edited = Task.create(project, "edited")
    edited.set_parameters({"Args/epochs": 9, "Args/flag": True, "General/rate": 0.75, "General/layers/hidden": 64})
    edited.set_configuration_object("network", config_dict={"depth": 30})
    edited.set_configuration_object("notes", config_text="edited by hand")
    Task.debug_simulate_remote_task(edited.id)

    task = Task.init(project, "not used: an agent's task has its name already")
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--flag", action="store_true")
    options = parser.parse_args()
    values = task.connect({"rate": 0.1, "layers": {"hidden": 32}, "new": 5})
    network = task.connect_configuration({"depth": 3}, name="network")
    with open("notes.txt", "w", encoding="utf-8") as file:
        file.write("as written")
    with open(task.connect_configuration("notes.txt", name="notes"), encoding="utf-8") as file:
        notes = file.read()
    seen = {"options": vars(options), "values": dict(values), "network": dict(network), "notes": notes}
    task.close()
    return {"task": task.id, "edited": edited.id, "seen": seen}


def read_back(found: dict) -> None:
    assert found["task"] == found["edited"]
    seen = found["seen"]
    assert seen["options"] == {"epochs": 9, "flag": True}, seen
    assert seen["values"] == {"rate": 0.75, "layers": {"hidden": 64}, "new": 5}, seen
    assert seen["network"] == {"depth": 30} and seen["notes"] == "edited by hand", seen
    task = Task.get_task(task_id=found["task"])
    assert task.name == "edited"
    assert task.get_parameters()["General/new"] == "5", "a value that the program added is kept with the task"
    assert task.get_parameters()["Args/epochs"] == "9", task.get_parameters()
