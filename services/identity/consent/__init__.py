"""What people agreed to: the text, who agreed when and how, until when, and who withdrew it.

Owns the tables `consent` and `consent_text`. May import the modules of `services.identity` that
know nothing of consent, and what stands below `identity`.
"""
