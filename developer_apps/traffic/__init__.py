"""Who called what, when, and with which answer: recorded beside the request, summed by day, read by everyone who asks.

`record` puts a call into a buffer that a thread writes in bulk (`recorder`); `roll_up` sums old days; `evidence` and
`analytics` read. The same rows are the log by trace id and the record of which app read or wrote a person's data.
"""

from developer_apps.models.traffic import TokenKind
from developer_apps.traffic.evidence import Figures, evidence_figures
from developer_apps.traffic.recorder import flush, record

__all__ = ["Figures", "TokenKind", "evidence_figures", "flush", "record"]
