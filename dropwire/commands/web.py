"""The commands of the web application: `web`, and the API keys it asks for, `keys`."""

from typing import Annotated

import typer
from rich.markup import escape

from dropwire.commands.options import JsonOption, LogFormatOption, database, friendly_errors, log_as
from dropwire.console import Exit, notify, out, print_json, stop

keys_app = typer.Typer(
    help="Make, list and revoke the keys that `dropwire web` asks for. Each command takes --json.", no_args_is_help=True
)


def web(
    listen: Annotated[
        str, typer.Option(envvar="DROPWIRE_WEB_LISTEN", help="HOST:PORT; beyond loopback everybody needs a key.")
    ] = "127.0.0.1:8420",
    host: Annotated[
        list[str] | None,
        typer.Option(
            envvar="DROPWIRE_WEB_HOSTS",
            help="A name it is reached by, as behind a proxy; everybody needs a key then. May be repeated.",
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            envvar="DROPWIRE_WEB_ORIGINS",
            help="Another site whose scripts may read the API: https://example.org. May be repeated.",
        ),
    ] = None,
    editing: Annotated[
        bool,
        typer.Option("--editing", help="Let people correct entities: on this machine, or with a key of the role edit."),
    ] = False,
    log_format: LogFormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the documents in a browser, and to programs over HTTP, until stopped."""
    log_as(log_format)
    with friendly_errors():
        import os
        import sys

        from dropwire.endpoints import Address, ListenError
        from dropwire.web.running import serve
        from dropwire.web.settings import WebError, WebSettings

        def announce(at: Address) -> None:
            if as_json:
                print_json({"url": at.url, "api": f"{at.url}/api/v1", "openapi": f"{at.url}/api/v1/openapi.json"})
            else:
                out().print(f"Documents  {escape(at.url)}\nAPI        {escape(at.url)}/api/v1", soft_wrap=True)
                notify("Ctrl-C stops this.")
            sys.stdout.flush()

        try:
            settings = WebSettings(
                listen=Address.parse(listen),
                hosts=tuple(host or ()),
                origins=tuple(origin or ()),
                editing=editing,
                prefect_api_url=os.environ.get("PREFECT_API_URL") or None,
            )
            with database() as db:
                serve(db, settings, announce)
        except (WebError, ListenError) as error:
            stop(Exit.USAGE, str(error))


@keys_app.command("add")
def add_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, or what for.")],
    edit: Annotated[bool, typer.Option("--edit", help="It may also correct entities, where editing is on.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown this once."""
    with friendly_errors(), database() as db:
        from store import api_keys
        from store.layout import ensure

        ensure(db)
        made, key = api_keys.add(db, name, api_keys.Role.EDIT if edit else api_keys.Role.READ)
        if as_json:
            print_json({"id": made.key_id, "name": made.name, "role": made.role, "key": key})
        else:
            out().print(key, soft_wrap=True)
            notify("Keep it: only its digest is stored. It is sent as `Authorization: Bearer …`, or typed at /login.")


@keys_app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List the keys, also revoked ones. Nobody can show the keys themselves."""
    with friendly_errors(), database() as db:
        from dataclasses import asdict

        from rich.table import Table

        from store import api_keys

        found = api_keys.all_keys(db)
        if as_json:
            print_json({"keys": [asdict(key) for key in found]})
            return
        if not found:
            out().print("There are no keys: `dropwire keys add NAME` makes one.")
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("id", "name", "role", "created (UTC)", "last used (UTC)", "revoked (UTC)"):
            table.add_column(column, no_wrap=True)
        for key in found:
            times = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (key.created_at, key.last_used_at, key.revoked_at))
            table.add_row(key.key_id, escape(key.name), key.role, *times)
        out().print(table)


@keys_app.command("revoke")
def revoke_key(
    which: Annotated[str, typer.Argument(metavar="KEY", help="Its id or its name, as `list` prints them.")],
    as_json: JsonOption = False,
) -> None:
    """Make a key good no longer; whoever uses it is refused within seconds."""
    with friendly_errors(), database() as db:
        from dataclasses import asdict

        from store import api_keys

        key = api_keys.revoke(db, which)
        if key is None:
            stop(Exit.NOT_FOUND, f"there is no key {which}: `dropwire keys list`")
        if as_json:
            print_json(asdict(key))
        else:
            out().print(f"{escape(key.name)} ({key.key_id}) is revoked.")
