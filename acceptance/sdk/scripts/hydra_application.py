"""A Hydra application: its composed configuration and its overrides reach the task."""

import os
import sys

import hydra
from clearml import Task


def use(project: str) -> dict:
    os.makedirs("conf", exist_ok=True)
    with open("conf/config.yaml", "w", encoding="utf-8") as file:
        file.write("training:\n  rate: 0.1\n  epochs: 3\nname: basic\n")
    sys.argv[1:] = ["training.epochs=9"]
    seen = {}

    @hydra.main(version_base=None, config_path=os.path.abspath("conf"), config_name="config")
    def main(config) -> None:
        task = Task.init(project, "hydra", reuse_last_task_id=False)
        seen.update(task=task.id, epochs=config.training.epochs)
        task.close()

    main()
    assert seen["epochs"] == 9, seen
    return {"task": seen["task"]}


def read_back(found: dict) -> None:
    from omegaconf import OmegaConf

    task = Task.get_task(task_id=found["task"])
    config = OmegaConf.create(task.get_configuration_object("OmegaConf"))
    assert config.training == {"rate": 0.1, "epochs": 9}, config
    assert task.get_parameters()["Hydra/training.epochs"] == "9", task.get_parameters()
