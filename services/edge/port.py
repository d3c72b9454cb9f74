"""Where this process listens, which it must know to reach its own embedded upstream."""

import click


def listening_port(streamlit_port: int, port_setting: int) -> int:
    """The port of the server that runs this process, as far as it can be seen.

    `streamlit run` writes the port that it has bound into its own option, `streamlit_port`.
    Uvicorn tells nobody: its lifespan begins before it binds. But its command line still stands on
    the stack of the command that runs, unless it has begun workers of its own; then, and under any
    other server, only `port_setting` is known.
    """
    command = click.get_current_context(silent=True)
    given = command.params if command else {}
    if "target" in given:
        return streamlit_port
    if "app" in given and given.get("port"):
        return int(given["port"])
    return port_setting
