"""What pages share in appearance, in folders by what they show.

`words` ← `frame` ← `list`, `charts`, `dialogs` ← `journey` ← `panels`: each imports only those
before it.
"""
