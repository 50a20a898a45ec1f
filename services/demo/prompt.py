"""What a prompt asks to see: which scene, at what hour, in what weather."""

import hashlib
import re
from dataclasses import dataclass

_SCENES = {
    "alps": "mountain mountains alps alpine peak peaks glacier summit himalaya everest cliffs eagle drone snow snowy",
    "aurora": "aurora borealis northern lights polar arctic iceland lake reflection",
    "city": "city urban skyline skyscraper skyscrapers street streets downtown neon cyberpunk tokyo york building"
    " buildings traffic car cars metropolis futuristic robot",
    "desert": "desert sand dune dunes sahara camel camels arid oasis egypt pyramid pyramids mars canyon",
    "fire": "fire flame flames campfire bonfire burning candle fireplace dragon phoenix embers",
    "forest": "forest tree trees woods woodland jungle pine pines fir redwood bamboo deer wolf bear fox owl",
    "ink": "ink abstract paint fluid smoke swirl swirling pattern colors colours liquid silk marble dream surreal",
    "lava": "lava volcano volcanic magma eruption molten inferno hell apocalypse",
    "meadow": "flower flowers meadow field garden grass spring bloom blooming blossom blossoms poppy poppies daisy"
    " daisies tulip tulips lavender sunflower sunflowers rose roses cherry sakura butterfly bee bees petals",
    "ocean": "ocean sea seaside wave waves water beach coast island sailing sailboat boat ship surf surfer surfing"
    " pacific atlantic harbour harbor lighthouse seagull dolphin dolphins",
    "reef": "underwater coral reef fish fishes whale whales shark turtle jellyfish diver diving submarine aquarium",
    "space": "space galaxy galaxies nebula cosmos cosmic universe planet planets stars astronaut spaceship orbit"
    " earth moon jupiter saturn meteor comet supernova alien",
    "valley": "valley hill hills mist misty fog foggy landscape countryside river sunrise horizon horse horses",
}
_HOURS = {
    "sunset": "sunset golden evening",
    "dawn": "sunrise dawn morning",
    "dusk": "dusk twilight",
    "night": "night midnight moonlight moonlit starry dark",
    "storm": "storm stormy thunder thunderstorm overcast grey gray gloomy",
    "day": "day noon midday sunny bright daylight summer",
}
_WEATHER = {
    "rain": "rain rainy raining drizzle downpour wet",
    "snow": "snow snowy snowing snowfall blizzard snowflakes",
    "fog": "fog foggy mist misty haze hazy",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood; None where the prompt leaves it open."""

    scene: str
    time_of_day: str | None
    weather: str | None
    words: frozenset[str]


def understand(prompt: str, negative_prompt: str = "") -> Wish:
    """The scene most of the prompt's words speak of; a prompt that names none gets one by its hash."""
    unwanted = set(_words(negative_prompt))
    words = [word for word in _words(prompt) if word not in unwanted]
    weather = _most_named(_WEATHER, words)
    return Wish(
        scene=_most_named(_SCENES, words) or _any_scene(prompt),
        time_of_day=_most_named(_HOURS, words) or ("storm" if weather == "rain" else None),
        weather=weather,
        words=frozenset(words),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-zà-öø-ÿ]+", text.lower())


def _most_named(vocabulary: dict[str, str], words: list[str]) -> str | None:
    """The entry most words belong to, among equals the one named first."""
    scores: dict[str, float] = {}
    for place, word in enumerate(words):
        for name, known in vocabulary.items():
            if word in known.split():
                scores[name] = scores.get(name, 0.0) + 1.0 - min(place, 90) / 1000
    return max(scores, key=scores.__getitem__) if scores else None


def _any_scene(prompt: str) -> str:
    number = int.from_bytes(hashlib.sha256(prompt.strip().lower().encode()).digest()[:4])
    return sorted(_SCENES)[number % len(_SCENES)]
