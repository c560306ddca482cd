"""Emails of the system, each a row that commits with its cause.

A worker takes a row with a lease and hands it to the mail server. A temporary refusal is tried again with growing
waits until the email has no more use. A permanent one is kept, for the person who waits for it and for staff.
The jobs carry nothing: no address, text or link is in a job, in a log or in Redis, and in the table they are
encrypted.
"""
