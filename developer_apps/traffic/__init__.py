"""Recorded calls: who called what, when, and with which status.

`record` appends a call to a buffer that a thread writes in bulk (`recorder`), `record_call` one with a token. `roll_up` sums days. `evidence` and
`analytics` read. The rows are also the log by trace id, and the record of which app read or wrote a person's data.
"""

from developer_apps.models.traffic import Outcome, TokenKind
from developer_apps.traffic.evidence import Figures, evidence_figures
from developer_apps.traffic.patterns import Pattern, Spread, spread_of
from developer_apps.traffic.recorder import flush, network_digest, record, record_call

__all__ = [
    "Figures",
    "Outcome",
    "Pattern",
    "Spread",
    "TokenKind",
    "evidence_figures",
    "flush",
    "network_digest",
    "record",
    "record_call",
    "spread_of",
]
