"""Claims about the registry of the end-to-end tests: what is not what was tested is not run."""

import hashlib
from pathlib import Path

import pytest

from dev import DevError, registry


def test_an_archive_of_another_content_is_refused_by_its_hash(tmp_path: Path) -> None:
    archive = tmp_path / "registry.tar.gz"
    archive.write_bytes(b"something else")
    with pytest.raises(DevError, match=r"registry\.tar\.gz has the SHA-256 .* is pinned"):
        registry.checked(archive, registry.SHA256)
    assert registry.checked(archive, hashlib.sha256(b"something else").hexdigest()) == archive
