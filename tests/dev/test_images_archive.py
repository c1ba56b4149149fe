import hashlib
import json
import os
import tarfile
from pathlib import Path

from dev.images.archive import EPOCH, Layer, LayerWriter, write_archive


def write_layer(folder: Path, name: str, time: int) -> Path:
    source = folder / f"{name}-source"
    (source / "b").mkdir(parents=True)
    (source / "b" / "two").write_text("two")
    (source / "a").write_text("one")
    (source / "link").symlink_to("a")
    for path in source.rglob("*"):
        os.utime(path, (time, time), follow_symlinks=False)
    target = folder / f"{name}.tar"
    with LayerWriter(target) as layer:
        layer.folder("opt", mode=0o755)
        layer.tree(source, "opt/tree")
        layer.file("opt/run", b"#!/bin/sh\n", mode=0o755)
        layer.folder("home/user", owner=1000)
    return target


def test_a_layers_bytes_depend_on_its_content_only(tmp_path: Path) -> None:
    first, second = (write_layer(tmp_path, name, time) for name, time in (("x", 1), ("y", 2_000_000_000)))
    assert first.read_bytes() == second.read_bytes()
    assert Layer.read(first).digest == "sha256:" + hashlib.sha256(first.read_bytes()).hexdigest()


def test_a_layers_entries_have_one_time_and_known_owners(tmp_path: Path) -> None:
    with tarfile.open(write_layer(tmp_path, "x", 1)) as tar:
        entries = {entry.name: entry for entry in tar}
    names = ["opt", "opt/tree", "opt/tree/a", "opt/tree/b", "opt/tree/b/two", "opt/tree/link", "opt/run", "home/user"]
    assert list(entries) == names
    assert {entry.mtime for entry in entries.values()} == {EPOCH}
    assert {name: entry.uid for name, entry in entries.items() if entry.uid} == {"home/user": 1000}
    assert entries["opt/run"].mode == 0o755
    assert entries["opt/tree/link"].linkname == "a"


def test_a_copied_layer_holds_what_was_kept(tmp_path: Path) -> None:
    target = tmp_path / "copy.tar"
    with LayerWriter(target) as layer:
        layer.copy(write_layer(tmp_path, "x", 1), lambda name: not name.startswith("opt/tree/b"))
    with tarfile.open(target) as tar:
        assert tar.getnames() == ["opt", "opt/tree", "opt/tree/a", "opt/tree/link", "opt/run", "home/user"]
        content = tar.extractfile("opt/tree/a")
        assert content is not None and content.read() == b"one"


def test_an_archive_holds_its_layers_its_configuration_and_its_reference(tmp_path: Path) -> None:
    layers = [Layer.read(write_layer(tmp_path, name, 1)) for name in ("x", "y")]
    archive = tmp_path / "image.tar"
    digest = write_archive(archive, "localhost/kafka:1", layers, {"User": "1000:1000"})
    with tarfile.open(archive) as tar:
        members = {entry.name: tar.extractfile(entry) for entry in tar}
        texts = {name: file.read() for name, file in members.items() if file}
    manifest = json.loads(texts["manifest.json"])[0]
    assert manifest["RepoTags"] == ["localhost/kafka:1"]
    config = texts[manifest["Config"]]
    assert digest == "sha256:" + hashlib.sha256(config).hexdigest()
    described = json.loads(config)
    assert described["config"] == {"User": "1000:1000"}
    written = ["sha256:" + hashlib.sha256(texts[name]).hexdigest() for name in manifest["Layers"]]
    assert described["rootfs"]["diff_ids"] == written == [layer.digest for layer in layers]


def test_an_image_of_the_same_content_has_the_same_digest(tmp_path: Path) -> None:
    digests = set[str]()
    for name, time in (("x", 1), ("y", 2)):
        layer = Layer.read(write_layer(tmp_path, name, time))
        digests.add(write_archive(tmp_path / f"{name}.image", "localhost/kafka:1", [layer], {"Env": ["A=b"]}))
    assert len(digests) == 1
