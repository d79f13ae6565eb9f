"""Commands that need no store: `preview`, `language`."""

import io
import sys
from contextlib import ExitStack
from typing import Annotated, BinaryIO, cast

import typer
from rich.markup import escape

from dropwire.commands.options import (
    JsonOption,
    SourceOption,
    friendly_errors,
    must_exist,
)
from dropwire.console import Exit, notify, out, print_json, stop


def preview(
    files: Annotated[list[str] | None, typer.Argument(help="Files; without any, or as `-`, JSONL on stdin.")] = None,
    source: SourceOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say for each line whether it is kept, and what decided.")
    ] = False,
    learn: Annotated[
        bool, typer.Option("--learn", help="First learn from all items the lines that recur on each source.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the document that each item would become. Touches no store.

    JSONL on stdin has one item a line: {"id": …, "source": …, "url": …, "text": … or "html": …}. With --json
    each item gives one line, in the order read, with the `id` it was given; a rejected one has `rejected`. --explain
    adds `lines`. --learn reads everything twice, and treats it as all that is stored of its sources.
    """
    files = files or ["-"]
    if "-" in files and sys.stdin.isatty():
        stop(Exit.USAGE, "preview reads JSONL from stdin where no file is given: pipe some in, or name a file")
    must_exist(file for file in files if file != "-")
    with friendly_errors(), ExitStack() as stack:
        from dropwire.explaining import explanation_as_json, print_explanation
        from dropwire.preview import learn_sources, rewindable
        from dropwire.preview import preview as preview_items
        from dropwire.render import print_document, rejection_view
        from transforms.document import Document

        console = out()
        stdin: BinaryIO = sys.stdin.buffer
        sites = {}
        if learn:
            from dropwire.templates import example_line
            from transforms.boilerplate.templates import site_of

            stdin = stack.enter_context(rewindable(stdin)) if "-" in files else stdin
            for name, templates in learn_sources(files, stdin, source).items():
                sites[name] = site_of(templates)
                notify(f"{name}: {len(templates)} templates learned{example_line(templates)}")
            if "-" in files:
                stdin.seek(0)
        for previewed in preview_items(files, stdin, source, sites):
            if as_json:
                lines = {"lines": explanation_as_json(previewed.explanation())} if explain else {}
                print_json({**previewed.as_json(), **lines})
                sys.stdout.flush()
            elif explain and previewed.item:
                console.rule(escape(previewed.location), style="dim")
                print_explanation(console, previewed.explanation())
            elif isinstance(previewed.result, Document) and previewed.item:
                console.rule(escape(previewed.location), style="dim")
                print_document(console, previewed.result, previewed.item.original)
            elif not isinstance(previewed.result, Document):
                console.print(rejection_view(previewed.location, previewed.result))


def language(
    files: Annotated[list[str] | None, typer.Argument(help="Files; without any, or as `-`, stdin.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which language each line is in, and its parts. One answer a line, in the order read.

    An answer is TAG, PROBABILITY, RUNNERS-UP and SEGMENTS, separated by tabs: `ru:0.0123,uk:0.0042`,
    `0-52:ru:0.9987,53-80:tt*:0.9712`; * is a segment that only its context decides. With --json, a line is
    {"id": …, "text": …}. A line that cannot be read is answered with its error; the exit code then is 1.
    """
    files = files or ["-"]
    must_exist(file for file in files if file != "-")
    from dropwire.tagging import TaggingError, tag_files
    from transforms.model_files import ModelError

    if "-" in files and sys.stdin.isatty():
        notify("One text a line; Ctrl-D ends.")
    stdin = cast("io.BufferedReader", sys.stdin.buffer)
    try:
        tally = tag_files(files, stdin, sys.stdout, as_json=as_json)
    except (TaggingError, ModelError) as error:
        stop(Exit.FAILED, str(error))
    if tally.errors:
        stop(Exit.FAILED, f"{tally.errors:,} of {tally.lines:,} lines could not be read; their answers say why")
