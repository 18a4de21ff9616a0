"""A training script as people write them: nothing in it knows Arno. Its last line is JSON for the test."""

import argparse
import json
import math
import os

from clearml import Logger, OutputModel, Task


def main() -> None:
    task = Task.init(project_name="Acceptance/Training", task_name="train", output_uri=True)

    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--optimizer", default="sgd")
    options = parser.parse_args()
    settings = task.connect({"rate": 0.1, "layers": {"hidden": 32, "dropout": 0.5}})

    logger = Logger.current_logger()
    for epoch in range(options.epochs):
        logger.report_scalar("loss", "train", value=math.exp(-settings["rate"] * epoch), iteration=epoch)
        logger.report_scalar("loss", "test", value=2 * math.exp(-settings["rate"] * epoch), iteration=epoch)
    logger.report_single_value("accuracy", 0.975)
    logger.report_text("a line through report_text")
    print("a printed line, with an accent: è")

    task.upload_artifact("summary", {"classes": 10, "names": ["zero", "one"]})
    with open("notes.txt", "w", encoding="utf-8") as notes:
        notes.write("artifact from a file\n")
    task.upload_artifact("notes", "notes.txt")

    with open("weights.bin", "wb") as weights:
        weights.write(bytes(range(256)))
    model = OutputModel(task=task, name="acceptance weights", framework="Custom", label_enumeration={"cat": 0, "dog": 1})
    model.update_weights(os.path.abspath("weights.bin"), auto_delete_file=False)

    task.flush(wait_for_uploads=True)
    identity = {"task": task.id, "model": model.id, "page": task.get_output_log_web_page()}
    task.close()
    print(json.dumps(identity))


if __name__ == "__main__":
    main()
