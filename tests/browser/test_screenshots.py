"""What the pictures of the documentation show can still be arranged."""

from services.gateways.database import Database
from services.people import list_people
from services.quota import limits
from services.settings import Settings, read_settings
from tests.browser.screenshots.team import OWNER, gather_team, write_past


def test_the_team_in_the_pictures_is_there_with_its_past(database: Database) -> None:
    """The command that takes them is run seldom, and everything it stands on changes often."""
    settings: Settings = read_settings({})
    gather_team(database)
    write_past(database, settings)
    people = list_people(database, by=OWNER, limits=limits(settings), search="", after=None, limit=100)
    assert {"priya", "tomas", "lena"} <= {person.id for person in people}
