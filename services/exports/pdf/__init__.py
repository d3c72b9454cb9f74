"""PDF documents: tagged, with selectable text and the fonts shipped beside it.

Typst makes them: a template (`.typ`) says how a document looks, and gets what it says as data. It
was chosen over fpdf2, which tags nothing and needs a minute of the whole program for a report of
5,000 rows, and over WeasyPrint, which needs libraries of the system. Imports `exports` only.
"""
