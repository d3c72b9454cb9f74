"""The words of every action of the access log."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ActWords:
    """How an action is told: `did` after "Sasha …", `may` after "the role may not …"."""

    did: str
    may: str


ACT_WORDS: Mapping[str, ActWords] = {
    # People
    "patient.view": ActWords("Opened the record", "open people’s records"),
    "patient.search": ActWords("Searched for people", "search for people"),
    "patient.match": ActWords("Looked for the same person", "look for the same person"),
    "patients.view": ActWords("Looked at people", "look at people"),
    "patients.create": ActWords("Created the person", "create people"),
    "patients.correct": ActWords("Corrected the person’s details", "correct people’s details"),
    "find": ActWords("Looked up an id", "look up ids"),
    # Links and queries
    "links.send": ActWords("Link for the person", "send links to people"),
    "consent.record": ActWords(
        "Recorded the person’s consent by telephone", "record people’s consent"
    ),
    "consent.revoke": ActWords("Withdrew the person’s consent", "withdraw people’s consent"),
    "consent.link": ActWords(
        "Made a link by which the person withdraws", "make links by which people withdraw"
    ),
    "consent.give": ActWords("Kept the person’s consent from a link’s page", "keep consents"),
    "consent.import": ActWords("Kept a consent from the company’s app", "import consents"),
    "queries.start": ActWords("Started a query", "start queries"),
    "queries.view": ActWords("Looked at queries", "look at queries"),
    "queries.export": ActWords("Made a file of queries", "make files of queries"),
    "query.view": ActWords("Opened a query", "open queries"),
    "query.search": ActWords("Looked at a list of queries", "look at lists of queries"),
    "bulk.check": ActWords("Checked a list for a bulk run", "check lists for bulk runs"),
    "bulk.start": ActWords("Started a bulk run", "start bulk runs"),
    "bulk.stop": ActWords("Stopped a bulk run", "stop bulk runs"),
    "bulk.resume": ActWords("Resumed a bulk run", "resume bulk runs"),
    "bulk.view": ActWords("Looked at the results of a bulk run", "look at bulk runs"),
    "bulk.export": ActWords("Made a file of a bulk run", "make files of bulk runs"),
    # Records
    "records.count": ActWords("Fetched the records to count them", "fetch records"),
    "records.view": ActWords("Looked at fetched records", "look at fetched records"),
    "records.download": ActWords("Downloaded records", "look at fetched records"),
    "record_looks.view": ActWords(
        "Looked at who has looked at records", "look at who has looked at records"
    ),
    "record_looks.seen": ActWords(
        "Reviewed a look at records", "review looks at records of their own"
    ),
    # Figures and compliance
    "goals.set": ActWords("Set a goal", "set goals"),
    "goals.end": ActWords("Ended a goal", "end goals"),
    "outcomes.annotate": ActWords("Annotated the charts", "annotate the charts"),
    "outcomes.unannotate": ActWords(
        "Took an annotation off the charts", "take annotations off the charts"
    ),
    "outcomes.view": ActWords("Looked at the outcomes", "look at the outcomes"),
    "adoption.view": ActWords("Looked at the adoption", "look at the adoption"),
    "adoption.people": ActWords(
        "Listed the people who stopped at a step", "list the people of a step"
    ),
    "patients.test": ActWords(
        "Changed whether the person is one of a test", "mark people of a test"
    ),
    "outcomes.export": ActWords("Made a file of the outcomes", "make files of the outcomes"),
    "adoption.export": ActWords("Made a file of the adoption", "make files of the adoption"),
    "log.export": ActWords("Exported the log for a warehouse", "export the log"),
    "ias.figures": ActWords("Looked at the figures of the IAS audit", "look at IAS figures"),
    "ias_audit.view": ActWords("Looked at the IAS audit", "look at the IAS audit"),
    "ias_audit.export": ActWords(
        "Made a file of what the rules found", "make files of what the rules found"
    ),
    "evidence.view": ActWords("Looked at the evidence of a query", "look at evidence"),
    "evidence.export": ActWords("Made an evidence packet", "make evidence packets"),
    "report.export": ActWords("Made a period report", "make period reports"),
    "ias.audit": ActWords("Looked at the evidence of IAS queries", "look at IAS evidence"),
    "ias.review": ActWords("Used the review queue", "review queries"),
    "reviews.search": ActWords("Looked at the review queue", "look at the review queue"),
    "reviews.export": ActWords("Made a file of decisions", "make files of decisions"),
    "review.view": ActWords("Opened a review", "open reviews"),
    "review.assign": ActWords("Assigned a review", "assign reviews"),
    "review.decide": ActWords("Decided a review", "decide reviews"),
    "review.sample": ActWords("Drew the sample of a week for review", "draw samples for review"),
    "access_log.search": ActWords("Looked at the access log", "look at the access log"),
    "access_log.view": ActWords("Opened an event of the access log", "open the access log"),
    "access_log.export": ActWords("Made a file of the access log", "make files of the access log"),
    "audit.verify": ActWords("Verified the access log", "verify the access log"),
    "audit.purge": ActWords(
        "Deleted a sealed stretch of the access log that is old enough", "purge the access log"
    ),
    "access_report.make": ActWords(
        "Made the person’s access report", "make people’s access reports"
    ),
    "access_review.view": ActWords("Looked at the access review", "look at the access review"),
    "access_review.export": ActWords(
        "Made a file of the access review", "make files of the access review"
    ),
    # Retention and the rights of patients
    "retention.view": ActWords("Looked at what is kept how long", "look at the retention"),
    "retention.hold": ActWords("Set a legal hold", "set and lift legal holds"),
    "retention.lift": ActWords("Lifted a legal hold", "lift legal holds"),
    "retention.purge": ActWords("Deleted what is old enough", "purge the log"),
    "patients.rights": ActWords("Acted for a person’s rights", "act for people’s rights"),
    "patients.export": ActWords(
        "Made a file of the person’s own data", "make files of people’s own data"
    ),
    "patients.erase": ActWords("Erased what may be erased of the person", "erase people’s data"),
    "patients.erase_preview": ActWords(
        "Looked at what could be erased of the person", "look at what could be erased"
    ),
    "incident.export": ActWords("Made an incident packet", "make incident packets"),
    # Messages and calls
    "webhook.view": ActWords("Opened a webhook", "open webhooks"),
    "webhooks.view": ActWords("Looked at webhooks", "look at webhooks"),
    "webhooks.search": ActWords("Looked at a list of webhooks", "look at lists of webhooks"),
    "webhooks.body": ActWords("Read what a webhook says", "read what webhooks say"),
    "webhooks.replay": ActWords("Had webhooks interpreted again", "replay webhooks"),
    "webhooks.retry": ActWords(
        "Had Metriport deliver webhooks again", "have webhooks delivered again"
    ),
    "webhooks.export": ActWords("Made a file of webhooks", "make files of webhooks"),
    "call.view": ActWords("Opened a call to Metriport", "open calls to Metriport"),
    "calls.search": ActWords(
        "Looked at a list of calls to Metriport", "look at calls to Metriport"
    ),
    "calls.export": ActWords(
        "Made a file of calls to Metriport", "make files of calls to Metriport"
    ),
    # The program and who is signed in
    "file.open": ActWords("Fetched a file", "fetch files of another session"),
    "page.act": ActWords("Used an open page", "use an open page"),
    "sign_in": ActWords("Signed in", "sign in"),
    "session.end": ActWords("Ended a staff session", "end staff sessions"),
    "sessions.view": ActWords("Looked at who is signed in", "look at who is signed in"),
    "staff.sessions": ActWords("Managed staff sessions", "manage staff sessions"),
    "system": ActWords("Looked at the system", "look at the system"),
    "system.check": ActWords("Checked the setup", "check the setup"),
    "sandbox.control": ActWords("Changed the sandbox", "change the sandbox"),
}
"""The words of each action, and of each permission, by which a refused attempt is noted."""


def act_words(action: str) -> ActWords:
    """The words of an action; one that is new here is told as it is written."""
    return ACT_WORDS.get(action) or ActWords(action, action)
