"""The rules of one version as a list, the worst first."""

import streamlit as st

from pages._ui.list.cells import Column, Hover, Kind, Row
from pages._ui.list.table import show_list
from pages._ui.words.compliance.states import severity_words
from services.compliance.rules.rule import LookRule, Rule
from services.compliance.rules.rule_sets import RuleSet

COLUMNS = (
    Column("Rule"),
    Column("Severity", Kind.STATE),
    Column("What it says"),
    Column("Limits", help="What counts as near, many, late or shortly after."),
    Column("Source"),
    Column("Judges", hidden=True),
    Column("Code", hidden=True),
)


def rule_list(rules: RuleSet) -> None:
    """Draw since when the version is in force, why it came, and its rules."""
    st.markdown(f"**Version {rules.version}**, in force {in_force(rules)}. {rules.why}")
    worst_first = sorted(rules.rules, key=lambda rule: -rule.severity)
    show_list(
        COLUMNS,
        [rule_row(rule) for rule in worst_first],
        key="rules",
        caption=f"Rules of version {rules.version}",
        empty="This version has no rule.",
    )


def rule_row(rule: Rule) -> Row:
    """The row of one rule."""
    judges = "Looks" if isinstance(rule, LookRule) else "Queries"
    return Row(
        rule.code,
        [
            Hover(rule.title, rule.code),
            severity_words(rule.severity),
            rule.text,
            rule.limits or None,
            rule.source,
            judges,
            rule.code,
        ],
    )


def in_force(rules: RuleSet) -> str:
    """From when to when, as words; days are UTC."""
    since, until = rules.since, rules.until
    first = f"since {since:%b} {since.day}, {since.year}" if since else "from the beginning"
    return f"{first} until {until:%b} {until.day}, {until.year}" if until else first
