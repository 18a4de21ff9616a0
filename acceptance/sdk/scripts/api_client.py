"""The APIClient, which speaks the protocol nearly as it is: projects, queues, tasks, workers."""

from clearml.backend_api.session.client import APIClient


def use(project: str) -> dict:
    client = APIClient()
    made = client.projects.create(name=f"{project}/client", description="by the client", tags=["made"])
    client.projects.update(project=made.id, description="changed", default_output_destination="s3://bucket")
    queue = client.queues.create(name="client-" + made.id[:8], tags=["client"])
    client.queues.update(queue=queue.id, name="renamed-" + made.id[:8])
    task = client.tasks.create(name="client task", type="testing", project=made.id)
    client.tasks.enqueue(task=task.id, queue=queue.id)
    client.workers.register(worker="acceptance:client", queues=[queue.id], timeout=600)
    client.workers.status_report(worker="acceptance:client", timestamp=1_700_000_000_000, queues=[queue.id])
    return {"project": made.id, "queue": queue.id, "task": task.id, "name": f"{project}/client"}


def read_back(found: dict) -> None:
    client = APIClient()
    project = client.projects.get_by_id(project=found["project"])
    assert (project.name, project.description) == (found["name"], "changed"), project
    assert list(project.tags) == ["made"] and project.default_output_destination == "s3://bucket"
    queue = client.queues.get_by_id(queue=found["queue"])
    assert queue.name.startswith("renamed-") and [entry.task for entry in queue.entries] == [found["task"]]
    [worker] = [worker for worker in client.workers.get_all() if worker.id == "acceptance:client"]
    assert [entry.id for entry in worker.queues] == [found["queue"]], worker
    assert str(client.tasks.get_by_id(task=found["task"]).status) == "queued"
    entry = client.queues.get_next_task(queue=found["queue"]).entry
    assert entry.task == found["task"], entry
    client.workers.unregister(worker="acceptance:client")
    assert "acceptance:client" not in [worker.id for worker in client.workers.get_all()]
