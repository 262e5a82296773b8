"""The classroom's server: JSON and server-sent events for browsers on this machine or this network.

Every call but joining carries a token, `Authorization: Bearer …`; what a role may call stands in `MAY`
and `actions.WHO`, and nowhere else. Nothing leaves the machine but answers to those who asked.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import uvicorn
from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sim.classroom import actions as a
from sim.classroom.case import RefusedError, tidy, wrong
from sim.classroom.log import canonical
from sim.classroom.reports import Reports
from sim.classroom.room import DOOR, JOIN, QUESTION, Room, TooManyError, json_of
from sim.classroom.session import Who
from sim.classroom.views import state_for
from sim.page import CLASSROOM, read

MOST_BYTES = 65_536
"""Of a message."""
MOST_STREAMS = 300
ALIVE_SECONDS = 15.0
"""A stream says at least so often that it is alive."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}

ALWAYS, REVEALED, NEVER = "always", "once revealed", "never"
MAY: dict[str, dict[a.Role, str]] = {
    "case": {"umpire": ALWAYS, "team": ALWAYS, "projector": ALWAYS},
    "state": {"umpire": ALWAYS, "team": ALWAYS, "projector": ALWAYS},
    "stream": {"umpire": ALWAYS, "team": ALWAYS, "projector": ALWAYS},
    "lived": {"umpire": ALWAYS, "team": ALWAYS, "projector": ALWAYS},
    "why": {"umpire": ALWAYS, "team": ALWAYS, "projector": ALWAYS},
    "result": {"umpire": ALWAYS, "team": REVEALED, "projector": REVEALED},
    "effect": {"umpire": ALWAYS, "team": REVEALED, "projector": REVEALED},
    "luck": {"umpire": ALWAYS, "team": REVEALED, "projector": REVEALED},
    "scores": {"umpire": ALWAYS, "team": REVEALED, "projector": REVEALED},
    "export": {"umpire": ALWAYS, "team": NEVER, "projector": NEVER},
    "report": {"umpire": REVEALED, "team": NEVER, "projector": NEVER},
    "keys": {"umpire": ALWAYS, "team": NEVER, "projector": NEVER},
}
"""What a role may ask for, and when. What it may do: `actions.WHO`."""

Answer = Callable[[Request, Who], Awaitable[object]]


def application(room: Room, hosts: tuple[str, ...] = LOOPBACK) -> Starlette:
    """The server of a class, as an ASGI application.

    Args:
        hosts: the names by which browsers may call it.
    """
    answers = _Answers(room)
    routes = [
        Route("/", _page),
        Route("/page/{name}", _page_file),
        Route("/page/classroom/{name}", _class_file),
        Route("/api/door", answers.place),
        Route("/api/door", answers.door, methods=["POST"]),
        Route("/api/join", answers.join, methods=["POST"]),
        Route("/api/act", answers.act, methods=["POST"]),
        Route("/api/stream", answers.guarded("stream", answers.stream)),
        Route("/api/export", answers.guarded("export", answers.export)),
        Route("/api/report", answers.guarded("report", answers.report)),
    ]
    for name in ("case", "state", "lived", "why", "luck", "scores", "keys"):
        routes.append(Route(f"/api/{name}", answers.guarded(name, getattr(answers, name))))
    for name in ("result", "effect"):
        routes.append(Route(f"/api/{name}", answers.guarded(name, getattr(answers, name)), methods=["POST"]))
    middleware = [Middleware(_Headers), Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))]
    made = Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: _said})
    made.router.redirect_slashes = False
    return made


def listen(host: str, port: int) -> socket.socket:
    """A socket on which browsers can call; port 0 takes a free one.

    Raises:
        OSError: the port is taken, or not to be had.
    """
    made = socket.create_server((host, port), backlog=256, reuse_port=False)
    made.set_inheritable(False)
    return made


def hold(room: Room, listening: socket.socket, hosts: tuple[str, ...] = LOOPBACK) -> None:
    """Serve a class until Ctrl-C.

    Raises:
        KeyboardInterrupt: it was pressed; whatever was answered is in the log.
    """
    config = uvicorn.Config(
        application(room, hosts), access_log=False, log_level="error", server_header=False, lifespan="off",
        timeout_graceful_shutdown=1, limit_concurrency=2 * MOST_STREAMS, ws="none",
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])


class _Answers:
    """What the API answers."""

    def __init__(self, room: Room) -> None:
        self.room, self.streams, self.reports = room, 0, Reports(room.log)

    def guarded(self, name: str, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """An answer for those who may have it."""

        async def respond(request: Request) -> Response:
            who = self._who(request)
            when = MAY[name][who.role]
            if when == NEVER or (when == REVEALED and not self.room.state.revealed):
                until = " before the reveal" if when == REVEALED else ""
                raise HTTPException(403, f"{name} is not for the {who.role}{until}")
            with _refusals():
                found = await answer(request, who)
            return found if isinstance(found, Response) else Response(json_of(found), media_type="application/json")

        return respond

    async def place(self, request: Request) -> Response:
        return Response(json_of({"id": self.room.keys.place}), media_type="application/json")

    async def door(self, request: Request) -> Response:
        with _refusals():
            seen = self.room.door(await _message(request, DOOR))
        return Response(json_of(seen), media_type="application/json")

    async def join(self, request: Request) -> Response:
        with _refusals():
            joined = await self.room.join(await _message(request, JOIN))
        return Response(json_of(joined), media_type="application/json")

    async def act(self, request: Request) -> Response:
        who = self._who(request)
        with _refusals():
            action = await _message(request, a.ACTION)
            if who.role not in a.WHO[action.do]:
                raise HTTPException(403, f"{action.do} is not for a {who.role}")
            done = await self.room.act(who, action)
        return Response(json_of(done), media_type="application/json")

    async def case(self, request: Request, who: Who) -> object:
        return await self.room.told(who)

    async def state(self, request: Request, who: Who) -> object:
        seen = state_for(self.room.state, who, self.room.seq)
        if who.role == "team":
            return seen
        return {**seen, "code": self.room.keys.code, "turn_seconds": self.room.turn_seconds()}

    async def lived(self, request: Request, who: Who) -> object:
        return await self.room.lived()

    async def why(self, request: Request, who: Who) -> object:
        return await self.room.why(request.query_params.get("unit", ""))

    async def luck(self, request: Request, who: Who) -> object:
        return await self.room.luck()

    async def scores(self, request: Request, who: Who) -> object:
        return await self.room.scores()

    async def result(self, request: Request, who: Who) -> object:
        return await self.room.result(await _message(request, QUESTION))

    async def effect(self, request: Request, who: Who) -> object:
        return await self.room.effect(await _message(request, QUESTION))

    async def keys(self, request: Request, who: Who) -> object:
        return {"code": self.room.keys.code, "projector": self.room.keys.projector}

    async def export(self, request: Request, who: Who) -> object:
        saved = {"content-disposition": 'attachment; filename="class.jsonl"'}
        return Response(self.room.log.export(), media_type="application/jsonl", headers=saved)

    async def report(self, request: Request, who: Who) -> object:
        saved = {"content-disposition": 'attachment; filename="report.html"'}
        names = "names" in request.query_params
        return Response(await self.reports.page(names), media_type="text/html", headers=saved)

    async def stream(self, request: Request, who: Who) -> object:
        if self.streams >= MOST_STREAMS:
            raise HTTPException(429, "too many streams are open")
        return StreamingResponse(self._changes(), media_type="text/event-stream")

    async def _changes(self) -> AsyncIterator[str]:
        """The number of the last entry, now and after each change; what changed is asked for by role."""
        self.streams += 1
        try:
            told = 0
            while True:
                changed = self.room.changed
                if self.room.seq != told:
                    told = self.room.seq
                    yield f"event: state\ndata: {told}\n\n"
                try:
                    await asyncio.wait_for(changed.wait(), ALIVE_SECONDS)
                except TimeoutError:
                    yield ": alive\n\n"
        finally:
            self.streams -= 1

    def _who(self, request: Request) -> Who:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        who = self.room.keys.who(token.strip(), self.room.state) if kind.lower() == "bearer" else None
        if who is None:
            raise HTTPException(401, "a token is needed: join first")
        return who


@contextmanager
def _refusals() -> Iterator[None]:
    """What is refused, as an answer."""
    try:
        yield
    except RefusedError as error:
        raise HTTPException(409, str(error)) from None
    except PermissionError as error:
        raise HTTPException(403, str(error)) from None
    except TooManyError:
        raise HTTPException(429, "too many wrong codes: wait a minute") from None
    except OSError as error:
        raise HTTPException(503, f"it could not be written, and was not done: {error.strerror or error}") from None


async def _message(request: Request, model: TypeAdapter[Any]) -> Any:
    """The message in a request.

    Raises:
        HTTPException: it is too large, no JSON, or does not fit.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise HTTPException(413, f"a message has at most {MOST_BYTES:,} bytes")
    except ClientDisconnect:
        raise HTTPException(400, "the message was cut off") from None
    try:
        value = tidy(json.loads(bytes(body)))
        return model.validate_json(canonical(value))
    except ValidationError as error:
        raise HTTPException(400, wrong(error)) from None
    except RefusedError as error:
        raise HTTPException(400, str(error)) from None
    except (ValueError, RecursionError):
        raise HTTPException(400, "the message is not JSON") from None


async def _said(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(json_of({"error": error.detail}), error.status_code, error.headers, "application/json")


async def _page(request: Request) -> Response:
    return HTMLResponse(files("sim.classroom").joinpath("page.html").read_text(encoding="utf-8"))


async def _page_file(request: Request) -> Response:
    return _file(request.path_params["name"])


async def _class_file(request: Request) -> Response:
    return _file(f"{CLASSROOM}/{request.path_params['name']}")


def _file(name: str) -> Response:
    try:
        return Response(read(name), media_type=_KINDS[name.rpartition(".")[2]])
    except KeyError:
        raise HTTPException(404, "there is no such file") from None


class _Headers:
    """The same headers on every answer, also on refusals."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *own]
            await send(message)

        await self._app(scope, receive, sending)
