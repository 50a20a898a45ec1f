"""A browser's side of a page, as bare messages: for what no browser sends, and for more of them than a machine can run."""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import ClientConnection, connect

OVER = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


class Visitor:
    """A web socket of one page, and the widgets and components it has been shown."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.widgets: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.unanswered: dict[str, tuple[str, str]] = {}
        self.received: list[bytes] = []

    @classmethod
    async def enter(cls, port: int, cookie: str | None = None) -> "Visitor":
        """Somebody who has opened the first page of the server there, with that session or a stranger."""
        headers = {"Cookie": cookie} if cookie else None
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        socket = await connect(address, max_size=None, subprotocols=["streamlit"], additional_headers=headers)  # type: ignore[arg-type]
        visitor = cls(socket)
        await visitor.rerun()
        return visitor

    async def rerun(
        self,
        texts: dict[str, str] | None = None,
        pressed: str | None = None,
        *,
        page: str = "",
        query: str = "",
        part: str = "",
    ) -> set[str]:
        """Asks for a run and waits until it is over; the headings that it drew.

        `texts` and `pressed`: widgets by their labels. `part`: of the page, which then runs alone, by its id.
        """
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_name, asked.fragment_id = query, page, part
        for label, text in (texts or {}).items():
            asked.widget_states.widgets.add(id=self.widgets[label], string_value=text)
        if pressed:
            asked.widget_states.widgets.add(id=self.widgets[pressed], trigger_value=True)
        return await self._answer_to(message)

    async def answer_components(self) -> None:
        """Says for each component, one after the other, that it has done its work, as those that keep the cookie do."""
        for component, (part, answer) in list(self.unanswered.items()):
            message = BackMsg()
            message.rerun_script.fragment_id = part
            message.rerun_script.widget_states.widgets.add(id=component, json_value=answer)
            await self._answer_to(message)

    async def _answer_to(self, message: BackMsg) -> set[str]:
        await self.socket.send(message.SerializeToString())
        headings: set[str] = set()
        while True:
            self.received.append(bytes(await self.socket.recv(decode=False)))
            answer = ForwardMsg.FromString(self.received[-1])
            kind = answer.WhichOneof("type")
            if kind == "delta":
                headings |= self._note(answer.delta)
            elif kind == "script_finished" and answer.script_finished in OVER:
                return headings

    def _note(self, delta: Delta) -> set[str]:
        kind = delta.new_element.WhichOneof("type")
        drawn = getattr(delta.new_element, kind) if kind else None
        if kind in ("text_input", "button"):
            self.widgets[drawn.label] = drawn.id
            self.parts[drawn.label] = delta.fragment_id
        if kind == "component_instance":
            is_reading = '"getAll"' in drawn.json_args
            self.unanswered[drawn.id] = (delta.fragment_id, "{}" if is_reading else "true")
        return {drawn.body} if kind == "heading" else set()
