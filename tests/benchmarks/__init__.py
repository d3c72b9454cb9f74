"""Measurements that people run by hand; the test suite collects none of them.

    python -m tests.benchmarks.browser_times    page changes and reruns in a real browser
    python -m tests.benchmarks.open_pages       what open pages cost while nothing happens
    python -m tests.benchmarks.asking           what a page's question costs, by the size of the log
    python -m tests.benchmarks.noting           what the event of a look adds to the look
    python -m tests.benchmarks.folding          what the rollups add to writing an outcome
    python -m tests.benchmarks.log_maker        makes a log of millions of queries
    python -m tests.benchmarks.charts           each chart over the whole history of such logs
    python -m tests.benchmarks.page_scripts     the scripts of Outcomes and Adoption over such a log
    python -m tests.benchmarks.lists            a page of each list, with each filter
    python -m tests.benchmarks.all              makes such logs, and runs these three over them
    python -m tests.benchmarks.verifying        how long the access log takes to verify, and memory
    python -m tests.benchmarks.list_drawing     how long the browser draws a list of a thousand rows
    python -m tests.benchmarks.ias_audit        ten years of the IAS audit, by the number of queries
    python -m tests.benchmarks.period_report    the report of ten years: seconds, and memory
    python -m tests.benchmarks.sockets          what strangers with websockets do to webhooks
    python -m tests.benchmarks.receiver         how fast webhooks are kept, beside a bare receiver

Each prints its figures beside those of an empty page, a small log, or a bare table, from the same
run: a busy machine slows both.
"""
