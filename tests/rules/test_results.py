"""Where outputs hold their video, in every shape that workers are known to use."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.results import MAX_DATA_BYTES, Result, find_cost, find_result, values_at

FILM = b"\x00\x00\x00\x20ftypisom" + bytes(100)
PLAIN = bytes(range(100))
URL = "https://files.example/a/film.mp4?X-Sig=1"


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


leaves = st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.sampled_from([URL, coded(FILM)])
keys = st.sampled_from(["result", "images", "data", "type", "clip"])
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "output",
    [
        URL, f" {URL}\n", [URL], {"result": URL}, {"video_url": URL, "cost": 0.5}, {"video": URL}, {"url": URL},
        {"output": URL}, {"output": {"video_url": URL}}, {"result": [URL]}, {"video": {"url": URL}},
        {"images": [{"filename": "film.mp4", "type": "s3_url", "data": URL}]}, {"videos": [URL]},
        {"gifs": [{"type": "s3_url", "data": URL}]}, {"message": URL, "status": "success"}, [{"url": URL}],
    ],
)  # fmt: skip
def test_a_url_is_found_in_every_known_shape(output):
    """Workers agree on nothing but that the video's address is in there."""
    assert find_result(output) == Result(url=URL)


@pytest.mark.parametrize(
    "output",
    [
        coded(FILM), {"result": coded(FILM)}, {"video": coded(FILM)}, f"data:video/mp4;base64,{coded(FILM)}",
        {"images": [{"type": "base64", "data": coded(FILM)}]}, {"video_base64": coded(FILM)},
        coded(FILM).rstrip("="), "\n".join([coded(FILM)[:76], coded(FILM)[76:]]),
    ],
)  # fmt: skip
def test_a_video_within_the_answer_is_found(output):
    """Base64 comes bare, marked, wrapped, and without its padding."""
    assert find_result(output) == Result(data=FILM)


def test_marked_base64_needs_no_known_beginning():
    """Where something says that this is the video, whatever it starts with is taken for one."""
    assert find_result({"images": [{"type": "base64", "data": coded(PLAIN)}]}) == Result(data=PLAIN)
    assert find_result({"clip": coded(PLAIN)}, path="output.clip") == Result(data=PLAIN)
    assert find_result({"result": coded(PLAIN)}) is None


@pytest.mark.parametrize(
    "output",
    [
        None, "", "done", "success", "FAILED: no", 7, True, {}, [], {"result": None}, {"result": "done"}, "ftp://a/b",
        "http://", "https://[::1", "https://a b/", "s3://bucket/film.mp4", "data:video/mp4,plain", {"seed": URL},
        {"images": []}, "https://a/\x00", "https://a/" + "a" * 5000, {"type": "base64", "data": "no!"},
    ],
)  # fmt: skip
def test_what_is_no_video_is_none(output):
    """Words, other schemes and unknown places are not taken for results."""
    assert find_result(output) is None


def test_the_catalogs_place_goes_first():
    """The model's entry decides where several places hold a URL."""
    output = {"video_url": "https://a.example/preview.mp4", "files": [{"final": URL}]}
    assert find_result(output, path="output.files[].final") == Result(url=URL)
    assert find_result(output, path="output.nowhere") == Result(url="https://a.example/preview.mp4")


def test_a_video_is_preferred_to_a_still():
    """ComfyUI lists previews among its results."""
    stills = [{"type": "s3_url", "data": "https://a.example/preview.png"}, {"type": "s3_url", "data": URL}]
    assert find_result({"images": stills}) == Result(url=URL)


def test_more_data_than_is_taken_is_no_result():
    """An answer cannot fill the memory twice over."""
    assert find_result({"video_base64": "A" * (MAX_DATA_BYTES * 4 // 3 + 8)}) is None


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("output.a.b", [1]),
        ("a.b", [1]),
        ("output.list[].x", [2, 3]),
        ("list[1].x", [3]),
        ("list[9].x", []),
        ("a.list[]", []),
        ("output", [{"a": {"b": 1}, "list": [{"x": 2}, {"x": 3}]}]),
        (None, []),
        ("", []),
    ],
)
def test_paths_lead_into_the_output(path, values):
    """Dots go into objects, brackets into lists, and nothing is at a place that is not there."""
    assert values_at({"a": {"b": 1}, "list": [{"x": 2}, {"x": 3}]}, path) == values


@pytest.mark.parametrize(("cost", "billed"), [(0.5, 0.5), (0, 0.0), (2, 2.0), (0.123456789, 0.123457)])
def test_the_workers_own_cost_counts(cost, billed):
    """Public endpoints tell what they charge."""
    assert find_cost({"cost": cost}) == billed


@pytest.mark.parametrize("cost", [None, True, "0.5", -1, float("nan"), float("inf"), 1e9, 10**400, [1], {}])
def test_a_cost_that_cannot_be_is_unknown(cost):
    """Unknown is not nothing."""
    assert find_cost({"cost": cost}) is None
    assert find_cost(cost) is None


@settings(derandomize=True, deadline=None, max_examples=60)
@given(json_values, st.none() | st.text() | st.sampled_from(["output.result", "images[].data", "a[0].b"]))
def test_any_output_is_read_without_complaint(output, path):
    """Whatever a worker returns, there is a result that can be used or there is none."""
    result = find_result(output, path=path)
    find_cost(output)
    assert result is None or bool(result.url) != bool(result.data)


def test_a_result_does_not_print_its_bytes():
    """Logs stay readable."""
    assert len(repr(Result(data=FILM * 1000))) < 100
