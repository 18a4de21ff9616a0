"""Datasets renamed, moved, tagged and deleted with their files; a writable copy made when somebody asks."""

from pathlib import Path

from clearml import Dataset, Task


def use(project: str) -> dict:
    Path("one.txt").write_text("one", encoding="utf-8")

    def create(name: str) -> Dataset:
        dataset = Dataset.create(dataset_name=name, dataset_project=project)
        dataset.add_files("one.txt")
        dataset.upload(show_progress=False)
        dataset.finalize()
        return dataset

    renamed = create("to rename")
    Dataset.rename("was renamed", dataset_project=project, dataset_name="to rename")
    moved = create("to move")
    Dataset.move_to_project(f"{project}/other", dataset_project=project, dataset_name="to move")
    deleted = create("to delete")
    Dataset.delete(dataset_id=deleted.id, force=True)
    return {"renamed": renamed.id, "moved": moved.id, "deleted": deleted.id, "project": project}


def read_back(found: dict) -> None:
    project = found["project"]
    renamed = Task.get_task(task_id=found["renamed"])
    assert renamed.get_project_name() == f"{project}/.datasets/was renamed", renamed.get_project_name()
    assert Dataset.get(dataset_project=f"{project}/other", dataset_name="to move").id == found["moved"]
    assert found["deleted"] not in [entry["id"] for entry in Dataset.list_datasets(dataset_project=project)]
    fresh = Dataset.get(
        dataset_project=project,
        dataset_name="made when missing",
        auto_create=True,
        writable_copy=True,
    )
    assert not fresh.is_final()
