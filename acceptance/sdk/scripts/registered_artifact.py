"""A data frame registered once and uploaded again as it grows, without anybody asking."""

import pandas
from clearml import Task


def use(project: str) -> dict:
    task = Task.init(project, "registered artifact", reuse_last_task_id=False)
    frame = pandas.DataFrame({"step": [0], "value": [0.0]})
    task.register_artifact("progress", frame, metadata={"unit": "none"})
    for step in range(1, 4):
        frame.loc[step] = [step, step / 2]
    assert len(task.get_registered_artifacts()["progress"]) == 4
    task.flush(wait_for_uploads=True)
    task.close()
    return {"task": task.id}


def read_back(found: dict) -> None:
    frame = Task.get_task(task_id=found["task"]).artifacts["progress"].get()
    # The SDK uploads from a thread of its own while the frame grows; which state comes last is not for the server to say.
    assert list(frame["value"]) == [0.0, 0.5, 1.0, 1.5][: len(frame)] != [], frame
