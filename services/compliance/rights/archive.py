"""A signed file with all that it takes to verify it, in one archive."""

import io
import zipfile

from services.compliance.packets.signed_file import SignedFile


def zipped(signed: SignedFile) -> bytes:
    """The file, its signature, the public key, and the command that verifies them."""
    files = signed.files()
    command = f"With OpenSSL 3, in the folder of these files:\n\n{signed.command()}\n"
    files["VERIFY.txt"] = command.encode("ascii")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()
