"""The rows behind the charts of Outcomes and Adoption as files, and each page as one PDF.

Owns no table. What is in a file is read again for whoever asks for it, so that it holds what the
page shows to that role and nothing more; who may have it, and that it is noted, is decided by
`staff/exports.py`.
"""
