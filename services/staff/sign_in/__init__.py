"""How staff sign in: the company's provider, the role it gives, and the staff sessions.

Owns the table `staff_session`; the only code that imports Authlib. May import what `services.staff`
may import.
"""
