"""Publishing, archiving, querying and removing models."""

from pathlib import Path

from clearml import InputModel, Model, OutputModel, Task
from clearml.storage.helper import StorageHelper


def use(project: str) -> dict:
    def imported(name: str, *tags: str) -> InputModel:
        address = f"https://example.com/{project}/{name}"
        return InputModel.import_model(weights_url=address, name=name, project=project, tags=list(tags))

    published = imported("published", "red", "big")
    published.publish()
    archived = imported("archived", "red")
    archived.archive()
    back = imported("back", "blue")
    back.archive()
    back.unarchive()
    back.set_metadata("stage", "draft", "str")

    task = Task.init(project, "model lifecycle", reuse_last_task_id=False, output_uri=True)
    Path("weights.bin").write_bytes(b"to be removed")
    removed = OutputModel(task=task, name="removed")
    address = removed.update_weights("weights.bin", auto_delete_file=False)
    task.flush(wait_for_uploads=True)
    task.close()
    assert Model.remove(removed.id, delete_weights_file=True, force=True, raise_on_errors=True)
    return {
        "project": project,
        "published": published.id,
        "archived": archived.id,
        "back": back.id,
        "removed": removed.id,
        "address": address,
    }


def read_back(found: dict) -> None:
    def query(**filters) -> set:
        return {model.id for model in Model.query_models(project_name=found["project"], **filters)}

    published, archived, back = found["published"], found["archived"], found["back"]
    assert Model(published).published and not Model(back).published
    assert query() == {published, back}, query()
    assert query(include_archived=True) == {published, archived, back}
    assert query(only_published=True) == {published}
    assert query(model_name="published") == {published}
    assert query(tags=["red"]) == {published} and query(tags=["-red"]) == {back}
    assert query(tags=["__$all", "red", "big"]) == {published}
    assert query(metadata={"stage": "draft"}) == {back}
    assert len(query(max_results=1)) == 1
    assert found["removed"] not in query(include_archived=True)
    assert not StorageHelper.get(found["address"]).exists_file(found["address"])
