"""All scenes by name."""

from services.demo.scenes.alps import Alps
from services.demo.scenes.aurora import Aurora
from services.demo.scenes.city import City
from services.demo.scenes.desert import Desert
from services.demo.scenes.fire import Fire
from services.demo.scenes.forest import Forest
from services.demo.scenes.ink import Ink
from services.demo.scenes.lava import Lava
from services.demo.scenes.meadow import Meadow
from services.demo.scenes.ocean import Ocean
from services.demo.scenes.reef import Reef
from services.demo.scenes.shot import MakeScene
from services.demo.scenes.space import Space
from services.demo.scenes.valley import Valley

SCENES: dict[str, MakeScene] = {
    "alps": Alps,
    "aurora": Aurora,
    "city": City,
    "desert": Desert,
    "fire": Fire,
    "forest": Forest,
    "ink": Ink,
    "lava": Lava,
    "meadow": Meadow,
    "ocean": Ocean,
    "reef": Reef,
    "space": Space,
    "valley": Valley,
}

OUTDOORS = frozenset({"alps", "aurora", "city", "desert", "forest", "meadow", "ocean", "valley"})
