"""The sentences of a packet that are the same for every query."""

from services.compliance.packets.signed_file import KEY_FILE

DOCUMENT, PDF, README = "packet.json", "packet.pdf", "README.txt"
"""The names of a packet's files, beside the signature and the public key."""

VERIFY = (
    f"openssl pkeyutl -verify -pubin -inkey {KEY_FILE} -rawin"
    f" -in {DOCUMENT} -sigfile {DOCUMENT}.sig"
)
"""The command by which an auditor verifies the signature, with OpenSSL 3."""

FETCH_KEY = f"python -m services signing-keys --pem > {KEY_FILE}"

NOT_PROVED = (
    "Who was at the browser. A session shows that a proofed person satisfied a challenge; whether "
    "somebody else held their device, no log can tell.",
    "What the person understood. A consent shows which text was shown, when and how it was agreed "
    "to, not that it was read; one by telephone rests on the word of who recorded it.",
    "What the networks did. The log has what Metriport reported of each source.",
    "Whether a reason is true. Who started the query chose it.",
    "What happened between the anchors of the access log to somebody who holds the signing key as "
    "well: only a head that was written down elsewhere shows that.",
)
"""What a packet does not prove."""

README_TEXT = f"""\
Evidence packet of one query, made by Access Desk.

{DOCUMENT}       everything that the packet says, as JSON
{DOCUMENT}.sig   its signature: Ed25519 over the bytes of the file, 64 bytes
{KEY_FILE}          the public key, as PEM
{PDF}        the same to read and print; the three files above are attached to it

To verify the signature with OpenSSL 3, in this folder:

    {VERIFY}

It says "Signature Verified Successfully" and ends with status 0. After any change of the
file or of the signature it says "Signature Verification Failure" and ends with status 1.

{KEY_FILE} came with the packet, so it proves nothing by itself: whoever could forge the packet
could put another key beside it. Compare it with the key that the company has published to you, or
have its operator print it:

    {FETCH_KEY}

How the hash of each entry of the access log is computed again stands in docs/compliance.md of the
program, under "Packets and reports". The line "signed_head" of the document can be kept: the
operator can compare it with the access log at any later time (verify-audit --against).

The packet names the person by their id only. Notes of reviewers are in their own words.
"""
