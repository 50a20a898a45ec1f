"""What is understood of a prompt."""

import pytest

from services.demo.prompt import understand
from services.demo.scenes.catalogue import SCENES


@pytest.mark.parametrize(
    ("prompt", "scene"),
    [
        ("A sailing boat on the ocean", "ocean"),
        ("deep Forest, light between the trees", "forest"),
        ("a cyberpunk city street at night", "city"),
        ("camel caravan in the desert", "desert"),
        ("snowy mountain peaks", "alps"),
        ("lava flowing from a volcano", "lava"),
        ("a dragon breathing fire", "fire"),
        ("an astronaut near a galaxy", "space"),
        ("a field of lavender", "meadow"),
        ("a jellyfish underwater", "reef"),
        ("aurora over a lake", "aurora"),
        ("abstract swirling ink", "ink"),
        ("misty hills", "valley"),
    ],
)
def test_words_choose_the_scene(prompt: str, scene: str) -> None:
    """The scene most words speak of is shown."""
    assert understand(prompt).scene == scene


@pytest.mark.parametrize(
    ("prompt", "hour", "weather"),
    [
        ("city at sunset", "sunset", None),
        ("city in the rain", "storm", "rain"),
        ("forest at dawn in fog", "dawn", "fog"),
        ("ocean under moonlight", "night", None),
        ("ocean", None, None),
    ],
)
def test_words_choose_the_hour_and_the_weather(prompt: str, hour: str | None, weather: str | None) -> None:
    """Light and weather follow the prompt; what it leaves open stays open."""
    wish = understand(prompt)

    assert (wish.time_of_day, wish.weather) == (hour, weather)


def test_the_negative_prompt_takes_words_away() -> None:
    """What is unwanted does not choose anything."""
    assert understand("city in the rain", "rain").weather is None


@pytest.mark.parametrize("prompt", ["", "xyzzy", "日本の祭り", "🦄", "a" * 5000])
def test_prompts_that_name_nothing_have_a_scene_of_their_own(prompt: str) -> None:
    """Any prompt gets a scene, the same one every time."""
    assert understand(prompt).scene in SCENES
    assert understand(prompt) == understand(prompt)


def test_unknown_prompts_do_not_all_look_alike() -> None:
    """Prompts that name nothing are spread over the scenes."""
    assert len({understand(f"thing {number}").scene for number in range(60)}) > 6


def test_every_scene_of_the_vocabulary_can_be_drawn() -> None:
    """Understanding never names a scene that does not exist."""
    from services.demo.prompt import _SCENES

    assert set(_SCENES) == set(SCENES)
