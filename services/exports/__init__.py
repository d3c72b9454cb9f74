"""Exports: tables as files (CSV, XLSX) in which nothing is calculated and every time is UTC.

Imports nothing of ours. Who may have a file, and that it is noted before its bytes flow, is decided
in one place: `services/staff/exports.py`.
"""
