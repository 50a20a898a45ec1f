"""The bytes of a video and its poster."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from services.errors import Unavailable
from services.gateways.storage import FolderStorage
from services.videos import Video
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient

DATA = bytes(range(256)) * 1000


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    """A folder, whatever the other tests stand on: its bytes are sent by the API itself."""
    return FolderStorage(tmp_path / "files")


@pytest.fixture
def stored(anna: TestClient, arrange: Arranger) -> Video:
    """A video of anna's with a file of 256 000 bytes."""
    return arrange.stored("anna", "A Lighthouse, in a *storm*", DATA)


@pytest.fixture
def address(stored: Video) -> str:
    """Where its file is."""
    return f"/api/videos/{stored.id}/file"


def test_the_whole_file(anna: TestClient, address: str) -> None:
    """All bytes come, as a video that a browser plays in place."""
    answer = anna.get(address)
    assert (answer.status_code, answer.content) == (200, DATA)
    headers = {name: answer.headers[name] for name in ("content-type", "content-length", "accept-ranges")}
    assert headers == {"content-type": "video/mp4", "content-length": "256000", "accept-ranges": "bytes"}
    assert answer.headers["content-disposition"].startswith("inline")


def test_the_poster(anna: TestClient, stored: Video) -> None:
    """The still picture is WebP."""
    answer = anna.get(f"/api/videos/{stored.id}/poster")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")


def test_head_tells_the_same_without_bytes(anna: TestClient, address: str) -> None:
    """HEAD has the headers of GET and no body."""
    head, get = anna.head(address), anna.get(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers


def test_a_download_has_a_name(anna: TestClient, stored: Video, address: str) -> None:
    """download=1 saves under a name that says what it is, in characters that every disk takes."""
    given = anna.get(f"{address}?download=1").headers["content-disposition"]
    assert given == f'attachment; filename="openv-{stored.id}-a-lighthouse-in-a-storm.mp4"'


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-199", 100, 200),
        ("bytes=255999-", 255_999, 256_000),
        ("bytes=255900-999999999", 255_900, 256_000),
        ("bytes=-100", 255_900, 256_000),
        ("bytes=-999999999", 0, 256_000),
    ],
)
def test_a_range(anna: TestClient, address: str, wanted: str, start: int, end: int) -> None:
    """206 with those bytes alone, which is how players seek."""
    answer = anna.get(address, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (206, DATA[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/256000"


@pytest.mark.parametrize("wanted", ["bytes=256000-", "bytes=999999999-", "bytes=256000-256001", "bytes=-0"])
def test_a_range_that_is_not_there(anna: TestClient, address: str, wanted: str) -> None:
    """416 says how long the file is."""
    answer = anna.get(address, headers={"Range": wanted})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */256000"


@pytest.mark.parametrize(
    "wanted",
    [
        "bytes=",
        "bytes=5-1",
        "bytes=x-y",
        "seconds=0-1",
        "nonsense",
        "bytes=0-1,5-6",
        "bytes=--5",
        "bytes=" + "9" * 5000,
    ],
)
def test_what_is_no_single_range_gives_everything(anna: TestClient, address: str, wanted: str) -> None:
    """A Range header that means nothing to us is ignored."""
    answer = anna.get(address, headers={"Range": wanted})
    assert (answer.status_code, len(answer.content)) == (200, 256_000)


def test_a_known_file_is_not_sent_again(anna: TestClient, address: str) -> None:
    """304 for who has it, in every way of saying so."""
    tag = anna.get(address).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = anna.get(address, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


def test_another_file_is_sent(anna: TestClient, address: str) -> None:
    """An old tag gets the bytes."""
    assert anna.get(address, headers={"If-None-Match": '"file-1-1-5-0"'}).status_code == 200


def test_tags_are_strong_and_differ(anna: TestClient, stored: Video, arrange: Arranger, address: str) -> None:
    """File, poster and other videos have tags of their own."""
    other = arrange.stored("anna")
    places = (address, f"/api/videos/{stored.id}/poster", f"/api/videos/{other.id}/file")
    tags = {anna.get(place).headers["etag"] for place in places}
    assert len(tags) == 3
    assert all(tag.startswith('"') for tag in tags)


def test_a_range_of_a_changed_file_is_all_of_it(anna: TestClient, address: str) -> None:
    """If-Range with the right tag gives the part, with another the whole."""
    tag = anna.get(address).headers["etag"]
    codes = [
        anna.get(address, headers={"Range": "bytes=0-9", "If-Range": known}).status_code
        for known in (tag, '"old"')
    ]
    assert codes == [206, 200]


def test_a_private_cache_may_keep_it(anna: TestClient, address: str) -> None:
    """The browser keeps the bytes for this session, nobody in between does."""
    headers = anna.get(address).headers
    assert headers["cache-control"].startswith("private, max-age=")
    assert (headers["vary"], headers["x-content-type-options"]) == ("Authorization, Cookie", "nosniff")


def test_others_files_are_not_there(bob: TestClient, boss: TestClient, address: str) -> None:
    """Another user gets the 404 of a video that is not there, an admin the file."""
    answer, unknown = bob.get(address), bob.get("/api/videos/999999/file")
    assert (answer.status_code, answer.json()) == (404, unknown.json())
    assert boss.get(address).status_code == 200


@pytest.mark.parametrize("kind", ["file", "poster"])
def test_there_is_no_file_before_it_is_stored(anna: TestClient, arrange: Arranger, kind: str) -> None:
    """404 while only the worker has it."""
    answer = anna.get(f"/api/videos/{arrange.completed('anna').id}/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_deleted_videos_file_is_not_there(anna: TestClient, stored: Video, address: str) -> None:
    """Deleting takes the file out of reach at once, and restoring brings it back."""
    anna.request("DELETE", "/api/videos", json={"ids": [stored.id]})
    gone = anna.get(address).status_code
    anna.post(f"/api/videos/{stored.id}/restore")
    assert (gone, anna.get(address).status_code) == (404, 200)


def test_a_file_that_is_lost(anna: TestClient, studio: Studio, stored: Video, address: str) -> None:
    """404, and no fault of ours, where the disk has it no more."""
    studio.storage.remove([str(stored.file_key)])
    assert anna.get(address).status_code == 404


class SigningStorage(FolderStorage):
    """Gives signed addresses elsewhere."""

    def locate(self, key: str) -> Path | str:
        return f"https://files.test/{key}?signature=s"


def test_a_signed_address_is_redirected_to(
    anna: TestClient, api: FastAPI, studio: Studio, stored: Video, address: str, tmp_path: Path
) -> None:
    """Files in a bucket are fetched there, by an address that no cache keeps."""
    api.state.studio = replace(studio, storage=SigningStorage(tmp_path))
    answer = anna.get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (307, "private, no-store")
    assert answer.headers["location"] == f"https://files.test/{stored.file_key}?signature=s"


class DownStorage(FolderStorage):
    """Cannot be asked."""

    def locate(self, key: str) -> Path | str:
        raise Unavailable("The storage cannot be reached right now.", retry_after=4.2)


def test_a_storage_that_is_down(
    anna: TestClient, api: FastAPI, studio: Studio, address: str, tmp_path: Path
) -> None:
    """503 says when to try again."""
    api.state.studio = replace(studio, storage=DownStorage(tmp_path))
    answer = anna.get(address)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_files_are_never_compressed(anna: TestClient, arrange: Arranger) -> None:
    """A clip goes out as it is, whole and in parts."""
    address = f"/api/videos/{arrange.stored('anna', data=b'0' * 5000).id}/file"
    whole = anna.get(address, headers={"Accept-Encoding": "gzip"})
    part = anna.get(address, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-2999"})
    assert (whole.status_code, part.status_code) == (200, 206)
    assert (len(whole.content), len(part.content)) == (5000, 3000)
    assert not {"content-encoding"} & {*whole.headers, *part.headers}
