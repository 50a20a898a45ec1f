"""What is asked before a person's role or access changes, each with what it will mean for them."""

from pages.parts.question import Question, Secret, ask
from pages.parts.wording import ROLE_NAMES
from services.accounts import Role, User, disable_user, set_password, set_role, sign_out_everywhere
from services.passwords import make_password
from services.people import Person
from services.wiring import Studio


def change_role(studio: Studio, admin: User, person: Person, role: Role) -> str:
    """Changes it and gives what to say. Raises as set_role."""
    set_role(studio.database, person.id, role, by=admin.id)
    return f"{person.display_name} has the role “{ROLE_NAMES[role]}” now."


def ask_about_role(studio: Studio, admin: User, person: Person, role: Role) -> None:
    """Whether somebody is to become an admin, or no longer to be one."""
    text = f"{person.display_name} will see everybody's jobs, costs and accounts, and can change them all."
    if role != "admin":
        who = "You lose" if person.id == admin.id else f"{person.display_name} loses"
        text = f"{who} these pages at once. The invites made by {person.id} stop working."
    ask(Question("Change the role?", text, "Change role", lambda: change_role(studio, admin, person, role)))


def ask_to_disable(studio: Studio, admin: User, person: Person) -> None:
    """Whether they are to be shut out."""

    def act() -> str:
        disable_user(studio.database, person.id, by=admin.id)
        return f"{person.display_name} is disabled."

    text = (
        f"{person.display_name} is signed out at once and cannot sign in or use the API until you enable the account."
        " Jobs already running go on, and all clips stay."
    )
    ask(Question("Disable this account?", text, "Disable", act))


def ask_to_sign_out(studio: Studio, admin: User, person: Person) -> None:
    """Whether all their sessions are to end."""

    def act() -> str:
        sign_out_everywhere(studio.database, person.id, by=admin.id)
        return f"{person.display_name} is signed out everywhere."

    text = f"{person.display_name} has to sign in again in every browser. The password stays as it is."
    ask(Question("Sign out everywhere?", text, "Sign out", act))


def ask_to_reset(studio: Studio, admin: User, person: Person) -> None:
    """Whether they are to get a new password, which is shown once."""

    def act() -> Secret:
        password = make_password()
        set_password(studio.database, person.id, password, by=admin.id)
        return Secret(
            "New password", f"Hand this to {person.display_name}, who can sign in with it now.", password
        )

    text = f"The old password of {person.display_name} stops working, and every session ends at once."
    ask(Question("Reset the password?", text, "Make a new password", act))
