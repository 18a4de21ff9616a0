"""Triggers: tasks, models and datasets that change make functions run and a template be queued."""

from pathlib import Path

from clearml import Dataset, InputModel, Task
from clearml.automation.trigger import TriggerScheduler
from clearml.backend_api.session.client import APIClient


def create_dataset(project: str) -> str:
    Path("one.txt").write_text("one", encoding="utf-8")
    dataset = Dataset.create(dataset_name="triggering", dataset_project=project)
    dataset.add_files("one.txt")
    dataset.upload(show_progress=False)
    dataset.finalize()
    return dataset.id


def use(project: str) -> dict:
    queue = f"triggers of {project}"
    APIClient().queues.create(name=queue)
    template = Task.create(project, "trigger template")
    seen, failures, above, models, datasets = [], [], [], [], []
    # The scheduler looks for the datasets there are when a trigger is added.
    create_dataset(project)
    scheduler = TriggerScheduler(pooling_frequency_minutes=0.01)
    scheduler.add_task_trigger(
        name="tagged", schedule_function=seen.append, trigger_project=project, trigger_required_tags=["go"]
    )
    scheduler.add_task_trigger(
        name="queued",
        schedule_task_id=template.id,
        schedule_queue=queue,
        trigger_project=project,
        trigger_required_tags=["go"],
        single_instance=False,
    )
    scheduler.add_task_trigger(
        name="failed",
        schedule_function=failures.append,
        trigger_project=project,
        trigger_on_status=["failed"],
    )
    scheduler.add_task_trigger(
        name="above",
        schedule_function=above.append,
        trigger_project=project,
        trigger_on_metric="score",
        trigger_on_variant="final",
        trigger_on_threshold=0.5,
        trigger_on_sign="max",
    )
    scheduler.add_model_trigger(
        name="published", schedule_function=models.append, trigger_project=project, trigger_on_publish=True
    )
    scheduler.add_dataset_trigger(name="dataset", schedule_function=datasets.append, trigger_project=project)
    # One round of the loop that start() runs for ever.
    scheduler._step()
    source = Task.create(project, "trigger source")
    source.set_tags(["go"])
    failing = Task.create(project, "trigger failing")
    failing.mark_started(force=True)
    for step, value in enumerate((0.75, 0.25)):
        failing.get_logger().report_scalar("score", "final", value=value, iteration=step)
    failing.flush(wait_for_uploads=True)
    failing.mark_failed(force=True)
    model = InputModel.import_model(weights_url=f"https://example.com/{project}", name="triggering", project=project)
    model.publish()
    version = create_dataset(project)
    for _ in range(3):
        scheduler._step()
    return {
        "expected": {
            "seen": source.id,
            "failed": failing.id,
            "above": failing.id,
            "models": model.id,
            "datasets": version,
        },
        "called": {"seen": seen, "failed": failures, "above": above, "models": models, "datasets": datasets},
        "template": template.id,
        "queue": queue,
    }


def read_back(found: dict) -> None:
    for name, source in found["expected"].items():
        assert found["called"][name] == [source], (name, source, found["called"])
    [queue] = APIClient().queues.get_all(name=f'^{found["queue"]}$')
    assert queue.entries, "the template's copy was not queued"
    copy = Task.get_task(task_id=queue.entries[0].task)
    assert copy.parent == found["template"] and copy.get_status() == "queued"
