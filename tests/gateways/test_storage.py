"""The folder adapter of the storage port."""

from pathlib import Path

import pytest

from services.errors import Unavailable
from services.gateways.processes import own_mark
from services.gateways.storage import FolderStorage


def kept(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.mp4"
    path.write_bytes(b"clip")
    return path


def test_a_file_is_kept_found_replaced_and_removed(tmp_path: Path, source: Path) -> None:
    """The whole life of a file; removing it twice is fine, and no empty folder stays."""
    storage = FolderStorage(tmp_path / "files")
    storage.put("clips/1/1.mp4", source, content_type="video/mp4")
    storage.put("clips/1/1.mp4", source, content_type="video/mp4")
    assert Path(storage.locate("clips/1/1.mp4")).read_bytes() == b"clip"
    for _ in range(2):
        storage.remove(["clips/1/1.mp4", "clips/9/9.mp4"])
    assert kept(tmp_path / "files") == []
    assert not (tmp_path / "files" / "clips" / "1").exists()


def test_no_key_leads_out_of_the_folder(tmp_path: Path, source: Path) -> None:
    """A key is no path."""
    with pytest.raises(ValueError, match="is no key"):
        FolderStorage(tmp_path / "files").put("../out.mp4", source, content_type="video/mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_file_that_cannot_be_kept_leaves_nothing_and_says_so(tmp_path: Path, source: Path) -> None:
    """Here a file stands where a folder is needed."""
    storage = FolderStorage(tmp_path / "files")
    (tmp_path / "files" / "clips").write_text("in the way")
    with pytest.raises(Unavailable, match="could not be kept"):
        storage.put("clips/1/1.mp4", source, content_type="video/mp4")
    assert kept(tmp_path / "files") == ["clips"]


def test_a_killed_process_leaves_no_half_file_behind(tmp_path: Path) -> None:
    """The next start clears what was under way, and leaves alone what another process is making now."""
    folder = tmp_path / "files"
    folder.mkdir()
    names = [".incoming.999999-1.x", f".incoming.{own_mark()}.x"]
    for name in names:
        (folder / name).write_bytes(b"half")
    FolderStorage(folder)
    assert kept(folder) == names[1:]
