"""What a program writes for TensorBoard reaches the task: scalars in groups, histograms, images and text."""

import numpy as np
from clearml import Task
from plots import reported_plots
from tensorboardX import SummaryWriter


def use(project: str) -> dict:
    task = Task.init(project, "tensorboard", reuse_last_task_id=False)
    writer = SummaryWriter("board")
    for step in range(5):
        writer.add_scalar("loss/train", 1.0 / (step + 1), step)
        writer.add_scalar("loss/test", 2.0 / (step + 1), step)
        writer.add_scalar("rate", 0.5, step)
    writer.add_histogram("weights", np.arange(50), 0)
    writer.add_image("picture", np.zeros((3, 8, 8), dtype=np.uint8), 1)
    writer.close()
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    task = Task.get_task(task_id=found["task"])
    scalars = task.get_reported_scalars()
    assert set(scalars["loss"]) == {"train", "test"} and "rate" in scalars, scalars.keys()
    assert np.allclose(scalars["loss"]["train"]["y"], [1.0, 0.5, 1 / 3, 0.25, 0.2]), scalars["loss"]["train"]
    plots = reported_plots(task)
    assert "Histograms/weights" in plots, plots.keys()
    [image] = task.get_debug_samples("Images", "picture")
    assert image["iter"] == 1, image
