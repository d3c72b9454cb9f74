"""The sandbox alone: `python -m services.sandbox --port 9100`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from services.sandbox import Sandbox, SandboxConfig


@click.command()
@click.option("--port", default=9100, show_default=True, help="Where to listen, on this machine.")
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    help="How many times faster than life sources answer.",
)
@click.option("--data", "folder", default="data", show_default=True, help="Where state is kept.")
@click.option("--webhook-url", help="The first webhook URL.")
@click.option(
    "--redirect-url",
    "redirect_urls",
    multiple=True,
    help="A URL for the allowlist of hosted pages; may be repeated.",
)
def main(
    port: int, speed: float, folder: str, webhook_url: str | None, redirect_urls: tuple[str, ...]
) -> None:
    """Serve the synthetic Metriport under /sandbox."""
    address = f"http://localhost:{port}/sandbox"
    config = SandboxConfig(
        Path(folder) / "sandbox.db",
        address,
        webhook_url,
        speed=speed,
        redirect_urls=redirect_urls,
    )
    sandbox = Sandbox(config)
    click.echo(f"Base address: {address}")
    click.echo(f"API key:      {sandbox.api_key}")

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        sandbox.start()
        yield
        sandbox.stop()

    app = Starlette(routes=[Mount("/sandbox", sandbox.app)], lifespan=running)
    uvicorn.run(app, host="localhost", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
