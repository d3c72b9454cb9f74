"""A signed file with all that it takes to verify it, in one archive."""

import io
import zipfile

from services.compliance.packets.packet_texts import FETCH_KEY
from services.compliance.packets.signed_file import KEY_FILE, SignedFile

_HOW = f"""\
With OpenSSL 3, in the folder of these files:

    {{command}}

{{key}} came with the file, so it proves nothing by itself: whoever could forge the file could put
another key beside it. Compare it with the key that the company has published to you, or have its
operator print it:

    {FETCH_KEY}
"""


def zipped(signed: SignedFile) -> bytes:
    """The file, its signature, the public key, and the command that verifies them."""
    files = signed.files()
    files["VERIFY.txt"] = _HOW.format(command=signed.command(), key=KEY_FILE).encode("ascii")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()
