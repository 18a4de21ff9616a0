"""A dataset: files of a folder, one file, an external link, metadata, tags, a preview; found and downloaded again."""

from pathlib import Path

import pandas
from clearml import Dataset, StorageManager


def use(project: str) -> dict:
    Path("pictures/inner").mkdir(parents=True)
    Path("pictures/one.txt").write_text("one", encoding="utf-8")
    Path("pictures/inner/two.txt").write_text("two", encoding="utf-8")
    Path("extra.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    dataset = Dataset.create(dataset_name="animals", dataset_project=project, dataset_version="1.2.0")
    dataset.add_files("pictures", dataset_path="pictures")
    dataset.add_files("extra.csv")
    dataset.add_files("extra.csv", local_base_folder=".", dataset_path="to-remove")
    dataset.remove_files("to-remove/*")
    # The file behind the link stays where it is; the dataset only knows its address.
    linked = f"{dataset.get_default_storage()}/elsewhere/{dataset.id}/linked.txt"
    StorageManager.upload_file("pictures/one.txt", linked)
    dataset.add_external_files(linked, dataset_path="links")
    dataset.set_metadata({"source": "us", "count": 2}, metadata_name="facts")
    dataset.set_metadata(pandas.DataFrame({"x": [1, 2]}), metadata_name="frame")
    dataset.add_tags(["raw"])
    dataset.set_description("animals of the house")
    dataset.get_logger().report_table("preview", "head", table_plot=[["a"], [1]])
    dataset.upload(show_progress=False)
    dataset.finalize()
    return {"id": dataset.id, "project": project, "linked": linked}


def read_back(found: dict) -> None:
    dataset = Dataset.get(dataset_project=found["project"], dataset_name="animals")
    assert dataset.id == found["id"] and dataset.is_final() and dataset.version == "1.2.0"
    files = sorted(dataset.list_files())
    assert files == ["extra.csv", "links/linked.txt", "pictures/inner/two.txt", "pictures/one.txt"], files
    folder = Path(dataset.get_local_copy())
    assert (folder / "pictures/inner/two.txt").read_text(encoding="utf-8") == "two"
    assert (folder / "links/linked.txt").read_text(encoding="utf-8") == "one"
    assert dataset.link_entries_dict["links/linked.txt"].link == found["linked"], dataset.link_entries_dict
    mutable = Path(dataset.get_mutable_local_copy("mutable-animals", overwrite=True))
    assert (mutable / "extra.csv").exists()
    assert dataset.verify_dataset_hash(local_copy_path=str(folder)) == []
    assert dataset.get_metadata("facts") == {"source": "us", "count": 2}
    assert list(dataset.get_metadata("frame")["x"]) == [1, 2]
    # The SDK adds a tag of its own for the link.
    assert sorted(dataset.tags) == ["external files", "raw"], dataset.tags
    by_version = Dataset.get(dataset_project=found["project"], dataset_name="animals", dataset_version="1.2.0")
    assert by_version.id == found["id"]
    listed = Dataset.list_datasets(dataset_project=found["project"], partial_name="anim", tags=["raw"])
    assert [entry["id"] for entry in listed] == [found["id"]], listed
