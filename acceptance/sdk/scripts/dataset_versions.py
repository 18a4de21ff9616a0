"""Versions of a dataset: a child that changes its parent's files, a synchronised folder, and a squash of all."""

from pathlib import Path

from clearml import Dataset


def use(project: str) -> dict:
    folder = Path("files")
    folder.mkdir()
    (folder / "kept.txt").write_text("kept", encoding="utf-8")
    (folder / "changed.txt").write_text("before", encoding="utf-8")
    (folder / "removed.txt").write_text("removed", encoding="utf-8")
    first = Dataset.create(dataset_name="versions", dataset_project=project)
    first.add_files(folder)
    first.upload(show_progress=False)
    first.finalize()

    (folder / "changed.txt").write_text("after it changed", encoding="utf-8")
    (folder / "removed.txt").unlink()
    (folder / "added.txt").write_text("added", encoding="utf-8")
    second = Dataset.create(dataset_name="versions", dataset_project=project, parent_datasets=[first.id])
    counts = second.sync_folder(folder)
    second.upload(show_progress=False)
    second.finalize()
    second.publish()

    squashed = Dataset.squash(dataset_name="squashed", dataset_ids=[first.id, second.id])
    return {
        "first": first.id,
        "second": second.id,
        "squashed": squashed.id,
        "counts": list(counts),
        "project": project,
    }


def read_back(found: dict) -> None:
    second = Dataset.get(dataset_id=found["second"])
    assert found["counts"] == [1, 1, 1], found["counts"]
    assert sorted(second.list_files()) == ["added.txt", "changed.txt", "kept.txt"], second.list_files()
    assert second.list_added_files() == ["added.txt"] and second.list_removed_files() == ["removed.txt"]
    assert second.list_modified_files() == ["changed.txt"]
    assert second.get_dependency_graph()[found["second"]] == [found["first"]]
    folder = Path(second.get_local_copy())
    contents = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}
    assert contents == {"kept.txt": "kept", "changed.txt": "after it changed", "added.txt": "added"}, contents
    versions = Dataset.list_datasets(dataset_project=found["project"], partial_name="versions")
    assert {entry["version"] for entry in versions} == {"1.0.0", "1.0.1"}, versions
    newest = Dataset.get(dataset_project=found["project"], dataset_name="versions")
    assert newest.id == found["second"]
    squashed = Dataset.get(dataset_id=found["squashed"])
    assert "added.txt" in squashed.list_files(), squashed.list_files()
